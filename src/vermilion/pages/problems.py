"""What is wrong: the rules that were hit, gravest first, and by theme where they are many."""

from __future__ import annotations

from typing import NamedTuple

from vermilion.desk.summary import Example, RuleLine
from vermilion.pages.codes import THEMES, VERDICT_ORDER
from vermilion.rulebook import Words

FEW = 8
"""Most problems that are read in one list; more are gathered by theme."""

_OTHER = Words("其他", "Other")


class Group(NamedTuple):
    """Problems of one theme; None where they are too few to be gathered."""

    theme: Words | None
    rules: list[RuleLine]


def problems(rules: list[RuleLine]) -> list[Group]:
    """Return the rules that were hit, by theme where they are many; the gravest comes first."""
    hit = [rule for rule in by_gravity(rules) if rule.hit]
    if len(hit) <= FEW:
        return [Group(None, hit)] if hit else []
    groups: dict[Words, list[RuleLine]] = {}
    for rule in hit:
        groups.setdefault(theme_of(rule.id), []).append(rule)
    return sorted((Group(*one) for one in groups.items()), key=_weight)


def theme_of(rule_id: str) -> Words:
    """Return what a rule is about, as its id tells."""
    return THEMES.get(rule_id.rpartition("-")[0], _OTHER)


def by_gravity(rules: list[RuleLine]) -> list[RuleLine]:
    """Sort rules that hit or could not decide: hits of the strongest verdict first."""
    return sorted((r for r in rules if r.hit or r.missing), key=_gravity)


def first_hit(rule: RuleLine) -> Example | None:
    """Return an event that the rule hit."""
    return next((one for one in rule.examples if one.outcome == "hit"), None)


def _weight(group: Group) -> list[int]:
    """Order by the hits of the strongest verdict, then of the next."""
    return [-sum(r.hit for r in group.rules if r.verdict == v) for v in VERDICT_ORDER]


def _gravity(rule: RuleLine) -> tuple[bool, int, int, int, str]:
    return (not rule.hit, _strength(rule.verdict), -rule.hit, -rule.missing, rule.id)


def _strength(verdict: str) -> int:
    return VERDICT_ORDER.index(verdict) if verdict in VERDICT_ORDER else len(VERDICT_ORDER)
