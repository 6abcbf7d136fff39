"""The plan of questions in words: who is asked, what to supply, and what an answer frees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vermilion.desk.summary import Step, Summary
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, counted, pick, say

_THINGS = {"platform": "platform", "collection": "collection", "party": "party", "export": "event"}
"""What the things that a source is asked about are counted as."""


class Ask(NamedTuple):
    """One grouped question."""

    title: str
    """Of whom or what, and of how many."""
    how: str
    """Who answers, and how."""
    waits: str
    """How many events wait for it; empty where `effect` says so."""
    effect: str
    """How many events are decided after it and the steps before, or that it does not do alone."""
    before: int
    """Events decided before it."""
    after: int
    """Events decided after it."""
    total: int
    number: int = 1
    """Its place in the order."""
    facts: Sequence[str] = ()
    """What to supply, what most events wait for first."""


def asks(summary: Summary, language: Language) -> list[Ask]:
    """Return the plan's steps in words, in their order."""
    total = answers(summary)
    before = total - summary.waiting
    events = {line.fact: line.events for line in summary.missing}
    found = []
    for number, step in enumerate(summary.plan, start=1):
        after = total - summary.waiting + step.freed
        facts = sorted(step.facts, key=lambda fact: (-events.get(fact, 0), fact))
        labels = [shorten(pick(fact_label(fact), language), 80) for fact in facts]
        told = _ask(step, (before, after, total), _noun(summary), language)
        found.append(told._replace(number=number, facts=list(dict.fromkeys(labels))))
        before = after
    return found


def lead(summary: Summary, language: Language) -> str:
    """Return what the plan is for: how many events wait, and that evidence is not presumed."""
    waiting = say(_noun(summary), language, n=summary.waiting)
    return say("plan.lead", language, n=summary.waiting, events=waiting)


def answers(summary: Summary) -> int:
    """Return how many answers were given: one per event and rulebook that judged it."""
    return sum(sum(book.verdicts.values()) for book in summary.rulebooks)


def _ask(step: Step, decided: tuple[int, int, int], noun: str, language: Language) -> Ask:
    before, after, total = decided
    waiting = say(noun, language, n=step.events)
    effect = say("plan.decided", language, after=after, total=say(noun, language, n=total))
    if after == before:
        effect = say("plan.needed", language, events=waiting)
    source = step.source if step.source in _THINGS else "export"
    things = counted(_THINGS[source], step.things, language)
    return Ask(
        title=say(f"plan.{'export' if source == 'export' else 'state'}", language, things=things),
        how=say(f"plan.from_{source}", language),
        waits=say("plan.waits", language, n=step.events, events=waiting) if after > before else "",
        effect=effect,
        before=before,
        after=after,
        total=total,
    )


def _noun(summary: Summary) -> str:
    return "count.events" if len(summary.rulebooks) < 2 else "count.answers"
