"""A receiver on this machine that answers by a script, and settings that allow it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from vermilion.web.webhooks import SubscriptionSettings, Telling, WebhookSettings

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
"""Secrets."""

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"
SILENCE = b""
"""Answers as they go over the wire; silence holds the connection open."""


class Heard(NamedTuple):
    """A request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]


class Receiver:
    """Answers requests one after another by a script, whose last answer is repeated."""

    def __init__(self, script: Sequence[bytes | Callable[[], bytes]]) -> None:
        self.script = list(script)
        self.heard: list[Heard] = []
        self.connections = 0
        self.port = 0
        self._more = asyncio.Event()

    async def until(self, count: int) -> list[Heard]:
        """Return what was heard once it is so much."""
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.heard

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.heard.append(Heard(first, headers, body))
                self._more.set()
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                writer.write(answer() if callable(answer) else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(
    *script: bytes | Callable[[], bytes], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    one = Receiver(script or [OK])
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()


def subscription(port: int, **changes: Any) -> SubscriptionSettings:
    """Return the settings of a subscription to a receiver on this machine."""
    usual: dict[str, Any] = {
        "name": "shop",
        "url": f"http://127.0.0.1:{port}/hooks",
        "secrets": ["env:HOOK_SECRET"],
        "kinds": ["event.freed", "event.stopped", "case.opened"],
        "source": "//shop",
    }
    return SubscriptionSettings(**usual | changes)


def settings(*subscriptions: SubscriptionSettings, **changes: Any) -> WebhookSettings:
    """Return settings that allow receivers on this machine."""
    ports = [int(one.url.split(":")[2].split("/")[0]) for one in subscriptions]
    usual = {"ports": ports, "allowed_addresses": ["127.0.0.1"]}
    return WebhookSettings(subscriptions=list(subscriptions), **usual | changes)


def telling(number: int, *, source: str | None = "//shop", **changes: Any) -> Telling:
    """Return something to tell."""
    usual: dict[str, Any] = {
        "kind": "event.stopped",
        "key": f"k{number}",
        "at": "2026-03-10T04:00:00+00:00",
        "source": source,
        "data": {"event": {"source": source, "id": f"p{number}"}},
    }
    return Telling(**usual | changes)
