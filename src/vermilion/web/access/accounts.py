"""What the routes of an application need to know about who may do what."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from litestar.connection import ASGIConnection

from vermilion.errors import Error
from vermilion.web.access.database import Change
from vermilion.web.access.oidc import Oidc
from vermilion.web.access.store import Access
from vermilion.web.access.throttle import AT_ONCE

FOLLOW_EVERY = 5.0
"""Seconds until a change that another process made is told. Policy."""

T = TypeVar("T")

Changed = Callable[[Change], Awaitable[None]]
"""Brings a change into the record; it is forgotten when this returns, and told again otherwise."""


class Accounts:
    """Who may ask, how each change reaches the record, and how people sign in.

    Args:
        access: keys, people and sessions.
        changed: brings a change into the record.
        oidc: lets people in whom an identity provider knows; None where there is none.
    """

    def __init__(self, access: Access, changed: Changed, oidc: Oidc | None = None) -> None:
        self.access = access
        self.oidc = oidc
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()
        # Passwords take half a second each: whoever waits for one keeps no other work waiting.
        self._threads = ThreadPoolExecutor(2 * AT_ONCE, "passwords")

    async def beside(self, call: Callable[..., T], *arguments: object) -> T:
        """Run what may take half a second in a thread, and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    async def tell(self) -> None:
        """Bring all changes into the record that are not there yet, those of other processes too.

        A change is kept with what it changes, in one transaction, so that none is lost; one whose
        telling was interrupted is told again.

        Raises:
            Error: whatever keeps the record from being written.
        """
        async with self._one_at_a_time:
            for change in self.access.changes():
                await self._changed(change)
                self.access.recorded(change)

    async def follow(self) -> None:
        """Tell what other processes change, until cancelled; a failure is tried again."""
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            with contextlib.suppress(Error):
                await self.tell()


def accounts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Accounts:
    """Return the accounts of the application that serves a request."""
    found: Accounts = connection.app.state["accounts"]
    return found
