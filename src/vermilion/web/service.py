"""Own a book while it is served: one thread judges and seals in groups, everybody else waits for it.

Whatever arrives while a group is written to disk makes the next group, so that the more is asked at
once, the fewer flushes each answer costs.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from vermilion.desk.book import Book
from vermilion.desk.desk import Answer
from vermilion.desk.history import Summary
from vermilion.errors import Error, StorageError
from vermilion.intake import Received
from vermilion.web.served import Served, Told, served_book
from vermilion.web.speed import Speed
from vermilion.web.webhooks import Webhooks

GROUP = 256
"""Most events judged and sealed together: some 50 ms of work, which others wait for. Policy."""

MOST_WAITING = 10_000
"""Jobs that may wait; more are told to come again. Policy."""

_LOG = logging.getLogger("vermilion.service")
T = TypeVar("T")
Outcome = tuple["asyncio.Future[Any]", Any, "Exception | None"]


class _Job(NamedTuple):
    """Events to judge, or something to call."""

    future: asyncio.Future[Any]
    received: Sequence[Received]
    call: Callable[[Served], Any] | None


class Service:
    """Serves one book. Start it in a running event loop; its methods are that loop's to call.

    Args:
        path: the book's folder; the book is made if it is absent.
        webhooks: are told what the record says; None where nobody is.
    """

    def __init__(self, path: Path, webhooks: Webhooks | None = None) -> None:
        self.path = path
        self._webhooks = webhooks
        self.failure: Error | None = None
        """Why nothing is answered any more; None while all is well."""
        self.stopping = False
        """Whether nothing new is taken any more."""
        self.speed = Speed()
        self.watchers: set[asyncio.Queue[Summary]] = set()
        """Who is told of new judgements as they are recorded; a full queue loses them."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._ready: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Open the book in the service's own thread, and return when it is ready.

        Raises:
            Error: the book, its rulebooks or its keys cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._thread.start()
        await self._ready

    async def stop(self) -> None:
        """Answer what waits, close the book and return."""
        self.stopping = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    async def submit(self, received: Received) -> Told:
        """Judge and seal an event; return when its record is durable.

        Raises:
            StorageError: `overloaded`, or the record cannot be written; nothing is acknowledged.
        """
        begun = time.perf_counter()
        (told,) = await self.submit_all([received])
        self.speed.note(begun, time.perf_counter())
        if isinstance(told, Error):
            raise told
        return told

    async def submit_all(self, received: Sequence[Received]) -> list[Told | Error]:
        """Judge and seal events in order; return what came of each when the record is durable.

        Raises:
            StorageError: as for `submit`.
        """
        told: list[Told | Error] = await self._ask(received, None)
        return told

    async def call(self, ask: Callable[[Served], T]) -> T:
        """Run something in the desk's thread, between two groups, and return what it returns."""
        found: T = await self._ask((), ask)
        return found

    @property
    def waiting(self) -> int:
        """Jobs that were not answered yet."""
        return self._waiting

    async def _ask(self, received: Sequence[Received], ask: Callable[[Served], Any] | None) -> Any:
        if self.failure is not None:
            raise self.failure
        if self._waiting >= MOST_WAITING or self.stopping or self._loop is None:
            raise StorageError(
                "overloaded",
                "the desk is stopping" if self.stopping else "too much waits already",
                help="hold the event and ask again",
            )
        future = self._loop.create_future()
        self._waiting += 1
        self._jobs.put(_Job(future, received, ask))
        try:
            return await future
        finally:
            self._waiting -= 1

    def _run(self) -> None:
        try:
            with Book.open(self.path) as book, served_book(book, self._webhooks) as served:
                # What an open book holds is not garbage: looking through it stops everybody.
                gc.freeze()
                gc.set_threshold(100_000, 50, 100)
                self._tell(self._ready, None)
                self._serve(served)
        except Error as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  (whoever waits must hear of it)
            said = StorageError("desk_failed", f"the desk stopped: {type(error).__name__}")
            said.__cause__ = error
            self._fail(said)

    def _serve(self, served: Served) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, events = [first], len(first.received)
            while events < GROUP and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._jobs.put(None)
                    break
                jobs.append(job)
                events += len(job.received)
            self._answer(served, jobs)

    def _answer(self, served: Served, jobs: Sequence[_Job]) -> None:
        """Answer jobs in order: events that follow each other make one group."""
        results: list[Outcome] = []
        for calls, part in groupby(jobs, lambda job: job.call is not None):
            if calls:
                results += [self._call(served, job) for job in part]
            else:
                results += self._judge(served, list(part))
        self._deliver(results)

    def _call(self, served: Served, job: _Job) -> Outcome:
        try:
            found = None if job.call is None else job.call(served)
        except Exception as error:  # noqa: BLE001  (it is the asker's to handle)
            return job.future, None, error
        self._tell_watchers(self._followed(served))
        return job.future, found, None

    def _followed(self, served: Served, answers: Sequence[Answer] | None = None) -> list[Summary]:
        """Let index, cases and webhooks follow; the record is durable whatever becomes of them."""
        try:
            return served.follow(answers)
        except StorageError as error:
            _LOG.error("what follows the record: %s", error.message)
            return []

    def _judge(self, served: Served, group: Sequence[_Job]) -> list[Outcome]:
        """Judge a group and tell what came of each event."""
        if self.failure is not None:
            return [(job.future, None, self.failure) for job in group]
        try:
            answers = served.desk.submit([one for job in group for one in job.received])
        except Error as error:
            # After a failed write nobody knows what reached the disk: nothing more is answered.
            self.failure = error
            return [(job.future, None, error) for job in group]
        self._tell_watchers(self._followed(served, answers))
        told = iter(served.told(answers))
        return [(job.future, list(islice(told, len(job.received))), None) for job in group]

    def _fail(self, error: Error) -> None:
        self.failure = error
        self._deliver([(self._ready, None, error)] if self._ready else [])
        while (job := self._jobs.get()) is not None:
            self._deliver([(job.future, None, error)])

    def _tell(self, future: asyncio.Future[Any] | None, value: Any) -> None:
        if future is not None:
            self._deliver([(future, value, None)])

    def _deliver(self, results: Sequence[Outcome]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_set, results)

    def _tell_watchers(self, summaries: Sequence[Summary]) -> None:
        if summaries and self.watchers and self._loop is not None:
            self._loop.call_soon_threadsafe(self._broadcast, summaries)

    def _broadcast(self, summaries: Sequence[Summary]) -> None:
        for watcher in self.watchers:
            for one in summaries:
                if watcher.full():
                    watcher.get_nowait()
                watcher.put_nowait(one)


def _set(results: Sequence[Outcome]) -> None:
    for future, value, error in results:
        if future.done():
            continue  # whoever asked went away; what was sealed stays sealed
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)
