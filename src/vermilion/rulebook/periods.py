"""The days on which a rulebook changes, and what is in force between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vermilion.rulebook.load import Rulebook
from vermilion.rulebook.model import Citation, Parameter, ParameterValue, Period, Rule

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Periods:
    """A rulebook's time cut into periods in which no rule, instrument or parameter changes.

    A period is named by its position; the first one has no beginning and the last no end.
    """

    rulebook: Rulebook

    @cached_property
    def starts(self) -> tuple[dt.date, ...]:
        """First day of each period; that of the first one is the first day of the calendar."""
        document = self.rulebook.document
        days = {
            day
            for period in (
                *(one.in_force for one in document.instruments),
                *(one.in_force for one in document.rules),
            )
            for day in (period.from_, period.to)
            if day is not None
        }
        days |= {value.from_ for entry in document.parameters.values() for value in entry.values}
        return (dt.date.min, *sorted(days))

    @cached_property
    def _alive(self) -> Mapping[str, frozenset[int]]:
        return {one.id: self._covered(one.in_force) for one in self.rulebook.document.instruments}

    @cached_property
    def _parameters(self) -> tuple[dict[str, Any], ...]:
        entries = self.rulebook.document.parameters.items()
        return tuple(
            {name: value_on(entry, day).value for name, entry in entries} for day in self.starts
        )

    def _covered(self, period: Period) -> frozenset[int]:
        return frozenset(i for i, day in enumerate(self.starts) if period.covers(day))

    def instrument(self, id: str) -> frozenset[int]:
        """Return the periods in which an instrument is in force."""
        return self._alive[id]

    def cited(self, rule: Rule, citation: Citation) -> frozenset[int]:
        """Return the periods in which a citation carries a rule."""
        return self._alive[citation.instrument] & self._covered(rule.in_force)

    def rule(self, rule: Rule) -> frozenset[int]:
        """Return the periods in which a rule is in force; its mode does not count."""
        return frozenset[int]().union(*(self.cited(rule, one) for one in rule.citations))

    def parameters(self, period: int) -> dict[str, Any]:
        """Return the values of all parameters in a period."""
        return self._parameters[period]

    def spans(self, periods: Iterable[int]) -> list[Period]:
        """Return periods as spans of days, those that meet joined; open where nothing ends."""
        found: list[list[int]] = []
        for index in sorted(periods):
            if found and found[-1][1] == index:
                found[-1][1] = index + 1
            else:
                found.append([index, index + 1])
        return [
            Period(
                from_=None if first == 0 else self.starts[first],
                to=None if after == len(self.starts) else self.starts[after],
            )
            for first, after in found
        ]


def value_on(parameter: Parameter, day: dt.date) -> ParameterValue:
    """Return the value that holds on a day; the first one also holds before its day."""
    values = sorted(parameter.values, key=lambda value: value.from_)
    known = [value for value in values if value.from_ <= day]
    return (known or values[:1])[-1]


def told(period: Period) -> str:
    """Say a span of days, both ends included, in signs that need no translation."""
    last = "" if period.to is None else str(period.to - DAY)
    first = "" if period.from_ is None else str(period.from_)
    return first if first == last else f"{first}…{last}"
