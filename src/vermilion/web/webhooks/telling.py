"""Find what is to be told: as it is recorded, and after a crash in the record.

Nothing is lost between record and outbox: the outbox keeps up to which entry was told and which
cases were, and what lies behind that is told at the next start.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.desk import Permit
from vermilion.desk.loop.issue import PermitLine, Permits
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.permits import PermitSaid, PermitStatement
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.sealing import KIND as JUDGEMENT
from vermilion.errors import DataError, StorageError
from vermilion.record import Location
from vermilion.record.clear import clear_after
from vermilion.web.webhooks.outbox import CaseTold
from vermilion.web.webhooks.webhooks import Telling, Webhooks

NOTED_EVERY = 10_000
"""Entries after which it is noted how far was told although there was nothing to tell. Policy."""

Refused = tuple[tuple[str, str], int]
"""An event, by source and id, and the epoch second of the resolution that refused it."""

_LOG = logging.getLogger("vermilion.webhooks")


class EventNamed(msgspec.Struct, frozen=True):
    """An event by its name."""

    source: str
    id: str


class Freed(msgspec.Struct, frozen=True):
    """People released what held an event; its permit."""

    event: EventNamed
    permit: PermitLine


class Stopped(msgspec.Struct, frozen=True):
    """People refused an event; it gets no permit."""

    event: EventNamed


class Opened(msgspec.Struct, frozen=True):
    """Events wait for an answer that people have to find: a case by its cause.

    It names no rule and no fact, which may be confidential.
    """

    cause: str


class _Said(msgspec.Struct, frozen=True):
    time: str


class _Judged(msgspec.Struct, frozen=True):
    event: _Said
    resolution: Effect | None = None


_PERMIT = msgspec.json.Decoder(PermitStatement).decode
_JUDGED = msgspec.json.Decoder(_Judged).decode


class Teller:
    """Has everything told that is recorded in a book. It belongs to the thread that opened the book.

    Making it tells what earlier processes recorded and did not tell; where none ever told anything,
    it begins with what comes from now on, and with the cases that are open.

    Args:
        webhooks: where it is told.
        book: what is told of.
        refused: gives what the loop refused since it was last asked; without it, what a cause's
            refusal stopped is looked for among all proposals.

    Raises:
        StorageError: `outbox_unusable`, `record_damaged`.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        book: Book,
        refused: Callable[[], Sequence[Refused]] | None = None,
    ) -> None:
        self._webhooks, self._book = webhooks, book
        self._permits = Permits(book)
        self._refused = refused
        self._cases = book.loop.cases
        self._changed: set[bytes] = set()
        if any("case.opened" in one.kinds for one in webhooks.subscriptions):
            self._changed = self._cases.watch()
            self._changed.update(self._cases.open())
        noted, size = webhooks.outbox.told, book.record.size
        # A record that was brought back from a copy may be shorter than what was told.
        self._told = size if noted is None else min(noted, size)
        self._noted = self._told
        self._last: Location | None = None
        self._rounds = dict(webhooks.outbox.cases())
        self._behind = True
        if noted is None:
            webhooks.tell_all([], told=size)
        self._tell()
        self._pass()

    def follow(self, plain: Sequence[Permit] | None = None) -> None:
        """Have told what the record holds since; it lies durably in the outbox on return.

        Where the outbox cannot be written, that is logged, and told the next time.

        Args:
            plain: the permits of the group that was recorded since, if there was no resolution in
                it; it need not be read then.
        """
        freed = plain is None or any(one.said.resolutions for one in plain)
        try:
            if freed or self._behind or self._changed:
                self._tell(plain=not freed)
            self._pass()
        except StorageError as error:
            self._behind = True
            _LOG.error("webhooks: %s", error.message)

    def _tell(self, *, plain: bool = False) -> None:
        behind, self._behind = self._behind, True
        size = self._book.record.size
        tellings = [] if plain and not behind else list(self._since(behind=behind))
        cases = self._opened()
        tellings += [self._case(one) for one in cases]
        if tellings:
            self._webhooks.tell_all(tellings, told=size, cases=cases)
            self._noted = size
        self._rounds.update(cases)
        self._changed.clear()
        self._told, self._behind = size, False

    def _pass(self) -> None:
        """Take note of how far was told; durably now and then."""
        record = self._book.record
        if record.checkpoint.locations:
            self._last = record.checkpoint.locations[-1]
        self._told = record.size
        if self._told - self._noted >= NOTED_EVERY:
            self._webhooks.tell_all([], told=self._told)
            self._noted = self._told

    def _since(self, *, behind: bool) -> Iterator[Telling]:
        """Yield what people freed and stopped since it was told, in the record's order."""
        refused = None if self._refused is None else list(self._refused())
        live = None if behind else refused
        for index, kind, statement in self._statements():
            if kind == PERMIT:
                said = _PERMIT(statement).permit
                # What resolutions permit at once was told in the answer to the proposal.
                if any(one.entry > said.event.entry for one in said.resolutions):
                    yield self._freed(said, index)
            elif kind == JUDGEMENT and live is None and b'"resolution":' in statement:
                judged = _JUDGED(statement)
                if judged.resolution is not None and judged.resolution.effect == "stops":
                    at = int(dt.datetime.fromisoformat(judged.event.time).timestamp())
                    yield from map(self._stopped, self._stopped_by(judged.resolution, at))
        yield from map(self._stopped, live or ())

    def _statements(self) -> Iterator[tuple[int, str, bytes]]:
        record = self._book.record
        if self._told >= record.size:
            return
        if self._last is None:
            yield from record.statements(self._told)
            return
        try:
            for said in clear_after(record, self._book.keys.origin, self._last):
                yield said.index, said.kind, said.statement
        except DataError as error:
            raise StorageError("record_damaged", error.message, where=error.where) from None

    def _stopped_by(self, effect: Effect, at: int) -> list[Refused]:
        """Return the events that a recorded resolution refused, of those that still stand so."""
        if effect.event is not None:
            return [(effect.event, at)]
        rows, cause = self._book.loop.rows, bytes.fromhex(effect.cause or "")
        found = (rows.proposal(key[1:]) for key, _ in rows.rows.scan(b"P"))
        return [
            (row.name, at)
            for row in found
            if row and row.standing == "refused" and cause in row.causes and row.at <= at
        ]

    def _opened(self) -> list[CaseTold]:
        """Return the changed cases that opened and were not told."""
        found = ((cause, self._cases.case(cause)) for cause in sorted(self._changed))
        return [
            CaseTold(cause, row.rounds)
            for cause, row in found
            if row and row.waiting and self._rounds.get(cause) != row.rounds
        ]

    def _freed(self, said: PermitSaid, entry: int) -> Telling:
        line = self._permits.line(said, entry)
        event = EventNamed(said.event.source, said.event.id)
        return Telling("event.freed", line.jti, _moment(said.nbf), event.source, Freed(event, line))

    def _stopped(self, refused: Refused) -> Telling:
        event = EventNamed(*refused[0])
        key = f"{self._book.keys.origin}\0{event.source}\0{event.id}"
        return Telling("event.stopped", key, _moment(refused[1]), event.source, Stopped(event))

    def _case(self, case: CaseTold) -> Telling:
        row = self._cases.case(case.cause)
        first = None
        if row is not None and row.named:
            first = self._book.loop.rows.proposal(row.named[0])
        return Telling(
            "case.opened",
            f"{self._book.keys.origin}\0{case.cause.hex()}\0{case.rounds}",
            _moment(0 if row is None else row.opened),
            None if first is None else first.name[0],
            Opened(case.cause.hex()),
        )


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
