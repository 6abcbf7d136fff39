"""Days gathered into weeks, months, quarters or years, so that a chart stays readable."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from vermilion.pages.codes import VERDICT_ORDER

MOST_BUCKETS = 62
"""Most bars in a chart: two months of days, five years of months."""


class Unit(NamedTuple):
    """A length of time: the running number of the stretch that a day lies in, and its label."""

    name: str
    number: Callable[[dt.date], int]
    label: Callable[[int], str]


class Bucket(NamedTuple):
    """One bar: how it is labelled and how many events it holds by verdict."""

    label: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return all events of the stretch."""
        return sum(self.counts.values())


class Series(NamedTuple):
    """Buckets without gaps, and the name of the unit that they are long."""

    unit: str
    buckets: list[Bucket]

    @property
    def verdicts(self) -> list[str]:
        """Return the verdicts that occur, strongest first."""
        return [v for v in VERDICT_ORDER if any(b.counts.get(v, 0) for b in self.buckets)]


def _years(name: str, step: int) -> Unit:
    return Unit(name, lambda d: d.year // step, lambda i: f"{max(i * step, 1):04d}")


UNITS = (
    Unit("day", dt.date.toordinal, lambda i: dt.date.fromordinal(i).isoformat()),
    # 1 January of year 1, ordinal 1, is a Monday in the proleptic Gregorian calendar.
    Unit(
        "week",
        lambda d: (d.toordinal() - 1) // 7,
        lambda i: dt.date.fromordinal(i * 7 + 1).isoformat(),
    ),
    Unit("month", lambda d: d.year * 12 + d.month - 1, lambda i: f"{i // 12:04d}-{i % 12 + 1:02d}"),
    Unit(
        "quarter", lambda d: d.year * 4 + (d.month - 1) // 3, lambda i: f"{i // 4:04d} Q{i % 4 + 1}"
    ),
    _years("year", 1),
    _years("decade", 10),
    _years("century", 100),
)
"""From short to long; a chart takes the first that needs few enough bars."""


def gather(by_day: Sequence[tuple[str, Mapping[str, int]]], most: int = MOST_BUCKETS) -> Series:
    """Return the days in buckets from the first to the last, gaps included.

    Args:
        by_day: ISO dates with counts by verdict, in any order.
        most: most buckets wanted; only a span of more than `most` centuries gives more.
    """
    if not by_day:
        return Series(UNITS[0].name, [])
    days = [(dt.date.fromisoformat(day), counts) for day, counts in by_day]
    first, last = min(d for d, _ in days), max(d for d, _ in days)
    unit = next((u for u in UNITS if u.number(last) - u.number(first) < most), UNITS[-1])
    sums: dict[int, Counter[str]] = {}
    for day, counts in days:
        sums.setdefault(unit.number(day), Counter()).update(counts)
    stretch = range(unit.number(first), unit.number(last) + 1)
    return Series(unit.name, [Bucket(unit.label(i), sums.get(i, Counter())) for i in stretch])
