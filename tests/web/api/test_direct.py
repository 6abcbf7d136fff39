"""An event alone is answered the same, whether the framework is gone round or not."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vermilion.errors import StorageError
from vermilion.web import connection, server
from vermilion.web.api import events
from vermilion.web.logs import REQUEST_ID
from vermilion.web.settings import Limits, ServeSettings

from .desk import Desk, listening, sale


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve a book of its own at a port."""
    with listening(tmp_path / "book") as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve one book at a port for a module's tests."""
    with listening(tmp_path_factory.mktemp("shared") / "book") as found:
        yield found


def in_parts(content: bytes) -> Iterator[bytes]:
    """Give a body whose length nobody states, which is never answered directly."""
    yield content[:10]
    yield content[10:]


def shown(answer: httpx.Response) -> tuple[Any, ...]:
    """Return what a client sees of an answer, but for what differs between any two."""
    kept = [one for one in answer.headers.items() if one[0] not in {"date", REQUEST_ID}]
    assert len(kept) == len(answer.headers) - 2
    return answer.status_code, sorted(kept), answer.content


def both(desk: Desk, content: bytes, role: Any = "platform", **how: Any) -> list[httpx.Response]:
    """Ask both ways."""
    return [
        desk.ask(role, "POST", "/v1/events", content=one, **how)
        for one in (content, in_parts(content))
    ]


@contextmanager
def plug(desk: Desk) -> Iterator[socket.socket]:
    """Connect to a desk."""
    url = desk.client.base_url
    with socket.create_connection((url.host, url.port), timeout=20) as found:
        yield found


def request(desk: Desk, body: bytes, *more: str, roles: tuple[Any, ...] = ("platform",)) -> bytes:
    """Return the bytes of a request with an event, and with keys of these roles."""
    keys = [f"Authorization: Bearer {desk.key(one)}" for one in roles]
    lines = ["POST /v1/events HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *keys, *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(one: socket.socket, count: int) -> list[tuple[int, dict[str, Any]]]:
    """Read so many answers off a connection: status and content."""
    found: list[tuple[int, dict[str, Any]]] = []
    data = b""
    while len(found) < count:
        while b"\r\n\r\n" not in data:
            data += _more(one)
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = int(next(one for one in lines if one.startswith("content-length")).split(":")[1])
        while len(data) < length:
            data += _more(one)
        found.append((int(lines[0].split()[1]), json.loads(data[:length])))
        data = data[length:]
    assert data == b""
    return found


def _more(one: socket.socket) -> bytes:
    data = one.recv(65_536)
    assert data, "the desk hung up"
    return data


def event(id: str, **changes: Any) -> bytes:
    """Return a sale as it is sent."""
    return json.dumps(sale(id, **changes)).encode()


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
        with listening(tmp_path / "b", ServeSettings(limits=Limits(rate=1))) as desk:
            found = [one for _ in range(2) for one in both(desk, event("a"))]
        assert [one.status_code for one in found] == [200, 200, 429, 429]
        refused = [(one.json(), one.headers["retry-after"]) for one in found[2:]]
        assert refused[0] == refused[1]

    def test_who_asks_too_often_is_told_before_the_event_is_read(self, tmp_path: Path) -> None:
        """Nobody holds a connection for an event that is refused in any case."""
        with listening(tmp_path / "b", ServeSettings(limits=Limits(rate=1))) as desk:
            for n in range(2):
                assert desk.submit(sale(str(n))).status_code == 200
            with plug(desk) as one:
                one.sendall(request(desk, event("a"))[:-10])
                assert answers(one, 1)[0][0] == 429

    def test_who_goes_away_submits_nothing(self, desk: Desk) -> None:
        """What came of an event before its client left is not judged, and nobody is answered."""
        with plug(desk) as one:
            one.sendall(request(desk, event("a"))[:-10])
        with plug(desk) as one:
            one.sendall(request(desk, event("b")))
            assert answers(one, 1)[0][1]["status"] == "sealed"
        assert desk.submit(sale("a")).json()["status"] == "sealed"

    @pytest.mark.parametrize("more", [(), ("Connection: close",)], ids=["direct", "usual"])
    def test_who_goes_away_is_no_failure_of_ours(
        self, desk: Desk, caplog: pytest.LogCaptureFixture, more: tuple[str, ...]
    ) -> None:
        """A client that leaves in the middle of a request wakes nobody, and counts as no failure."""
        with caplog.at_level("INFO", "vermilion"):
            with plug(desk) as one:
                one.sendall(request(desk, event("a"), *more)[:-10])
            for _ in range(200):
                said = [vars(one)["fields"] for one in caplog.records if one.message == "request"]
                if said:
                    break
                time.sleep(0.05)
        assert [(one["route"], one["status"]) for one in said] == [("/v1/events", None)]
        assert {one.levelname for one in caplog.records} == {"INFO"}
        told = desk.ask("auditor", "GET", "/metrics").text
        assert 'route="/v1/events",status="499"' in told
        assert 'status="5' not in told

    def test_who_goes_away_later_has_submitted(self, desk: Desk) -> None:
        """An event that was read whole is judged, whoever waits for the answer."""
        for n in range(20):
            with plug(desk) as one:
                one.sendall(request(desk, event(str(n))))
        found = {desk.submit(sale(str(n))).json()["status"] for n in range(20)}
        assert found == {"duplicate"}

    @pytest.mark.parametrize(
        ("roles", "status"), [(("platform", "auditor"), 422), (("auditor", "platform"), 403)]
    )
    def test_of_two_keys_the_first_counts(
        self, shared: Desk, roles: tuple[str, str], status: int
    ) -> None:
        """A second key gives no right that the first has not, and takes none away."""
        with plug(shared) as one:
            one.sendall(request(shared, b"{", roles=roles))
            assert answers(one, 1)[0][0] == status

    def test_the_log_has_entry_and_failure(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Both ways tell the log which entry was made, by whom, and that the desk failed."""
        with caplog.at_level("INFO", "vermilion"):
            direct, usual = both(desk, event("a"))
            desk.app.state.service.failure = StorageError(
                "record_failed", "no space left on device"
            )
            refused = both(desk, event("b"))
        assert [one.status_code for one in refused] == [503, 503]
        said = [one for one in caplog.records if one.message == "request"]
        lines: list[Any] = [vars(one)["fields"] for one in said]
        assert [one.pop("request") for one in lines] == [
            one.headers[REQUEST_ID] for one in (direct, usual, *refused)
        ]
        assert all(one.pop("ms") > 0 for one in lines)
        assert lines[0] == lines[1]
        assert lines[2] == lines[3]
        assert (lines[0]["entry"], lines[2]["entry"]) == (direct.json()["entry"], None)
        assert [one.message for one in caplog.records].count("failed") == 2

    def test_is_not_the_usual_way(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is asked most does without the framework; both are counted as one route."""

        def broken(_: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr(events, "service_of", broken)
        direct, usual = both(desk, event("a"))
        assert (direct.status_code, usual.status_code) == (200, 500)
        told = desk.ask("auditor", "GET", "/metrics").text
        for status in (200, 500):
            label = f'method="POST",route="/v1/events",status="{status}"'
            assert f"vermilion_requests_total{{{label}}} 1.0" in told


class TestConnection:
    """Whatever a client sends on one connection, it is answered in order."""

    def test_answers_come_in_order(self, desk: Desk) -> None:
        """Requests that are sent without waiting are answered in their order, whichever way they go."""
        usual = request(desk, event("1"), "Expect: nothing", "Connection: upgrade, keep-alive")
        key = f"Host: x\r\nAuthorization: Bearer {desk.key('platform')}\r\n\r\n"
        asked = [
            request(desk, event("0")),
            usual,
            f"GET /v1/events/0 HTTP/1.1\r\n{key}".encode(),
            request(desk, event("2")),
            request(desk, b"{"),
            request(desk, event("3")),
        ]
        with plug(desk) as one:
            one.sendall(b"".join(asked))
            found = answers(one, len(asked))
        assert [status for status, _ in found] == [200, 200, 404, 200, 422, 200]
        ids = [said["event"]["id"] for status, said in found if status == 200]
        assert ids == ["0", "1", "2", "3"]

    def test_a_wish_for_another_protocol_is_not_heard(self, desk: Desk) -> None:
        """Who asks for a web socket behind an event hears of each once, as of any other address."""
        wish = (
            b"GET /v1/x HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        with plug(desk) as one:
            one.sendall(request(desk, event("a")) + wish)
            assert [status for status, _ in answers(one, 2)] == [200, 404]

    def test_an_event_may_come_byte_by_byte(self, desk: Desk) -> None:
        """Where a client cuts its request does not matter."""
        whole = request(desk, event("a"))
        with plug(desk) as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(whole)):
                one.sendall(whole[at : at + 1])
            assert answers(one, 1)[0][1]["status"] == "sealed"

    def test_a_large_event_is_read_whole(self, desk: Desk) -> None:
        """An event of almost the longest length goes the short way as well."""
        body = event("a", data={"note": "x" * 900_000})
        with plug(desk) as one:
            one.sendall(request(desk, body))
            assert answers(one, 1)[0][0] in {200, 422}

    @pytest.mark.parametrize(
        ("line", "hangs_up"), [("Connection: close", True), ("Connection: keep-alive", False)]
    )
    def test_a_connection_lasts_as_long_as_its_client_wants(
        self, desk: Desk, line: str, hangs_up: bool
    ) -> None:
        """It is closed after the answer exactly where the client asked for that."""
        with plug(desk) as one:
            one.sendall(request(desk, event("a"), line))
            assert answers(one, 1)[0][0] == 200
            one.settimeout(20 if hangs_up else 0.2)
            if hangs_up:
                assert one.recv(1) == b""
            else:
                with pytest.raises(TimeoutError):
                    one.recv(1)

    def test_who_asks_while_the_desk_stops_hears_that_it_hangs_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An event under way is answered, with a word that nothing more can be asked here."""
        made: list[Any] = []

        def begun(self: Any) -> None:
            usual(self)
            made.append(self)

        usual = connection.Connection.on_headers_complete
        monkeypatch.setattr(connection.Connection, "on_headers_complete", begun)
        with listening(tmp_path / "b") as desk, plug(desk) as one:
            whole = request(desk, event("a"))
            one.sendall(whole[:-10])
            while not made:
                time.sleep(0.01)
            made[0].loop.call_soon_threadsafe(made[0].shutdown)
            one.sendall(whole[-10:])
            found = b"".join(iter(lambda: one.recv(65_536), b""))
        assert found.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\nconnection: close\r\n" in found

    def test_a_client_of_the_old_protocol_is_answered(self, desk: Desk) -> None:
        """HTTP/1.0 keeps no connection, and is answered all the same."""
        with plug(desk) as one:
            one.sendall(request(desk, event("a")).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
            assert answers(one, 1)[0][0] == 200
            assert one.recv(1) == b""

    def test_who_comes_on_top_of_all_others_hears_503(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The bound on connections holds on the short way too."""
        for module in (connection, server):
            monkeypatch.setattr(module, "MOST_CONNECTIONS", 2)
        with listening(tmp_path / "b") as desk, plug(desk) as first:
            first.sendall(request(desk, event("a")))
            assert answers(first, 1)[0][0] == 200
            with plug(desk) as second:
                second.sendall(request(desk, event("b")))
                assert second.recv(12) == b"HTTP/1.1 503"
