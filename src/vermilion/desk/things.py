"""Tell what is known of a party, platform, work or token, who said so, and what it hangs together with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.erase import Erased, erasures
from vermilion.desk.history import History, Query, Summary
from vermilion.desk.know import Standing, standing_facts
from vermilion.desk.mentions import links
from vermilion.desk.sealing import Remains, remains
from vermilion.errors import UsageError
from vermilion.facts.entities import ENTITY_KINDS, Entity
from vermilion.facts.events import STATED_BY, Event
from vermilion.store import overlay

MOST_STATEMENTS = 200
"""Statements read of one thing; what older ones state is not told. Policy."""

MOST_NAMING = 20
"""Entries of each type looked through for things that name this one. Policy."""


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """One statement about a thing: who made it, when it holds, and what it says.

    `begins` is from when and `ends` up to but not including when it holds, UTC; of an erased one
    they are None where they are no longer known. `facts` are by field, without those unknown;
    `provenance` tells where they come from, by path. Of an erased one both are None.
    """

    entry: int
    source: str
    id: str
    type: str
    begins: str | None
    ends: str | None
    erased: bool
    facts: dict[str, Any] | None
    provenance: dict[str, Any] | None


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Another thing: one that this one's facts name, or, if `naming`, one whose facts name this.

    `relation` is the path of the fact, such as `controlled_by` or `licence_chain.licensor`.
    """

    relation: str
    kind: str
    id: str
    naming: bool


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a party, platform, work or token.

    `holds` is what holds now by field, `stated_by` which entry decided each of those fields.
    `statements` are newest first; `more` says that there are older ones, which are not told.
    `erasures` are those of a party that the record holds, newest first.
    """

    kind: str
    id: str
    holds: dict[str, Any]
    stated_by: dict[str, int]
    statements: list[Stated]
    more: bool
    related: list[Related]
    erasures: list[Erased]


class _Said(NamedTuple):
    """An entry that states facts of a thing; `standing` is None where nothing is left of it."""

    summary: Summary
    event: Event | None
    standing: Standing | None
    erased: bool


def thing(
    book: Book, history: History, kind: str, id: str, at: dt.datetime | None = None
) -> Thing | None:
    """Return what is known of a thing; None where nothing is known of it and nothing names it.

    Args:
        book: the book.
        history: the index of that book.
        kind: `party`, `platform`, `work` or `token`.
        id: the thing's id.
        at: the moment of which `holds` tells; now unless given.

    Raises:
        UsageError: `unknown_kind`.
        StorageError: the index or record is damaged.
    """
    if kind not in ENTITY_KINDS:
        raise UsageError(
            "unknown_kind",
            f"`{kind}` is no kind of thing",
            help=f"name one of: {', '.join(ENTITY_KINDS)}",
            where="kind",
        )
    entries = history.stating(kind, id, MOST_STATEMENTS + 1)
    if not entries and not history.page(Query(limit=1, thing=(kind, id))).items:
        return None
    said = [
        _said(book, history, one, (kind, id))
        for one in history.summaries(entries[:MOST_STATEMENTS])
    ]
    holding, stated_by = _holding(kind, id, said, at or dt.datetime.now(dt.UTC))
    named = [
        Related(relation=path, kind=other, id=its, naming=False)
        for path, other, its in links(kind, holding)
    ]
    return Thing(
        kind=kind,
        id=id,
        holds=_facts(holding),
        stated_by=stated_by,
        statements=[_stated(one) for one in said],
        more=len(entries) > MOST_STATEMENTS,
        related=[*dict.fromkeys([*named, *_naming(book, history, (kind, id))])],
        erasures=erasures(book, history, id) if kind == "party" else [],
    )


def _said(book: Book, history: History, summary: Summary, key: tuple[str, str]) -> _Said:
    event, erased, _ = _remains(book, history, summary)
    standing = None if event is None else _standing(event).get(key)
    gone = standing is None or (key[0] == "party" and key[1] in erased)
    return _Said(summary, event, standing, gone)


def _holding(
    kind: str, id: str, said: Sequence[_Said], moment: dt.datetime
) -> tuple[Entity, dict[str, int]]:
    """Return what holds at a moment, and which entry decided each field, as `StandingFacts` has it."""
    held: Entity = ENTITY_KINDS[kind](id=id)
    stated_by: dict[str, int] = {}
    valid = [(one.summary.entry, one.standing) for one in said if one.standing and not one.erased]
    for entry, (_, entity, begins, ends) in sorted(valid, key=lambda one: (one[1].begins, one[0])):
        if begins <= moment and (ends is None or moment < ends):
            held = overlay(held, entity)
            stated_by |= dict.fromkeys(_facts(entity), entry)
    return held, stated_by


def _stated(one: _Said) -> Stated:
    """Return a statement; of an erased one it is left when it held."""
    begins = ends = facts = provenance = None
    if one.standing is not None and one.event is not None:
        begins = one.standing.begins.isoformat()
        ends = None if one.standing.ends is None else one.standing.ends.isoformat()
        if not one.erased:
            facts = _facts(one.standing.entity)
            provenance = msgspec.to_builtins(one.event.data.provenance)
    return Stated(
        entry=one.summary.entry,
        source=one.summary.source,
        id=one.summary.id,
        type=one.summary.type,
        begins=begins,
        ends=ends,
        erased=one.erased,
        facts=facts,
        provenance=provenance,
    )


def _naming(book: Book, history: History, key: tuple[str, str]) -> Iterator[Related]:
    """Yield the things whose stated facts name this one, newest first by type of event."""
    for event_type in STATED_BY:
        query = Query(limit=MOST_NAMING, thing=key, type=event_type)
        for summary in history.page(query).items:
            event = _remains(book, history, summary).event
            for (kind, id), standing in {} if event is None else _standing(event).items():
                for path, *named in links(kind, standing.entity):
                    if tuple(named) == key:
                        yield Related(relation=path, kind=kind, id=id, naming=True)


def _remains(book: Book, history: History, summary: Summary) -> Remains:
    """Return what is left of a judgement's event."""
    return remains(book.read(history.places([summary.entry])[summary.entry]))


def _standing(event: Event) -> dict[tuple[str, str], Standing]:
    return {(one.kind, one.entity.id): one for one in standing_facts(event)}


def _facts(entity: Entity) -> dict[str, Any]:
    """Return what is known of an entity, by field, without its id."""
    known: dict[str, Any] = msgspec.to_builtins(entity)
    return {field: value for field, value in known.items() if field != "id"}
