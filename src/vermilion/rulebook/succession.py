"""Look for days on which a norm has no version in force, or more than one.

Versions of one norm are rules whose ids differ in a last letter only: `XX-AGE-01A`, `XX-AGE-01B`.
From the first day of the first to the last day of the last, one and only one is in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from vermilion.rulebook.load import Rulebook
from vermilion.rulebook.model import Instrument, Rule
from vermilion.rulebook.periods import Periods, told

_VERSION = re.compile(r"(.*\d)[A-Z]")

Fault = tuple[str, str, str]
"""A rule or instrument, a code, and what is to be said of it."""


def successions(rulebook: Rulebook) -> Iterator[Fault]:
    """Give gaps and overlaps of rules' versions, holes in rules' lives and idle citations.

    `citation_idle` is a citation that carries its rule on no day, such as of what was repealed
    before; `gap` and `overlap` are of rules, `succession_gap` and `succession_overlap` of
    instruments of which one repealed the other.
    """
    periods = Periods(rulebook)
    for rule in rulebook.document.rules:
        yield from _life(periods, rule)
    for name, rules in _versions(rulebook).items():
        yield from _family(periods, name, rules)
    for instrument in rulebook.document.instruments:
        yield from _repealed(rulebook, instrument)


def _life(periods: Periods, rule: Rule) -> Iterator[Fault]:
    for citation in rule.citations:
        if not periods.cited(rule, citation):
            (life,) = periods.spans(periods.instrument(citation.instrument))
            clause = f"{citation.instrument} {citation.pinpoint} ({told(life)})"
            days = told(rule.in_force)
            yield (
                rule.id,
                "citation_idle",
                f"{clause} is in force on none of the rule's days ({days})",
            )
    for hole in _holes(periods, periods.rule(rule)):
        yield (
            rule.id,
            "gap",
            f"no cited instrument is in force on {hole}, and before and after one is",
        )


def _versions(rulebook: Rulebook) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rulebook.document.rules:
        match = _VERSION.fullmatch(rule.id)
        if match and rule.mode != "off":
            found.setdefault(match[1], []).append(rule)
    return found


def _family(periods: Periods, name: str, rules: list[Rule]) -> Iterator[Fault]:
    lives = {rule.id: periods.rule(rule) for rule in rules}
    for hole in _holes(periods, frozenset[int]().union(*lives.values())):
        yield rules[0].id, "gap", f"no version of {name} is in force on {hole}"
    for one, other in combinations(rules, 2):
        events = set(one.applies_to) & set(other.applies_to)
        stages = set(one.stage) & set(other.stage)
        for span in periods.spans(lives[one.id] & lives[other.id]) if events and stages else ():
            yield other.id, "overlap", f"{one.id} is in force as well on {told(span)}"


def _holes(periods: Periods, life: frozenset[int]) -> Iterator[str]:
    """Give the days between the first and the last of a life that are not of it."""
    if life:
        between = frozenset(range(min(life), max(life))) - life
        yield from (told(span) for span in periods.spans(between))


def _repealed(rulebook: Rulebook, one: Instrument) -> Iterator[Fault]:
    if one.repealed_by is None or one.in_force.to is None:
        return
    begins = rulebook.instruments[one.repealed_by].in_force.from_
    if begins is None or begins == one.in_force.to:
        return
    later = begins > one.in_force.to
    code = "succession_gap" if later else "succession_overlap"
    message = f"it ends before {one.in_force.to}, and {one.repealed_by} begins on {begins}"
    yield one.id, code, message
