"""Compare two rulings on each event, in memory that does not grow with the number of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vermilion.desk.backtest.model import (
    EXAMPLES,
    Change,
    Comparison,
    EventName,
    Outcome,
    VerdictChange,
)
from vermilion.desk.decision import Ruling
from vermilion.rulebook import VERDICT_ORDER, Engine, Verdict

COMBINATIONS = 20_000
"""Combinations of two rulings' outcomes counted before they are added up by rule."""

_OUTCOMES: tuple[Outcome | None, ...] = ("hit", "unknown", "passed", "not_applicable", None)
_FOUND: dict[str, Outcome] = {"hit": "hit", "missing": "unknown"}


class Said(NamedTuple):
    """What a ruling says, but for facts: verdict, rules that passed, rules that did not."""

    verdict: Verdict
    passed: tuple[str, ...]
    found: tuple[tuple[str, str], ...]

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of every rule that applied, by id."""
        outcomes: dict[str, Outcome] = {name.rpartition("@")[0]: "passed" for name in self.passed}
        return outcomes | {id: _FOUND[outcome] for id, outcome in self.found}


def said_by(ruling: Ruling) -> Said:
    """Return what a ruling says."""
    found = tuple([(rule.id, rule.outcome) for rule in ruling.rules])
    return Said(ruling.verdict, tuple(ruling.passed), found)


class Seen:
    """A number of events, and the first of them with their places in the history."""

    __slots__ = ("events", "first")

    def __init__(self) -> None:
        self.events = 0
        self.first: list[tuple[int, EventName]] = []

    def add(self, place: int, name: EventName) -> None:
        """Count an event that comes after those counted so far."""
        self.events += 1
        if len(self.first) < EXAMPLES:
            self.first.append((place, name))

    def merge(self, other: Seen) -> None:
        """Count what another one counted."""
        self.events += other.events
        self.first = sorted([*self.first, *other.first])[:EXAMPLES]

    def examples(self) -> list[EventName]:
        """Return the first events, in order."""
        return [name for _, name in self.first]


class ComparisonTally:
    """Counts what two rulebooks say to the same events, rule by rule.

    Args:
        base: the rulebook that judges first.
        draft: the one that is held against it.
    """

    def __init__(self, base: Engine, draft: Engine) -> None:
        self._digests = base.digest, draft.digest
        self._rules = _rules_of(base), _rules_of(draft)
        self._events = 0
        self._pairs: dict[tuple[Said, Said], Seen] = {}
        self._cells: dict[tuple[str, Outcome | None, Outcome | None], Seen] = {}
        self._verdicts: dict[tuple[Verdict, Verdict], Seen] = {}

    def add(self, name: EventName, before: Ruling, after: Ruling) -> None:
        """Count one event."""
        pair = said_by(before), said_by(after)
        seen = self._pairs.get(pair)
        if seen is None:
            if len(self._pairs) >= COMBINATIONS:
                self._add_up()
            seen = self._pairs[pair] = Seen()
        seen.add(self._events, name)
        self._events += 1

    def comparison(self) -> Comparison:
        """Return what was counted: rules by id, within them what changed first."""
        self._add_up()
        changes = [
            Change(rule, before, after, seen.events, seen.examples())
            for (rule, before, after), seen in sorted(self._cells.items(), key=_by_rule)
        ]
        verdicts = [
            VerdictChange(before, after, seen.events, seen.examples())
            for (before, after), seen in sorted(self._verdicts.items(), key=_by_verdict)
        ]
        return Comparison(self._events, *self._digests, changes, verdicts)

    def _add_up(self) -> None:
        for (before, after), seen in self._pairs.items():
            self._verdicts.setdefault((before.verdict, after.verdict), Seen()).merge(seen)
            for cell in self._changes(before, after):
                self._cells.setdefault(cell, Seen()).merge(seen)
        self._pairs = {}

    def _changes(
        self, before: Said, after: Said
    ) -> Iterator[tuple[str, Outcome | None, Outcome | None]]:
        base, draft = self._rules
        was, is_now = before.outcomes(), after.outcomes()
        for rule in base | draft:
            yield (
                rule,
                was.get(rule, "not_applicable") if rule in base else None,
                is_now.get(rule, "not_applicable") if rule in draft else None,
            )


def _rules_of(engine: Engine) -> frozenset[str]:
    """Return the ids of a rulebook's rules that are not switched off."""
    return frozenset(one.rule.id for one in engine.rulebook.rules if one.rule.mode != "off")


def _by_rule(
    item: tuple[tuple[str, Outcome | None, Outcome | None], Seen],
) -> tuple[str, bool, int, int]:
    rule, before, after = item[0]
    return rule, before == after, _OUTCOMES.index(before), _OUTCOMES.index(after)


def _by_verdict(item: tuple[tuple[Verdict, Verdict], Seen]) -> tuple[bool, int, int]:
    before, after = item[0]
    order = (*VERDICT_ORDER, "not_applicable")
    return before == after, order.index(before), order.index(after)
