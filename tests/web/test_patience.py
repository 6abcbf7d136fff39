"""Nobody holds a connection, or memory, for longer or more than they use it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vermilion.web import connection, patience, server
from vermilion.web.access.throttle import network
from vermilion.web.patience import Shares
from vermilion.web.settings import Limits, ServeSettings

from .api.desk import listening
from .api.test_direct import answers, event, plug, request

MISSING = b"GET /v1/missing HTTP/1.1\r\nHost: x\r\n"
REFUSED = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("asked", "after"),
    [(MISSING + b"\r\n", b""), (MISSING + b"\r\n", b"\r\n"), (REFUSED, b"{}")],
    ids=["nothing", "an empty line", "the body of what was refused"],
)
def test_who_asks_no_more_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bytes, after: bytes
) -> None:
    """A connection ends when nothing is asked on it any more, whatever came after the answer."""
    for module in (patience, server):
        monkeypatch.setattr(module, "KEEP_ALIVE", 1)
    settings = ServeSettings(limits=Limits(patience=1))
    with listening(tmp_path / "b", settings) as desk, plug(desk) as one:
        one.sendall(asked)
        assert answers(one, 1)
        one.sendall(after)
        with suppress(ConnectionResetError):
            assert one.recv(1) == b""


def test_what_waits_for_an_answer_is_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of requests that are sent without waiting for answers only so many are read beforehand."""
    waiting = [0]

    def counted(self: Any) -> None:
        waiting.append(len(self.pipeline))
        patience.Timed.on_response_complete(self)

    monkeypatch.setattr(connection.Connection, "on_response_complete", counted, raising=False)
    asked = MISSING + b"X: " + b"x" * 10_000 + b"\r\n\r\n"
    with listening(tmp_path / "b") as desk, plug(desk) as one:
        sender = threading.Thread(target=one.sendall, args=(asked * 300,))
        sender.start()
        assert len(answers(one, 300)) == 300
        sender.join()
    assert max(waiting) < 60


def test_who_reads_no_answer_gets_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event is not answered before its client has room for what was answered already."""
    made: list[Any] = []

    def noted(self: Any, transport: Any) -> None:
        patience.Timed.connection_made(self, transport)
        made.append(self)

    monkeypatch.setattr(connection.Connection, "connection_made", noted, raising=False)
    with listening(tmp_path / "b") as desk, plug(desk) as one:
        one.sendall(request(desk, event("a")))
        assert answers(one, 1)[0][0] == 200
        ((loop, flow),) = [(one.loop, one.flow) for one in made]
        flow.pause_writing()
        one.sendall(request(desk, event("b")))
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.recv(1)
        loop.call_soon_threadsafe(flow.resume_writing)
        one.settimeout(20)
        assert answers(one, 1)[0][0] == 200


BEGUN = b"POST /v1/events/stream HTTP/1.1\r\nHost: x\r\n"
TRAILING = BEGUN + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"


@pytest.mark.parametrize(
    ("begun", "part"),
    [
        (b"GET /", b"a" * 1_000),
        (BEGUN + b"X: ", b"a" * 1_000),
        (BEGUN, b"X: a\r\n"),
        (TRAILING, b"X: a\r\n"),
        (TRAILING + b"X: ", b"a" * 1_000),
        (b"", b"\r\n"),
    ],
    ids=["address", "header", "headers", "trailers", "trailer", "empty lines"],
)
def test_a_head_without_an_end_is_refused(tmp_path: Path, begun: bytes, part: bytes) -> None:
    """Nobody fills the memory with what comes before a request's body, or after it."""
    with listening(tmp_path / "b") as desk, plug(desk) as one:
        one.sendall(begun)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            one.sendall(part * (2**27 // len(part)))
        assert desk.client.get("/health/live").status_code == 200


def test_a_large_body_is_no_head(tmp_path: Path) -> None:
    """A body of any size may come in pieces, on the short way too."""
    padding = b" " * 500_000
    with listening(tmp_path / "b") as desk, plug(desk) as one:
        one.sendall(request(desk, event("a") + padding))
        assert answers(one, 1)[0][0] == 200


def test_nobody_has_all_connections(tmp_path: Path) -> None:
    """One more than an address may have is refused; when one of them ends, there is room again."""
    with listening(tmp_path / "b", ServeSettings(limits=Limits(connections=2))) as desk:
        with plug(desk) as one, plug(desk) as other:
            for held in (one, other):
                held.sendall(MISSING + b"\r\n")
                assert answers(held, 1)[0][0] == 401
            with plug(desk) as third:
                assert third.recv(2**16).startswith(b"HTTP/1.1 503 ")
                assert third.recv(1) == b""
            other.sendall(MISSING + b"\r\n")
            assert answers(other, 1)[0][0] == 401
        until = time.monotonic() + 20
        while desk.client.get("/health/live").status_code != 200:
            assert time.monotonic() < until


def test_a_proxy_brings_the_connections_of_many(tmp_path: Path) -> None:
    """The bound is for one address; behind a proxy that was named everybody would share it."""
    settings = ServeSettings(limits=Limits(connections=1), proxies=["127.0.0.1"])
    with listening(tmp_path / "b", settings) as desk, plug(desk) as one, plug(desk) as other:
        for held in (one, other):
            held.sendall(MISSING + b"\r\n")
            assert answers(held, 1)[0][0] == 401


@pytest.mark.parametrize(
    ("address", "refused"),
    [("2001:db8::1:2", True), ("2001:db8:0:1::1", False), ("::ffff:192.0.2.1", True)],
)
def test_whoever_has_a_network_counts_once(address: str, refused: bool) -> None:
    """Of IPv6 the /64 counts, of which anybody has one; an IPv4 address is one however it is written."""
    there = [SimpleNamespace(place=network(one)) for one in ("2001:db8::1", "192.0.2.1", address)]
    assert Shares(1, []).refuse(network(address), there) is refused
