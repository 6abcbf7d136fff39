"""What the last run of surveillance over a served book found, read without holding the desk up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from litestar import Request

from vermilion.errors import StorageError
from vermilion.market.findings import Finding
from vermilion.market.report import FOLDER, REPORT, Wanted, WatchReport
from vermilion.web.access.refusals import NotFoundError

if TYPE_CHECKING:
    from vermilion.desk.watch.results import Results
    from vermilion.web.service import Service

AT_ONCE = 2
"""Queries over results that run at the same time, each in a thread of its own. Policy."""

T = TypeVar("T")
_DECODE = msgspec.json.Decoder(WatchReport).decode


class Market:
    """The last results of a book.

    Args:
        book: the book's folder.
    """

    def __init__(self, book: Path) -> None:
        self._folder = book / FOLDER
        self._kept: tuple[int, WatchReport | None] = (0, None)
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def report(self) -> WatchReport | None:
        """Return the last run in short, without findings; None where there was none.

        Raises:
            StorageError: `market_unreadable`.
        """
        return await asyncio.to_thread(self._report)

    async def find(self, sought: Wanted) -> tuple[list[Finding], int | None]:
        """Return findings, highest score first, and where the next page begins, if there is one.

        Raises:
            StorageError: `market_unreadable`.
        """
        # One more than is asked for tells whether there is a next page.
        wanted = msgspec.structs.replace(sought, limit=sought.limit + 1)
        found = await self._ask(lambda results: results.find(wanted)) or []
        more = len(found) > sought.limit
        return found[: sought.limit], sought.after + sought.limit if more else None

    async def finding(self, id: str) -> Finding | None:
        """Return a finding by its id, with its first rows.

        Raises:
            StorageError: `market_unreadable`.
        """
        return await self._ask(lambda results: results.finding(id))

    async def _ask(self, ask: Callable[[Results], T]) -> T | None:
        async with self._turn:
            return await asyncio.to_thread(self._asked, ask)

    def _asked(self, ask: Callable[[Results], T]) -> T | None:
        # What queries need is loaded once somebody asks: many desks are served without surveillance.
        import duckdb

        from vermilion.desk.watch.results import Results
        from vermilion.desk.watch.state import Market as State

        for again in (True, False):
            place = State(self._folder).results
            if place is None:
                return None
            try:
                with Results(place) as results:
                    return ask(results)
            except (duckdb.Error, msgspec.MsgspecError) as error:
                # A run that ended meanwhile put other results in the place of these.
                if not again:
                    raise self._unreadable(error) from error
        return None  # pragma: no cover

    def _report(self) -> WatchReport | None:
        path = self._folder / REPORT
        try:
            changed = path.stat().st_mtime_ns
            if self._kept[0] != changed:
                self._kept = changed, _DECODE(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise self._unreadable(error) from error
        return self._kept[1]

    def _unreadable(self, error: Exception) -> StorageError:
        return StorageError(
            "market_unreadable",
            f"the results of surveillance cannot be read: {type(error).__name__}",
            help="the next run writes them anew",
            where=str(self._folder),
        )


def market_of(request: Request[Any, Any, Any]) -> Market:
    """Return the application's market."""
    state = request.app.state
    found: Market | None = state.get("market")
    if found is None:
        service: Service = state.service
        found = state["market"] = Market(service.path)
    return found


async def watched(market: Market) -> WatchReport:
    """Return the last run.

    Raises:
        NotFoundError: `market_not_watched`: there was none.
    """
    report = await market.report()
    if report is None:
        raise NotFoundError("market_not_watched", "surveillance has not run over this book yet")
    return report
