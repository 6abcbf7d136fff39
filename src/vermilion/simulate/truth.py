"""What is true of a simulated event: what was planted in it, and what the rules should say to it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from vermilion.facts.events import Event

Side = Literal["wrong", "lawful", "withheld"]
Outcome = Literal["hit", "missing", "pass"]

VERDICTS = {
    "deny": """
        CN-N1-01 CN-N1-02 CN-N1-03 CN-N2-01 CN-N2-03 CN-N2-05 CN-N3-01 CN-N3-02 CN-N3-05 CN-N3-06
        CN-N3-09 CN-N4-01 CN-N4-02 CN-N5-01 CN-N5-03 CN-N6-01 CN-N6-02 CN-N6-03 CN-N6-05 CN-PR-01 CN-PR-02
        CN-PR-04 CN-MN-01 CN-MN-02 CN-MN-03 CN-MN-04 CN-CT-02 CN-RL-01 CN-RL-02 CN-AD-02 CN-AD-03
        CN-AD-07 CN-FX-01 CN-IP-01 CN-IP-04 CN-IP-05 CN-IP-06 CN-PAY-01 CN-N3-03 CN-N3-04 CN-N3-10
        CN-CT-01 CN-LC-02 CN-LC-04 CN-NM-01
        PF-GIFT-01 PF-GIFT-02 PF-GIFT-03 PF-GIFT-04 PF-AGE-01 PF-AGE-02 PF-RESALE-01
    """,
    "review": """
        CN-N2-02 CN-N3-07 CN-N3-08 CN-N4-03 CN-N6-04 CN-N42-01 CN-PR-05 CN-RL-03 CN-AD-01 CN-AD-05
        CN-AD-06 CN-AD-08 CN-AD-09 CN-AD-10 CN-AD-11 CN-N2-04 CN-N2-06 CN-N3-11 CN-N5-02 CN-N5-04
        CN-N5-05 CN-N5-06 CN-N5-07 CN-N5-08 CN-P2-01 CN-P2-02 CN-P2-04 CN-PR-03 CN-IP-02 CN-IP-03
        CN-CT-03 CN-CT-04 CN-N3-12 CN-P2-05 CN-P2-06 CN-PR-06
    """,
    "condition": "CN-DS-01 CN-LC-01 CN-LC-03 CN-P2-03 CN-AD-04",
}
"""Rules by what they say to a violation, the strongest word first."""

SAYS = {rule: verdict for verdict, rules in VERDICTS.items() for rule in rules.split()}
"""What each rule says to a violation."""

UNPLANTED = frozenset({"withheld", "duplicate", "late", "corrected", "withdrawn"})
"""What the truth tells of events in which no pattern was planted, in place of a pattern."""

_BOOKS = {"CN": "cn", "PF": "platform"}
_STRENGTH = ("deny", "review", "condition", "allow")


class Truth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is true of one event; an event without it is clean.

    Args:
        source: source of the event.
        id: id of the event.
        pattern: what was planted, or what happened to the event on its way.
        side: whether it is wrong, a lawful twin, or lacks a fact.
        expect: what rules should say; a rule that is not named says nothing against the event.
            `pass` holds also where a rule does not apply.
        verdict: what rulebooks should say, by id.
        entity: what the withheld fact is of.
        fact: which fact was withheld.
    """

    source: str
    id: str
    pattern: str
    side: Side
    expect: dict[str, Outcome] | Literal["duplicate"] = {}
    verdict: dict[str, str] = {}
    entity: str | None = None
    fact: str | None = None


class Simulated(NamedTuple):
    """An event, and what is true of it unless it is clean."""

    event: Event
    truth: Truth | None = None


def verdicts(expect: dict[str, Outcome]) -> dict[str, str]:
    """Return what rulebooks say where rules say what is expected: the strongest word wins."""
    found = {"cn": "allow"}
    for rule, outcome in expect.items():
        book = _BOOKS[rule.partition("-")[0]]
        says = {"hit": SAYS[rule], "missing": "review", "pass": "allow"}[outcome]
        found[book] = min(found.get(book, "allow"), says, key=_STRENGTH.index)
    return found


def of_event(event: Event, pattern: str, verdict: str) -> Truth:
    """Return the truth of a lawful event that something happened to on its way."""
    return Truth(
        source=event.source, id=event.id, pattern=pattern, side="lawful", verdict={"cn": verdict}
    )
