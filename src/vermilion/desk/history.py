"""Look up what a book's record holds: judgements newest first, by verdict, type, source or thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.judge import stronger
from vermilion.desk.mentions import mentioned, statement_term, thing_term
from vermilion.desk.sealing import KIND, Judgement, remains
from vermilion.errors import DataError, StorageError
from vermilion.facts.events import Event, event_type_of
from vermilion.record import Location
from vermilion.record.clear import Clear, clear_after, clear_at
from vermilion.rulebook import Verdict
from vermilion.store import Place, identity_of
from vermilion.store.index import Index

MOST_ITEMS = 200
"""Most judgements of one page. Policy."""

MOST_STEPS = 2_000
"""Entries looked at for one page; one that finds few in so many is short and goes on. Policy."""


class Summary(msgspec.Struct, frozen=True):
    """A judgement in short, from what its entry says in clear: nothing of it is ever erased.

    `at` is the event's time, UTC. `verdicts` are by rulebook.
    """

    entry: int
    at: str
    source: str
    id: str
    type: str
    stage: str
    subject: str | None
    verdicts: dict[str, Verdict]


class Query(msgspec.Struct, frozen=True):
    """Which judgements are looked for; what is None is not asked for.

    `before` leaves out that entry and later ones. `verdict` is the strongest of all rulebooks.
    `source` is the event's own. `thing` is the kind and id of a party, platform, work or token that
    the event names or states.
    """

    before: int | None = None
    limit: int = 50
    verdict: str | None = None
    type: str | None = None
    source: str | None = None
    thing: tuple[str, str] | None = None


class Page(msgspec.Struct, frozen=True):
    """Judgements, newest first; `next` is the `before` of the page that follows, if there is one.

    A page may be short and still have a next one, where few of many match.
    """

    items: list[Summary]
    next: int | None


class DayCount(msgspec.Struct, frozen=True):
    """How many events of a day (UTC, ISO) a rulebook gave a verdict, each stage counted."""

    day: str
    rulebook: str
    verdict: str
    events: int


class History:
    """The judgements of an open book; it makes or completes `BOOK/index.db`.

    Args:
        book: what is looked up in; it stays the caller's to close, after this.

    Raises:
        StorageError: the index or the record is damaged.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._index = Index(book.path / "index.db", book.keys.origin, book.keys.digest_key)
        try:
            if not self._fits():
                self._index.empty()
            for _ in self._take({}):
                if self._index.due:
                    self.store()
            self.store()
        except BaseException:
            self._index.close()
            raise

    def follow(self, fresh: Sequence[tuple[Judgement, int]] = ()) -> list[Summary]:
        """Take over what the record holds since, and return the new judgements in its order.

        Args:
            fresh: judgements that are at hand, with their entries, so that they are not read again.

        Raises:
            StorageError: the index cannot be written, or the record is damaged. What the record
                holds is found all the same, or taken over the next time.
        """
        summaries = list(self._take({entry: judged for judged, entry in fresh}))
        if self._index.due:
            self.store()
        return summaries

    def page(self, query: Query) -> Page:
        """Return judgements, newest first.

        Raises:
            StorageError: the index is damaged.
        """
        limit = min(max(query.limit, 1), MOST_ITEMS)
        entries, follows = self._matching(query, limit)
        return Page(self.summaries(entries), follows)

    def summaries(self, entries: Sequence[int]) -> list[Summary]:
        """Return some judgements in short, in the order asked for; each entry has to be one.

        Raises:
            StorageError: as for `page`.
        """
        places = self.places(entries)
        try:
            said = clear_at(self._book.record, map(_location, places.values()))
            return [_summary(said[_location(places[one])]) for one in entries]
        except (DataError, KeyError, msgspec.MsgspecError):
            raise self._damaged() from None

    def entry(self, entry: int) -> Place | None:
        """Return where a judgement lies; None where the entry is none."""
        # A larger number than SQLite can count is none either.
        return self.places([entry]).get(entry) if entry < self._book.record.size else None

    def places(self, entries: Sequence[int]) -> Mapping[int, Place]:
        """Return where judgements lie, by entry; entries that are none are left out."""
        return self._index.places(entries)

    def find(self, source: str, id: str) -> int | None:
        """Return the entry of a recorded event; None where there is none of that source and id."""
        identity = identity_of(source, id)
        place = self._book.state.find([identity]).get(identity)
        if place is None:
            return None
        (said,) = clear_at(self._book.record, [_location(place)]).values()
        return said.index if said.kind == KIND else None

    def stating(self, kind: str, id: str, most: int) -> list[int]:
        """Return the last entries whose events state standing facts about a thing, newest first."""
        found: list[int] = []
        under = self._index.under(statement_term(kind, id))
        at = self._book.record.size
        while len(found) < most and (entry := under.at_most(at)) is not None:
            found.append(entry)
            at = entry - 1
        return found

    def days(self, since: str) -> list[DayCount]:
        """Return how the events of each day from one on were judged, in order of day.

        Args:
            since: the first day of event time, as `YYYY-MM-DD` in UTC.
        """
        return [DayCount(*key, events) for key, events in sorted(self._index.days(since).items())]

    def kinds(self) -> dict[str, int]:
        """Return how many entries of each kind the record holds."""
        return self._index.kinds()

    @property
    def waiting(self) -> int:
        """Entries taken over that are not being written yet."""
        return self._index.waiting

    def keep(self, pages: int) -> None:
        """Keep so many KiB of the index's pages in memory from here on."""
        self._index.keep(pages)

    def store(self) -> None:
        """Write what was taken over; otherwise it is written when much waits.

        Raises:
            StorageError: the index cannot be written; what was taken over is found all the same.
        """
        if self._index.last is not None:
            self._index.flush(self._mark(self._index.last))

    @property
    def writing(self) -> bool:
        """Whether a write was begun and is not at its end."""
        return self._index.writing

    @property
    def resting(self) -> bool:
        """Whether the rest of a write has to wait for what its thread does."""
        return self._index.resting

    def write(self) -> None:
        """Go on with writing what was taken over when this was begun; nobody waits for all of it.

        Raises:
            StorageError: as for `store`.
        """
        if self._index.last is not None:
            self._index.write(self._mark(self._index.last))

    def check(self) -> None:
        """Look whether what was written reached the index's file.

        Raises:
            StorageError: it did not.
        """
        self._index.check()

    def close(self) -> None:
        """Write what was taken over and close the index."""
        try:
            self.store()
        finally:
            self._index.close()

    def _fits(self) -> bool:
        """Tell whether the index goes on in this record, which may have been put back from a copy."""
        index = self._index
        try:
            return index.last is None or self._mark(index.last) == index.mark
        except DataError:
            return False

    def _mark(self, place: tuple[int, int]) -> bytes:
        (said,) = clear_at(self._book.record, [Location(*place)]).values()
        return hashlib.blake2b(said.leaf, digest_size=16).digest()

    def _take(self, fresh: Mapping[int, Judgement]) -> Iterator[Summary]:
        """Take over what the record holds behind what the index covers; yield its judgements."""
        try:
            for entry, location, said in self._behind(fresh):
                if said is None:
                    judged = fresh[entry]
                    yield self._judgement(_summary_of(judged, entry), location, judged.event)
                elif said.kind == KIND:
                    event = remains(self._book.record.read(location)).event
                    yield self._judgement(_summary(said), location, event)
                else:
                    self._index.skip(entry, location, said.kind)
        except DataError as error:
            raise StorageError(
                "record_damaged",
                f"the record is damaged: {error.message}",
                help="run `vermilion record verify`",
                where=error.where,
            ) from None

    def _behind(
        self, fresh: Mapping[int, Judgement]
    ) -> Iterator[tuple[int, Location, Clear | None]]:
        """Yield the entries that the index does not cover; without what they say if it is at hand."""
        record, size, last = self._book.record, self._index.size, self._index.last
        if size == record.size:
            return
        places = dict(enumerate(reversed(record.checkpoint.locations), 1))
        if record.size - size not in places:
            after = None if last is None else Location(*last)
            for said in clear_after(record, self._book.keys.origin, after):
                yield said.index, said.location, None if said.index in fresh else said
            return
        # The usual case: one group since the last time.
        new = [(entry, places[record.size - entry]) for entry in range(size, record.size)]
        said_at = clear_at(record, [place for entry, place in new if entry not in fresh])
        for entry, place in new:
            yield entry, place, said_at.get(place)

    def _judgement(self, summary: Summary, place: Location, event: Event | None) -> Summary:
        """Take a judgement over; the event is None where nothing of it is left."""
        terms = () if event is None else mentioned(event)
        parts = (_strongest(*summary.verdicts.values()), summary.type, summary.source)
        self._index.judgement(summary.entry, place, parts, terms)
        for rulebook, verdict in summary.verdicts.items():
            self._index.count(summary.at[:10], rulebook, verdict)
        return summary

    def _matching(self, query: Query, limit: int) -> tuple[list[int], int | None]:
        """Return the entries that a query finds, and from where on its next page begins."""
        filtered = (query.verdict, query.type, query.source)
        terms = [] if query.thing is None else [thing_term(*query.thing)]
        if not terms or any(filtered):
            terms.append(tuple(one or "" for one in filtered))
        lists = [self._index.under(term) for term in terms]
        at = (self._book.record.size if query.before is None else query.before) - 1
        found: list[int] = []
        for _ in range(MOST_STEPS):
            hits: list[int] = []
            for one in lists:
                hit = one.at_most(hits[-1] if hits else at)
                if hit is None:
                    return found, None
                hits.append(hit)
            at = hits[-1]
            if hits[0] == at:
                if query.thing is None or self._still_names(at, query.thing):
                    if len(found) == limit:
                        return found, found[-1]
                    found.append(at)
                at -= 1
        return found, at + 1

    def _still_names(self, entry: int, thing: tuple[str, str]) -> bool:
        """Tell whether a judgement's event names a thing by what is not erased of somebody."""
        if thing[0] != "party":
            return True  # only what is said of parties is erased, and it names parties alone
        event = remains(self._book.read(self.places([entry])[entry])).event
        return event is None or thing_term(*thing) in mentioned(event)

    def _damaged(self) -> StorageError:
        return StorageError(
            "index_damaged",
            "the index names a place in the record where no such entry lies",
            help="delete the file; it is rebuilt from the record",
            where=str(self._index.path),
        )


class _Event(msgspec.Struct, frozen=True, gc=False):
    source: str
    id: str
    type: str
    stage: str
    time: str
    subject: str | None = None


class _Ruling(msgspec.Struct, frozen=True, gc=False):
    rulebook: str
    verdict: Verdict


class _Said(msgspec.Struct, frozen=True, gc=False):
    event: _Event
    rulings: list[_Ruling]


_SAID = msgspec.json.Decoder(_Said).decode
_TIME = msgspec.json.Encoder().encode


def _summary(said: Clear) -> Summary:
    stated = _SAID(said.statement)
    event = stated.event
    return Summary(
        said.index,
        event.time,
        event.source,
        event.id,
        event.type,
        event.stage,
        event.subject,
        {one.rulebook: one.verdict for one in stated.rulings},
    )


def _summary_of(judged: Judgement, entry: int) -> Summary:
    event = judged.event
    return Summary(
        entry,
        _TIME(event.time)[1:-1].decode(),
        event.source,
        event.id,
        event_type_of(event),
        event.stage,
        event.subject,
        {ruling.rulebook.id: ruling.verdict for ruling, *_ in judged.ruled},
    )


@cache
def _strongest(*verdicts: Verdict) -> Verdict:
    return reduce(stronger, verdicts, "not_applicable")


def _location(place: Place) -> Location:
    return Location(*place)
