"""Find again what was published: how every finding of a book stands, as a fold over its record.

A finding that grew, was closed or is open again stays one business: its *line*. What is kept of one
in the state names nobody: ids of findings, and keyed digests of what it is about and of its rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.loop.rows import business_named
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.desk.watch.publish_events import SOURCE
from vermilion.facts.events import Disposition, FindingEvent
from vermilion.market.findings import Finding, Subject
from vermilion.store import identity_of

TOGETHER = 2_000
"""Lines written to the state in groups of so many."""

_LINE, _MARK = b"wl", b"wm"
"""Rows of the state: lines by the digest of their business, and how many entries they cover."""

_DIGEST = 8
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A finding through its life.

    `subject` names the business, `finding` and `event` what stands of it now; `events` counts all
    of the business. `about`, `rows` (the first 100) and `sources` are keyed digests; `moves` counts
    all rows, between two epoch milliseconds. `state` is what was said last; one `left` is closed
    because its rows are gone or are part of another.
    """

    subject: str
    finding: str
    event: str
    events: int
    detector: str
    level: str
    about: bytes
    rows: tuple[bytes, ...]
    sources: tuple[bytes, ...]
    moves: int
    first_ms: int
    last_ms: int
    state: Disposition = "open"
    left: bool = False


class _Event(msgspec.Struct, frozen=True, gc=False):
    source: str
    id: str
    type: str


class _Clear(msgspec.Struct, frozen=True, gc=False):
    event: _Event


_SAID = msgspec.json.Decoder(_Clear).decode
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Line).decode


class Index:
    """The lines of a book; derived from its record, and caught up with it when it is made."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rows = book.state.rows
        self._secret = book.keys.digest_key[:64]
        self._size = int.from_bytes(self._rows.get(_MARK) or b"", "big")
        self.catch_up()

    def catch_up(self) -> None:
        """Take over what was recorded since."""
        waiting = 0
        for index, kind, statement in self._book.record.statements(self._size):
            if kind == KIND:
                said = _SAID(statement).event
                if (said.source, said.type) == (SOURCE, "finding"):
                    self._take(said.id)
                    waiting += 1
            self._size = index + 1
            if waiting >= TOGETHER:
                self._keep()
                waiting = 0
        self._keep()

    def lines(self) -> Iterator[Line]:
        """Yield every line, reading few at once."""
        for part in range(256):
            for _, value in self._rows.scan(_LINE + bytes([part])):
                yield _DECODE(value)

    def line(self, subject: str) -> Line | None:
        """Return the line of a business."""
        value = self._rows.get(self._key(subject))
        return None if value is None else _DECODE(value)

    def event(self, line: Line) -> FindingEvent | None:
        """Return the event that opened a line last; None where it was erased."""
        return self._read(line.event)

    def taken(self, id: str) -> bool:
        """Tell whether an event of that id was published."""
        identity = identity_of(SOURCE, id)
        return identity in self._book.state.find([identity])

    def dismissed(self, line: Line) -> bool:
        """Tell whether people said that a line is nothing: by closing it, or by releasing it."""
        if line.state == "closed":
            return not line.left
        row = self._book.loop.rows.proposal(business_named(SOURCE, "finding", line.subject))
        if row is None or row.name != (SOURCE, line.event) or row.answer is None:
            return False
        return row.answer.action != "refuse"

    def about(self, detector: str, level: str, of: Subject) -> bytes:
        """Return the keyed digest of what a detector's finding is about."""
        return self._digest(detector, level, of.collection, of.token, of.party, of.other)

    def rows_of(self, finding: Finding) -> tuple[bytes, ...]:
        """Return the keyed digests of the rows that a finding names."""
        return tuple(self._digest(one.source, one.id) for one in finding.rows)

    def source(self, name: str) -> bytes:
        """Return the keyed digest of a source's name."""
        return self._digest(name)

    def _take(self, id: str) -> None:
        event = self._read(id)
        if event is None:
            return
        subject, said = event.subject or event.id, event.data
        before = self.line(subject)
        events = 1 if before is None else before.events + 1
        if said.disposition != "open":
            if before is not None and said.disposition is not None:
                left = said.closure in {"rows_gone", "joined"}
                line = msgspec.structs.replace(
                    before, events=events, state=said.disposition, left=left
                )
                self._rows.put(self._key(subject), _ENCODE(line))
            return
        self._rows.put(self._key(subject), _ENCODE(self._opened(event, subject, events)))

    def _opened(self, event: FindingEvent, subject: str, events: int) -> Line:
        said = event.data
        detector, level = said.detector or "", said.level or "party"
        token = None if said.token == said.collection else said.token
        of = Subject(said.collection, token, said.account, said.counterparty)
        rows = said.rows or []
        times = [_ms(said.first_at or event.time), _ms(said.last_at or event.time)]
        return Line(
            subject=subject,
            finding=finding_of(event.id),
            event=event.id,
            events=events,
            detector=detector,
            level=level,
            about=self.about(detector, level, of),
            rows=tuple(self._digest(one.source, one.id) for one in rows),
            sources=tuple(sorted({self.source(one.source) for one in rows})),
            moves=said.moves if said.moves is not None else len(rows),
            first_ms=times[0],
            last_ms=times[1],
        )

    def _read(self, id: str) -> FindingEvent | None:
        identity = identity_of(SOURCE, id)
        place = self._book.state.find([identity]).get(identity)
        event = None if place is None else remaining_event(self._book.read(place))
        return event if isinstance(event, FindingEvent) else None

    def _keep(self) -> None:
        self._rows.put(_MARK, self._size.to_bytes(8, "big"))
        self._rows.keep()
        self._book.state.flush()

    def _key(self, subject: str) -> bytes:
        return _LINE + hashlib.blake2b(subject.encode(), digest_size=12).digest()

    def _digest(self, *texts: str | None) -> bytes:
        said = msgspec.json.encode(texts)
        return hashlib.blake2b(said, key=self._secret, digest_size=_DIGEST).digest()


def finding_of(event: str) -> str:
    """Return the finding's id from its event's: what follows a `/` counts the events of the business."""
    return event.partition("/")[0]


def grew(line: Line, finding: Finding, rows: Sequence[bytes]) -> bool:
    """Tell whether a finding shows more than what stands of it: a row that was not in it."""
    if finding.moves > line.moves or not set(rows) <= set(line.rows):
        return True
    return finding.first_ms < line.first_ms or finding.last_ms > line.last_ms


def _ms(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)
