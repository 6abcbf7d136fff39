"""A client's connection to the desk, which answers an event alone by a short way.

The server makes a task and a scope of each request, and the framework as much again; for the
question that is asked most this costs more than reading and answering it. What is not plainly that
question goes the usual way, and nobody can tell by the answer which way a question went.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from vermilion.intake import MAX_LINE_BYTES
from vermilion.web.console.frame import HEADERS
from vermilion.web.direct import PATH, Answer, Direct, Question
from vermilion.web.logs import REQUEST_ID
from vermilion.web.patience import MOST_CONNECTIONS, Shares, Timed

_URL = PATH.encode()


class Connection(Timed):
    """A connection that asks the desk itself where it can.

    Args:
        direct: answers events alone.
        shares: how many connections one address may have.
        args: as for any connection of the server.
        kwargs: as for any connection of the server.
    """

    def __init__(self, direct: Direct, shares: Shares, *args: Any, **kwargs: Any) -> None:
        super().__init__(shares, *args, **kwargs)
        self._direct = direct

    def on_headers_complete(self) -> None:
        """Begin a request, on the short way if it is an event alone and nothing waits before it."""
        self.head, caller = 0, None
        if self.url == _URL and (self.cycle is None or self.cycle.response_complete):
            caller = self._direct.caller(self._key())
        if caller is None:
            super().on_headers_complete()
            return
        alone: Any = _Alone(self)
        self.cycle = alone
        alone.question = self._direct.begin(caller, alone.answer)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, all of which is held: the length was looked at."""
        self.head = 0
        if isinstance(self.cycle, _Alone):
            self.cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Ask, as soon as all is read."""
        super().on_message_complete()
        if isinstance(self.cycle, _Alone):
            self.cycle.ask()

    def _key(self) -> bytes:
        """Return what is said for authorization; nothing if more or less is asked than an event."""
        parser = self.parser
        if (
            parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or parser.should_upgrade()
            or not parser.should_keep_alive()
            or self.expect_100_continue
            or self.flow.write_paused  # the usual way waits until the client reads
            or len(self.connections) >= MOST_CONNECTIONS
        ):
            return b""
        said = dict(reversed(self.headers))  # of two of a name the first counts
        length = said.get(b"content-length", b"")
        if not (length.isdigit() and len(length) < 10 and int(length) <= MAX_LINE_BYTES):
            return b""
        return said.get(b"authorization", b"")


class _Alone:
    """An event alone, where the server has a request and its response.

    Args:
        connection: asks.
    """

    disconnected = False
    more_body = True
    response_complete = False
    keep_alive = True

    def __init__(self, connection: Connection) -> None:
        self.message_event = self
        self.question: Question | None = None
        self.body = bytearray()
        self._connection = connection

    def set(self) -> None:
        """Hear that something came, which nobody waits for, or that the client went."""
        if self.disconnected and self.more_body and self.question is not None:
            self.question.leave()

    def ask(self) -> None:
        """Ask what was read, unless it was refused before."""
        if self.question is not None and not self.response_complete:
            self.question.ask(bytes(self.body))

    def answer(self, answer: Answer, request: str) -> None:
        """Answer, and let the server go on with what the client asked since."""
        self.response_complete = True
        connection = self._connection
        if connection.transport.is_closing():
            return
        connection.transport.write(written(answer, request, self.keep_alive))
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()


def written(answer: Answer, request: str, keep_alive: bool) -> bytes:
    """Return an answer to the request of an id, as HTTP/1.1."""
    head = _begin(answer.status, answer.media_type, int(time.time()))
    more = "".join(f"{name.lower()}: {value}\r\n" for name, value in answer.headers.items())
    more += "" if keep_alive else "connection: close\r\n"
    size = f"content-length: {len(answer.body)}\r\n"
    return f"{head}{size}{more}{REQUEST_ID}: {request}\r\n\r\n".encode("latin-1") + answer.body


@lru_cache(maxsize=64)
def _begin(status: int, media_type: str, now: int) -> str:
    """Return what all answers of a kind begin with within a second."""
    always = "".join(f"{name.lower()}: {value}\r\n" for name, value in HEADERS.items())
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"date: {formatdate(now, usegmt=True)}\r\ncontent-type: {media_type}\r\n{always}"
    )
