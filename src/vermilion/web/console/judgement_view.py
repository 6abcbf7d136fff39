"""What the page of one judgement shows, gathered between two groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.customer import CustomerAnswer, is_asked
from vermilion.desk.loop.issue import PermitLine
from vermilion.desk.loop.rows import Proposal, business_of
from vermilion.desk.passing_again import Again, would_pass_in
from vermilion.desk.sealing import KIND, opened
from vermilion.desk.summarise import window_lines
from vermilion.desk.summary import WindowLine
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import event_digest
from vermilion.facts.events import Event, FindingEvent, event_type_of
from vermilion.facts.namespace import roles
from vermilion.record import Entry
from vermilion.rulebook import Words
from vermilion.web.served import Served

MOST_BEHIND = 8
"""Entries looked at behind a judgement for its permit and findings."""

_DECODE = msgspec.json.Decoder().decode


class Thing(NamedTuple):
    """A party, platform, work or token that an event names, and in which role."""

    kind: str
    id: str
    role: str | None = None


class Decided(NamedTuple):
    """One rulebook's decision, with what the rules are called."""

    decision: Mapping[str, Any]
    title: Words
    titles: Mapping[str, Words]
    windows: Mapping[str, WindowLine]
    known: bool
    """Whether the rules of that digest are in force today, so that they can be linked to."""


class Shown(NamedTuple):
    """Everything about one judgement."""

    entry: int
    recorded_at: str
    event: Event
    event_type: str
    canonical: bytes
    digest: str
    standing: str
    things: list[Thing]
    decided: list[Decided]
    causes: list[str]
    permit: PermitLine | None
    customer: CustomerAnswer | None
    findings: list[int]
    size: int
    root: str
    note: str
    book: str


def shown(served: Served, entry: int) -> Shown | None:
    """Return what is to be shown of a judgement; None where the entry is none.

    Raises:
        UsageError: `erased`: part of it was erased since.
        StorageError: a rulebook that judged is not kept.
    """
    book = served.book
    place = served.history.entry(entry)
    if place is None:
        return None
    read = book.read(place)
    if read.envelope.kind != KIND:
        return None
    judged = opened(read)
    if judged is None:
        raise UsageError("erased", "the event, or part of it, was erased")
    event, rows = judged.event, book.loop.rows
    row = rows.proposal(business_of(event)) if event.stage == "proposed" else None
    named = served.permits.standing(event, entry)
    return Shown(
        entry=entry,
        recorded_at=read.envelope.recorded_at,
        event=event,
        event_type=event_type_of(event),
        canonical=judged.canonical,
        digest=event_digest(judged.canonical),
        standing=served.standing(judged, entry),
        things=list(things_of(event)),
        decided=[_decided(served, _DECODE(one)) for one in served.desk.decisions(judged)],
        causes=[one.hex() for one in row.causes] if row and _holds(row, entry) else [],
        permit=None if named is None else served.permits.line(*named, judged),
        customer=served.customers.view(judged, rows.shown(event)) if is_asked(event) else None,
        findings=list(_findings(served, event, entry)),
        size=book.record.size,
        root=book.record.root.hex(),
        note=book.record.checkpoint.note.decode(),
        book=str(book.path),
    )


def passing(served: Served, source: str, id: str, digest: str) -> Again | None:
    """Return what would make an event pass under one rulebook; None where that is not to be told."""
    try:
        return would_pass_in(served.book, source, id, digest, served.desk.standing)
    except (UsageError, DataError):
        return None


def things_of(event: Event) -> Iterator[Thing]:
    """Yield what an event names, each once, parties by their roles first."""
    data: Any = event.data
    seen: set[tuple[str, str]] = set()
    for one in _named(event, data):
        if (one.kind, one.id) not in seen:
            seen.add((one.kind, one.id))
            yield one


def _named(event: Event, data: Any) -> Iterator[Thing]:
    parties = getattr(data, "parties", None)
    for role in roles(event_type_of(event)):
        id = getattr(parties, role, None)
        if id is not None:
            yield Thing("party", id, role)
    for kind in ("party", "platform", "work", "token"):
        named = getattr(data, kind, None)
        id = getattr(named, "id", named)
        if isinstance(id, str):
            yield Thing(kind, id)


def _holds(row: Proposal, entry: int) -> bool:
    return row.entry == entry and row.standing in {"held", "denied"}


def _decided(served: Served, decision: Mapping[str, Any]) -> Decided:
    digest = decision["rulebook"]["digest"]
    rulebook = served.book.kept_engine(digest).rulebook
    return Decided(
        decision,
        rulebook.document.rulebook.title,
        {one.rule.id: one.rule.title for one in rulebook.rules},
        window_lines(rulebook),
        any(engine.digest == digest for engine in served.desk.engines),
    )


def _findings(served: Served, event: Event, entry: int) -> Iterator[int]:
    """Yield the findings about an event: they lie behind it, with nothing but permits between."""
    for index in range(entry + 1, entry + 1 + MOST_BEHIND):
        place = served.history.entry(index)
        found = None if place is None else _finding(served.book.read(place))
        if found is None:
            if place is not None:
                return
            continue
        about = found.data.about
        if about is None or (about.source, about.id) != (event.source, event.id):
            return
        yield index


def _finding(entry: Entry) -> FindingEvent | None:
    judged = opened(entry) if entry.envelope.kind == KIND else None
    event = None if judged is None else judged.event
    return event if isinstance(event, FindingEvent) else None
