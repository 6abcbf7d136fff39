"""The service: groups, honest failure, orderly stop, and what a kill leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vermilion.desk.book import Book, make_book
from vermilion.desk.history import History
from vermilion.errors import Error, StorageError
from vermilion.facts.canonical import canonical_form
from vermilion.intake import Received
from vermilion.simulate import MarketConfig, market
from vermilion.web import service
from vermilion.web.access import Access
from vermilion.web.served import Served, Told
from vermilion.web.server import GRACE
from vermilion.web.service import Service

from .api.desk import BOOK, Desk, sale, served

EVENTS = [Received(*canonical_form(one), "", 0) for one in market(MarketConfig(events=200, days=3))]


def test_what_is_asked_at_once_is_written_together(tmp_path: Path) -> None:
    """Many callers share a flush, and each gets the answer to its own event."""

    async def run() -> tuple[list[int], int]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            flushes = await service.call(lambda one: _count_commits(one.book))
            told = await asyncio.gather(*(service.submit(one) for one in EVENTS))
            return [one.entry for one in told], flushes[0]
        finally:
            await service.stop()

    entries, flushes = asyncio.run(run())
    assert entries == sorted(set(entries))
    assert len(entries) == len(EVENTS)
    assert flushes < len(EVENTS) / 10


def test_what_a_served_desk_keeps_in_memory_is_bounded(tmp_path: Path) -> None:
    """It keeps what the service's limits say, and not what a run over files may keep."""

    def kept(one: Served) -> list[int]:
        pages = [
            base._db.execute("PRAGMA cache_size") for base in (one.book.state, one.history._index)
        ]
        return [
            one.desk.businesses.memory._windows._max_keys,
            one.desk.standing.most,
            one.desk.judges[0].knowledge.most,
            one.book.keys.most,
            *(-page.fetchone()[0] for page in pages),
        ]

    async def run() -> list[int]:
        started = Service(tmp_path / "book")
        await started.start()
        try:
            return await started.call(kept)
        finally:
            await started.stop()

    limits = [
        service.KEYS,
        service.STATEMENTS,
        service.CLOSURES,
        service.CIPHERS,
        service.PAGES,
        service.PAGES,
    ]
    assert asyncio.run(run()) == limits


def test_after_a_failed_write_nothing_is_answered(tmp_path: Path) -> None:
    """The group that failed, what waits behind it, and what is asked later all get the error."""

    async def run() -> list[object]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            (await service.submit(EVENTS[0]))
            await service.call(lambda one: _fill_the_disk(one.book))
            found: list[object] = await asyncio.gather(
                *(service.submit(one) for one in EVENTS[1:5]), return_exceptions=True
            )
            later = await asyncio.gather(service.submit(EVENTS[6]), return_exceptions=True)
            return [*found, *later, service.failure]
        finally:
            await service.stop()

    found = asyncio.run(run())
    assert all(isinstance(one, StorageError) for one in found), found
    with Book.open(tmp_path / "book") as book:
        recorded = [kind for _, kind, _ in book.record.statements()]
    assert recorded.count("judgement") == 1


def test_nothing_is_judged_by_what_is_lost(tmp_path: Path) -> None:
    """Where a call leaves windows ahead of the record, nobody is answered."""

    async def run() -> tuple[object, int]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            await service.submit(EVENTS[0])
            with pytest.raises(ZeroDivisionError):
                await service.call(_break_a_group)
            again = await asyncio.gather(service.submit(EVENTS[0]), return_exceptions=True)
            return again[0], service._served.book.record.size  # type: ignore[union-attr]
        finally:
            await service.stop()

    answer, size = asyncio.run(run())
    assert isinstance(answer, StorageError)
    assert size == 2  # how the book began, and the event: nothing was sealed again


def test_a_state_that_could_not_be_written_knows_all_the_same(tmp_path: Path) -> None:
    """Where a call cannot write the state, what was sealed is still known, and written later."""

    async def run() -> tuple[Told, int]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            await service.submit(EVENTS[0])
            with pytest.raises(StorageError):
                await service.call(_fail_to_write)
            again = await service.submit(EVENTS[0])
            return again, service._served.book.record.size  # type: ignore[union-attr]
        finally:
            await service.stop()

    answer, size = asyncio.run(run())
    assert (answer.status, size) == ("duplicate", 2)
    with closing(sqlite3.connect(tmp_path / "book" / "state.db")) as state:
        assert state.execute("SELECT size FROM applied").fetchone() == (size,)


def test_a_call_that_nobody_foresaw_to_fail_harms_nobody_else(tmp_path: Path) -> None:
    """What fails without touching the record is told to who asked; the others are answered."""

    async def run() -> str:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            with pytest.raises(ZeroDivisionError):
                await service.call(lambda _: 1 / 0)
            return (await service.submit(EVENTS[0])).status
        finally:
            await service.stop()

    assert asyncio.run(run()) == "sealed"


def test_a_failure_nobody_foresaw_is_told_to_all(tmp_path: Path) -> None:
    """Whoever waits and whoever asks later gets the error, each one of its own, and nobody hangs."""

    async def run() -> tuple[list[object], list[int]]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            await service.call(_break_telling)
            ask = [service.submit(one) for one in EVENTS[:3]]
            found: list[object] = await asyncio.gather(*ask, return_exceptions=True)
            later = [await _refusal(service) for _ in range(3)]
            return [*found, *later], [_depth(one) for one in later]
        finally:
            await service.stop()

    found, depths = asyncio.run(asyncio.wait_for(run(), 30))
    assert {type(one) for one in found} == {StorageError}
    assert len(set(map(id, found))) == len(found)
    assert len(set(depths)) == 1


def test_long_work_in_parts_lets_others_in(tmp_path: Path) -> None:
    """Between two calls whoever else asked comes in."""

    async def run() -> int:
        service = Service(tmp_path / "book")
        await service.start()
        seen = 0

        async def other() -> None:
            nonlocal seen
            while True:
                seen += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        for _ in range(20):
            await service.call(lambda one: one.book.record.size)
        beside.cancel()
        await service.stop()
        return seen

    assert asyncio.run(run()) >= 20


def test_a_stop_lets_watchers_go(tmp_path: Path) -> None:
    """An open live stream does not hold up the end of the process, whose exit code is 0."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    key = Access(tmp_path / "book").add_key("eye", "auditor")
    headers = {"Authorization": f"Bearer {key}"}
    with (
        process(tmp_path / "book") as (desk, address),
        httpx.stream("GET", f"{address}/v1/live", headers=headers, timeout=30) as live,
    ):
        assert next(live.iter_lines()) == "retry: 2000"
        desk.terminate()
        assert desk.wait(GRACE - 5) == 0


def test_callers_hear_that_the_desk_failed(tmp_path: Path) -> None:
    """Over HTTP it is 503 with the advice to hold the event, and the service is not ready."""
    with served(tmp_path / "book") as desk:
        asyncio.run(_break(desk.client.app.state.service))
        answer = desk.ask("platform", "POST", "/v1/events", content=EVENTS[0].canonical)
        ready = desk.client.get("/health/ready")
    assert (answer.status_code, ready.status_code) == (503, 503)
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("part", ["state", "history"])
def test_a_desk_whose_files_fail_is_not_ready(tmp_path: Path, part: str) -> None:
    """What cannot be moved into the file is told where one asks for it, though events are answered."""
    with served(tmp_path / "book") as desk:
        assert desk.client.get("/health/ready").status_code == 200
        own = desk.client.app.state.service._served
        store = own.book.state if part == "state" else own.history._index
        store._writer._failure = "disk I/O error"
        ready = desk.client.get("/health/ready")
        assert (ready.status_code, "disk I/O error" in ready.json()["detail"]) == (503, True)
        answer = desk.ask("platform", "POST", "/v1/events", content=EVENTS[0].canonical)
        assert answer.status_code == 200


def test_a_desk_that_goes_too_deep_by_itself_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is not at fault: it is told as any fault of ours."""

    def deep(*_: object) -> object:
        raise RecursionError

    with served(tmp_path / "book") as desk:
        monkeypatch.setattr("vermilion.desk.cases.Cases.page", deep)
        answer = desk.ask("officer", "GET", "/v1/cases")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_failure")


def test_a_stop_answers_what_waits(tmp_path: Path) -> None:
    """What was asked before the stop is sealed and answered; what comes later is refused."""

    async def run() -> tuple[int, str]:
        service = Service(tmp_path / "book")
        await service.start()
        asked = [asyncio.ensure_future(service.submit(one)) for one in EVENTS[:20]]
        await asyncio.sleep(0)
        await service.stop()
        with pytest.raises(Error) as refused:
            await service.submit(EVENTS[30])
        return len(await asyncio.gather(*asked)), refused.value.code

    assert asyncio.run(run()) == (20, "overloaded")


@pytest.mark.parametrize("kills", [4])
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, kills: int) -> None:
    """Whatever was answered before SIGKILL stands in the record, and is a duplicate afterwards."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    key = Access(tmp_path / "book").add_key("shop", "platform")
    acknowledged: dict[bytes, int] = {}
    for turn in range(kills):
        with (
            process(tmp_path / "book") as (desk, address),
            httpx.Client(headers={"Authorization": f"Bearer {key}"}) as client,
        ):
            begun = time.monotonic()
            while time.monotonic() - begun < 0.3 + 0.2 * turn and len(acknowledged) < len(EVENTS):
                body = EVENTS[len(acknowledged)].canonical
                answer = client.post(f"{address}/v1/events", content=body)
                assert answer.status_code == 200, answer.text
                acknowledged[body] = answer.json()["entry"]
            os.kill(desk.pid, signal.SIGKILL)
    with served(tmp_path / "book") as found:
        for body, entry in acknowledged.items():
            told = found.ask("platform", "POST", "/v1/events", content=body).json()
            assert (told["status"], told["entry"]) == ("duplicate", entry)
    assert acknowledged


def free_port() -> int:
    """Return a port of this machine at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def process(book: Path, port: int | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve a book in a process of its own, at a port that is free; it is gone afterwards."""
    port = port or free_port()
    command = [sys.executable, "-m", "vermilion", "serve", str(book), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with (
        subprocess.Popen(command, stderr=subprocess.DEVNULL) as desk,
        httpx.Client() as client,  # one for all attempts: it takes longer to make than to ask
    ):
        try:
            for _ in range(600):
                try:
                    client.get(f"{address}/health/ready").raise_for_status()
                    break
                except httpx.HTTPError:
                    assert desk.poll() is None
                    time.sleep(0.05)
            yield desk, address
        finally:
            desk.kill()


def _count_commits(book: Book) -> list[int]:
    flushes, commit = [0], book.record.commit

    def counted() -> object:
        flushes[0] += 1
        return commit()

    book.record.commit = counted  # type: ignore[method-assign, assignment]
    return flushes


def _fill_the_disk(book: Book) -> None:
    def full() -> object:
        raise StorageError("record_unwritable", "no space left on device")

    book.record.commit = full  # type: ignore[method-assign, assignment]


def _fail_to_write(served: Served) -> None:
    state = served.book.state
    writer = state._writer
    ask = writer._db.set_authorizer
    writer._thread.submit(ask, lambda *_: sqlite3.SQLITE_DENY).result()
    try:
        state.flush()
    finally:
        writer._thread.submit(ask, None).result()


def _break_a_group(served: Served) -> None:
    follow = served.desk._follow
    served.desk._follow = lambda _: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    try:
        served.desk.say([EVENTS[3].event])
    finally:
        served.desk._follow = follow  # type: ignore[method-assign]


def _break_telling(served: Served) -> None:
    def told(_: object) -> object:
        raise OSError("too many open files")

    served.told = told  # type: ignore[method-assign, assignment]


async def _refusal(service: Service) -> StorageError:
    with pytest.raises(StorageError) as refused:
        await service.submit(EVENTS[9])
    return refused.value


def _depth(error: object) -> int:
    depth, at = 0, error.__traceback__  # type: ignore[attr-defined]
    while at is not None:
        depth, at = depth + 1, at.tb_next
    return depth


async def _break(service: Service) -> None:
    service.failure = StorageError("record_unwritable", "no space left on device")


def test_the_record_does_not_hold_bodies_in_clear(tmp_path: Path) -> None:
    """No file of a served book has a submitted text in it."""
    secret = "豆腐 tofu seller's words"
    event = {
        "specversion": "1.0",
        "type": "post",
        "source": "//forum.example",
        "id": "p1",
        "time": "2026-03-02T00:00:00Z",
        "stage": "settled",
        "data": {"text": secret, "parties": {"author": "forum:party:mei"}},
    }
    with served(tmp_path / "book") as desk:
        answer = desk.ask("platform", "POST", "/v1/events", content=json.dumps(event))
        assert answer.status_code == 200, answer.text
    files = [one for one in (tmp_path / "book").rglob("*") if one.is_file()]
    assert len(files) > 5
    assert not any(secret.encode() in one.read_bytes() for one in files)


def test_what_a_kill_left_is_rebuilt_to_the_same(tmp_path: Path) -> None:
    """State, index and cases made anew from the record are those that the desk went on with."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    key = Access(tmp_path / "book").add_key("shop", "platform")
    body = b"\n".join(one.canonical for one in EVENTS)
    held = "\n".join(json.dumps(sale(f"k{n}")) for n in range(10)).encode()
    with process(tmp_path / "book") as (desk, address):
        headers = {"Authorization": f"Bearer {key}"}
        for lines in (body, held):
            answer = httpx.post(
                f"{address}/v1/events/stream", content=lines, headers=headers, timeout=60
            )
            assert answer.status_code == 200
        os.kill(desk.pid, signal.SIGKILL)
    with served(tmp_path / "book") as found:
        went_on = everything(found)
    for name in ("state.db", "index.db"):
        (tmp_path / "book" / name).unlink()
    with served(tmp_path / "book") as found:
        assert everything(found) == went_on
    assert went_on["cases"]["items"]


def everything(desk: Desk) -> dict[str, Any]:
    """Return what a desk tells of its judgements, cases and missing facts."""
    return {
        "judgements": desk.ask("auditor", "GET", "/v1/judgements?type=sale&limit=200").json(),
        "cases": desk.ask("auditor", "GET", "/v1/cases?limit=200").json(),
        "missing": desk.ask("auditor", "GET", "/v1/missing").json(),
        "sums": desk.ask("auditor", "GET", "/v1/reconciliation").json()["total"],
    }


@pytest.mark.parametrize("days", [-400, 400])
def test_the_clock_may_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """A clock that jumps loses nothing: what was answered stays, and what comes is judged."""
    with served(tmp_path / "book") as desk:
        first = desk.ask("platform", "POST", "/v1/events", content=EVENTS[0].canonical).json()
        monkeypatch.setattr("vermilion.desk.desk.dt", Jumped(days))
        again = desk.ask("platform", "POST", "/v1/events", content=EVENTS[0].canonical).json()
        later = desk.ask("platform", "POST", "/v1/events", content=EVENTS[1].canonical)
    assert (again["status"], again["entry"]) == ("duplicate", first["entry"])
    told = later.json()
    assert (told.get("code") or told["status"]) == ("in_the_future" if days < 0 else "sealed")
    with Book.open(tmp_path / "book") as book:
        assert book.record.size > first["entry"]


class Jumped:
    """The module `datetime`, of which `now` is some days off."""

    def __init__(self, days: int) -> None:
        by = dt.timedelta(days=days)

        class Moment(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
                return dt.datetime.now(tz) + by

        self.datetime = Moment
        self.timedelta, self.date, self.UTC = dt.timedelta, dt.date, dt.UTC


def test_what_waits_is_written_while_nobody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is quiet, state and index are written, so that no later answer waits for it."""
    worth = 64
    monkeypatch.setattr("vermilion.web.service.DURABLE_AT", worth)
    monkeypatch.setattr("vermilion.web.service.INDEXED", worth)

    async def run() -> tuple[int, int]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            await asyncio.gather(*(service.submit(one) for one in EVENTS))
            for _ in range(200):
                waiting = await service.call(_waiting)
                if max(waiting) < worth:
                    break
                await asyncio.sleep(0.02)
            return waiting
        finally:
            await service.stop()

    assert len(EVENTS) >= worth
    assert max(asyncio.run(run())) < worth


def test_no_load_outruns_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much may be mentioned and changed by each entry: nobody waits for all of it at once."""
    small = {"INDEXED": 32, "DURABLE_AT": 32, "GROUP": 4}
    for name, value in small.items():
        monkeypatch.setattr(service, name, value)
    for name in ("index", "state"):
        monkeypatch.setattr(f"vermilion.store.{name}.PORTION", 12)
    monkeypatch.setattr("vermilion.store.index.FLUSH_AT", 2 * service.INDEXED)
    at_once: list[int] = []
    most: list[tuple[int, int]] = []

    async def run() -> None:
        started = Service(tmp_path / "book")
        await started.start()
        with monkeypatch.context() as patch:
            patch.setattr(History, "store", lambda one: at_once.append(one.waiting))
            for start in range(0, len(EVENTS), service.GROUP):
                await started.submit_all(EVENTS[start : start + service.GROUP])
                most.append(await started.call(_waiting))
        await started.stop()

    asyncio.run(run())
    assert at_once == []
    assert max(state for state, _ in most) < 4 * service.DURABLE_AT


def test_what_calls_leave_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the book says by itself is written without anybody submitting an event after it."""
    monkeypatch.setattr("vermilion.web.service.DURABLE_AT", 1)
    monkeypatch.setattr("vermilion.web.service.INDEXED", 1)

    async def run() -> tuple[int, int]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            await service.call(lambda one: one.desk.say([EVENTS[0].event]))
            for _ in range(20):
                await asyncio.sleep(0)
            return _waiting(service._served)  # type: ignore[arg-type]
        finally:
            await service.stop()

    assert asyncio.run(run()) == (0, 0)


def test_one_who_cannot_be_told_stops_nobody(tmp_path: Path) -> None:
    """Where telling an answer fails, whoever asks with it or after it is answered all the same."""

    def fails(_: Told | Error) -> None:
        raise RuntimeError

    async def run() -> list[Told]:
        service = Service(tmp_path / "book")
        await service.start()
        try:
            service.ask(EVENTS[0], fails)
            first = await asyncio.wait_for(service.submit(EVENTS[1]), 20)
            return [first, await asyncio.wait_for(service.submit(EVENTS[0]), 20)]
        finally:
            await service.stop()

    assert len(asyncio.run(run())) == 2


def _waiting(served: Served) -> tuple[int, int]:
    return served.book.state.waiting, served.history.waiting


def test_slow_clients_are_let_go(tmp_path: Path) -> None:
    """Who sends nothing, a header without end or a body by drops is cut off; others are answered."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    (tmp_path / "book" / "serve.yaml").write_text("limits: {patience: 1}\n")
    key = Access(tmp_path / "book").add_key("shop", "platform")
    starts = [
        b"",
        b"GET /health/live HTTP/1.1\r\nX: ",
        b"POST /v1/events HTTP/1.1\r\nHost: desk\r\nContent-Length: 900\r\n"
        b"Authorization: Bearer %b\r\n\r\n{" % key.encode(),
    ]
    with process(tmp_path / "book") as (_, address):
        where = ("127.0.0.1", int(address.rpartition(":")[2]))
        with ExitStack() as open_:
            slow = [open_.enter_context(socket.create_connection(where, 10)) for _ in starts]
            for one, start in zip(slow, starts, strict=True):
                one.sendall(start)
            assert httpx.get(f"{address}/health/live").status_code == 200
            assert [_ending(one) for one in slow] == [b"", b"", b""]
        assert httpx.get(f"{address}/health/live").status_code == 200


def _ending(connection: socket.socket) -> bytes:
    """Return what the other side says before it closes."""
    try:
        return connection.recv(1_000)
    except ConnectionResetError:
        return b""


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """A desk that cannot listen says why, and ends as a failure."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "vermilion", "serve", str(tmp_path / "book")]
        done = subprocess.run(
            [*command, "--port", port], capture_output=True, check=False, timeout=60
        )
    assert done.returncode != 0
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert os.strerror(errno.EADDRINUSE) in [one["event"] for one in said]
    assert said[-1]["reason"] == f"cannot listen on `127.0.0.1`, port {port}"
    assert (done.returncode, "--port" in said[-1]["remedy"]) == (2, True)


def test_a_book_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A desk that cannot start says why and what to do, in lines like all others."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    with Book.open(tmp_path / "book"):
        command = [sys.executable, "-m", "vermilion", "serve", str(tmp_path / "book")]
        done = subprocess.run(
            [*command, "--port", "0"], capture_output=True, check=False, timeout=60
        )
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, said[-1]["code"]) == (4, "book_busy")
    assert "another process has this book open" in said[-1]["reason"]
    assert "wait until it ends" in said[-1]["remedy"]
    assert "Traceback" not in done.stderr.decode()


def test_where_it_listens_is_told(tmp_path: Path) -> None:
    """The log has the address that answers, also where the system chose the port."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    command = [sys.executable, "-m", "vermilion", "serve", str(tmp_path / "book"), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as desk:
        try:
            assert desk.stderr is not None
            lines = (json.loads(line) for line in desk.stderr)
            address = next(one["address"] for one in lines if one["event"] == "serving")
            assert httpx.get(f"{address}/health/ready").status_code == 200
        finally:
            desk.kill()
