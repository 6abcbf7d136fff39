"""Let go of clients that take too long to send what they ask, or to read what they are answered.

And let nobody have so many connections that there are none for others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sized
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vermilion.web.access.throttle import network

SLOWEST = 1_000
"""Bytes a second that a request of any size may come at, after the time every request has. Policy."""

MOST_CONNECTIONS = 1_000
"""Connections that are answered at a time; who comes on top of them hears 503. Policy."""


MOST_HEAD = 65_536
"""Bytes without a part of a body: a request's head, or what follows its body. Policy."""

MOST_HEADERS = 100
"""Headers of a request, with those that follow its body. Policy."""

KEEP_ALIVE = 75
"""Seconds that a connection is kept on which nothing is asked. Policy."""


_CROWDED = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"retry-after: 1\r\nconnection: close\r\ncontent-length: 40\r\n\r\n"
    b"too many connections from this address.\n"
)


class Shares:
    """How many connections one address may have; proxies bring those of others, and have no bound.

    Args:
        most: how many.
        proxies: addresses of proxies.
    """

    def __init__(self, most: int, proxies: Iterable[str]) -> None:
        self._most = most
        self._proxies = frozenset(map(network, proxies))
        self.refused = 0
        """Connections that were refused so far."""

    def refuse(self, place: str, connections: Iterable[Any]) -> bool:
        """Tell whether a place that has just connected has too many; count it where it does."""
        if not place or place in self._proxies:
            return False
        if sum(getattr(one, "place", "") == place for one in connections) <= self._most:
            return False
        self.refused += 1
        return True


class _Pace(FlowControl):
    """Reads on only where nothing that was read waits: else one client could fill the memory."""

    def __init__(self, transport: Any, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class Timed(HttpToolsProtocol):
    """A connection that knows since when it waits for its client, and keeps no endless head."""

    def __init__(self, shares: Shares, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shares = shares
        self.place = ""
        """The address that it comes from, or the network of one of IPv6; empty for none."""
        self._since = 0.0
        self._reading = True
        self._received = 0
        self.head = 0
        """Bytes that came since a request began, or since a part of its body came."""

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request; let it go where the address has too many."""
        super().connection_made(transport)
        self.flow = _Pace(transport, self.pipeline)
        self._since = time.monotonic()
        self.place = network(self.client[0]) if self.client else ""
        if self._shares.refuse(self.place, self.connections):
            transport.write(_CROWDED)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Count what came of the request; refuse it where its head does not end."""
        self._received += len(data)
        self.head += len(data)
        super().data_received(data)
        if self.head > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Wait for the rest of a request."""
        super().on_message_begin()
        self._since, self._reading, self._received, self.head = time.monotonic(), True, 0, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, of which there may be many, but not any number."""
        if len(self.headers) >= MOST_HEADERS:
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_message_complete(self) -> None:
        """Wait for the client no more: it waits for us."""
        super().on_message_complete()
        self._reading = False

    def on_response_complete(self) -> None:
        """Wait until the answer is read."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self.flow.resume_reading()
        self._since = time.monotonic()

    def late(self, patience: float) -> bool:
        """Tell whether the client took longer than it may, in seconds, and a bit for what it sent.

        What comes after an answer and begins no request ends the server's own watch for silence.
        """
        waited = time.monotonic() - self._since
        if self._reading:
            return waited > patience + self._received / SLOWEST
        if self.transport.get_write_buffer_size() > 0:
            return waited > patience
        return self.cycle.response_complete and waited > patience + KEEP_ALIVE


def let_go(connections: Iterable[Any], patience: float) -> int:
    """Cut the connections whose clients are late; return how many."""
    late = [one for one in connections if isinstance(one, Timed) and one.late(patience)]
    for one in late:
        one.transport.abort()
    return len(late)
