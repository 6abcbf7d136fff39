"""Read from the record what people did on a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from vermilion.desk.cases.model import JournalItem
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.sealing import remaining_event
from vermilion.facts.events import CaseEvent, ResolutionEvent
from vermilion.record import Entry, Erased

if TYPE_CHECKING:
    from vermilion.desk.book import Book

MOST_ITEMS = 50
"""Entries of a case's journal that are read at once, the last ones. Policy."""


class _Name(msgspec.Struct, frozen=True):
    source: str
    id: str
    time: str


class _Said(msgspec.Struct, frozen=True):
    event: _Name
    resolution: Effect | None = None


_SAID = msgspec.json.Decoder(_Said).decode


def journal(book: Book, cause: bytes, before: int | None = None) -> tuple[list[JournalItem], int]:
    """Return the journal of a case in the order of the record, and how much of it comes earlier.

    Args:
        book: its record is read.
        cause: the case's.
        before: an entry; only what comes before it is returned.

    Raises:
        StorageError: the record or the state is damaged.
    """
    noted = [one for one in book.loop.cases.journal(cause) if before is None or one.entry < before]
    kept = noted[-MOST_ITEMS:]
    places = book.state.find([one.event for one in kept])
    items = [item_of(book.read(places[one.event])) for one in kept]
    return items, len(noted) - len(kept)


def item_of(entry: Entry) -> JournalItem:
    """Return what an entry says that a person did on a case."""
    said = _SAID(bytes(entry.envelope.statement))
    event = remaining_event(entry)
    gone = any(isinstance(content, Erased) for content in entry.contents)
    item = JournalItem(
        entry=entry.index,
        source=said.event.source,
        id=said.event.id,
        at=said.event.time,
        kind="erased" if said.resolution is None else "resolution",
        by=[] if said.resolution is None else said.resolution.by[-1:],
        resolution=said.resolution,
        erased=gone,
    )
    if isinstance(event, ResolutionEvent):
        return msgspec.structs.replace(item, text=event.data.reason)
    if not isinstance(event, CaseEvent):
        return item
    data = event.data
    return msgspec.structs.replace(
        item,
        kind=data.action,
        by=[data.parties.by],
        text=data.note,
        assignee=data.assignee,
        attachment=data.attachment,
        cause=None if data.link is None else data.cause,
        link=data.link,
        of=data.of,
    )
