"""What windows should answer: every contribution in a list, read in full for each question."""

from __future__ import annotations

from typing import NamedTuple

from vermilion.features import NEVER, VALUELESS, Calendar, Definition, Key, Scalar


class Contribution(NamedTuple):
    """What was added, in order of adding."""

    moment: int
    value: Scalar | None


class Weeks:
    """A calendar that counts days of one week of seconds as trading days: quick, and uneven."""

    def distance(self, a: int, b: int) -> int | None:
        """Return the difference of the numbers of weeks; unknown before the year 1970."""
        return None if a < 0 else b // 7 - a // 7


class Reference:
    """Answers of one definition, without end of history."""

    def __init__(self, definition: Definition, calendar: Calendar) -> None:
        self.definition = definition
        self.calendar = calendar
        self.lists: dict[Key, list[Contribution]] = {}

    def add(self, key: Key, moment: int, value: Scalar | None) -> None:
        if value is not None or self.definition.function in VALUELESS:
            self.lists.setdefault(key, []).append(Contribution(moment, value))

    def remove(self, key: Key, moment: int, value: Scalar | None) -> None:
        """Take out the latest added contribution of that moment and value."""
        found = self.lists.get(key, [])
        valueless = self.definition.function in VALUELESS
        for place in reversed(range(len(found))):
            if found[place].moment == moment and (valueless or found[place].value == value):
                del found[place]
                return

    def value(self, key: Key, moment: int, including: Scalar | None = None) -> int | str | None:
        every = list(self.lists.get(key, []))
        if including is not None:
            every.append(Contribution(moment, including))
        seen = sorted((one for one in every if self._holds(one, moment)), key=_moment)
        return self._answer(seen, moment)

    def _holds(self, one: Contribution, moment: int) -> bool:
        within = self.definition.within
        return one.moment <= moment and (within is None or one.moment > moment - within)

    def _answer(self, seen: list[Contribution], moment: int) -> int | str | None:
        values = [one.value for one in seen]
        match self.definition.function:
            case "count":
                return len(seen)
            case "sum":
                return sum(values)
            case "distinct":
                return len(set(values))
            case "min":
                return min(values, default=None)
            case "max":
                return max(values, default=None)
            case "first":
                return values[0] if values else None
            case "last":
                return values[-1] if values else None
            case "first_seen":
                return seen[0].moment if seen else None
            case "held_for":
                return moment - seen[-1].moment if seen else NEVER
            case "trading_days":
                return self.calendar.distance(seen[-1].moment, moment) if seen else NEVER


class ClosedReference(Reference):
    """The mistake that is made most: a window that holds its far end, too."""

    def _holds(self, one: Contribution, moment: int) -> bool:
        within = self.definition.within
        return one.moment <= moment and (within is None or one.moment >= moment - within)


def _moment(one: Contribution) -> int:
    return one.moment
