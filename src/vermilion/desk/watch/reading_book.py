"""Read the settled events of a book's record into canonical tables."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.desk.watch.mapped_sql import EVENT_BITS
from vermilion.desk.watch.reading_events import READ_TYPES, EventRows


class BookRead(NamedTuple):
    """What a record gave: events looked at, those erased, and the entry to go on from."""

    events: int
    erased: int
    position: int


class _Named(msgspec.Struct, frozen=True, gc=False):
    type: str
    stage: str


class _Said(msgspec.Struct, frozen=True, gc=False):
    event: _Named


_SAID = msgspec.json.Decoder(_Said).decode


def read_book(book: Book, rows: EventRows, begin: int = 0) -> BookRead:
    """Take the events of a record over, from an entry on; positions are those of the entries.

    What is erased is passed over and counted. Events that no table holds are not opened.

    Raises:
        StorageError: the record is damaged.
    """
    events = erased = 0
    size = book.record.size
    for entry in book.record.entries(begin):
        if entry.index >= size:
            break
        if entry.envelope.kind != KIND:
            continue
        named = _SAID(bytes(entry.envelope.statement)).event
        if named.type not in READ_TYPES or named.stage == "proposed":
            continue
        events += 1
        event = remaining_event(entry)
        if event is None:
            erased += 1
        else:
            rows.take(event, entry.index << EVENT_BITS)
    return BookRead(events, erased, size)
