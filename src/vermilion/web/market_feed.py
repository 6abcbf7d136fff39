"""Keep surveillance going over a served book, in a process of its own, and publish what it finds.

The event loop only writes down what settled and submits findings, a little at a time; whoever else
asks comes in between.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import shutil
import sys
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from vermilion.errors import StorageError
from vermilion.market.report import FOLDER
from vermilion.web.logs import say
from vermilion.web.served import Served
from vermilion.web.service import Service
from vermilion.web.settings import MarketSettings

if TYPE_CHECKING:
    from vermilion.desk.watch.feed import Taking
    from vermilion.market.findings import Finding

FIRST = 10.0
"""Seconds after the start of the first run. Policy."""

SLICE = 64
"""Entries that are written down, or findings that are published, between two groups. Policy."""

MOST_PUBLISHED = 5_000
"""Findings that a served desk publishes by itself; more are for `vermilion watch --book`. Policy."""

LONGEST = 3_600.0
"""Seconds that one run may take before it is ended. Policy."""

ENDING = 5.0
"""Seconds that a process has to end when it is told to. Policy."""

SAID = "run.log"
"""What the last run wrote to its terminal, in the market's folder; why it failed, if it did."""

T = TypeVar("T")


class Feed:
    """Surveillance over the book that a service serves.

    Args:
        service: serves the book.
        settings: how often, and with how much memory.
    """

    def __init__(self, service: Service, settings: MarketSettings) -> None:
        self._service = service
        self._settings = settings
        self._folder = service.path / FOLDER
        self._scanned: int | None = None
        self.failed = False
        """Whether the last run did not end well."""

    async def run(self) -> None:
        """Look at the market at once and then again and again, until it is cancelled."""
        for left in self._folder.glob("taking-*"):
            shutil.rmtree(left, ignore_errors=True)
        await asyncio.sleep(FIRST)
        while True:
            try:
                if await self.look():
                    say("market_watched")
                self.failed = False
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001  (the next run may end better)
                self.failed = True
                say("market_failed", logging.ERROR, error)
            await asyncio.sleep(self._settings.minutes * 60)

    async def look(self) -> bool:
        """Run once, if anything settled since; return whether it ran.

        Raises:
            StorageError: the desk cannot answer.
            RuntimeError: the process failed or took too long.
        """
        if not await self._take():
            return False
        await self._compute()
        await self._publish()
        return True

    async def _take(self) -> bool:
        """Write down what settled, a slice at a time; return whether there is anything to look at."""
        from vermilion.desk.watch.clauses import clauses_on
        from vermilion.desk.watch.feed import Taking, waiting, write_clauses
        from vermilion.market.declaration import chosen

        taking: Taking = await self._call(
            lambda served: Taking(self._folder, served.book, self._scanned)
        )
        try:
            while await self._call(lambda _: taking.take(SLICE)):
                pass
        finally:
            taking.close()
        self._scanned = taking.ends
        patterns = [one.declaration.pattern for one in chosen(None)]
        now = dt.datetime.now(dt.UTC)
        clauses = await self._call(
            lambda served: clauses_on(patterns, served.book.active_engines(), now)
        )
        write_clauses(self._folder, clauses)
        return waiting(self._folder)

    async def _compute(self) -> None:
        """Run the detectors in a process of their own, which ends with this task."""
        with (self._folder / SAID).open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *self._command(), stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said
            )
        try:
            async with asyncio.timeout(LONGEST):
                code = await process.wait()
        finally:
            await _ended(process)
        if code:
            raise RuntimeError(f"surveillance ended with {code}; {SAID} says why")

    def _command(self) -> list[str]:
        module = "vermilion.desk.watch.feed"
        return [sys.executable, "-m", module, str(self._folder), str(self._settings.memory)]

    async def _publish(self) -> None:
        """Hand findings and bands to the rulebooks, some at a time."""
        from vermilion.desk.watch.publish import Publishing, Run
        from vermilion.desk.watch.publish_bands import publish_bands
        from vermilion.market.declaration import chosen

        found = await asyncio.to_thread(self._found)
        if found is None:
            return
        findings, bands, sources, span = found
        now = dt.datetime.now(dt.UTC)
        if findings is not None:
            run = Run({one.name: one.parameters for one in chosen(None)}, sources, *span)
            publishing = await self._call(lambda served: Publishing(served.desk, run, now))
            await self._call(lambda _: publishing.compare(lambda: findings))
            for begin in range(0, len(findings), SLICE):
                some = findings[begin : begin + SLICE]
                await self._call(lambda _, some=some: publishing.open(some))  # type: ignore[misc]
            await self._call(lambda _: publishing.close())
        for _, of_one in groupby(bands, attrgetter("collection")):
            some_bands = list(of_one)
            await self._call(lambda served, some=some_bands: publish_bands(served.desk, some, now))  # type: ignore[misc]
        await self._call(lambda served: served.desk.store())

    def _found(
        self,
    ) -> tuple[list[Finding] | None, list[Any], frozenset[str], tuple[int, int]] | None:
        """Read what is to be published; findings are None where there are too many."""
        from vermilion.desk.watch.results import Results
        from vermilion.desk.watch.state import Market

        place = Market(self._folder).results
        if place is None:
            return None
        with Results(place) as results:
            number = sum(results.found().values())
            if number > MOST_PUBLISHED:
                say("market_not_published", logging.WARNING, findings=number)
            findings = list(results.every()) if number <= MOST_PUBLISHED else None
            bands = sorted(results.bands())
            return findings, bands, frozenset(results.sources()), results.span() or (0, 0)

    async def _call(self, ask: Callable[[Served], T]) -> T:
        return await self._service.call(ask)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs, and wait for it, so that none is left behind."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(ENDING):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
