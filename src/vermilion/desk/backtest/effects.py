"""Tell what a comparison means for events: denials and reviews that are new, and those lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from vermilion.desk.backtest.model import Comparison, Effects, Outcome, RuleLine
from vermilion.rulebook import Engine, Rule

Effect = Literal["deny", "review", "condition"]


def rule_lines(comparison: Comparison, base: Engine, draft: Engine) -> list[RuleLine]:
    """Return what each rule newly does and does no more, in order of rules; all rules of both."""
    rules = [{one.rule.id: one.rule for one in each.rulebook.rules} for each in (base, draft)]
    new: dict[str, Counter[str]] = {}
    lost: dict[str, Counter[str]] = {}
    for change in comparison.changes:
        was = _effect(rules[0], change.rule, change.before)
        will = _effect(rules[1], change.rule, change.after)
        gained, gone = (
            new.setdefault(change.rule, Counter()),
            lost.setdefault(change.rule, Counter()),
        )
        if was != will:
            gained.update({will: change.events} if will else {})
            gone.update({was: change.events} if was else {})
    return [
        RuleLine(
            id, (rules[1].get(id) or rules[0][id]).title, Effects(**new[id]), Effects(**lost[id])
        )
        for id in sorted(new)
    ]


def _effect(rules: Mapping[str, Rule], id: str, outcome: Outcome | None) -> Effect | None:
    """Return what an outcome of a rule does to an event; None where it stops nothing."""
    rule = rules.get(id)
    if rule is None or rule.mode != "live":
        return None
    if outcome == "hit":
        return rule.verdict
    return rule.on_missing if outcome == "unknown" else None
