"""Tell which outcomes of each rule its cases reach, and which a history reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from vermilion.desk.backtest.model import Comparison, EventName, Outcome
from vermilion.desk.backtest.tally import ComparisonTally
from vermilion.desk.decision import Ruling
from vermilion.rulebook import Engine, Mode, Words, run_cases

OUTCOMES: tuple[Outcome, ...] = ("hit", "unknown", "passed", "not_applicable")

Note = Literal[
    "no_case_hit",
    "no_case_unknown",
    "no_case_passed",
    "no_case_not_applicable",
    "case_fails",
    "never_applied",
    "never_hit",
    "always_unknown",
]
"""What to look at: an outcome that no case reaches, a case that fails; a rule that applied to no
event of the history, that hit none, or that lacked a fact whenever it applied."""

_EXPECTED: dict[str, Outcome] = {
    "hit": "hit",
    "missing": "unknown",
    "pass": "passed",
    "not_applicable": "not_applicable",
}


class RuleCoverage(msgspec.Struct, frozen=True):
    """One rule's outcomes: how many cases reach each, how many events did, and the first of them.

    `history` and `examples` are null and empty where there is no history. An event to which the
    rule cannot apply by its type counts as `not_applicable`.
    """

    rule: str
    title: Words
    mode: Mode
    cases: dict[str, int]
    history: dict[str, int] | None
    examples: dict[str, list[EventName]]
    notes: list[Note]


class Coverage(msgspec.Struct, frozen=True):
    """What cases and a history reach of a rulebook; `events` is null where there is no history."""

    rulebook: str
    digest: str
    events: int | None
    rules: list[RuleCoverage]


def coverage(engine: Engine, history: Iterable[tuple[EventName, Ruling]] | None) -> Coverage:
    """Run a rulebook's cases, count a history, and tell what neither reaches.

    Args:
        engine: the rulebook; rules that are switched off have no history.
        history: rulings under it, in order; None where there is none.
    """
    reached, failing = _cases(engine)
    compared = None if history is None else _compared(engine, history)
    lines = []
    for loaded in engine.rulebook.rules:
        rule = loaded.rule
        found = None if compared is None or rule.mode == "off" else _history(compared, rule.id)
        cases = reached.get(rule.id, Counter())
        notes: list[Note] = [f"no_case_{one}" for one in OUTCOMES if not cases[one]]  # type: ignore[misc]
        if rule.id in failing:
            notes.append("case_fails")
        lines.append(
            RuleCoverage(
                rule=rule.id,
                title=rule.title,
                mode=rule.mode,
                cases={one: cases[one] for one in OUTCOMES},
                history=None if found is None else {one: found[0][one] for one in OUTCOMES},
                examples={} if found is None else found[1],
                notes=notes if found is None else [*notes, *_notes(found[0])],
            )
        )
    events = None if compared is None else compared.events
    return Coverage(engine.rulebook.id, engine.digest, events, lines)


def _cases(engine: Engine) -> tuple[dict[str, Counter[Outcome]], set[str]]:
    """Return how many cases reach each outcome of each rule, and the rules of which a case fails."""
    reached: dict[str, Counter[Outcome]] = {}
    failing = set()
    for result in run_cases(engine.rulebook, engine.profile):
        if result.problems:
            failing.add(result.rule)
        else:
            reached.setdefault(result.rule, Counter())[_EXPECTED[result.case.expect]] += 1
    return reached, failing


def _compared(engine: Engine, history: Iterable[tuple[EventName, Ruling]]) -> Comparison:
    tally = ComparisonTally(engine, engine)
    for name, ruling in history:
        tally.add(name, ruling, ruling)
    return tally.comparison()


def _history(compared: Comparison, rule: str) -> tuple[Counter[str], dict[str, list[EventName]]]:
    cells = [one for one in compared.changes if one.rule == rule and one.after is not None]
    events: Counter[str] = Counter({str(one.after): one.events for one in cells})
    named = {str(one.after): one.examples for one in cells if one.after != "not_applicable"}
    return events, named


def _notes(events: Counter[str]) -> list[Note]:
    if not events["hit"] + events["unknown"] + events["passed"]:
        return ["never_applied"]
    if not events["hit"] + events["passed"]:
        return ["never_hit", "always_unknown"]
    return [] if events["hit"] else ["never_hit"]
