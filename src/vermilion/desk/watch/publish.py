"""Publish the findings of a run: each is an event that the desk judges and seals like any other.

What was published before is found again, so that the same finding changes nothing, one that grew
names what it grew from, one whose rows are gone is closed, and what people dismissed stays so.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from vermilion.desk.desk import Conflict, Desk, Refused
from vermilion.desk.watch.publish_events import SOURCE, Outcome, Past, ending, opening
from vermilion.desk.watch.publish_index import Index, Line, grew
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Closure, Disposition, Event, EventName, FindingEvent
from vermilion.intake import Received
from vermilion.market.findings import Finding, parameters_digest

SEALED_TOGETHER = 512
"""Findings made durable in groups of so many."""

MOST_NAMED = 64
"""Findings that one names as those it grew from. Policy."""

ROWS_GONE = "所依据的记录已更正或者撤回 / the rows that showed it were corrected or withdrawn"

_CHECK = msgspec.json.Decoder(Event).decode

Read = Callable[[], Iterable[Finding]]
"""Gives the findings of a run, the same each time."""


class Run(NamedTuple):
    """What a run looked at; a published finding outside of it is left as it is.

    Every row of these sources between two epoch milliseconds, the last included. `parameters` are
    those of each detector that ran.
    """

    parameters: Mapping[str, Mapping[str, int]]
    sources: frozenset[str]
    first_ms: int
    last_ms: int


class Published(msgspec.Struct, frozen=True):
    """What publishing came to, in numbers of findings.

    `new` were never seen; `grown` show more than those that they supersede; `again` are back after
    their rows were gone; `same` stand as they are; `dismissed` stay dismissed, as they did not grow.
    Of those published before, `gone` lost their rows and `joined` are part of another. `refused`
    cannot be recorded.
    """

    new: int = 0
    grown: int = 0
    again: int = 0
    same: int = 0
    dismissed: int = 0
    gone: int = 0
    joined: int = 0
    refused: int = 0


def publish(desk: Desk, read: Read, run: Run, now: dt.datetime) -> Published:
    """Submit the findings of a run, and close those published before that it no longer shows.

    Rows are held for a group of findings at a time; of the others their ids, and of published ones
    that the run does not show as they were, the digests of up to 100 rows.

    Args:
        desk: the desk of the book.
        read: gives the findings; it is called several times.
        run: what the run looked at.
        now: when this is done, which is when what is closed is closed.

    Raises:
        StorageError: as for `Desk.submit`; what was acknowledged is found again the next time.
    """
    publishing = Publishing(desk, run, now)
    publishing.compare(read)
    publishing.open(read())
    publishing.close()
    desk.store()
    return Published(**publishing.counts)


def dispose(
    desk: Desk, finding: str, disposition: Disposition, reason: str, now: dt.datetime
) -> str:
    """Record what a person decided of a published finding; return the event's id, durable.

    A closed one stays dismissed in later runs until it grows.

    Args:
        desk: the desk of the book.
        finding: the finding's id.
        disposition: `closed` or `reported`.
        reason: why, in the person's words.
        now: when.

    Raises:
        UsageError: `unknown_finding`: nothing of that id stands in this book.
        DataError: it cannot be recorded.
    """
    index = Index(desk.book)
    line = next((one for one in index.lines() if one.finding == finding), None)
    last = None if line is None else index.event(line)
    if line is None or last is None:
        raise UsageError(
            "unknown_finding",
            f"no finding `{finding}` stands in this book",
            help="name the last of those that grew from each other",
        )
    closure: Closure | None = "dismissed" if disposition == "closed" else None
    event = ending(last, next_id(line, finding), now, Outcome(disposition, reason, closure))
    (answer,) = desk.submit([_received(event)])
    if isinstance(answer, Conflict | Refused):
        raise getattr(answer, "error", None) or DataError(
            "not_recorded", "what was decided of the finding could not be recorded"
        )
    desk.store()
    return event.id


class Publishing:
    """The steps of `publish`, for whoever must do something else between them.

    `compare` comes first, then `open` for the findings in portions, then `close`; `counts` tells what
    became of them, by the names of `Published`.
    """

    def __init__(self, desk: Desk, run: Run, now: dt.datetime) -> None:
        self._desk = desk
        self._index = Index(desk.book)
        self._run = run
        self._now = now
        self._sources = {self._index.source(name) for name in run.sources}
        self._digests = {name: parameters_digest(one) for name, one in run.parameters.items()}
        self._standing: dict[str, Line] = {}
        self._loose: dict[str, Line] = {}
        self._past: dict[str, list[Line]] = {}
        self._waiting: list[tuple[str, FindingEvent]] = []
        self.counts: Counter[str] = Counter()

    def compare(self, read: Read) -> None:
        """Find which published findings stand as they are, and what new ones grew from.

        A finding continues first what is about the same, then what it holds most rows of.
        """
        ids = {one.id for one in read()}
        for line in self._index.lines():
            if line.detector not in self._digests:
                continue
            if line.finding in ids:
                self._standing[line.finding] = line
            elif not line.left:
                self._loose[line.subject] = line
        for same_about in (True, False):
            by_row = _by_row(self._loose.values())
            for finding in read() if by_row else ():
                if finding.id not in self._standing and finding.id not in self._past:
                    self._match(finding, by_row, same_about=same_about)

    def open(self, findings: Iterable[Finding]) -> None:
        """Submit what is new, what grew, and what is there again."""
        for finding in findings:
            line = self._standing.get(finding.id)
            past = self._past.get(finding.id)
            if past is not None:
                self._grown(finding, past)
            elif line is None:
                self._open("new", finding, finding.id, finding.id)
            elif line.left:
                self._open("again", finding, line.subject, next_id(line, finding.id))
            else:
                self.counts["dismissed" if self._index.dismissed(line) else "same"] += 1
        self._flush()

    def close(self) -> None:
        """Close what the run should show and does not; what people answered needs no closing."""
        for line in self._loose.values():
            if self._covered(line):
                self._end("gone", line, "rows_gone", ROWS_GONE)
        self._flush()

    def _match(
        self, finding: Finding, by_row: Mapping[bytes, Sequence[Line]], *, same_about: bool
    ) -> None:
        shared: Counter[str] = Counter()
        for row in self._index.rows_of(finding):
            shared.update(one.subject for one in by_row.get(row, ()))
        about = self._index.about(finding.detector, finding.level, finding.subject)
        found = []
        for subject, count in shared.items():
            line = self._loose.get(subject)
            if line is None or (line.detector, line.level) != (finding.detector, finding.level):
                continue
            if line.about == about if same_about else 2 * count >= len(line.rows):
                found.append((-count, line.first_ms, subject))
        if found:
            self._past[finding.id] = [self._loose.pop(subject) for *_, subject in sorted(found)]

    def _grown(self, finding: Finding, past: Sequence[Line]) -> None:
        """Let a finding go on with the business of what it shares most with, and end the others."""
        first, *others = past
        dismissed = [one for one in past if self._index.dismissed(one)]
        rows = self._index.rows_of(finding)
        if any(not grew(one, finding, rows) for one in dismissed):
            self.counts["dismissed"] += 1
            return
        named = [_name(one) for one in past[:MOST_NAMED]]
        said = Past(named, [_name(one) for one in dismissed[:MOST_NAMED]])
        taken = self._index.taken(finding.id)
        id = next_id(first, finding.id) if taken else finding.id
        self._open("grown", finding, first.subject, id, said)
        for line in others:
            self._end("joined", line, "joined", f"并入 {finding.id} / part of {finding.id}")

    def _open(
        self, what: str, finding: Finding, subject: str, id: str, past: Past | None = None
    ) -> None:
        parameters = self._digests[finding.detector]
        self._submit(what, opening(finding, parameters, subject, id, past or Past()))

    def _end(self, what: str, line: Line, closure: Closure, reason: str) -> None:
        """Close a line that still is a question."""
        if line.state == "closed" or self._index.dismissed(line):
            return
        last = self._index.event(line)
        if last is not None:
            id = next_id(line, line.finding)
            self._submit(what, ending(last, id, self._now, Outcome("closed", reason, closure)))

    def _covered(self, line: Line) -> bool:
        within = self._run.first_ms <= line.first_ms and line.last_ms <= self._run.last_ms
        return within and self._sources.issuperset(line.sources)

    def _submit(self, what: str, event: FindingEvent) -> None:
        self._waiting.append((what, event))
        if len(self._waiting) >= SEALED_TOGETHER:
            self._flush()

    def _flush(self) -> None:
        said = []
        for what, event in self._waiting:
            try:
                said.append((what, _received(event)))
            except msgspec.ValidationError:
                self.counts["refused"] += 1
        answers = self._desk.submit([received for _, received in said])
        for (what, _), answer in zip(said, answers, strict=True):
            self.counts["refused" if isinstance(answer, Conflict | Refused) else what] += 1
        self._waiting = []


def next_id(line: Line, finding: str) -> str:
    """Return the id of the next event of a finding's business, where the finding's own is taken."""
    return f"{finding}/{line.events + 1}"


def _by_row(lines: Iterable[Line]) -> dict[bytes, list[Line]]:
    found: dict[bytes, list[Line]] = defaultdict(list)
    for line in lines:
        for row in line.rows:
            found[row].append(line)
    return found


def _name(line: Line) -> EventName:
    return EventName(source=SOURCE, id=line.event)


def _received(event: FindingEvent) -> Received:
    """Return an event as the desk takes it.

    Raises:
        msgspec.ValidationError: what the record holds must be readable for ever, and this is not.
    """
    formed, canonical = canonical_form(event)
    _CHECK(canonical)
    return Received(formed, canonical, "", 0)
