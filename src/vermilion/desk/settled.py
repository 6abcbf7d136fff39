"""Keep the windows in step with what was settled, corrected and withdrawn.

Windows count settled events, and most of them each business once: its latest settled event stands,
and none once it is withdrawn. A business is named by source, event type and `subject`; by the event's
id where no subject is stated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from vermilion.desk.book import Book
from vermilion.desk.judge import Ruled
from vermilion.desk.know import Knowledge, standing_facts
from vermilion.desk.memory import Added, Memory, Recall
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.facts.events import EVENT_TYPES, Event, event_type_of
from vermilion.features import KEEP
from vermilion.rulebook import Engine
from vermilion.store import WITHDRAWN, Place, StandingFacts, Statement, identity_of


class Settled(NamedTuple):
    """A settled event, and what of it a correction or withdrawal takes out of the windows."""

    event: Event
    added: Sequence[Added]


class Businesses:
    """Folds events into the windows of some rulebooks, for one book.

    Args:
        book: where events are recorded; what it holds already is folded at once.
        engines: the active rulebooks.
        standing: what was stated, by entry.
    """

    def __init__(self, book: Book, engines: Sequence[Engine], standing: StandingFacts) -> None:
        self._book = book
        self._engines = engines
        self._standing = standing
        self._knowledge = Knowledge(standing, facts_read(engines))
        self.memory = Memory(engines, secret=book.keys.digest_key, load=book.state.window)
        self._recalls: list[Recall] = [self.memory.of(engine) for engine in engines]
        self._folding = frozenset().union(*(engine.folds for engine in engines))
        self._recent: dict[bytes, Settled | None] = {}
        self._earlier: dict[bytes, Place] = {}
        folded = book.state.attach(self.memory, _digest(self.memory))
        if not folded:
            self.memory.nothing_stored()
        self._catch_up(folded)

    def expect(self, events: Sequence[Event]) -> None:
        """Look up what was settled before of the businesses of some events, in one go."""
        named = [_business(event) for event in events if self._concerns(event)]
        self._earlier = self._book.state.businesses(named) if named else {}

    def take_out(self, event: Event) -> Settled | None:
        """Take what the business of an event added so far out of the windows, and return it.

        What is judged is not held against itself, and what it replaces counts no more.
        """
        if not self._concerns(event):
            return None
        business = _business(event)
        if business in self._recent:
            found = self._recent[business]
        else:
            place = self._earlier.get(business)
            found = self._recorded(place) if place not in {None, WITHDRAWN} else None
        if found is not None:
            self.memory.remove(*found)
        return found

    def put_back(self, settled: Settled | None) -> None:
        """Undo `take_out`, where the event that caused it was not recorded."""
        if settled is not None:
            self.memory.add(*settled)

    def settle(self, event: Event, ruled: Sequence[Ruled]) -> None:
        """Take over what a recorded event adds; one that is only proposed adds nothing."""
        if not self._concerns(event):
            return
        business = _business(event)
        if event.stage == "withdrawn":
            self._recent[business] = None
            return
        # Rulebooks may share windows; a window takes an event once.
        added = tuple({one.window: one for _, _, adds in ruled for one in adds}.values())
        self._recent[business] = Settled(event, self.memory.revocable(added))
        self.memory.add(event, added)

    def placed(self, places: Sequence[tuple[Event, Place]]) -> dict[bytes, Place]:
        """Return where the last settled event of each business lies."""
        found = {}
        for event, place in places:
            if self._concerns(event):
                gone = event.stage == "withdrawn"
                found[_business(event)] = WITHDRAWN if gone else place
        self._recent.clear()
        self._book.state.folded = self._book.record.size
        return found

    def _concerns(self, event: Event) -> bool:
        return event.stage != "proposed" and event_type_of(event) in self._folding

    def _recorded(self, place: Place | None) -> Settled | None:
        """Return what an earlier event of the record added, found again from what was known then."""
        if place is None:
            return None
        entry = self._book.read(place)
        event = remaining_event(entry)
        if event is None or event.stage != "settled":
            return None
        knowledge = self._knowledge.over(self._standing.then(entry.index))
        return Settled(event, self.memory.revocable(self._added(event, knowledge)))

    def _added(self, event: Event, knowledge: Knowledge) -> tuple[Added, ...]:
        kind = event_type_of(event)
        found: dict[int, Added] = {}
        for engine, recall in zip(self._engines, self._recalls, strict=True):
            known = knowledge.join(event, kind, engine.legal_date(event.time))
            found |= {one.window: one for one in recall.added(event, kind, known.roots)}
        return tuple(found.values())

    def _catch_up(self, folded: int) -> None:
        """Fold what the record holds and the windows do not, in its order, as it was known then."""
        book = self._book
        if folded == book.record.size:
            return
        standing = self._standing.before(folded)
        knowledge = self._knowledge.over(standing)
        for entry in book.record.entries(folded):
            places: list[tuple[Event, Place]] = []
            event = remaining_event(entry) if entry.envelope.kind == KIND else None
            if event is not None:
                self.expect([event])
                self.take_out(event)
                if event.stage == "settled" and self._concerns(event):
                    self.memory.add(event, self._added(event, knowledge))
                for kind, entity, begins, ends in standing_facts(event):
                    standing.state_fact(kind, Statement(begins, entry.index, ends, entity))
                places.append((event, Place(*entry.location)))
            businesses = self.placed(places)
            book.state.folded = entry.index + 1
            if book.state.apply({}, (), book.record.size, businesses):
                standing = self._standing.before(entry.index + 1)
                knowledge = self._knowledge.over(standing)
        book.state.flush()


def _business(event: Event) -> bytes:
    """Return the key of the business that an event belongs to."""
    return identity_of(event.source, f"{event_type_of(event)}\0{event.subject or event.id}")


def facts_read(engines: Sequence[Engine]) -> dict[str, frozenset[str]]:
    """Return, by event type, the facts that rules and windows of some rulebooks read."""
    return {
        kind: frozenset[str]().union(*(engine.facts_read(kind) for engine in engines))
        for kind in EVENT_TYPES
    }


def _digest(memory: Memory) -> bytes:
    said = b"".join([KEEP.to_bytes(8, "big"), *sorted(memory.definitions)])
    return hashlib.blake2b(said, digest_size=16).digest()
