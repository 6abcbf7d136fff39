"""Own a book while it is served: judge and seal in groups, in the event loop's own thread.

Whatever arrives while a group is judged and written makes the next group, so that the more is asked
at once, the fewer flushes each answer costs. Nothing else judges meanwhile: a thread would compete
with the loop for the interpreter, and every answer would wait for both. Those that write state and
index ask for it seldom.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

from vermilion.desk.book import Book
from vermilion.desk.desk import Answer
from vermilion.desk.history import History, Summary
from vermilion.errors import Error, StorageError
from vermilion.intake import Received
from vermilion.store import State
from vermilion.web.served import Served, Told, served_book
from vermilion.web.speed import Speed
from vermilion.web.webhooks import Webhooks

GROUP = 64
"""Most events judged and sealed together: some 20 ms of work, which others wait for. Policy."""

GATHERING = 0.002
"""Seconds that a group waits for as many events as the one before had. Policy."""

KEYS = 32_768
"""Keys of windows kept in memory, some 600 bytes each. Policy."""

STATEMENTS = 16_384
"""Statements of standing facts kept in memory, some 1.3 KB each. Policy."""

CLOSURES = 4_096
"""Closures of each kind kept in memory, some 0.5 KB each. Policy."""

CIPHERS = 4_096
"""Keys to seal with that are kept in memory, and as many to open with, some 1 KB each. Policy."""

PAGES = 16_384
"""KiB of pages kept in memory of the state, and as many of the index. Policy."""

DURABLE_AT = 4_096
"""Rows of the state that become durable together. Policy."""

INDEXED = 4_096
"""Entries that the index writes together. Policy."""

FASTER = 4
"""Portions more that are written at a time where twice as much waits as is worth writing. Policy."""

YOUNG = 5_000
"""Objects made before Python looks which of them are garbage: some 2 ms of looking. Policy."""

MOST_WAITING = 10_000
"""Events that may wait; more are told to come again. Policy."""

_LOG = logging.getLogger("vermilion.service")
T = TypeVar("T")


class _Job(NamedTuple):
    received: Received
    begun: float
    answered: Callable[[Told | Error], None]


class Service:
    """Serves one book; everything of it belongs to one event loop.

    Args:
        path: the book's folder; the book is made if it is absent.
        webhooks: are told what the record says; None where nobody is.
    """

    def __init__(self, path: Path, webhooks: Webhooks | None = None) -> None:
        self.path = path
        self.failure: Error | None = None
        """Why nothing is answered any more; None while all is well."""
        self.stopping = False
        """Whether nothing new is taken any more."""
        self.speed = Speed()
        self.watchers: set[asyncio.Queue[Summary | None]] = set()
        """Who is told of new judgements as they are recorded; a full queue loses the oldest."""
        self._webhooks = webhooks
        self._jobs: deque[_Job] = deque()
        self._asked = asyncio.Event()
        self._last = 0
        self._open = ExitStack()
        self._served: Served | None = None
        self._groups: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the book.

        Raises:
            Error: the book, its rulebooks or its keys cannot be opened.
        """
        try:
            with ExitStack() as undo:
                book = undo.enter_context(Book.open(self.path))
                self._served = undo.enter_context(served_book(book, self._webhooks))
                _keep_little(self._served)
                self._served.desk.warm()
                self._open = undo.pop_all()
        except Error as error:
            self.failure = error
            raise
        # What an open book holds is not garbage: looking through it stops everybody.
        gc.freeze()
        gc.set_threshold(YOUNG, 200, 100)
        self._groups = asyncio.create_task(self._judge_groups())

    async def stop(self) -> None:
        """Answer what waits, close the book and return."""
        self.stopping = True
        self._asked.set()
        try:
            if self._groups is not None:
                await self._groups
        finally:
            self._open.close()

    def end_watching(self) -> None:
        """Let everybody who watches go, so that a stop need not wait for them."""
        for watcher in self.watchers:
            _put(watcher, None)

    async def submit(self, received: Received) -> Told:
        """Judge and seal an event, together with others; return when its record is durable.

        Raises:
            Error: the event is refused.
            StorageError: `overloaded`, or the record cannot be written; nothing is acknowledged.
        """
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self.ask(received, partial(_settle, future))
        return await future

    def ask(self, received: Received, answered: Callable[[Told | Error], None]) -> None:
        """Judge and seal an event, together with others.

        Args:
            received: the event.
            answered: hears what came of it as soon as its record is durable.

        Raises:
            StorageError: as for `submit`.
        """
        self._ready()
        if len(self._jobs) >= MOST_WAITING:
            raise _overloaded("too much waits already")
        self._jobs.append(_Job(received, time.perf_counter(), answered))
        self._asked.set()

    async def submit_all(self, received: Sequence[Received]) -> list[Told | Error]:
        """Judge and seal events in order; return what came of each when the record is durable.

        Raises:
            StorageError: as for `submit`.
        """
        told: list[Told | Error] = []
        for begin in range(0, len(received), GROUP):
            told += self._judge(received[begin : begin + GROUP])
            self._write_some()
            await asyncio.sleep(0)  # whoever else asked comes in between
        return told

    async def call(self, ask: Callable[[Served], T]) -> T:
        """Return what something returns over the served book; others wait, so it must be short.

        Raises:
            StorageError: as for `submit`.
        """
        await asyncio.sleep(0)  # whoever else asked comes in between
        served = self._ready()
        try:
            return ask(served)
        except Exception as error:
            known = isinstance(error, StorageError) and error.code == "record_failed"
            if known or not served.book.state.sound:
                self._fail(error)
            raise
        finally:
            self._follow(served)
            self._asked.set()  # what it left to be written is written in portions too

    @property
    def waiting(self) -> int:
        """Events that were not answered yet."""
        return len(self._jobs)

    def _ready(self) -> Served:
        if self.failure is not None:
            raise _again(self.failure)
        if self.stopping or self._served is None:
            raise _overloaded("the desk is stopping")
        return self._served

    def _fail(self, error: Exception) -> StorageError:
        """Answer nothing any more: after this nobody knows what reached the disk."""
        known = error if isinstance(error, StorageError) else None
        self.failure = known or StorageError(
            "desk_failed",
            f"the desk failed: {type(error).__name__}",
            help="hold the event, and start the desk again",
        )
        _LOG.error("the desk answers nothing any more", exc_info=error)
        return self.failure

    async def _judge_groups(self) -> None:
        while self._jobs or not self.stopping:
            await self._asked.wait()
            self._asked.clear()
            while self._jobs:
                await self._gather()
                self._last = min(GROUP, len(self._jobs))
                group = [self._jobs.popleft() for _ in range(self._last)]
                self._answer(group)
                await asyncio.sleep(0)  # who was answered hears it before the rest is written
                self._write_some()
            while not self._jobs and self._write_some():
                await asyncio.sleep(0)

    def _write_some(self) -> bool:
        """Make a portion ready of what follows the record, so that nobody waits for all of it.

        Of state and index that one comes first of which more waits, and the more waits, the more is
        made ready at a time: whoever asks much must not outrun it.

        Returns whether there was anything to do.
        """
        if self._served is None or self.failure is not None:
            return False
        state, history, desk = self._served.book.state, self._served.history, self._served.desk
        parts: list[tuple[float, State | History, Callable[[], object]]] = [
            (state.waiting / DURABLE_AT, state, lambda: desk.store(durably=False)),
            (history.waiting / INDEXED, history, history.write),
        ]
        due = [
            (behind, write)
            for behind, one, write in parts
            if (one.writing or behind >= 1) and not one.resting
        ]
        if not due:
            return False
        behind, write = max(due, key=itemgetter(0))
        try:
            for _ in range(max(1, int(FASTER * (behind - 1)) + 1)):
                write()
        except Exception as error:  # noqa: BLE001  (as while judging)
            self._fail(error)
        return True

    async def _gather(self) -> None:
        """Wait a moment for those who ask again as soon as they are answered: flushes are dear."""
        until, most = time.perf_counter() + GATHERING, len(self._jobs)
        while len(self._jobs) < self._last and time.perf_counter() < until:
            await asyncio.sleep(0)
        while most < len(self._jobs) < GROUP:
            most = len(self._jobs)
            await asyncio.sleep(0)

    def _answer(self, group: Sequence[_Job]) -> None:
        """Judge a group and hand each caller what came of its event."""
        try:
            told = self._judge([job.received for job in group])
        except Error as error:
            told = [_again(error) for _ in group]
        now = time.perf_counter()
        for job, one in zip(group, told, strict=True):
            if not isinstance(one, Error):
                self.speed.note(job.begun, now)
            try:
                job.answered(one)
            except Exception as error:  # noqa: BLE001  (all others are answered all the same)
                _LOG.error("an answer cannot be told", exc_info=error)

    def _judge(self, received: Sequence[Received]) -> list[Told | Error]:
        """Judge and seal a group; tell what came of each event."""
        if self.failure is not None:
            raise _again(self.failure)
        if self._served is None:
            raise _overloaded("the desk is stopping")
        served = self._served
        try:
            answers = served.desk.submit(received)
            told = served.told(answers)
        except Exception as error:
            raise _again(self._fail(error)) from error
        self._follow(served, answers)
        return told

    def _follow(self, served: Served, answers: Sequence[Answer] | None = None) -> None:
        """Let index, cases and webhooks follow; the record is durable whatever becomes of them."""
        try:
            summaries = served.follow(answers)
        except Exception as error:  # noqa: BLE001  (what is sealed is answered all the same)
            _LOG.error("what follows the record cannot be written", exc_info=error)
            return
        for watcher in self.watchers:
            for one in summaries:
                _put(watcher, one)


def _keep_little(served: Served) -> None:
    """Bound what is kept in memory, so that a desk that runs for months does not grow."""
    served.desk.keep(windows=KEYS, statements=STATEMENTS, closures=CLOSURES)
    served.book.keys.most = CIPHERS
    served.book.state.keep(PAGES)
    served.history.keep(PAGES)


def _settle(future: asyncio.Future[Told], one: Told | Error) -> None:
    if future.done():
        return  # whoever asked went away; what was sealed stays sealed
    if isinstance(one, Error):
        future.set_exception(one)
    else:
        future.set_result(one)


def _put(watcher: asyncio.Queue[Summary | None], one: Summary | None) -> None:
    if watcher.full():
        watcher.get_nowait()
    watcher.put_nowait(one)


def _again(failure: Error) -> StorageError:
    """Return a failure as an error of its own: one that is raised again and again keeps them all."""
    return StorageError(failure.code, failure.message, help=failure.help, where=failure.where)


def _overloaded(why: str) -> StorageError:
    return StorageError("overloaded", why, help="hold the event and ask again")
