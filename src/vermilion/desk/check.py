"""Check files of events: read, judge, seal, and write down what came out."""

from __future__ import annotations

import datetime as dt
import gc
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import IO

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.customer import Customers
from vermilion.desk.desk import Answer, Conflict, Desk, Duplicate, Refused, Sealed
from vermilion.desk.loop.issue import Permits
from vermilion.desk.summarise import in_shadow, summarise
from vermilion.desk.summary import RejectLine, Summary
from vermilion.desk.tally import RejectTally, RulebookTally
from vermilion.errors import DataError, UsageError
from vermilion.intake import Mapping, Received, Reject, read_events
from vermilion.rulebook import Engine, Rulebook

GROUP = 1_024
"""Events judged and sealed together; each group costs one flush to disk."""

_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class CheckRequest:
    """What to check, under which rulebooks, and where to put what comes out.

    `as_of` makes it a what-if: nothing is sealed in `book`, whose standing facts still count.
    `permits` takes the permits that came out, `customers` what customers are told, one a line.
    """

    files: Sequence[Path]
    rulebooks: Sequence[Rulebook]
    mapping: Mapping | None = None
    book: Path | None = None
    as_of: dt.date | None = None
    out: Path | None = None
    rejects: Path | None = None
    permits: Path | None = None
    customers: Path | None = None


class NothingReadError(DataError):
    """No file held an event that could be read; `summary` tells of the rejects."""

    def __init__(self, summary: Summary) -> None:
        reason = "no event could be read" if summary.read else "the files hold no events"
        first = summary.rejects[0] if summary.rejects else None
        super().__init__(
            "nothing_read",
            f"{reason}; first reject: {first.reason}" if first else reason,
            help=first.remedy if first else None,
            where=f"{first.file}:{first.line}" if first else None,
        )
        self.summary = summary


def check(request: CheckRequest, on_bytes: Callable[[int], None] | None = None) -> Summary:
    """Judge every event of the files and return what it came to.

    A decision is written to `out` only after its group is durable in the book, so that what stands
    there is never lost.

    Args:
        request: what to do.
        on_bytes: is told how many bytes of the files were read since the last call.

    Raises:
        DataError: a file is absent; or no file held an event, as `NothingReadError`.
        UsageError: an output would overwrite an input, or two rulebooks have one id.
        StorageError: the book is busy, damaged or cannot be written.
    """
    refuse_overwriting(
        request.files,
        [request.out, request.rejects, request.permits, request.customers],
        request.book,
    )
    _refuse_namesakes(request.rulebooks)
    streams = [read_events(path, request.mapping, on_bytes=on_bytes) for path in request.files]
    with ExitStack() as stack:
        stack.enter_context(rarely_collecting())
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vermilion-")))
        run = _Run(request, scratch, stack)
        run.judge(streams[0] if len(streams) == 1 else by_time(streams))
        return run.finish()


class _Run:
    def __init__(self, request: CheckRequest, scratch: Path, stack: ExitStack) -> None:
        self.request = request
        self.started_at = dt.datetime.now(dt.UTC)
        self.clock = time.perf_counter()
        base = None
        if request.book is None or request.as_of is not None:
            self.book = stack.enter_context(Book.open(scratch / "book"))
            if request.book is not None and (request.book / "book.yaml").is_file():
                base = stack.enter_context(Book.open(request.book))
        else:
            self.book = stack.enter_context(Book.open(request.book))
        self.profile = (base or self.book).profile
        self.engines = [Engine(rulebook, self.profile) for rulebook in request.rulebooks]
        self.replaced: list[str] = []
        for engine in self.engines:
            if request.as_of is not None:
                self.book.keep(engine)  # a what-if puts nothing in force
            elif (said := self.book.activate(engine)) is not None and said.previous is not None:
                self.replaced.append(engine.rulebook.id)
        self.desk = Desk(self.book, self.engines, as_of=request.as_of, base=base)
        self.tallies = [RulebookTally(in_shadow(one)) for one in self.engines]
        self.by_digest = {
            engine.digest: (engine, tally)
            for engine, tally in zip(self.engines, self.tallies, strict=True)
        }
        self.rejects = RejectTally()
        self.judged = self.duplicate = self.elsewhere = 0
        self.before = self.book.record.size
        self.counted = bytearray(self.before // 8 + 1)
        self.out = _writer(request.out, stack)
        self.rejects_out = _writer(request.rejects, stack)
        self.permits_out = _writer(request.permits, stack)
        self.permits = Permits(self.book)
        self.customers_out = _writer(request.customers, stack)
        self.customers = Customers(self.engines, self.book.kept_engine)
        self.permitted = self.found = 0
        self.withheld = False

    def judge(self, items: Iterable[Received | Reject]) -> None:
        for received, rejects in _groups(items):
            answers = self.desk.submit(received) if received else []
            answered = [one for one in answers if isinstance(one, Sealed | Duplicate)]
            answered += self.desk.findings
            for answer in answered:
                self.count(answer)
            self.judged -= len(self.desk.findings)
            self.found += len(self.desk.findings)
            self.permit(answered)
            self.tell(answered)
            if self.out and answered:
                self.out.write(b"".join(self.lines(answered)))
                self.out.flush()
            self.reject([*rejects, *_refusals(answers)])

    def lines(self, answers: Sequence[Sealed | Duplicate]) -> Iterator[bytes]:
        for answer in answers:
            for decision in self.desk.decisions(answer.judged):
                yield decision
                yield b"\n"

    def permit(self, answered: Sequence[Sealed | Duplicate]) -> None:
        """Write down the permits that came out, also those of proposals that are seen again."""
        self.permitted += len(self.desk.permits)
        self.withheld |= not self.desk.permits_all and any(
            isinstance(one, Sealed) and one.judged.event.stage == "proposed" for one in answered
        )
        if self.permits_out is None:
            return
        at_hand = {answer.entry: answer.judged for answer in answered}
        permits = [(one.said, one.entry) for one in self.desk.permits]
        permits += [
            found
            for answer in answered
            if isinstance(answer, Duplicate) and answer.judged.event.stage == "proposed"
            if (found := self.permits.standing(answer.judged.event, answer.entry)) is not None
        ]
        lines = [self.permits.line(said, at, at_hand.get(said.event.entry)) for said, at in permits]
        self.permits_out.write(b"".join(_ENCODE(line) + b"\n" for line in lines))
        self.permits_out.flush()

    def tell(self, answered: Sequence[Sealed | Duplicate]) -> None:
        """Write down what customers are told of their proposals, as they stand after the group."""
        if self.customers_out is None:
            return
        judged = [answer.judged for answer in answered]
        pairs = ((one, self.book.loop.rows.shown(one.event)) for one in judged)
        self.customers_out.write(b"".join(self.customers.lines(pairs)))
        self.customers_out.flush()

    def count(self, answer: Sealed | Duplicate) -> None:
        if isinstance(answer, Sealed):
            self.judged += 1
        else:
            self.duplicate += 1
            byte, bit = answer.entry >> 3, 1 << (answer.entry & 7)
            # Each event of the files counts once, also when an earlier run recorded it.
            if answer.entry >= self.before or self.counted[byte] & bit:
                return
            self.counted[byte] |= bit
        judged = answer.judged
        rulings = {ruling.rulebook.digest: ruling for ruling, *_ in judged.ruled}
        if any(digest not in rulings for digest in self.by_digest):
            self.elsewhere += 1
        for digest, ruling in rulings.items():
            if digest not in self.by_digest:
                continue
            engine, tally = self.by_digest[digest]
            day = ruling.as_of
            if self.request.as_of is not None:
                day = engine.legal_date(judged.event.time).isoformat()
            tally.add(judged.event, day, ruling)

    def reject(self, rejects: list[Reject]) -> None:
        if not rejects:
            return
        self.rejects.add(
            RejectLine(
                file=r.file,
                line=r.line,
                field=r.field,
                code=r.code,
                reason=r.reason,
                remedy=r.remedy,
            )
            for r in rejects
        )
        if self.rejects_out:
            self.rejects_out.write(b"".join(_ENCODE(reject) + b"\n" for reject in rejects))
            self.rejects_out.flush()

    def finish(self) -> Summary:
        read = self.judged + self.duplicate + self.rejects.count
        for tally in self.tallies:
            tally.finish()
        request = self.request
        sealed = request.as_of is None
        summary = summarise(
            self.engines,
            self.tallies,
            Summary(
                files=[path.name for path in request.files],
                operator=self.profile.operator,
                roles=list(self.profile.roles),
                memberships=list(self.profile.memberships),
                territory=self.profile.territory,
                as_of=None if request.as_of is None else request.as_of.isoformat(),
                sealed=sealed,
                book=None if request.book is None else str(request.book),
                started_at=self.started_at.isoformat(timespec="seconds"),
                seconds=time.perf_counter() - self.clock,
                read=read,
                judged=self.judged,
                duplicate=self.duplicate,
                rejected=self.rejects.count,
                elsewhere=self.elsewhere,
                replaced=self.replaced,
                permitted=self.permitted,
                withheld=self.withheld,
                found=self.found,
                rulebooks=[],
                rules=[],
                missing=[],
                rejects_by_code=dict(self.rejects.by_code.most_common()),
                rejects=self.rejects.shown,
                size=self.book.record.size,
                root=self.book.record.root.hex() if sealed else None,
            ),
            as_of=request.as_of,
        )
        if read == self.rejects.count:
            raise NothingReadError(summary)
        return summary


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Let the cycle collector run rarely: judging makes many objects and no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def by_time(streams: Sequence[Iterable[Received | Reject]]) -> Iterator[Received | Reject]:
    """Give what several files hold as one history: of their next events the earliest first.

    Of several at one moment what is proposed comes first. Within a file the order stays, as it is
    the order in which things became known.
    """
    waiting: list[tuple[dt.datetime, bool, int, Received, Iterator[Received | Reject]]] = []

    def advance(number: int, stream: Iterator[Received | Reject]) -> Iterator[Reject]:
        for item in stream:
            if isinstance(item, Received):
                later = item.event.stage != "proposed"
                heappush(waiting, (item.event.time, later, number, item, stream))
                return
            yield item

    for number, stream in enumerate(map(iter, streams)):
        yield from advance(number, stream)
    while waiting:
        _, _, number, received, stream = heappop(waiting)
        yield received
        yield from advance(number, stream)


def _groups(items: Iterable[Received | Reject]) -> Iterator[tuple[list[Received], list[Reject]]]:
    received: list[Received] = []
    rejects: list[Reject] = []
    for item in items:
        if isinstance(item, Received):
            received.append(item)
        else:
            rejects.append(item)
        if len(received) >= GROUP or len(rejects) >= GROUP:
            yield received, rejects
            received, rejects = [], []
    if received or rejects:
        yield received, rejects


def _refusals(answers: Iterable[Answer]) -> Iterator[Reject]:
    """Yield what the desk did not answer as rejects."""
    for answer in answers:
        match answer:
            case Conflict(received):
                event = received.event
                yield Reject(
                    file=received.file,
                    line=received.line,
                    field="id",
                    code="id_conflict",
                    reason=f"`{event.id}` of `{event.source}` was another event before",
                    remedy="give the new event its own id; a correction is a new event too",
                )
            case Refused(received, error):
                yield Reject(
                    file=received.file,
                    line=received.line,
                    field=None,
                    code=error.code,
                    reason=error.message,
                    remedy=error.help or "state less in one event",
                )


def _writer(path: Path | None, stack: ExitStack) -> IO[bytes] | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("wb"))
    except OSError as error:
        raise UsageError(
            "output_unwritable", f"cannot be written: {error.strerror}", where=str(path)
        ) from None


def refuse_overwriting(
    inputs: Sequence[Path], outputs: Sequence[Path | None], book: Path | None
) -> None:
    """Refuse outputs that would overwrite an input, each other, or part of the book.

    Raises:
        UsageError: `output_taken`.
    """
    taken = list(inputs)
    for output in filter(None, outputs):
        inside = book is not None and output.resolve().is_relative_to(book.resolve())
        if inside or any(_same_file(output, path) for path in taken):
            raise UsageError(
                "output_taken",
                "an output would overwrite another file",
                help="give it a name of its own, outside the book",
                where=str(output),
            )
        taken.append(output)


def _same_file(a: Path, b: Path) -> bool:
    if a.exists() and not a.is_file():
        return False  # a device, such as /dev/null
    if a.is_file() and b.is_file():
        return a.samefile(b)
    return a.resolve() == b.resolve()


def _refuse_namesakes(rulebooks: Sequence[Rulebook]) -> None:
    ids = [rulebook.id for rulebook in rulebooks]
    for id in ids:
        if ids.count(id) > 1:
            raise UsageError(
                "rulebook_twice",
                f"two rulebooks have the id `{id}`",
                help="name one of them, or give the other an id of its own",
            )
