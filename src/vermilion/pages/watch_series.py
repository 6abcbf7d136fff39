"""The days of a market gathered into as many stretches as a chart has room for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vermilion.market.report import Point


class Stretch(NamedTuple):
    """Some days of one collection: what was paid in them with and without flagged trades.

    `first` and `last` are ordinals of days. A median of several days is the middle of theirs, the
    lower of two.
    """

    first: int
    last: int
    sales: int
    volume: int
    low: int
    median: int
    high: int
    clean_sales: int
    clean_volume: int
    clean_median: int | None

    @property
    def middle(self) -> float:
        """Return the middle of the stretch as an ordinal of a day."""
        return (self.first + self.last + 1) / 2

    @property
    def label(self) -> str:
        """Return the first day and, where there are more, the last."""
        first = dt.date.fromordinal(self.first).isoformat()
        if self.first == self.last:
            return first
        return f"{first} – {dt.date.fromordinal(self.last).isoformat()}"


def ordinal(day: str) -> int:
    """Return the running number of an ISO day."""
    return dt.date.fromisoformat(day).toordinal()


def gathered(points: Sequence[Point], most: int) -> list[Stretch]:
    """Return the days in at most so many stretches of equal length; empty ones are left out."""
    if not points:
        return []
    begin = ordinal(points[0].day)
    length = -(-(ordinal(points[-1].day) - begin + 1) // most)
    stretches: dict[int, list[Point]] = {}
    for one in points:
        stretches.setdefault((ordinal(one.day) - begin) // length, []).append(one)
    return [
        _stretch(begin + number * length, length, days)
        for number, days in sorted(stretches.items())
    ]


def _stretch(first: int, length: int, days: Sequence[Point]) -> Stretch:
    clean = [one.clean_median for one in days if one.clean_median is not None]
    return Stretch(
        first,
        first + length - 1,
        sum(one.sales for one in days),
        sum(one.volume for one in days),
        min(one.low for one in days),
        middle(one.median for one in days) or 0,
        max(one.high for one in days),
        sum(one.clean_sales for one in days),
        sum(one.clean_volume for one in days),
        middle(clean),
    )


def middle(numbers: Iterable[int]) -> int | None:
    """Return the middle of some numbers, the lower of two; None of none."""
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2] if ordered else None
