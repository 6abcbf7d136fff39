"""What cases hang together with: which rows a link has, and how it is read from the record.

A link has a row at each of its two ends, so that both show it: a case's end is its cause, that of a
thing or finding a digest of its kind and id. The rows lie under the entry, and what it says is read
from there, so that what is erased in the record is gone from here too, and the case still shows
that it had a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec

from vermilion.desk.cases.model import Linked, LinkKind, Relation
from vermilion.desk.sealing import remaining_event
from vermilion.facts.events import CaseEvent, CaseLink

if TYPE_CHECKING:
    from vermilion.desk.book import Book

MOST_LINKS = 100
"""Links of one case, and links shown of one thing, the last ones. Policy."""

_DIRECTED = "follows_from"
_BETWEEN_CASES = frozenset({"same_scheme", "duplicate", _DIRECTED})


class LinkRow(NamedTuple):
    """The entry that made a link, and its event's identity."""

    entry: int
    event: bytes


class Target(NamedTuple):
    """What a link leads to, and how it is related; a case's id is its cause."""

    relation: Relation
    kind: LinkKind
    id: str


class Said(NamedTuple):
    """A link as the record has it."""

    row: LinkRow
    at: str
    event: CaseEvent
    target: Target


def target_of(link: CaseLink) -> Target:
    """Return what a link leads to."""
    ((field, id),) = [
        (name, said) for name, said in msgspec.structs.asdict(link).items() if said is not None
    ]
    if field in _BETWEEN_CASES:
        return Target(cast("Relation", field), "case", id)
    return Target("about", cast("LinkKind", field), id)


def end_of(kind: str, id: str) -> bytes:
    """Return the end at which something's links have their rows."""
    return bytes.fromhex(id) if kind == "case" else _digest(kind, id)


def digest_of(cause: str, target: Target) -> bytes:
    """Return what stands for all that a link from a case says."""
    ends = [cause, target.id]
    if target.kind == "case" and target.relation != _DIRECTED:
        ends.sort()  # the same link, whichever of the two it is made from
    return _digest(target.relation, target.kind, *ends)


def said_of(book: Book, rows: list[LinkRow]) -> Iterator[Said]:
    """Yield what is left of links, in the order of the record.

    Raises:
        StorageError: the record or the state is damaged.
    """
    last = sorted(rows)[-MOST_LINKS:]
    places = book.state.find([row.event for row in last])
    for row in last:
        event = remaining_event(book.read(places[row.event]))
        if isinstance(event, CaseEvent) and event.data.link is not None:
            yield Said(row, event.time.isoformat(), event, target_of(event.data.link))


def seen_from(said: Said, kind: str, id: str) -> Linked:
    """Return a link as it shows at one of its ends."""
    here = (kind, id) == ("case", said.event.data.cause)
    relation = said.target.relation
    if relation == _DIRECTED and not here:
        relation = "leads_to"
    other: tuple[LinkKind, str] = (
        (said.target.kind, said.target.id) if here else ("case", said.event.data.cause)
    )
    return Linked(
        entry=said.row.entry,
        at=said.at,
        by=said.event.data.parties.by,
        relation=relation,
        kind=other[0],
        id=other[1],
    )


def _digest(*texts: str) -> bytes:
    return blake2b("\0".join(texts).encode(), digest_size=16).digest()
