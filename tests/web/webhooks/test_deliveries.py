"""Messages are delivered at least once and in order, to receivers that fail in many ways."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from vermilion.errors import StorageError
from vermilion.web.webhooks import SubscriptionSettings, Webhooks
from vermilion.web.webhooks import sending as sending_module
from vermilion.web.webhooks import webhooks as webhooks_module
from vermilion.web.webhooks.outbox import Count
from vermilion.web.webhooks.webhooks import FIRST_PAUSE, LONGEST_PAUSE, PARKED_AFTER, pause_after

from .samples import BROKEN, NEW, OK, OLD, SILENCE, receiver, settings, subscription, telling


class Clock:
    """A clock that only pauses move on."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Running:
    """Webhooks of a folder that are being delivered, on a clock of their own."""

    def __init__(self, folder: Path, *subscriptions: SubscriptionSettings, **changes: Any) -> None:
        self.clock = Clock()
        self.webhooks = Webhooks(
            folder,
            settings(*subscriptions, **changes),
            now=self.clock,
            pause=self.clock.pause,
        )

    async def __aenter__(self) -> Running:
        self.task = asyncio.create_task(self.webhooks.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.webhooks.close()

    async def until(self, holds: Callable[[Webhooks], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(20):
            while not holds(self.webhooks):
                await asyncio.sleep(0.001)

    async def drained(self) -> None:
        """Wait until nothing waits."""
        await self.until(lambda one: not any(c.waiting for c in one.counts().values()))


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test's own coroutine."""
    asyncio.run(test())  # type: ignore[arg-type]


def test_a_message_as_it_is_sent(tmp_path: Path) -> None:
    """One POST with type, time and data, signed, to the path of the URL, and nothing waits then."""

    async def test() -> None:
        async with receiver() as one, Running(tmp_path, subscription(one.port)) as running:
            running.webhooks.tell(telling(1))
            (heard,) = await one.until(1)
            assert heard.line == "POST /hooks HTTP/1.1"
            assert heard.headers["content-type"] == "application/json"
            assert heard.headers["webhook-timestamp"] == "1000000"
            assert heard.headers["webhook-signature"].startswith("v1,")
            assert json.loads(heard.body) == {
                "type": "event.stopped",
                "timestamp": "2026-03-10T04:00:00+00:00",
                "data": {"event": {"source": "//shop", "id": "p1"}},
            }
            await running.drained()

    run(test)


def test_whom_it_concerns(tmp_path: Path) -> None:
    """A subscription is told its kinds of its source only; one without source is told all."""

    async def test() -> None:
        async with receiver() as shop, receiver() as everybody:
            subscriptions = (
                subscription(shop.port, kinds=["event.stopped"]),
                subscription(everybody.port, name="all", source=None),
            )
            async with Running(tmp_path, *subscriptions) as running:
                others = [telling(2, source="//other"), telling(3, kind="event.freed")]
                running.webhooks.tell_all([telling(1), *others, telling(4, source=None)])
                await running.drained()
            assert [json.loads(one.body)["data"]["event"]["id"] for one in shop.heard] == ["p1"]
            assert len(everybody.heard) == 4

    run(test)


def test_in_order_though_attempts_fail(tmp_path: Path) -> None:
    """What fails is tried again before anything behind it, under the same id and a new time."""

    async def test() -> None:
        script = [OK, BROKEN, BROKEN, OK, BROKEN, OK]
        async with receiver(*script) as one, Running(tmp_path, subscription(one.port)) as running:
            running.webhooks.tell_all([telling(n) for n in range(4)])
            await running.drained()
            said = [json.loads(heard.body)["data"]["event"]["id"] for heard in one.heard]
            assert said == ["p0", "p1", "p1", "p1", "p2", "p2", "p3"]
            assert len({heard.id for heard in one.heard[1:4]}) == 1
            assert len({heard.id for heard in one.heard}) == 4
            times = [int(heard.headers["webhook-timestamp"]) for heard in one.heard[1:4]]
            assert times == sorted(set(times))

    run(test)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 304 No\r\n\r\n", "answered 304"),
        (
            b"HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:{port}/x\r\ncontent-length: 0\r\n\r\n",
            "302",
        ),
        (b"HTTP/1.1 307 Go\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n", "answered 307"),
        (b"not http at all\r\n\r\n", "no answer: RemoteProtocolError"),
        (
            b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
            "no answer: RemoteProtocolError",
        ),
        (SILENCE, "no answer in time"),
    ],
)
def test_what_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, problem: str
) -> None:
    """Refusals, redirects, silence and nonsense are failures; where a redirect leads nobody goes."""
    monkeypatch.setattr(sending_module, "ANSWER_SECONDS", 0.2)

    async def test() -> None:
        async with receiver() as one:
            one.script = [answer.replace(b"{port}", str(one.port).encode()), OK]
            async with Running(tmp_path, subscription(one.port)) as running:
                running.webhooks.tell(telling(1))
                await running.drained()
            assert [heard.line for heard in one.heard] == ["POST /hooks HTTP/1.1"] * 2
            assert running.clock.pauses == [pytest.approx(FIRST_PAUSE * 0.75, rel=1 / 3)]

    said: list[str] = []
    monkeypatch.setattr(
        webhooks_module._LOG, "warning", lambda text, *args: said.append(text % args)
    )
    run(test)
    assert len(said) == 1
    assert problem in said[0]
    assert "p1" not in said[0]


def test_a_closed_port(tmp_path: Path) -> None:
    """A receiver that is not there is tried again."""

    async def test() -> None:
        async with receiver() as one:
            port = one.port
        async with Running(tmp_path, subscription(port)) as running:
            running.webhooks.tell(telling(1))
            await running.until(lambda _: len(running.clock.pauses) > 3)
            assert running.webhooks.counts() == {"shop": Count(1, 0)}

    run(test)


def test_a_long_answer_is_not_read(tmp_path: Path) -> None:
    """A 200 counts however long its body is; the connection is closed after the limit."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n"

    async def test() -> None:
        async with receiver(head + b"x" * 300_000) as one:
            async with Running(tmp_path, subscription(one.port)) as running:
                running.webhooks.tell_all([telling(1), telling(2)])
                await running.drained()
            assert len(one.heard) == one.connections == 2

    run(test)


def test_a_body_that_drips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 200 counts though its body never ends, and holds up nothing for longer than the limit."""
    monkeypatch.setattr(sending_module, "ANSWER_SECONDS", 0.2)

    async def test() -> None:
        async with receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx") as one:
            async with Running(tmp_path, subscription(one.port)) as running:
                running.webhooks.tell_all([telling(1), telling(2)])
                await running.drained()
            assert len(one.heard) == 2

    run(test)


def test_pauses_grow_and_are_scattered() -> None:
    """Each pause is between half and all of twice the one before, up to the longest."""
    for attempts in range(40):
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempts)
        found = {pause_after(attempts) for _ in range(50)}
        assert longest / 2 <= min(found) < max(found) <= longest


def test_parked_after_a_day_and_resumed(tmp_path: Path) -> None:
    """What failed for a day is parked, what is behind it goes on, and resumed it goes out."""

    async def test() -> None:
        down = True

        def answer() -> bytes:
            return BROKEN if down else OK

        async with receiver(answer) as one, Running(tmp_path, subscription(one.port)) as running:
            webhooks, clock = running.webhooks, running.clock
            begin = clock.now
            webhooks.tell_all([telling(1), telling(2)])
            await running.until(lambda w: w.counts() == {"shop": Count(0, 2)})
            assert PARKED_AFTER <= clock.now - begin <= PARKED_AFTER + 2 * LONGEST_PAUSE
            # The second one's day was over as well: it had its attempt and no further day.
            assert [one.attempts for one in webhooks.parked()][1] == 1
            assert {one.problem for one in webhooks.parked()} == {"answered 500"}
            down = False
            before = len(one.heard)
            webhooks.tell(telling(3))
            await running.drained()
            assert webhooks.resume("shop") == 2
            await running.until(lambda w: w.counts() == {})
            later = [json.loads(h.body)["data"]["event"]["id"] for h in one.heard[before:]]
            assert later == ["p3", "p1", "p2"]

    run(test)


def test_given_up(tmp_path: Path) -> None:
    """A parked message that a person gives up is gone."""
    webhooks = Webhooks(tmp_path, settings(subscription(9)))
    webhooks.tell(telling(1))
    webhooks.outbox.park_others([])
    webhooks.give_up(webhooks.parked()[0].number)
    assert webhooks.counts() == {}
    webhooks.close()


def test_a_new_process_takes_it_up(tmp_path: Path) -> None:
    """What was told while nothing was delivered, or before a stop, is delivered after the start."""

    async def test() -> None:
        async with receiver() as one:
            first = Webhooks(tmp_path, settings(subscription(one.port)))
            first.tell_all([telling(1), telling(2)])
            first.close()
            assert one.heard == []
            async with Running(tmp_path, subscription(one.port)) as running:
                await running.drained()
            assert len(one.heard) == 2

    run(test)


def test_told_from_another_thread(tmp_path: Path) -> None:
    """What the thread that owns the book tells is delivered while the loop sleeps."""

    async def test() -> None:
        async with receiver() as one, Running(tmp_path, subscription(one.port)) as running:
            await asyncio.sleep(0.01)
            for number in range(20):
                thread = threading.Thread(target=running.webhooks.tell, args=(telling(number),))
                thread.start()
                await asyncio.to_thread(thread.join)
            await one.until(20)
            await running.drained()
            assert one.connections == 1

    run(test)


def test_a_dead_receiver_holds_up_no_other(tmp_path: Path) -> None:
    """While one receiver says nothing, another is told everything."""

    async def test() -> None:
        async with receiver(SILENCE) as dead, receiver() as alive:
            subscriptions = (
                subscription(dead.port, name="dead"),
                subscription(alive.port, name="alive"),
            )
            async with Running(tmp_path, *subscriptions) as running:
                running.webhooks.tell_all([telling(n) for n in range(5)])
                await alive.until(5)
                await running.until(lambda w: w.counts() == {"dead": Count(5, 0)})

    run(test)


def test_both_secrets_sign_while_one_is_replaced(tmp_path: Path) -> None:
    """Each of two secrets has its signature, and either verifies with one of them."""
    from .test_page import verifies

    async def test() -> None:
        async with receiver() as one:
            both = subscription(one.port, secrets=["env:HOOK_SECRET_NEW", "env:HOOK_SECRET"])
            async with Running(tmp_path, both) as running:
                running.webhooks.tell(telling(1))
                (heard,) = await one.until(1)
        assert len(heard.headers["webhook-signature"].split()) == 2
        for secret in (OLD, NEW):
            assert verifies(secret, heard.headers, heard.body, 1_000_000)

    run(test)


def test_an_outbox_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deliveries go on after the outbox could not be read for a while."""
    failures = [True, True]

    async def test() -> None:
        async with receiver() as one:
            running = Running(tmp_path, subscription(one.port))
            first = running.webhooks.outbox.first

            def failing(name: str) -> Any:
                if failures:
                    failures.pop()
                    raise StorageError("outbox_unusable", "no disk")
                return first(name)

            monkeypatch.setattr(running.webhooks.outbox, "first", failing)
            monkeypatch.setattr(webhooks_module._LOG, "error", lambda *_: None)
            async with running:
                running.webhooks.tell(telling(1))
                await one.until(1)

    run(test)
    assert failures == []


def test_told_after_the_loop_has_ended(tmp_path: Path) -> None:
    """What is told while the process stops stays in the outbox, and nobody fails."""

    async def test() -> Webhooks:
        running = Running(tmp_path, subscription(9))
        running.webhooks._loop = asyncio.get_running_loop()
        running.webhooks._bells = {"shop": asyncio.Event()}
        return running.webhooks

    webhooks = asyncio.run(test())
    webhooks.tell(telling(1))
    assert webhooks.counts() == {"shop": Count(1, 0)}
    webhooks.close()
