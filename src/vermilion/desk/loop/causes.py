"""What holds an event, as causes that it may share with others."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.decision import RuleOutcome, Ruling
from vermilion.desk.loop.terms import terms_stated
from vermilion.facts.events import Event, FindingEvent, event_type_of
from vermilion.facts.namespace import roles
from vermilion.rulebook import Binds, Engine

MAX_CAUSES = 64
"""Causes kept of one event; one with more is resolved by itself. Policy."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_INDEX = re.compile(r"\[\d+\]")


class Cause(NamedTuple):
    """What many reviews have in common: a rule that waits for one fact about one thing."""

    digest: bytes
    rulebook: str
    rule: str
    """The rule's id with its version."""
    outcome: str
    fact: str
    entity: str
    binds: Binds


def all_causes(
    event: Event,
    rulings: Iterable[Ruling],
    engine_of: Callable[[str], Engine],
    secret: bytes,
) -> list[Cause]:
    """Return what holds an event under all rulebooks that judged it."""
    return [cause for ruling in rulings for cause in causes_of(event, ruling, engine_of, secret)]


def causes_of(
    event: Event, ruling: Ruling, engine_of: Callable[[str], Engine], secret: bytes
) -> list[Cause]:
    """Return what holds an event under one rulebook; nothing where it is not held.

    A lacking fact is a cause for every event that needs the same fact of the same thing under the
    same rule. A hit is one for every event on which the same facts decided; where they are facts of
    the event alone, or numbers over the past, it is the event's own, on its present terms. A rule
    that changes in substance or in force, be it by a parameter, a list or who the operator is, has
    new causes.
    """
    if ruling.verdict != "review":
        return []
    event_type, engine = event_type_of(event), engine_of(ruling.rulebook.digest)
    fused = engine.on(event_type, event.stage, dt.date.fromisoformat(ruling.as_of))
    in_force = {one.rule.id: one for one in fused.rules}
    found = []
    for outcome in ruling.rules:
        rule = in_force[outcome.id]
        verdict = rule.rule.verdict if outcome.outcome == "hit" else rule.rule.on_missing
        if rule.rule.mode != "live" or verdict != "review":
            continue
        substance = engine.substance(fused, rule)
        for fact, entity, more in _shared(event, event_type, ruling, outcome):
            said = _ENCODE(
                [engine.rulebook.id, substance, rule.binds, outcome.outcome, fact, entity, more]
            )
            digest = hashlib.blake2b(said, digest_size=16, key=secret).digest()
            found.append(
                Cause(
                    digest,
                    engine.rulebook.id,
                    rule.rule.key,
                    outcome.outcome,
                    fact,
                    entity,
                    rule.binds,
                )
            )
    return found


def _shared(
    event: Event, event_type: str, ruling: Ruling, outcome: RuleOutcome
) -> Iterator[tuple[str, str, Any]]:
    """Yield what an outcome has in common with others: fact, thing, and the facts that decided."""
    own = event.subject or event.id
    if isinstance(event, FindingEvent) and outcome.outcome == "hit":
        yield from _seen_of(event, outcome)
        return
    if outcome.outcome == "missing":
        lacking = [one for one in ruling.missing if outcome.id in one.rules]
        for one in lacking:
            of_event = one.fact.partition(".")[0] in {event_type, "event"}
            yield one.fact, one.entity, _alone(event, event_type) if of_event else None
        if not lacking:
            yield "event", own, _alone(event, event_type)
        return
    things = {label: _thing(label, event, event_type) for label in outcome.facts}
    shared = [label for label, thing in things.items() if thing is not None]
    private = not shared or any(label.startswith("windows.") for label in things)
    first = shared[0] if shared else next(iter(things), "event")
    facts = [[label, things[label], value] for label, value in sorted(outcome.facts.items())]
    thing = own if private else things[first] or own
    yield _INDEX.sub("", first), thing, [_alone(event, event_type) if private else None, facts]


def _seen_of(event: FindingEvent, outcome: RuleOutcome) -> Iterator[tuple[str, str, Any]]:
    """Yield whom or what a detector saw: findings of one pattern about the same are one question.

    That is an account, with its counterparty, in a collection; the token where it names nobody. How
    sure it is, and of which rows, is of the single finding.
    """
    said = event.data
    of = said.token if said.account is None else None
    thing = said.account or said.token or said.collection
    if said.detector is None or thing is None:
        yield "pattern", event.subject or event.id, [_alone(event, "finding"), said.pattern]
        return
    about = [said.pattern, said.collection, of, said.account, said.counterparty]
    yield "pattern", thing, [event.source, about, _told(outcome)]


def _told(outcome: RuleOutcome) -> list[Any]:
    """Return the facts that decided, without those that differ from finding to finding."""
    return [[label, value] for label, value in sorted(outcome.facts.items()) if label in _KINDS]


_KINDS = frozenset({"pattern", "disposition", "kind", "told_concerned", "indirect", "level"})


def _alone(event: Event, event_type: str) -> list[Any]:
    """Return what sets an event apart from every other, and from itself on other terms."""
    return [event.source, event_type, event.subject or event.id, terms_stated(event)]


def _thing(label: str, event: Event, event_type: str) -> str | None:
    """Return the id of the thing that a fact is about; None for the event itself."""
    root = _INDEX.sub("", label).partition(".")[0]
    data: Any = event.data
    if root in roles(event_type):
        id = getattr(data.parties, root, None)
        return None if id is None else str(id)
    if root == "party" and event_type == "party":
        return str(data.party.id)
    if root == "work" and getattr(data, "work", None) is None:
        root = "token"  # the work is known through its token
    if root in {"token", "work", "platform"}:
        named = getattr(data, root, None)
        named = getattr(named, "id", named)
        return None if named is None else str(named)
    return None
