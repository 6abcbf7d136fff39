"""See how webhooks are delivered, and deal with messages that were parked; changes are recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request

from vermilion.web.access.refusals import NotFoundError
from vermilion.web.recorded import record_change
from vermilion.web.webhooks import Delivered, Parked, Webhooks


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription, and how its messages fare.

    `receiver` is without the path, which may be a secret. `delivered` counts since the start, at
    `delivered_at` the last; of the message that is next `attempts` failed, with `problem` at last.
    What is parked for a name that is not in the settings has no receiver.
    """

    name: str
    receiver: str | None
    kinds: list[str]
    source: str | None
    waiting: int
    parked: int
    delivered: int
    delivered_at: str | None
    attempts: int
    problem: str | None


class ParkedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is not tried any more: since when it was there, how often it failed, and why."""

    number: int
    webhook: str
    id: str
    kind: str
    since: str
    attempts: int
    problem: str | None


def webhooks_of(request: Request[Any, Any, Any]) -> Webhooks:
    """Return the application's webhooks."""
    found: Webhooks = request.app.state.webhooks
    return found


async def endpoints(webhooks: Webhooks) -> list[Endpoint]:
    """Return every subscription, and every name for which something is kept.

    Raises:
        StorageError: `outbox_unusable`.
    """
    counts = await asyncio.to_thread(webhooks.counts)
    failing = {one.subscription: one for one in await asyncio.to_thread(webhooks.outbox.failing)}
    known = {one.name: one for one in webhooks.subscriptions}
    found = []
    for name in [*known, *sorted(counts.keys() - known.keys())]:
        one, tried = known.get(name), failing.get(name)
        waiting, parked = counts.get(name, (0, 0))
        taken = webhooks.delivered.get(name, Delivered())
        found.append(
            Endpoint(
                name=name,
                receiver=None if one is None else one.target.origin,
                kinds=[] if one is None else sorted(one.kinds),
                source=None if one is None else one.source,
                waiting=waiting,
                parked=parked,
                delivered=taken.messages,
                delivered_at=None if taken.last is None else _moment(taken.last),
                attempts=0 if tried is None else tried.attempts,
                problem=None if tried is None else tried.problem,
            )
        )
    return found


async def parked_messages(webhooks: Webhooks, after: int, limit: int) -> list[ParkedMessage]:
    """Return what is parked, oldest first, from a number on.

    Raises:
        StorageError: `outbox_unusable`.
    """
    return _told(await asyncio.to_thread(webhooks.parked, after, limit))


async def resume(request: Request[Any, Any, Any], name: str) -> int:
    """Record and do it: all that is parked for a subscription is tried again; return how much.

    Raises:
        NotFoundError: `unknown_webhook`.
        StorageError: the record or the outbox cannot be written.
    """
    webhooks = webhooks_of(request)
    if name not in {one.name for one in webhooks.subscriptions}:
        raise NotFoundError("unknown_webhook", "the settings have no webhook of that name")
    await record_change(request, "webhook_resumed", name)
    return await asyncio.to_thread(webhooks.resume, name)


async def retry(request: Request[Any, Any, Any], number: int) -> None:
    """Record and do it: a parked message is tried again.

    Raises:
        NotFoundError: `unknown_message`, or `unknown_webhook`: nobody is there to be told.
        StorageError: the record or the outbox cannot be written.
    """
    webhooks = webhooks_of(request)
    found = await _parked(webhooks, number)
    if found.subscription not in {one.name for one in webhooks.subscriptions}:
        raise NotFoundError("unknown_webhook", "the settings have no webhook of that name")
    await record_change(request, "webhook_retried", found.id)
    await asyncio.to_thread(webhooks.retry, number)


async def drop(request: Request[Any, Any, Any], number: int) -> None:
    """Record and do it: a parked message is deleted for good.

    Raises:
        NotFoundError: `unknown_message`.
        StorageError: the record or the outbox cannot be written.
    """
    webhooks = webhooks_of(request)
    found = await _parked(webhooks, number)
    await record_change(request, "webhook_dropped", found.id)
    await asyncio.to_thread(webhooks.give_up, number)


async def _parked(webhooks: Webhooks, number: int) -> Parked:
    known = number < 2**63  # what SQLite can count
    found = await asyncio.to_thread(webhooks.outbox.find_parked, number) if known else None
    if found is None:
        raise NotFoundError("unknown_message", "no such message is parked")
    return found


def _told(found: Sequence[Parked]) -> list[ParkedMessage]:
    return [
        ParkedMessage(
            number=one.number,
            webhook=one.subscription,
            id=one.id,
            kind=one.kind,
            since=_moment(one.since),
            attempts=one.attempts,
            problem=one.problem,
        )
        for one in found
    ]


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).isoformat()
