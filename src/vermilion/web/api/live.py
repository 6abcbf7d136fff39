"""Tell of new judgements as they are recorded: server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

import msgspec
from litestar import get
from litestar.response import Stream

from vermilion.desk.history import Summary
from vermilion.web.access.caller import Caller
from vermilion.web.access.rights import Right
from vermilion.web.asking import Asked, service_of
from vermilion.web.service import Service

MOST_BEHIND = 1_000
"""Judgements that a slow reader may be behind; older ones are left out. Policy."""

MOST_WATCHERS = 100
"""Readers at once. Policy."""

EVERY = 15.0
"""Seconds after which something is sent though nothing happened, so that no proxy gives up."""

RIGHT: Right = "read"
"""What whoever watches must have the right to, and for as long."""

TRUSTED = 1.0
"""Seconds for which it is believed who a reader is; a revoked key hears nothing after. Policy."""

LONGEST = 600.0
"""Seconds after which a stream ends and readers ask again. Policy."""


@get("/v1/live", opt={"right": RIGHT}, summary="Watch judgements")
async def watch(request: Asked) -> Stream:
    """Send each new judgement in short as an event `judgement`, and an event `case` where it is held.

    The id of an event is the judgement's entry. Whoever comes too late finds what was missed at
    `/v1/judgements`. It ends when the key is revoked, or the session ends.
    """
    service = service_of(request)
    return Stream(
        _told(service, partial(_may_watch, request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _may_watch(request: Asked) -> bool:
    caller: Caller | None = request.scope["state"]["caller_now"]()
    return caller is not None and caller.may(RIGHT)


async def _told(service: Service, allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
    if len(service.watchers) >= MOST_WATCHERS:
        yield b"retry: 60000\n\n"
        return
    watcher: asyncio.Queue[Summary | None] = asyncio.Queue(MOST_BEHIND)
    service.watchers.add(watcher)
    try:
        yield b"retry: 2000\n\n"
        clock = asyncio.get_running_loop().time
        known = clock()
        until = known + LONGEST
        while not service.stopping and clock() < until:
            told = b": still here\n\n"
            with suppress(TimeoutError):
                one = await asyncio.wait_for(watcher.get(), EVERY)
                if one is None:
                    return
                told = b"".join(_events(one))
            if clock() >= known + TRUSTED:
                if not allowed():
                    return
                known = clock()
            yield told
    finally:
        service.watchers.discard(watcher)


def _events(one: Summary) -> list[bytes]:
    data = msgspec.json.encode(one)
    told = [b"id: %d\nevent: judgement\ndata: %b\n\n" % (one.entry, data)]
    if one.stage == "proposed" and "review" in one.verdicts.values():
        told.append(b"event: case\ndata: %b\n\n" % data)
    return told
