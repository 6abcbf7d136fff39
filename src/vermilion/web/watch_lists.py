"""Put watch lists in force while the desk judges, and screen everybody who is known beside it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from litestar import Request

from vermilion.desk.rescreen import Rescreened, in_force, put_in_force, rescreening, retire
from vermilion.errors import DataError, UsageError
from vermilion.facts.entities import ListVersion
from vermilion.screening import WatchList, load_list
from vermilion.screening.load import ListHeading
from vermilion.web.access.refusals import NotFoundError
from vermilion.web.asking import service_of
from vermilion.web.recorded import record_change
from vermilion.web.served import Served
from vermilion.web.service import Service

SLICE = 0.005
"""Seconds of screening between which events are judged, and that it rests afterwards. Policy."""

TOGETHER = 64
"""Statements and rows of the index that are written at once. Policy."""


class Screened(msgspec.Struct, frozen=True):
    """When everybody known was last held against the lists, of how many, and for whom it changed."""

    at: str
    parties: int
    changes: int


class Screener:
    """Screens everybody who is known, whenever a list changes and once after each start.

    Args:
        service: serves the book.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._asked = asyncio.Event()
        self._busy = False
        self.last: Screened | None = None
        """None until it was done once since the start."""

    @property
    def under_way(self) -> bool:
        """Whether somebody may still be named or not as before the last change."""
        return self._busy or self._asked.is_set()

    def ask(self) -> None:
        """Have everybody screened, again where that is under way."""
        self._asked.set()

    async def run(self) -> None:
        """Screen when asked, for ever; cancel it to stop. What was not finished begins anew."""
        if await self._service.call(lambda served: in_force(*_now(served))):
            self.ask()
        while True:
            await self._asked.wait()
            self._busy = True
            try:
                self.last = await self._screened()
            except BaseException:
                self.ask()
                raise
            finally:
                self._busy = False

    async def _screened(self) -> Screened:
        self._asked.clear()
        begun = dt.datetime.now(dt.UTC)
        steps: Generator[bool, None, Rescreened] | None = None
        # The lists are made ready in a thread, for a large one takes seconds, and held till the end.
        versions = await self._service.call(lambda served: in_force(*_now(served)))
        lists = await self._service.call(lambda served: served.book.lists)
        _ready = await asyncio.to_thread(
            lambda: [lists.matcher(one.digest or "") for one in versions]
        )

        def slice_(served: Served) -> Rescreened | None:
            nonlocal steps
            if steps is None:
                steps = rescreening(served.book, begun, served.desk, TOGETHER)
            until = time.perf_counter() + SLICE
            try:
                while time.perf_counter() < until:
                    next(steps)
            except StopIteration as end:
                done: Rescreened = end.value
                return done
            return None

        while (found := await self._service.call(slice_)) is None:
            await asyncio.sleep(SLICE)
        return Screened(begun.isoformat(timespec="seconds"), found.parties, len(found.changes))


async def add_list(
    request: Request[Any, Any, Any],
    heading: ListHeading,
    content: bytes,
    begins: dt.datetime | None = None,
) -> tuple[ListVersion, bool]:
    """Put a version of a list in force; return it, and whether it counts now, when it is durable.

    Args:
        request: who asks; that they do is recorded first.
        heading: what is said of the list.
        content: of the file.
        begins: from when it holds; the beginning of its day, UTC, where it is left out.

    Raises:
        DataError, UsageError: as for `load_list`.
        StorageError: the desk cannot answer.
    """
    service = service_of(request)
    lists = await service.call(lambda served: served.book.lists)

    def read() -> WatchList:
        with TemporaryDirectory() as folder:
            path = Path(folder, "list")
            path.write_bytes(content)
            try:
                return load_list(path, heading)
            except (DataError, UsageError) as error:
                # The place is ours, and nobody's who asks.
                raise type(error)(error.code, error.message, help=error.help) from None

    found = await asyncio.to_thread(read)
    digest = await asyncio.to_thread(lists.keep, found)
    # Made ready before it is in force, so that no event waits for it.
    await asyncio.to_thread(lists.matcher, digest)
    await record_change(request, "list_added", heading.name)

    def put(served: Served) -> tuple[ListVersion, bool]:
        now = dt.datetime.now(dt.UTC)
        said = put_in_force(
            served.book, found, begins=begins, now=now, desk=served.desk, kept=digest
        )
        return said, said in in_force(served.book, now, served.desk)

    added = await service.call(put)
    screener_of(request).ask()
    return added


async def remove_list(request: Request[Any, Any, Any], name: str) -> None:
    """Let a list screen nobody any more; that somebody asks is recorded first.

    Raises:
        NotFoundError: `list_unknown`.
        StorageError: the desk cannot answer.
    """
    if name not in {one.id for one in await lists_in_force(request)}:
        raise NotFoundError("list_unknown", "no list of that name is in force")
    await record_change(request, "list_removed", name)
    service = service_of(request)

    def leave(served: Served) -> None:
        now = dt.datetime.now(dt.UTC)
        if name in {one.id for one in in_force(served.book, now, served.desk)}:
            retire(served.book, name, now, served.desk)  # another may have done it meanwhile

    await service.call(leave)
    screener_of(request).ask()


async def lists_in_force(request: Request[Any, Any, Any]) -> list[ListVersion]:
    """Return the version of each list that is in force now.

    Raises:
        StorageError: the desk cannot answer.
    """
    return await service_of(request).call(lambda served: in_force(*_now(served)))


def screener_of(request: Request[Any, Any, Any]) -> Screener:
    """Return the application's screener."""
    found: Screener = request.app.state.screener
    return found


def _now(served: Served) -> tuple[Any, dt.datetime, Any]:
    return served.book, dt.datetime.now(dt.UTC), served.desk
