"""Tell of new judgements as they are recorded: server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from litestar import get
from litestar.response import Stream

from vermilion.desk.history import Summary
from vermilion.web.asking import Asked, service_of
from vermilion.web.service import Service

MOST_BEHIND = 1_000
"""Judgements that a slow reader may be behind; older ones are left out. Policy."""

MOST_WATCHERS = 100
"""Readers at once. Policy."""

EVERY = 15.0
"""Seconds after which something is sent though nothing happened, so that no proxy gives up."""

LONGEST = 600.0
"""Seconds after which a stream ends and readers ask again, by the right that they have then. Policy."""


@get("/v1/live", opt={"right": "read"}, summary="Watch judgements")
async def watch(request: Asked) -> Stream:
    """Send each new judgement in short as an event `judgement`, and an event `case` where it is held.

    The id of an event is the judgement's entry. Whoever comes too late finds what was missed at
    `/v1/judgements`.
    """
    service = service_of(request)
    return Stream(
        _told(service),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(service: Service) -> AsyncIterator[bytes]:
    if len(service.watchers) >= MOST_WATCHERS:
        yield b"retry: 60000\n\n"
        return
    watcher: asyncio.Queue[Summary | None] = asyncio.Queue(MOST_BEHIND)
    service.watchers.add(watcher)
    try:
        yield b"retry: 2000\n\n"
        until = asyncio.get_running_loop().time() + LONGEST
        while not service.stopping and asyncio.get_running_loop().time() < until:
            try:
                one = await asyncio.wait_for(watcher.get(), EVERY)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if one is None:
                return
            yield b"".join(_events(one))
    finally:
        service.watchers.discard(watcher)


def _events(one: Summary) -> list[bytes]:
    data = msgspec.json.encode(one)
    told = [b"id: %d\nevent: judgement\ndata: %b\n\n" % (one.entry, data)]
    if one.stage == "proposed" and "review" in one.verdicts.values():
        told.append(b"event: case\ndata: %b\n\n" % data)
    return told
