"""Erase a person: what was known of them can be read no more, and the record says that it was done.

1. The keys under which the person's facts and words lie are looked up; where there are none, it is
   refused.
2. The terms for which records may have to be kept are told, by the rulebooks in force; while one
   may run, it is refused unless the operator answers for it, with a reference.
3. The erasure is judged and sealed like any event; when that is durable the keys are destroyed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import get_args

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.desk.erasures import Noted
from vermilion.desk.history import History
from vermilion.desk.keeping import running, terms
from vermilion.desk.sealing import remaining_event
from vermilion.errors import UsageError
from vermilion.facts.entities import Id
from vermilion.facts.events import (
    Erasure,
    ErasureEvent,
    ErasureGround,
    ErasureRoles,
    Keeping,
    Reference,
)


class ErasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to erase, who does it, who asked for it, and why; as in `Erasure`."""

    person: Id
    by: Id
    ground: ErasureGround
    asked_by: Id | None = None
    reference: Reference | None = None
    relationship_ended: dt.date | None = None
    despite_retention: bool = False


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure as the record holds it: its entry, its moment (UTC), and what it says."""

    person: str
    entry: int
    at: dt.datetime
    by: str
    asked_by: str | None
    ground: ErasureGround
    reference: str | None
    relationship_ended: dt.date | None
    retention: list[Keeping]
    despite_retention: bool
    keys: int


class MustBeKeptError(UsageError):
    """An erasure is refused because records may have to be kept; `terms` are those that may run."""

    def __init__(self, person: str, terms: Sequence[Keeping]) -> None:
        super().__init__(
            "must_be_kept",
            f"records of `{person}` may have to be kept: {'; '.join(map(_told, terms))}",
            help="wait until that is over, say when the relationship ended, or, where it does not bind"
            " you or another duty prevails, ask for it despite retention with a reference; that is"
            " recorded",
        )
        self.terms = terms


def erasure_asked(person: str, by: str, **said: object) -> ErasureAsked:
    """Return what is asked for, of fields as they were typed; what is empty is left out.

    Raises:
        UsageError: `bad_erasure`: a field is lacking, too long or no such thing.
    """
    given = {field: value for field, value in said.items() if value not in {None, ""}}
    try:
        return msgspec.convert({"person": person, "by": by, **given}, ErasureAsked)
    except msgspec.ValidationError as error:
        raise UsageError(
            "bad_erasure",
            f"the erasure cannot be read: {error}".replace("`$.", "`"),
            help=f"a ground is one of {', '.join(get_args(ErasureGround))}; a day is written like"
            " 2026-02-27",
        ) from None


def erase(desk: Desk, history: History, asked: ErasureAsked, now: dt.datetime) -> Erased:
    """Erase a person; return what is recorded of it when that and the destruction are durable.

    What was recorded before and could not be ended is ended, and not recorded again.

    Args:
        desk: judges the book's events.
        history: the index of its book.
        asked: what is asked for.
        now: when this is done.

    Raises:
        UsageError: `unknown_person`: nothing is held under a key of that id; `erased_already`;
            `must_be_kept`: a term may run; `reference_lacking`; `bad_date`.
        StorageError: it cannot be recorded, and the keys are there; or they cannot be destroyed
            yet, which the next start does.
    """
    book = desk.book
    earlier = book.loop.erasures.of(asked.person)
    ended = book.keys.destroy_keys([id for one in earlier for id in one.keys]) if earlier else 0
    keys = book.keys.ids(f"person/{asked.person}")
    if not keys:
        if not ended:
            raise _nothing_left(asked.person, earlier)
        return erasures(book, history, asked.person)[0]
    retention = _kept(desk, history, asked, now)
    event = ErasureEvent(
        # It stands in the record in clear, and must not tell whom it is about.
        id=f"erasure/{keys[0]}",
        source=book.keys.origin,
        time=now,
        stage="settled",
        specversion="1.0",
        data=Erasure(
            erased=asked.person,
            parties=ErasureRoles(by=asked.by, asked_by=asked.asked_by),
            ground=asked.ground,
            keys=keys,
            reference=asked.reference,
            relationship_ended=asked.relationship_ended,
            retention=retention,
            despite_retention=asked.despite_retention,
        ),
    )
    (sealed,) = desk.say([event])
    book.keys.destroy_keys(keys)
    return _erased(event, sealed.entry)


def refuse_early(desk: Desk, history: History, asked: ErasureAsked, now: dt.datetime) -> None:
    """Refuse what `erase` would refuse, with effect on nothing.

    Raises:
        UsageError: as for `erase`.
    """
    book = desk.book
    if not book.keys.ids(f"person/{asked.person}"):
        raise _nothing_left(asked.person, book.loop.erasures.of(asked.person))
    _kept(desk, history, asked, now)


def erasures(book: Book, history: History, person: str) -> list[Erased]:
    """Return the erasures of a person, newest first."""
    found = []
    for noted in reversed(book.loop.erasures.of(person)):
        event = remaining_event(book.read(history.places([noted.entry])[noted.entry]))
        if isinstance(event, ErasureEvent):
            found.append(_erased(event, noted.entry))
    return found


def _kept(desk: Desk, history: History, asked: ErasureAsked, now: dt.datetime) -> list[Keeping]:
    """Return the terms of keeping; refuse where one may run and nobody answers for it."""
    ended = asked.relationship_ended
    if ended is not None and ended > now.date() + dt.timedelta(days=1):
        raise UsageError(
            "bad_date",
            f"the relationship cannot have ended on {ended}, which is still to come",
            help="leave it out while the relationship goes on",
            where="relationship_ended",
        )
    found = terms(desk.engines, history, asked.person, ended, now)
    run = running(desk.engines, found, now)
    if run and not asked.despite_retention:
        raise MustBeKeptError(asked.person, run)
    if run and asked.reference is None:
        raise UsageError(
            "reference_lacking",
            "who erases while records may have to be kept names where that was decided",
            help="give the reference of the decision in your own files",
            where="reference",
        )
    return found


def _told(term: Keeping) -> str:
    """Say what a term rests on, and until when it runs."""
    clause = "policy" if term.instrument is None else f"{term.instrument} {term.pinpoint}"
    until = (
        "which cannot be told without the day on which the relationship ended"
        if term.until is None
        else f"over on {term.until}"
    )
    return f"{clause} ({term.rulebook}, {term.parameter}: {term.months} months, {until})"


def _nothing_left(person: str, earlier: Sequence[Noted]) -> UsageError:
    if earlier:
        return UsageError(
            "erased_already",
            f"`{person}` is erased, by entry {earlier[-1].entry}, and nothing was stated since",
        )
    return UsageError(
        "unknown_person",
        f"nothing that could be erased is held of `{person}`",
        help="check the id, also its case; an id that events only name is a pseudonym and stays",
    )


def _erased(event: ErasureEvent, entry: int) -> Erased:
    said = event.data
    return Erased(
        person=said.erased,
        entry=entry,
        at=event.time,
        by=said.parties.by,
        asked_by=said.parties.asked_by,
        ground=said.ground,
        reference=said.reference,
        relationship_ended=said.relationship_ended,
        retention=said.retention or [],
        despite_retention=bool(said.despite_retention),
        keys=len(said.keys),
    )
