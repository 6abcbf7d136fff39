"""Nobody holds a connection, or memory, for longer or more than they use it."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from vermilion.web import connection, patience, server
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
