"""Show a case to people: what its rule says, and which events wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from vermilion.desk.cases.model import Case, WaitingEvent

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.cases.assess import Assessed
    from vermilion.desk.loop.rows import Proposal

MOST_EVENTS = 50
"""Waiting events shown of one case. Policy."""

_TOGETHER = 4_096
"""About so many waiting events are read at once: they lie under evenly spread keys."""


def shown(book: Book, found: Assessed) -> Case:
    """Return a case as people see it."""
    row, known, text = found.row, found.known, found.text
    return Case(
        cause=found.cause.hex(),
        rulebook=known.rulebook,
        rule=known.rule,
        title=text.title,
        question=text.question,
        outcome=known.outcome,
        fact=known.fact,
        entity=known.entity,
        binds=known.binds,
        confidential=text.confidential,
        events=row.waiting,
        examples=[one.name[1] for one in _named(book, found)],
        status=found.status,
        severity=found.severity,
        overdue=found.overdue,
        opened_at=moment(row.opened),
        due_at=found.due.isoformat(),
        due_basis=found.basis,
        closed_at=None if row.closed is None else moment(row.closed),
        reopened=row.rounds - 1,
        assignee=row.assignee,
    )


def waiting_events(book: Book, found: Assessed) -> list[WaitingEvent]:
    """Return some of the events that wait under a case, the earliest recorded of them first."""
    rows = islice(_waiting(book, found), MOST_EVENTS)
    events = [
        WaitingEvent(source=row.name[0], id=row.name[1], entry=row.entry, at=moment(row.at))
        for row in rows
    ]
    return sorted(events, key=lambda one: one.entry)


def moment(seconds: int) -> str:
    """Return epoch seconds as text, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


def _named(book: Book, found: Assessed) -> list[Proposal]:
    rows = book.loop.rows
    known = [rows.proposal(business) for business in found.row.named]
    named = [one for one in known if one is not None]
    # Those named may have left, while others wait that nobody named.
    return named if named or not found.row.waiting else list(islice(_waiting(book, found), 1))


def _waiting(book: Book, found: Assessed) -> Iterator[Proposal]:
    """Yield what waits, reading no more at once than is asked for soon."""
    rows = book.loop.rows
    length = 0
    while found.row.waiting > _TOGETHER << 8 * length:
        length += 1
    for number in range(256**length):
        prefix = found.cause + number.to_bytes(length, "big")
        for business in rows.waiting_under(prefix):
            row = rows.proposal(business)
            if row is not None:
                yield row
