"""The desk: takes events in groups, judges each, seals all, and only then answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from vermilion.desk.book import Book, statement_rows
from vermilion.desk.decision import EventRef, Writer
from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge, Known, standing_facts
from vermilion.desk.sealing import KIND, Judgement, opened, sealable
from vermilion.desk.settled import Businesses, facts_read
from vermilion.errors import DataError
from vermilion.facts.canonical import event_digest
from vermilion.facts.events import Event, event_type_of
from vermilion.intake import Received
from vermilion.rulebook import Engine
from vermilion.store import Place, StandingFacts, Statement, identity_of

CLOCKS_DIFFER = dt.timedelta(days=1)
"""How far ahead of this machine's clock a settled event may lie. Policy."""


class Sealed(NamedTuple):
    """A judgement that is durable, and its index in the record."""

    judged: Judgement
    entry: int


class Duplicate(NamedTuple):
    """The same event again: its recorded judgement, and that one's index in the record."""

    judged: Judgement
    entry: int


class Conflict(NamedTuple):
    """Another event under an identity that is taken."""

    received: Received


class Refused(NamedTuple):
    """An event that the record cannot take or answer, and why."""

    received: Received
    error: DataError


Answer = Sealed | Duplicate | Conflict | Refused


class Desk:
    """Judges events and seals the judgements in a book.

    Args:
        book: takes the judgements.
        engines: the active rulebooks.
        as_of: a day whose rules are applied instead of each event's own, for a what-if.
        base: a further book whose standing facts are known too; it is only read.
    """

    def __init__(
        self,
        book: Book,
        engines: Sequence[Engine],
        *,
        as_of: dt.date | None = None,
        base: Book | None = None,
    ) -> None:
        self._now = dt.datetime.now(dt.UTC)
        self.book = book
        self.engines = engines
        sources = [(one.state, one.stated) for one in (base, book) if one is not None]
        self.standing = StandingFacts(*sources)
        self.businesses = Businesses(book, engines, self.standing)
        knowledge = Knowledge(self.standing, facts_read(engines))
        memory = self.businesses.memory
        self._writers = {engine.digest: Writer(engine) for engine in engines}
        self.judges = [Judge(engine, knowledge, memory, as_of=as_of) for engine in engines]

    def submit(self, group: Sequence[Received]) -> list[Answer]:
        """Judge a group of events in order and seal them; return when the record is durable.

        Raises:
            StorageError: the record could not be written; nothing of the group is acknowledged.
        """
        book = self.book
        identities = [identity_of(one.event.source, one.event.id) for one in group]
        seen = book.state.find(identities)
        fresh: dict[bytes, Sealed] = {}
        answers: list[Answer] = []
        self._now = dt.datetime.now(dt.UTC)
        month = self._now.strftime("%Y-%m")
        self.businesses.expect([one.event for one in group])
        try:
            for identity, received in zip(identities, group, strict=True):
                try:
                    if identity in fresh or identity in seen:
                        known = fresh.get(identity) or self._recorded(seen[identity])
                        same = known.judged.canonical == received.canonical
                        answers.append(Duplicate(*known) if same else Conflict(received))
                        continue
                    fresh[identity] = self._answer(received, month)
                    answers.append(fresh[identity])
                except DataError as error:
                    answers.append(Refused(received, error))
        except BaseException:
            book.state.detach()
            book.record.discard()
            raise
        self._commit(fresh)
        return answers

    def _answer(self, received: Received, month: str) -> Sealed:
        self._refuse_the_future(received.event)
        earlier = self.businesses.take_out(received.event)
        try:
            judged = self.judge(received)
            entry = self._append(judged, month)
        except DataError:
            self.businesses.put_back(earlier)
            raise
        self.businesses.settle(judged.event, judged.ruled)
        return Sealed(judged, entry)

    def _refuse_the_future(self, event: Event) -> None:
        """Refuse what says that it happened later than now: it would outdate all that really does."""
        if event.stage == "settled" and event.time > self._now + CLOCKS_DIFFER:
            raise DataError(
                "in_the_future",
                f"the event settled at {event.time.isoformat()}, which is later than now",
                help="correct its time, or state it as `proposed`",
            )

    def judge(self, received: Received) -> Judgement:
        """Return what every active rulebook rules on one event; nothing is sealed."""
        event = received.event
        joined: dict[dt.date, Known] = {}
        ruled = [judge.judge(event, joined) for judge in self.judges]
        return Judgement(event, received.canonical, ruled)

    def decisions(self, judged: Judgement) -> list[bytes]:
        """Write the decisions of a judgement out in full, one for each rulebook that judged it."""
        event = judged.event
        reference = EventRef(event.source, event.id, event_digest(judged.canonical))
        event_type = event_type_of(event)
        return [
            self._writer(ruling.rulebook.digest).decision(
                reference, event_type, event.stage, ruling
            )
            for ruling, *_ in judged.ruled
        ]

    def _writer(self, digest: str) -> Writer:
        writer = self._writers.get(digest)
        if writer is None:
            writer = self._writers[digest] = Writer(self.book.kept_engine(digest))
        return writer

    def learn(self, event: Event, entry: int) -> None:
        """Take over the standing facts that an event states, for the events judged after it."""
        for kind, entity, begins, ends in standing_facts(event):
            self.standing.state_fact(kind, Statement(begins, entry, ends, entity))

    def _append(self, judged: Judgement, month: str) -> int:
        statement, sections, commit = sealable(judged, month)
        entry = self.book.record.append(KIND, statement, sections, commit)
        self.learn(judged.event, entry)
        return entry

    def _commit(self, fresh: dict[bytes, Sealed]) -> None:
        """Make the group durable, then take it over into the state."""
        if not fresh:
            return
        book = self.book
        try:
            locations = book.record.commit().locations
        except BaseException:
            book.state.detach()
            raise
        places = [Place(*location) for location in locations]
        rows = [
            row
            for sealed, place in zip(fresh.values(), places, strict=True)
            for row in statement_rows(sealed.judged.event, sealed.entry, place)
        ]
        events = [
            (sealed.judged.event, place)
            for sealed, place in zip(fresh.values(), places, strict=True)
        ]
        businesses = self.businesses.placed(events)
        seen = dict(zip(fresh, places, strict=True))
        if book.state.apply(seen, rows, book.record.size, businesses):
            self.standing.stored()

    def _recorded(self, place: Place) -> Sealed:
        entry = self.book.read(place)
        judged = opened(entry)
        if judged is None:
            raise DataError(
                "erased",
                "the event is recorded already, and part of it was erased since",
                help="leave it out; what was erased cannot be answered again",
            )
        return Sealed(judged, entry.index)
