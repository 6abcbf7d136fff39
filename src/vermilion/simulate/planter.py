"""When a pattern is planted, and which."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from vermilion.errors import UsageError
from vermilion.simulate.agenda import Agenda
from vermilion.simulate.calendar import FIRST_DAY, LAST_DAY
from vermilion.simulate.clock import CHINA
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.patterns import PATTERNS, Pattern
from vermilion.simulate.people import Span
from vermilion.simulate.scene import Scene

_A_DAY = dt.timedelta(days=1)
_LEEWAY = dt.timedelta(minutes=5)
_LAST_BEGIN = dt.time(23, 30)
"""Patterns begin early enough to stay within the day where they mean to."""


class Planter:
    """Plants patterns at a rate, those planted least first; each by turns wrong and lawful.

    In a small market most patterns are planted once, and so their wrong sides only.

    Args:
        config: how often, and which patterns.
        span: first and last day of the market.
        agenda: where the events of a pattern are planned.

    Raises:
        UsageError: there is no pattern of a name that was asked for.
    """

    def __init__(self, config: MarketConfig, span: Span, agenda: Agenda) -> None:
        self._rate = config.violation_rate
        self._span = span
        self._agenda = agenda
        self._patterns = _named(config.patterns)
        self._counts: Counter[str] = Counter()
        self._planted = 0
        self._end = dt.datetime.combine(span.last + _A_DAY, dt.time(), CHINA)

    def plant(self, number: int, chance: float, moment: dt.datetime) -> None:
        """Plan the events of a pattern, if it is time for one.

        Args:
            number: how many events of the trade there were so far, of any kind.
            chance: from 0 to below 1.
            moment: when the pattern may begin.
        """
        owed = number * self._rate - 1_000 * self._planted
        if not self._rate or owed < 1_000 * chance or self._agenda.full:
            return
        local = moment.astimezone(CHINA)
        if local.time() >= _LAST_BEGIN:
            return
        days = (self._end - local - _LEEWAY) // _A_DAY
        pattern = min(
            (one for one in self._patterns if one.days <= days and _fits(one, local.date())),
            key=lambda one: self._counts[one.name],
            default=None,
        )
        if pattern is not None:
            self._play(pattern, moment)

    def _play(self, pattern: Pattern, moment: dt.datetime) -> None:
        before = self._counts[pattern.name]
        self._counts[pattern.name] += 1
        scene = Scene(
            pattern=pattern.name,
            number=self._counts.total(),
            moment=moment,
            span=self._span,
            wrong=before % 2 == 0,
            variant=before // 2,
        )
        pattern.play(scene)
        for what in scene.played:
            self._planted += what.truth is not None
            self._agenda.add(what.event.time, what)


def _fits(pattern: Pattern, day: dt.date) -> bool:
    """Say whether the trading days that a pattern counts are known."""
    if not pattern.counts_trading_days:
        return True
    return day >= FIRST_DAY and day + _A_DAY * pattern.days <= LAST_DAY


def _named(names: tuple[str, ...]) -> tuple[Pattern, ...]:
    by_name = {pattern.name: pattern for pattern in PATTERNS}
    for name in names:
        if name not in by_name:
            raise UsageError(
                "unknown_pattern",
                f"there is no pattern `{name}`",
                help=f"choose from {', '.join(by_name)}",
                where="patterns",
            )
    return tuple(by_name[name] for name in dict.fromkeys(names)) or PATTERNS
