"""How handlers reach the book: every call runs between two groups of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from litestar import Request

from vermilion.rulebook import Engine
from vermilion.web.asking import service_of
from vermilion.web.served import Served

T = TypeVar("T")


async def asked(request: Request[Any, Any, Any], call: Callable[[Served], T]) -> T:
    """Return what a short call over the book returns.

    Raises:
        StorageError: the desk cannot answer.
    """
    return await service_of(request).call(call)


class Copies:
    """Engines of the rulebooks in force beside those that judge, so that long thought holds nobody up.

    What is asked of them runs in a thread of its own, one at a time.
    """

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}
        self._one_at_a_time = asyncio.Lock()

    async def ask(
        self, request: Request[Any, Any, Any], call: Callable[[Sequence[Engine]], T]
    ) -> T:
        """Return what a call over the engines of the rulebooks in force returns."""
        judging = await asked(request, lambda served: served.book.active_engines())
        async with self._one_at_a_time:
            self._engines = {
                one.digest: self._engines.get(one.digest) or Engine(one.rulebook, one.profile)
                for one in judging
            }
            return await asyncio.to_thread(call, list(self._engines.values()))


def copies_of(request: Request[Any, Any, Any]) -> Copies:
    """Return the application's copies of engines."""
    state = request.app.state
    found: Copies | None = state.get("console_copies")
    if found is None:
        found = state["console_copies"] = Copies()
    return found
