"""A desk on this machine that plays faults, and both clients behind one way of asking."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from desk.samples import received, sale
from vermilion.client import AsyncClient, Client
from vermilion.web.sandbox import sandbox_answer

KEY = "vk_test"
PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"


class Seen(NamedTuple):
    """A request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


Play = Callable[[Seen, socket.socket], bool]
"""Answers a request; returns whether the connection goes on."""


def reply(
    status: int,
    body: bytes | Any,
    media_type: str = "application/json",
    *,
    short: int = 0,
    **headers: str,
) -> Play:
    """Answer with a body; with `short` so many bytes of it are announced and never come."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def play(_: Seen, connection: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {media_type}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"content-length: {len(content)}", "", ""]
        connection.sendall("\r\n".join(lines).encode() + content[: len(content) - short])
        return not short

    return play


def problem(status: int, code: str, **more: Any) -> Play:
    """Answer with a problem."""
    said = {"title": "T", "status": status, "code": code, "detail": f"it is {code}"} | more
    headers = {"retry_after": "0"} if status in {429, 503} else {}
    return reply(status, said, PROBLEM, **headers)


def drop(_: Seen, connection: socket.socket) -> bool:
    """Close the connection without an answer."""
    return False


def silence(_: Seen, connection: socket.socket) -> bool:
    """Say nothing until the other side gives up."""
    connection.settimeout(20)
    connection.recv(1)
    return False


def judged(seen: Seen, connection: socket.socket) -> bool:
    """Answer one event as the sandbox does."""
    status, body = sandbox_answer(received(json.loads(seen.body)))
    media_type = "application/json" if status == 200 else PROBLEM
    return reply(status, body, media_type, retry_after="0")(seen, connection)


def lines_of(body: bytes, first: int = 1) -> list[bytes]:
    """Return the lines that answer lines of events; an id that begins with `bad` is rejected."""
    found = []
    for number, line in enumerate(body.splitlines(), first):
        plain = json.loads(line)
        if plain["id"].startswith("bad"):
            said = {"code": "bad", "reason": "it is bad", "remedy": "mend it", "field": "id"}
            found.append(b'{"line":%d,"rejected":%b}\n' % (number, json.dumps(said).encode()))
        else:
            found.append(
                b'{"line":%d,"judged":%b}\n' % (number, sandbox_answer(received(plain))[1])
            )
    return found


def streamed(seen: Seen, connection: socket.socket) -> bool:
    """Answer lines of events."""
    return reply(200, b"".join(lines_of(seen.body)), NDJSON)(seen, connection)


def cut(lines: int, chars: int = 0) -> Play:
    """Answer some lines of events and so many bytes of the next, and break off."""

    def play(seen: Seen, connection: socket.socket) -> bool:
        found = lines_of(seen.body)
        body = b"".join(found)
        sent = len(b"".join(found[:lines])) + chars
        return reply(200, body, NDJSON, short=len(body) - sent)(seen, connection)

    return play


class FaultyDesk:
    """Answers requests one after another by a script, whose last play is repeated."""

    def __init__(self, script: Sequence[Play]) -> None:
        self.script = list(script)
        self.seen: list[Seen] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            try:
                while (first := reader.readline().decode().strip()) and self._one(
                    first, reader, connection
                ):
                    pass
            except OSError:
                return

    def _one(self, first: str, reader: Any, connection: socket.socket) -> bool:
        headers = {}
        while line := reader.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        body = reader.read(int(headers.get("content-length", 0)))
        with self._lock:
            seen = Seen(first, headers, body)
            self.seen.append(seen)
            play = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return play(seen, connection)

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@contextmanager
def desk_playing(*script: Play) -> Iterator[FaultyDesk]:
    """Run a desk that plays a script."""
    desk = FaultyDesk(script)
    try:
        yield desk
    finally:
        desk.close()


class Asker:
    """Asks through one of the clients, so that a test says of both what it says."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def ask(self, url: str, method: str, *given: Any, settings: Any = None, **named: Any) -> Any:
        """Call a method of a new client; of one that gives many things return the list."""
        found: list[Any] = []
        return self.collect(found, url, method, *given, settings=settings, **named)

    def collect(
        self,
        found: list[Any],
        url: str,
        method: str,
        *given: Any,
        settings: Any = None,
        **named: Any,
    ) -> Any:
        """As `ask`; what is given before an error lies in `found`."""
        settings = {"seconds": 5.0} | (settings or {})
        if self.kind == "async":
            return asyncio.run(_ask(found, url, method, given, named, settings))
        with Client(url, KEY, **settings) as client:
            answer = getattr(client, method)(*given, **named)
            if not hasattr(answer, "__next__"):
                return answer
            _extend(found, answer)
            return found


def _extend(found: list[Any], answer: Iterator[Any]) -> None:
    for one in answer:
        found.append(one)  # noqa: PERF402  # what was given before an error is kept


async def _ask(
    found: list[Any], url: str, method: str, given: Any, named: Any, settings: Any
) -> Any:
    async with AsyncClient(url, KEY, **settings) as client:
        answer = getattr(client, method)(*given, **named)
        if not hasattr(answer, "__anext__"):
            return await answer
        async for one in answer:
            found.append(one)  # noqa: PERF401  # what was given before an error is kept
        return found


def proposal(id: str, **data: Any) -> dict[str, Any]:
    """Return a proposed sale."""
    return sale(id, **({"stage": "proposed", "price": {"amount": 1, "currency": "CNY"}} | data))
