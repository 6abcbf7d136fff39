"""An event alone is answered the same, whether the framework is gone round or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from vermilion.errors import StorageError
from vermilion.web import direct as short_way
from vermilion.web.api import events
from vermilion.web.settings import Limits, ServeSettings

from .desk import Desk, sale, served


def in_parts(content: bytes) -> Iterator[bytes]:
    """Give a body whose length nobody states, which is never answered directly."""
    yield content[:10]
    yield content[10:]


def shown(answer: httpx.Response) -> tuple[Any, ...]:
    """Return what a client sees of an answer."""
    return answer.status_code, sorted(answer.headers.items()), answer.content


def both(desk: Desk, content: bytes, role: Any = "platform", **how: Any) -> list[httpx.Response]:
    """Ask both ways."""
    return [
        desk.ask(role, "POST", "/v1/events", content=one, **how)
        for one in (content, in_parts(content))
    ]


async def asgi(desk: Desk, receive: Any, *roles: Any) -> list[Any]:
    """Ask the application itself with keys of these roles for an event of 900 bytes."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    keys = [(b"authorization", f"Bearer {desk.key(one)}".encode()) for one in roles]
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/v1/events",
        "raw_path": b"/v1/events",
        "query_string": b"",
        "headers": [(b"content-length", b"900"), *keys],
    }
    async with asyncio.timeout(20):
        await desk.client.app(scope, receive, send)
    return sent


BAD = {
    "nothing": b"",
    "no JSON": b"{",
    "a wrong field": json.dumps(sale("x", time="yesterday")).encode(),
    "not ours to submit": json.dumps(sale("x", type="resolution")).encode(),
    "the book's own": json.dumps(sale("x", type="list")).encode(),
    "too deep": b'{"a":' * 100 + b"1" + b"}" * 100,
    "a field that is no text": json.dumps(sale("x", **{"\ud800": 1})).encode(),
}


class TestDirect:
    """Both ways are one."""

    @pytest.mark.parametrize("what", BAD)
    def test_refusals_are_the_same_bytes(self, shared: Desk, what: str) -> None:
        """Status, headers and body do not tell which way an event went."""
        direct, usual = both(shared, BAD[what])
        assert 400 <= direct.status_code < 500
        assert shown(direct) == shown(usual)

    def test_answers_are_the_same_bytes(self, shared: Desk) -> None:
        """What is recorded already is answered alike, and another event under its name refused."""
        event = json.dumps(sale("twice")).encode()
        shared.ask("platform", "POST", "/v1/events", content=event)
        direct, usual = both(shared, event)
        assert (direct.status_code, direct.json()["status"]) == (200, "duplicate")
        assert shown(direct) == shown(usual)
        direct, usual = both(shared, event.replace(b"1000", b"1001"))
        assert direct.status_code == 409
        assert shown(direct) == shown(usual)

    @pytest.mark.parametrize("role", ["auditor", "admin", "sandbox", "officer", "reviewer"])
    def test_only_a_platforms_event_is_taken(self, shared: Desk, role: str) -> None:
        """Whoever else asks hears what they always hear."""
        direct, usual = both(shared, json.dumps(sale("y")).encode(), role)
        assert direct.status_code == (200 if role == "sandbox" else 403)
        assert shown(direct) == shown(usual)

    @pytest.mark.parametrize("value", ["Bearer none", "Basic x", "Bearer", ""])
    def test_who_is_unknown_is_refused(self, shared: Desk, value: str) -> None:
        """A key that opens nothing opens nothing on either way."""
        direct, usual = both(shared, b"{}", headers={"Authorization": value})
        assert direct.status_code == 401
        assert shown(direct) == shown(usual)

    def test_a_source_is_bound_to_its_key(self, shared: Desk) -> None:
        """A platform speaks for its own sources only."""
        direct, usual = both(shared, json.dumps(sale("z")).encode(), sources=("//other",))
        assert (direct.status_code, direct.json()["code"]) == (403, "source_not_yours")
        assert shown(direct) == shown(usual)

    def test_the_limit_counts_both(self, tmp_path: Path) -> None:
        """Neither way asks more often than a key may."""
        with served(tmp_path / "b", ServeSettings(limits=Limits(rate=1))) as desk:
            body = json.dumps(sale("a")).encode()
            answers = [one for _ in range(2) for one in both(desk, body)]
        assert [one.status_code for one in answers] == [200, 200, 429, 429]
        refused = [(one.json(), one.headers["retry-after"]) for one in answers[2:]]
        assert refused[0] == refused[1]

    def test_who_asks_too_often_is_told_before_the_event_is_read(self, tmp_path: Path) -> None:
        """Nobody holds a connection for an event that is refused in any case."""

        async def never() -> Any:
            raise AssertionError("the event was read")

        with served(tmp_path / "b", ServeSettings(limits=Limits(rate=1))) as desk:
            for n in range(2):
                assert desk.submit(sale(str(n))).status_code == 200
            sent = asyncio.run(asgi(desk, never, "platform"))
        assert sent[0]["status"] == 429

    def test_who_goes_away_submits_nothing(self, desk: Desk) -> None:
        """What came of an event before its client left is not judged, and nobody is answered."""
        left = [
            {"type": "http.request", "body": json.dumps(sale("a")).encode(), "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return left.pop(0)

        assert asyncio.run(asgi(desk, receive, "platform")) == []
        assert desk.submit(sale("a")).json()["status"] == "sealed"

    @pytest.mark.parametrize(
        ("roles", "status"), [(("platform", "auditor"), 422), (("auditor", "platform"), 403)]
    )
    def test_of_two_keys_the_first_counts(
        self, shared: Desk, roles: tuple[str, str], status: int
    ) -> None:
        """A second key gives no right that the first has not, and takes none away."""

        async def receive() -> Any:
            return {"type": "http.request", "body": b"{", "more_body": False}

        sent = asyncio.run(asgi(shared, receive, *roles))
        assert sent[0]["status"] == status

    def test_the_log_has_entry_and_failure(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Both ways tell the log which entry was made, and that the desk failed."""
        noted: list[int] = []
        for module in (short_way, events):
            monkeypatch.setattr(module, "note_entry", lambda _, entry: noted.append(entry))
        both(desk, json.dumps(sale("a")).encode())
        assert len(noted) == 2
        assert noted[0] == noted[1]
        service: Any = desk.client.app.state.service  # type: ignore[attr-defined]
        service.failure = StorageError("record_failed", "no space left on device")
        answers = both(desk, json.dumps(sale("b")).encode())
        assert [one.status_code for one in answers] == [503, 503]
        assert [one.message for one in caplog.records].count("failed") == 2

    def test_is_not_the_usual_way(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is asked most does without the framework; both are counted as one route."""

        def broken(_: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr(events, "service_of", broken)
        direct, usual = both(desk, json.dumps(sale("a")).encode())
        assert (direct.status_code, usual.status_code) == (200, 500)
        told = desk.ask("auditor", "GET", "/metrics").text
        for status in (200, 500):
            label = f'method="POST",route="/v1/events",status="{status}"'
            assert f"vermilion_requests_total{{{label}}} 1.0" in told
