"""Judge a history from its beginning, in its order, under any rulebooks; nothing is put in force.

There are two kinds of history. Files are judged as `check` judges them: what they state is kept,
encrypted, in a book that is thrown away. A book's record is judged as it was known then: of what it
states only what lies before an event counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, cast

from vermilion.desk.book import Book, statement_rows
from vermilion.desk.decision import RulebookRef, Ruling
from vermilion.desk.judge import Judge, Ruled
from vermilion.desk.know import Knowledge, Known, standing_facts
from vermilion.desk.memory import Recall
from vermilion.desk.own import refused_from_outside
from vermilion.desk.sealing import KIND, Judgement, opened, remaining_event, sealable
from vermilion.desk.settled import Businesses, facts_read
from vermilion.errors import DataError
from vermilion.facts.events import Event, event_type_of
from vermilion.intake import Received
from vermilion.record import Entry
from vermilion.rulebook import Engine
from vermilion.store import Place, StandingFacts, State, Statement, identity_of

GROUP = 1_024
"""Events taken together: one look-up of what came before, and one write."""

FLUSH_AT = 131_072
"""Businesses taken over before windows are written: nothing here is lost in a crash."""

LEARNT = 50_000
"""Statements learnt from a record before they are forgotten and read from it again when needed."""


class Judged(NamedTuple):
    """An event of a history and what some rulebooks rule on it."""

    event: Event
    canonical: bytes
    ruled: Sequence[Ruled]


class Turned(NamedTuple):
    """An event that was not judged: it came before, or another did under its identity, or neither.

    `why` is `duplicate`, `id_conflict`, or the code of what the record refuses.
    """

    received: Received
    why: str


class Files:
    """A history in files, judged into a book that is thrown away.

    Args:
        scratch: an empty book; it takes the events, without rulings, and belongs to the caller.
        engines: judge every event, in this order.
        base: a book whose standing facts are known too; it is only read.
    """

    def __init__(
        self, scratch: Book, engines: Sequence[Engine], *, base: Book | None = None
    ) -> None:
        self._book = scratch
        sources = [(one.state, one.stated) for one in (base, scratch) if one is not None]
        self._standing = StandingFacts(*sources)
        self._businesses = Businesses(scratch, engines, self._standing)
        knowledge = Knowledge(self._standing, facts_read(engines))
        memory = self._businesses.memory
        self._judges = [Judge(engine, knowledge, memory) for engine in engines]

    def judge(self, group: Sequence[Received]) -> Iterator[Judged | Turned]:
        """Judge a group of events in order, each once; take over what they state and settle."""
        book, businesses = self._book, self._businesses
        identities = [identity_of(one.event.source, one.event.id) for one in group]
        seen = book.state.find(identities)
        businesses.expect([one.event for one in group])
        fresh: dict[bytes, Received] = {}
        for identity, received in zip(identities, group, strict=True):
            if (refused := refused_from_outside(received.event)) is not None:
                yield Turned(received, refused.code)
                continue
            known = fresh.get(identity)
            if known is not None or identity in seen:
                before = known.canonical if known else self._canonical(seen[identity])
                same = before == received.canonical
                yield Turned(received, "duplicate" if same else "id_conflict")
                continue
            try:
                yield self._judged(received)
            except DataError as error:
                yield Turned(received, error.code)
                continue
            fresh[identity] = received
        self._keep(fresh)

    def _judged(self, received: Received) -> Judged:
        event = received.event
        earlier = self._businesses.take_out(event)
        joined: dict[dt.date, Known] = {}
        try:
            ruled = [judge.judge(event, joined) for judge in self._judges]
            statement, sections, _ = sealable(Judgement(event, received.canonical, ()), "scratch")
            entry = self._book.record.append(KIND, statement, sections, {})
        except DataError:
            self._businesses.put_back(earlier)
            raise
        _learn(self._standing, event, entry)
        self._businesses.settle(event, ruled)
        return Judged(event, received.canonical, ruled)

    def _canonical(self, place: Place) -> bytes:
        judged = opened(self._book.read(place))
        return b"" if judged is None else judged.canonical

    def _keep(self, fresh: dict[bytes, Received]) -> None:
        """Write what the group states, so that it may be forgotten until it is asked for."""
        book = self._book
        first = book.record.size
        locations = book.record.commit().locations if book.record.pending else ()
        places = [Place(*location) for location in locations]
        events = [(one.event, place) for one, place in zip(fresh.values(), places, strict=True)]
        rows = [
            row
            for index, (event, place) in enumerate(events, first)
            for row in statement_rows(event, index, place)
        ]
        businesses = self._businesses.placed(events)
        seen = dict(zip(fresh, places, strict=True))
        if book.state.apply(seen, rows, book.record.size, businesses):
            self._standing.stored()


class Step(NamedTuple):
    """An entry of a record: what is left of its event, what was ruled, and what is ruled again.

    `recorded` is None where part of the entry is erased.
    """

    entry: Entry
    event: Event | None
    recorded: Judgement | None
    ruled: Sequence[Ruled]


class Recorded:
    """The history in a book's record, judged as it was known then.

    Args:
        book: read only.
        engines: those that may judge; windows are kept for all of them from the beginning.
        scratch: a folder for windows and positions, without content; thrown away by the caller.
    """

    def __init__(self, book: Book, engines: Sequence[Engine], scratch: Path) -> None:
        self._book = book
        self._all = StandingFacts((book.state, book.stated))
        self._past = _Past(book, State(scratch / "windows.db", book.keys.origin))
        self._past.state.flush_at = FLUSH_AT
        # What the windows need of a book is what the past has.
        self._businesses = Businesses(cast("Book", self._past), engines, self._all)
        self._standing = self._all.before(0)
        self._learnt = 0
        knowledge = Knowledge(self._standing, facts_read(engines))
        memory = self._businesses.memory
        self._judges = {one.digest: Judge(one, knowledge, memory) for one in engines}
        self._recalls = {one.digest: memory.of(one) for one in engines}
        self._others: dict[tuple[str, ...], list[tuple[Engine, Recall]]] = {}

    def steps(self, digests_for: Callable[[Entry], Sequence[str]], end: int) -> Iterator[Step]:
        """Yield the judgements among the first entries of the record, judged again.

        Args:
            digests_for: says under which of the rulebooks an entry is judged again, in order.
            end: how many entries.

        Raises:
            StorageError: the record is damaged.
        """
        entries = islice(self._book.record.entries(), end)
        while group := list(islice(entries, GROUP)):
            yield from self._group(group, digests_for)

    def close(self) -> None:
        """Close the scratch files."""
        self._past.state.close()

    def _group(
        self, group: Sequence[Entry], digests_for: Callable[[Entry], Sequence[str]]
    ) -> Iterator[Step]:
        read = [(one, *_event_of(one)) for one in group if one.envelope.kind == KIND]
        self._businesses.expect([event for _, event, _ in read if event is not None])
        places: list[tuple[Event, Place]] = []
        for entry, event, recorded in read:
            if event is None:
                yield Step(entry, None, recorded, ())
                continue
            self._businesses.take_out(event)
            digests = tuple(digests_for(entry))
            joined: dict[dt.date, Known] = {}
            ruled = [self._judges[one].judge(event, joined) for one in digests]
            yield Step(entry, event, recorded, ruled)
            self._learnt += _learn(self._standing, event, entry.index)
            self._businesses.settle(event, [*ruled, *self._added(event, digests, joined)])
            places.append((event, Place(*entry.location)))
        self._past.size = group[-1].index + 1
        self._past.state.apply({}, (), self._past.size, self._businesses.placed(places))
        if self._learnt > LEARNT:
            self._forget()

    def _added(
        self, event: Event, digests: tuple[str, ...], joined: dict[dt.date, Known]
    ) -> Iterator[Ruled]:
        """Yield what an event adds to windows of rulebooks that did not judge it."""
        if event.stage != "settled":
            return
        kind = event_type_of(event)
        for engine, recall in self._not_among(digests):
            day = engine.legal_date(event.time)
            known = joined.get(day)
            if known is None:
                known = joined[day] = self._judges[engine.digest].knowledge.join(event, kind, day)
            yield Ruled(_NO_RULING, b"", recall.added(event, kind, known.roots))

    def _not_among(self, digests: tuple[str, ...]) -> list[tuple[Engine, Recall]]:
        """Return the rulebooks with windows that none of those named has."""
        found = self._others.get(digests)
        if found is None:
            engines = {digest: judge.engine for digest, judge in self._judges.items()}
            covered = {one.digest for digest in digests for one in engines[digest].rulebook.windows}
            found = self._others[digests] = []
            for digest, engine in engines.items():
                own = {one.digest for one in engine.rulebook.windows}
                if not own <= covered:
                    found.append((engine, self._recalls[digest]))
                    covered |= own
        return found

    def _forget(self) -> None:
        """Let go of what was learnt; it is read from the record again where it is needed."""
        self._learnt = 0
        self._standing = self._all.before(self._past.size)
        first = next(iter(self._judges.values()))
        knowledge = first.knowledge.over(self._standing)
        for judge in self._judges.values():
            judge.knowledge = knowledge


class _Past:
    """What windows need of a book: its record as far as it was judged again, and a state."""

    def __init__(self, book: Book, state: State) -> None:
        self.state = state
        self.keys = book.keys
        self.record = self
        self.size = 0
        self.read = book.read


_NO_RULING = Ruling("", RulebookRef("", ""), "not_applicable", [], [], [], {})


def _event_of(entry: Entry) -> tuple[Event | None, Judgement | None]:
    recorded = opened(entry)
    return (remaining_event(entry) if recorded is None else recorded.event), recorded


def _learn(standing: StandingFacts, event: Event, entry: int) -> int:
    """Take over what an event states; return how many statements that is."""
    found = standing_facts(event)
    for kind, entity, begins, ends in found:
        standing.state_fact(kind, Statement(begins, entry, ends, entity))
    return len(found)
