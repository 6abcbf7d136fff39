"""A rulebook's conditions in CEL, for gateways that evaluate it; what CEL cannot say is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from vermilion.errors import RulebookError
from vermilion.language import Condition
from vermilion.language.cel import FACTS, cel
from vermilion.rulebook import LoadedRule, Profile, Rulebook, Words
from vermilion.rulebook.model import Mode, Period
from vermilion.rulebook.periods import Periods


class CelRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule's conditions on one event type, and the days on which they read so.

    `violates_if` true is a hit, an error is unknown; where there is an `applies_if` the rule speaks
    only where that is true. `not_said` tells why CEL cannot say a condition, which is then absent.
    """

    id: str
    version: int
    title: Words
    event: str
    stages: list[str]
    verdict: str
    on_missing: str
    mode: Mode
    in_force: list[Period]
    applies_if: str | None = None
    violates_if: str | None = None
    not_said: str | None = None


class CelBook(msgspec.Struct, frozen=True):
    """A rulebook's rules in CEL over one variable; `not_said` counts those that CEL cannot say."""

    rulebook: str
    version: int
    digest: str
    time_zone: str
    variable: str
    not_said: int
    rules: list[CelRule]


def cel_book(
    rulebook: Rulebook, *, as_of: dt.date | None = None, profile: Profile | None = None
) -> CelBook:
    """Return a rulebook's conditions in CEL, one for each rule, event type and stretch of days.

    A stretch ends where a parameter that the condition reads changes.

    Args:
        rulebook: whose conditions.
        as_of: keeps only what is in force on that day.
        profile: the operator, who is part of the rulebook's digest.
    """
    periods = Periods(rulebook)
    rules = [
        rule
        for loaded in rulebook.rules
        for event, condition in loaded.conditions.items()
        for rule in _rules(loaded, event, condition, periods)
        if as_of is None or any(days.covers(as_of) for days in rule.in_force)
    ]
    heading = rulebook.document.rulebook
    return CelBook(
        rulebook=rulebook.id,
        version=heading.version,
        digest=rulebook.digest(profile or Profile()),
        time_zone=heading.time_zone,
        variable=FACTS,
        not_said=len({one.id for one in rules if one.not_said is not None}),
        rules=rules,
    )


_Said = tuple[str | None, str | None, str | None]


def _rules(
    loaded: LoadedRule, event: str, condition: Condition, periods: Periods
) -> Iterator[CelRule]:
    said: dict[_Said, list[int]] = {}
    for period in sorted(periods.rule(loaded.rule)):
        said.setdefault(_said(condition, periods, period), []).append(period)
    rule = loaded.rule
    for (applies, violates, not_said), numbers in said.items():
        yield CelRule(
            id=rule.id,
            version=rule.version,
            title=rule.title,
            event=event,
            stages=list(rule.stage),
            verdict=rule.verdict,
            on_missing=rule.on_missing,
            mode=rule.mode,
            in_force=periods.spans(numbers),
            applies_if=applies,
            violates_if=violates,
            not_said=not_said,
        )


def _said(condition: Condition, periods: Periods, period: int) -> _Said:
    parameters = periods.parameters(period)
    try:
        applies = None if condition.applies is None else cel(condition.applies, parameters)
        return applies, cel(condition.violates, parameters), None
    except RulebookError as error:
        return None, None, error.message
