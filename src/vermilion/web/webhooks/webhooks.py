"""Tell receivers what became of their events: at least once, and in order for each of them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from vermilion.errors import StorageError
from vermilion.web.going import kept_going
from vermilion.web.webhooks.outbox import CaseTold, Count, Message, Outbox, Parked, Queued
from vermilion.web.webhooks.sending import Sender
from vermilion.web.webhooks.settings import (
    Checked,
    Kind,
    Subscription,
    WebhookSettings,
    check_settings,
)
from vermilion.web.webhooks.signing import headers

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3_600.0
"""Seconds before the second attempt, doubled from there up to the longest. Policy."""

PARKED_AFTER = 86_400.0
"""Seconds after which an attempt that fails is a message's last one. Policy."""

T = TypeVar("T")
_LOG = logging.getLogger("vermilion.webhooks")
_ENCODE = msgspec.json.Encoder().encode


class Telling(NamedTuple):
    """Something to be told, of the events of a source.

    `key` makes it the same message whenever it is told again; `at` is when it came about, in ISO
    8601. No free text of people belongs into `data`.
    """

    kind: Kind
    key: str
    at: str
    source: str | None
    data: Any


class Delivered(NamedTuple):
    """How many messages of a subscription were taken since the start, and when the last one was."""

    messages: int = 0
    last: float | None = None


class Webhooks:
    """Keeps what is to be told in `outbox.db` of a book, and delivers it.

    Args:
        book: the folder.
        settings: who is told.
        sender: what sends a message; made from the settings by default.
        now: epoch seconds.
        pause: waits.

    Raises:
        RulebookError: `bad_webhook`: a setting is wrong.
        StorageError: `outbox_unusable`.
    """

    def __init__(
        self,
        book: Path,
        settings: WebhookSettings,
        *,
        sender: Sender | None = None,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        checked: Checked = check_settings(settings)
        self.subscriptions: Sequence[Subscription] = checked.subscriptions
        self._sender = sender or Sender(checked.allowed)
        self._now, self._pause = now, pause
        self.outbox = Outbox(book / "outbox.db")
        self.outbox.park_others([one.name for one in self.subscriptions])
        self.delivered: dict[str, Delivered] = {}
        """By subscription; of what was delivered nothing else is kept."""
        self._bells: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        # One thread of its own: a commit waits for the disk, and must not hold up other requests.
        self._thread = ThreadPoolExecutor(1, "webhooks")

    def tell(self, telling: Telling) -> None:
        """Have one thing told; durable on return.

        Raises:
            StorageError: `outbox_unusable`.
        """
        self.tell_all([telling])

    def tell_all(
        self,
        tellings: Sequence[Telling],
        told: int | None = None,
        cases: Sequence[CaseTold] = (),
    ) -> None:
        """Have things told to whoever wants them, all or none; durable on return.

        Args:
            tellings: in the order in which they came about.
            told: entries of the record that have been told of with them.
            cases: that are told with them.

        Raises:
            StorageError: `outbox_unusable`.
        """
        queued = [
            Queued(subscription.name, _id(one), one.kind, _body(one))
            for one in tellings
            for subscription in self.subscriptions
            if subscription.wants(one.kind, one.source)
        ]
        if queued or told is not None or cases:
            self.outbox.put(queued, self._now(), told, cases)
            self._ring({one.subscription for one in queued})

    def parked(self, after: int = 0, limit: int = 100) -> list[Parked]:
        """Return what is not tried any more, oldest first."""
        return self.outbox.parked(after, limit)

    def resume(self, subscription: str) -> int:
        """Try what is parked for a subscription again, before what waits; return how much it is."""
        resumed = self.outbox.resume(subscription, self._now())
        self._ring({subscription})
        return resumed

    def retry(self, number: int) -> Parked | None:
        """Try one parked message again; return which it was, None where it is not parked."""
        found = self.outbox.find_parked(number)
        if found is not None:
            self.outbox.retry(number, self._now())
            self._ring({found.subscription})
        return found

    def give_up(self, number: int) -> None:
        """Delete a parked message by its number, for good."""
        self.outbox.remove_parked(number)

    def counts(self) -> dict[str, Count]:
        """Return how much waits and is parked, by subscription."""
        return self.outbox.counts()

    async def run(self) -> None:
        """Deliver for ever; cancel it to stop. Whatever was not delivered stays in the outbox."""
        self._loop = asyncio.get_running_loop()
        self._bells = {one.name: asyncio.Event() for one in self.subscriptions}
        try:
            async with asyncio.TaskGroup() as group:
                for subscription in self.subscriptions:
                    group.create_task(kept_going(partial(self._deliver_all, subscription)))
        finally:
            self._loop = None
            await self._sender.close()

    def close(self) -> None:
        """Close the outbox, after `run` has ended."""
        self._thread.shutdown()
        self.outbox.close()

    async def _deliver_all(self, subscription: Subscription) -> None:
        bell = self._bells[subscription.name]
        while True:
            # Cleared before the outbox is asked, so that nothing told in between is overlooked.
            bell.clear()
            try:
                message = await self._there(lambda: self.outbox.first(subscription.name))
                if message is None:
                    await bell.wait()
                else:
                    await self._deliver(subscription, message)
            except StorageError as error:
                _LOG.error("webhook %s: %s", subscription.name, error.message)
                await self._pause(FIRST_PAUSE)

    async def _deliver(self, subscription: Subscription, message: Message) -> None:
        """Try a message once; wait after a failure, so that nothing behind it gets before it."""
        signed = headers(message.id, int(self._now()), message.body, subscription.secrets)
        problem = await self._sender.send(subscription.target, signed, message.body)
        if problem is None:
            await self._there(lambda: self.outbox.remove(message.number))
            before = self.delivered.get(subscription.name, Delivered())
            self.delivered[subscription.name] = Delivered(before.messages + 1, self._now())
            return
        park = self._now() >= message.since + PARKED_AFTER
        await self._there(lambda: self.outbox.failed(message.number, problem, park=park))
        _LOG.warning(
            "webhook %s: %s %s: %s",
            subscription.name,
            message.id,
            "parked" if park else "failed",
            problem,
        )
        if not park:
            await self._pause(pause_after(message.attempts))

    async def _there(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _ring(self, names: set[str]) -> None:
        loop = self._loop
        if loop is None:
            return
        for name in names & self._bells.keys():
            try:
                loop.call_soon_threadsafe(self._bells[name].set)
            except RuntimeError:  # The loop has ended; the next process delivers.
                return


def pause_after(attempts: int) -> float:
    """Return how long to wait in seconds after so many earlier failures: longer, and scattered."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # scatters receivers, guards nothing


def _id(telling: Telling) -> str:
    named = f"{telling.kind}\0{telling.key}".encode()
    return f"msg_{hashlib.sha256(named).hexdigest()[:32]}"


def _body(telling: Telling) -> bytes:
    return _ENCODE({"type": telling.kind, "timestamp": telling.at, "data": telling.data})
