"""The desk: takes events in groups, judges each, seals all, and only then answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from vermilion.desk.book import Book, statement_rows
from vermilion.desk.decision import EventRef, Writer
from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge, Known, standing_facts
from vermilion.desk.loop.left import NOTHING, Left
from vermilion.desk.loop.live import LiveLoop, Recorded
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.permits import PermitSaid, PermitStatement, issued
from vermilion.desk.loop.resolve import Effect, strictest
from vermilion.desk.loop.rows import business_named
from vermilion.desk.own import refused_from_outside
from vermilion.desk.sealing import (
    KIND,
    Judgement,
    opened,
    remaining_event,
    rulebooks_of_entry,
    sealable,
)
from vermilion.desk.settled import Businesses, facts_read
from vermilion.errors import DataError
from vermilion.facts.canonical import canonical_form, event_digest
from vermilion.facts.events import (
    EVENT_TYPES,
    Event,
    ResolutionEvent,
    event_type_of,
)
from vermilion.features.calendar import trading_days
from vermilion.intake import Received
from vermilion.permit import thumbprint
from vermilion.rulebook import Engine
from vermilion.store import Place, StandingFacts, Statement, identity_of

CLOCKS_DIFFER = dt.timedelta(days=1)
"""How far ahead of this machine's clock a settled or permitted event may lie. Policy."""

FREED_TOGETHER = 1_024
"""Permits that a resolution leads to are made durable in groups of so many."""

_ENCODE = msgspec.json.Encoder().encode
_EVENT = msgspec.json.Decoder(Event).decode


class Permit(NamedTuple):
    """A permit that was issued: what its entry states, and that entry's index."""

    said: PermitSaid
    entry: int


class Sealed(NamedTuple):
    """A judgement that is durable, its index in the record, and what of it stays for good.

    Of a resolution there is what it does.
    """

    judged: Judgement
    entry: int
    effect: Effect | None = None
    left: Left = NOTHING


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
        self._month = ""
        self.book = book
        self.engines = engines
        sources = [(one.state, one.stated) for one in (base, book) if one is not None]
        self.standing = StandingFacts(*sources)
        for one in (base, book):
            if one is not None:
                one.keys.on_destroyed(self.standing.forget)
        self.businesses = Businesses(book, engines, self.standing)
        self._knowledge = Knowledge(self.standing, facts_read(engines))
        memory = self.businesses.memory
        self._writers = {engine.digest: Writer(engine) for engine in engines}
        self.judges = [Judge(engine, self._knowledge, memory, as_of=as_of) for engine in engines]
        by_digest = {engine.digest: engine for engine in engines}
        key = thumbprint(book.keys.permit_public_key)
        in_force = {} if as_of else {one.digest: one for one in book.active_engines()}
        self._follows = as_of is None
        self.permits_all = bool(engines) and in_force.keys() <= by_digest.keys()
        """Whether what is allowed gets permits: every rulebook in force in the book judges."""
        profiles = [one.profile for one in in_force.values()] or [book.profile]
        self._loop = LiveLoop(
            book.loop,
            engines=by_digest,
            profile=strictest(profiles),
            standing=self.standing,
            key=key,
            recorded=self.recorded,
            in_force=frozenset(one.rulebook.id for one in in_force.values()),
        )
        self._fresh: dict[bytes, Sealed] = {}
        self._issued: list[Permit] = []
        self.permits: list[Permit] = []
        """Permits that the last group of events led to."""
        self.findings: list[Sealed] = []
        """Findings on what the last group settled."""

    def submit(self, group: Sequence[Received]) -> list[Answer]:
        """Judge a group of events in order and seal them; return when the record is durable.

        Permits that it led to are in `permits`, and findings on what it settled in `findings`,
        until the next call.

        Raises:
            StorageError: the record could not be written; nothing of the group is acknowledged. What
                comes before a resolution in it may be recorded, and is a duplicate the next time.
        """
        self._now = dt.datetime.now(dt.UTC)
        self._month = self._now.strftime("%Y-%m")
        self.permits, self.findings = [], []
        self._free()
        return [answer for part in _parts(group) for answer in self._submit(part)]

    def _submit(self, group: Sequence[Received]) -> list[Answer]:
        """Judge and seal events with one flush, then free what they lead to."""
        book = self.book
        identities = [identity_of(one.event.source, one.event.id) for one in group]
        seen = book.state.find(identities)
        answers: list[Answer] = []
        events = [one.event for one in group]
        self.businesses.expect(events)
        book.loop.expect(events)
        with self._group():
            for identity, received in zip(identities, group, strict=True):
                try:
                    if identity in self._fresh or identity in seen:
                        known = self._fresh.get(identity) or self._recorded(seen[identity])
                        same = known.judged.canonical == received.canonical
                        answers.append(
                            Duplicate(known.judged, known.entry) if same else Conflict(received)
                        )
                        continue
                    sealed = self._answer(received)
                except DataError as error:
                    answers.append(Refused(received, error))
                    continue
                answers.append(sealed)
                self._follow(sealed)
        self._free()
        return answers

    @contextmanager
    def _group(self) -> Iterator[None]:
        """Gather entries of one group; make them durable at the end, or forget them all."""
        book = self.book
        self._fresh, self._issued = {}, []
        try:
            yield
        except BaseException:
            book.state.detach()
            book.loop.rows.drop()
            book.record.discard()
            raise
        self._commit()

    def say(self, events: Sequence[Event]) -> list[Sealed]:
        """Judge and seal what the book itself says; return when the record is durable.

        What was said before under the same identity is left out.

        Raises:
            StorageError: the record could not be written; nothing of it is acknowledged.
        """
        self._now = dt.datetime.now(dt.UTC)
        self._month = self._now.strftime("%Y-%m")
        self.permits, self.findings = [], []
        sealed: list[Sealed] = []
        seen = self.book.state.find([identity_of(one.source, one.id) for one in events])
        forms = [canonical_form(event) for event in events]
        for _, canonical in forms:
            # What the record holds must be readable for ever, and nobody else checks these.
            _EVENT(canonical)
        with self._group():
            for event, canonical in forms:
                if identity_of(event.source, event.id) not in {*seen, *self._fresh}:
                    sealed.append(self._seal(Received(event, canonical, "", 0)))
                    self._follow(sealed[-1])
        return sealed

    def _answer(self, received: Received) -> Sealed:
        event = received.event
        refused = refused_from_outside(event)
        if refused is not None:
            raise refused
        self._refuse_the_future(event)
        if event.source == self.book.keys.origin:
            raise DataError(
                "source_taken",
                f"`{event.source}` is this book's own name",
                help="give the events a source of your own",
            )
        return self._seal(received, self._loop.effect(event))

    def _follow(self, sealed: Sealed) -> None:
        """Issue the permit and record the findings that an event leads to."""
        if not self._follows:
            return
        judged, entry, effect, left = sealed
        latest = self._now + CLOCKS_DIFFER
        permit, findings = self._loop.follow(judged, left, entry, effect, latest)
        if permit is not None and self.permits_all:
            self._issue(permit)
        for finding in findings:
            identity = identity_of(finding.source, finding.id)
            if identity not in self._fresh and not self.book.state.find([identity]):
                found = self._seal(Received(*canonical_form(finding), "", 0))
                self._loop.follow(found.judged, found.left, found.entry, None, latest)
                self.findings.append(found)

    def _issue(self, said: PermitSaid) -> None:
        """Queue a permit's entry."""
        statement = _ENCODE(PermitStatement(said))
        entry = self.book.record.append(PERMIT, statement, (), {})
        business = business_named(said.event.source, said.type, said.subject)
        self.book.loop.permitted(business, issued(said, entry))
        self._issued.append(Permit(said, entry))

    def _free(self) -> None:
        """Issue the permits that resolutions lead to, group by group."""
        rows = self.book.loop.rows
        ready = rows.ready() if self._follows and self.permits_all else []
        for start in range(0, len(ready), FREED_TOGETHER):
            with self._group():
                for business in ready[start : start + FREED_TOGETHER]:
                    permit = self._loop.freed(business)
                    if permit is None:
                        rows.mark_ready(business, ready=False)
                    else:
                        self._issue(permit)

    def recorded(self, identity: bytes) -> Recorded:
        """Return what is left of a recorded event, and which rulebooks judged it."""
        fresh = self._fresh.get(identity)
        if fresh is not None:
            judged = fresh.judged
            return Recorded(judged.event, frozenset(one.ruling.rulebook.id for one in judged.ruled))
        place = self.book.state.find([identity]).get(identity)
        if place is None:
            return Recorded(None, frozenset())
        entry = self.book.read(place)
        return Recorded(remaining_event(entry), rulebooks_of_entry(entry))

    def _seal(self, received: Received, effect: Effect | None = None) -> Sealed:
        """Judge an event and queue it for the record."""
        event = received.event
        earlier = self.businesses.take_out(event)
        try:
            judged = self.judge(received)
            left = self._loop.left(judged) if self._follows else NOTHING
            entry = self._append(judged, effect, left)
        except DataError:
            self.businesses.put_back(earlier)
            raise
        self.businesses.settle(judged.event, judged.ruled)
        sealed = Sealed(judged, entry, effect, left)
        self._fresh[identity_of(event.source, event.id)] = sealed
        return sealed

    def _refuse_the_future(self, event: Event) -> None:
        """Refuse what says that it happened later than now: it would outdate all that really does."""
        if event.stage == "settled" and event.time > self._now + CLOCKS_DIFFER:
            raise DataError(
                "in_the_future",
                f"the event settled at {event.time.isoformat()}, which is later than now",
                help="correct its time, or state it as `proposed`",
            )

    def store(self, *, durably: bool = True) -> None:
        """Write what was taken over into the state; otherwise it is written when much waits.

        Args:
            durably: whether it outlasts a crash from here on; if not, a portion is written of what
                becomes durable together.

        Raises:
            StorageError: the state cannot be written.
        """
        state = self.book.state
        if durably:
            state.flush()
        if durably or state.write():
            self.standing.stored(state.durable)

    def keep(self, *, windows: int, statements: int, closures: int) -> None:
        """Keep so many windows, statements, and closures of each kind in memory from here on."""
        self.businesses.memory.keep(windows)
        self.standing.most = statements
        self._knowledge.most = closures

    def warm(self) -> None:
        """Make ready what judging today needs, so that no first event waits for it."""
        for engine in self.engines:
            day = engine.legal_date(self._now)
            for event_type in EVENT_TYPES:
                for stage in ("proposed", "settled"):
                    engine.on(event_type, stage, day)
        trading_days()
        self._knowledge.warm(self._now)

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

    def _append(self, judged: Judgement, effect: Effect | None, left: Left) -> int:
        statement, sections, commit = sealable(judged, self._month, effect, left)
        entry = self.book.record.append(KIND, statement, sections, commit)
        self.learn(judged.event, entry)
        return entry

    def _commit(self) -> None:
        """Make the group durable, then take it over into the state."""
        book = self.book
        first = book.record.size
        try:
            locations = book.record.commit().locations if book.record.pending else ()
        except BaseException:
            book.state.detach()
            book.loop.rows.drop()
            raise
        book.state.rows.keep()
        if not locations:
            return
        places = [Place(*location) for location in locations]
        rows = [
            row
            for sealed in self._fresh.values()
            for row in statement_rows(
                sealed.judged.event, sealed.entry, places[sealed.entry - first]
            )
        ]
        events = [
            (sealed.judged.event, places[sealed.entry - first]) for sealed in self._fresh.values()
        ]
        seen = {identity: places[sealed.entry - first] for identity, sealed in self._fresh.items()}
        for permit in self._issued:
            name = book.loop.permit_name(permit.entry)
            seen[identity_of(*name)] = places[permit.entry - first]
        businesses = self.businesses.placed(events)
        self.permits += self._issued
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


def _parts(group: Sequence[Received]) -> Iterator[Sequence[Received]]:
    """Cut a group after each resolution, so that what follows finds the permits it leads to."""
    begin = 0
    for end, one in enumerate(group, 1):
        if isinstance(one.event, ResolutionEvent):
            yield group[begin:end]
            begin = end
    yield group[begin:]
