"""Both clients ask again what is safe, and otherwise say that there is no answer to rely on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from vermilion.client import DeskRefused, DeskUnavailable, questions
from vermilion.client.flow import LONGEST_WISH

from .samples import (
    KEY,
    NDJSON,
    PROBLEM,
    Asker,
    Play,
    cut,
    desk_playing,
    drop,
    judged,
    lines_of,
    problem,
    proposal,
    reply,
    silence,
    streamed,
)

EVENT = proposal("allow-1")
EVENTS = [proposal(f"allow-{n}") for n in range(5)]
PASSING: dict[str, Play] = {
    "drop": drop,
    "503": problem(503, "overloaded"),
    "429": problem(429, "too_many"),
    "502 of a proxy": reply(502, b"<html>", "text/html"),
    "504 of a proxy": reply(504, b"", "text/plain"),
    "half an answer": reply(200, b'{"entry":1,"status":"sealed"', short=5),
    "half an answer that ends": reply(200, b'{"entry":1,"status":"sealed"'),
    "another type": reply(200, b"<html>welcome</html>", "text/html"),
    "json that says something else": reply(200, {"hello": 1}),
    "json of another type": reply(200, {"entry": "1", "status": 3}),
    "no json": reply(200, b"\xff\xfe"),
    "deep json": reply(200, b"[" * 100_000),
    "bad gzip": reply(200, b"not gzip", content_encoding="gzip"),
}
LASTING: dict[str, Play] = {
    "500": problem(500, "internal_failure"),
    "501": reply(501, b"", "text/plain"),
    "redirect": reply(307, b"", "text/plain", location="https://other.example/"),
    "204": reply(204, b"", "application/json"),
    "a long wish": reply(503, {}, PROBLEM, retry_after=str(int(LONGEST_WISH) + 1)),
}


def holds(error: DeskUnavailable) -> bool:
    """Say whether an error tells what to do."""
    said = f"{error.message} {error.help} {DeskUnavailable.__doc__}"
    return "hold the event" in error.message and "never let it pass" in said


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault(asker: Asker, fault: str) -> None:
    """After a fault that passes, the same event is submitted again and answered."""
    with desk_playing(PASSING[fault], PASSING[fault], judged) as desk:
        found = asker.ask(desk.url, "submit", EVENT)
    assert found.event.id == "allow-1"
    assert len(desk.seen) == 3
    assert len({one.body for one in desk.seen}) == 1
    assert {one.headers["authorization"] for one in desk.seen} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays(asker: Asker, fault: str) -> None:
    """The number of attempts is bounded, and then the event is to be held."""
    with desk_playing(PASSING[fault]) as desk:
        with pytest.raises(DeskUnavailable) as caught:
            asker.ask(desk.url, "submit", EVENT, settings={"attempts": 3})
        assert len(desk.seen) == 3
    assert holds(caught.value)


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_not_worth_another_attempt(asker: Asker, fault: str) -> None:
    """What will not pass by itself is not asked again; no redirect is followed with the key."""
    with desk_playing(LASTING[fault], judged) as desk:
        with pytest.raises(DeskUnavailable) as caught:
            asker.ask(desk.url, "submit", EVENT)
        assert len(desk.seen) == 1
    assert holds(caught.value)


def test_a_slow_desk(asker: Asker) -> None:
    """A desk that says nothing in time is asked again, and is unavailable in the end."""
    settings = {"seconds": 0.1, "attempts": 2}
    with desk_playing(silence) as desk:
        with pytest.raises(DeskUnavailable, match="too slow"):
            asker.ask(desk.url, "submit", EVENT, settings=settings)
        assert len(desk.seen) == 2


def test_an_answer_that_drips(asker: Asker) -> None:
    """An answer whose every byte comes in time, and whose end does not, is given up."""
    import time

    def drip(_: Any, connection: Any) -> bool:
        connection.sendall(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n")
        try:
            while True:
                connection.sendall(b" ")
                time.sleep(0.02)
        except OSError:
            return False

    with desk_playing(drip) as desk, pytest.raises(DeskUnavailable, match="does not end"):
        asker.ask(desk.url, "submit", EVENT, settings={"seconds": 0.2, "attempts": 1})


def test_nobody_there(asker: Asker) -> None:
    """Where nothing listens, the desk is unavailable."""
    with desk_playing(judged) as desk:
        url = desk.url
    with pytest.raises(DeskUnavailable) as caught:
        asker.ask(url, "submit", EVENT)
    assert holds(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422])
def test_a_refusal(asker: Asker, status: int) -> None:
    """A refusal is told with code, field and remedy, and not asked again."""
    said = problem(status, "id_conflict", field="id", remedy="change it")
    with desk_playing(said, judged) as desk:
        with pytest.raises(DeskRefused) as caught:
            asker.ask(desk.url, "submit", EVENT)
        assert len(desk.seen) == 1
    error = caught.value
    assert (error.code, error.where, error.help) == ("id_conflict", "id", "change it")
    assert error.problem.status == status


@pytest.mark.parametrize(
    "said",
    [
        reply(403, b"<html>no</html>", "text/html"),
        reply(403, {"status": 200, "title": "", "code": "x", "detail": ""}, PROBLEM),
        reply(403, b"{", PROBLEM),
    ],
)
def test_a_refusal_without_reason(asker: Asker, said: Play) -> None:
    """What something between refuses is a refusal too, though nobody says why."""
    with desk_playing(said) as desk, pytest.raises(DeskRefused) as caught:
        asker.ask(desk.url, "submit", EVENT)
    assert caught.value.code == "http_403"
    assert caught.value.help


def test_the_last_problem_is_kept(asker: Asker) -> None:
    """What the desk said before it was given up stands beside the error."""
    with desk_playing(problem(503, "overloaded")) as desk, pytest.raises(DeskUnavailable) as caught:
        asker.ask(desk.url, "submit", EVENT)
    assert caught.value.problem is not None
    assert caught.value.problem.code == "overloaded"


@pytest.mark.parametrize("fault", PASSING)
def test_a_resolution_is_sent_once(asker: Asker, fault: str) -> None:
    """What would be made twice is not sent twice, whatever the fault."""
    with desk_playing(PASSING[fault]) as desk:
        with pytest.raises(DeskUnavailable):
            asker.ask(desk.url, "resolve", "release", "seen", event=("//test", "p1"))
        assert len(desk.seen) == 1
    said = json.loads(desk.seen[0].body)
    assert said == {
        "action": "release",
        "reason": "seen",
        "event": {"source": "//test", "id": "p1"},
    }


def test_a_stream(asker: Asker) -> None:
    """Each event has its line, in order and by number, over as many requests as it takes."""
    events = [proposal(f"{'bad' if n % 7 == 3 else 'allow'}-{n}") for n in range(600)]
    with desk_playing(streamed) as desk:
        lines = asker.ask(desk.url, "submit_stream", iter(events))
    assert [one.line for one in lines] == list(range(1, 601))
    for line, event in zip(lines, events, strict=True):
        if event["id"].startswith("bad"):
            assert (line.judged, line.rejected.code) == (None, "bad")
        else:
            assert line.judged.event.id == event["id"]
    assert len(desk.seen) == 3
    assert {one.headers["content-type"] for one in desk.seen} == {NDJSON}


def test_events_that_are_awaited() -> None:
    """The client with `await` also takes events that come in by and by."""

    async def events() -> AsyncIterator[Any]:
        for event in EVENTS:
            await asyncio.sleep(0)
            yield event

    with desk_playing(streamed) as desk:
        assert len(Asker("async").ask(desk.url, "submit_stream", events())) == 5


def test_an_empty_stream(asker: Asker) -> None:
    """Nothing is asked of nothing."""
    with desk_playing(streamed) as desk:
        assert asker.ask(desk.url, "submit_stream", []) == []
        assert desk.seen == []


@pytest.mark.parametrize("chars", [0, 1, 40])
@pytest.mark.parametrize("lines", [0, 1, 4])
def test_a_stream_that_breaks_off(asker: Asker, lines: int, chars: int) -> None:
    """After half a line, the unanswered events alone are sent again, and each is given once."""
    with desk_playing(cut(lines, chars), streamed) as desk:
        found = asker.ask(desk.url, "submit_stream", EVENTS)
    assert [one.line for one in found] == [1, 2, 3, 4, 5]
    assert [one.judged.event.id for one in found] == [one["id"] for one in EVENTS]
    again = [json.loads(line)["id"] for line in desk.seen[1].body.splitlines()]
    assert again == [one["id"] for one in EVENTS[lines:]]


@pytest.mark.parametrize("fault", [*PASSING, "short", "no lines", "nonsense"])
def test_a_stream_over_a_fault(asker: Asker, fault: str) -> None:
    """A fault that passes costs no event of a stream, and one that stays ends it in the open."""
    more = {
        "short": reply(200, b'{"line":1,', NDJSON),
        "no lines": reply(200, b"", NDJSON),
        "nonsense": reply(200, b'{"line":"1"}\n', NDJSON),
    }
    play = (PASSING | more)[fault]
    with desk_playing(play, streamed) as desk:
        assert len(asker.ask(desk.url, "submit_stream", EVENTS)) == 5
    found: list[Any] = []
    with desk_playing(play) as desk:
        with pytest.raises(DeskUnavailable):
            asker.collect(found, desk.url, "submit_stream", EVENTS, settings={"attempts": 3})
        assert len(desk.seen) == 3
    assert found == []


def test_a_stream_that_gets_on_is_not_given_up(asker: Asker) -> None:
    """Attempts count from the last answer on: a stream that breaks off again and again gets done."""
    with desk_playing(*[cut(1)] * 4, streamed) as desk:
        found = asker.ask(desk.url, "submit_stream", EVENTS, settings={"attempts": 2})
    assert [one.line for one in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("first", [0, 2, 7])
def test_lines_of_other_events(asker: Asker, first: int) -> None:
    """An answer whose numbers are not those of the events is taken for none of them."""

    def shifted(seen: Any, connection: Any) -> bool:
        return reply(200, b"".join(lines_of(seen.body, first)), NDJSON)(seen, connection)

    found: list[Any] = []
    with desk_playing(shifted) as desk, pytest.raises(DeskUnavailable, match="not those"):
        asker.collect(found, desk.url, "submit_stream", EVENTS, settings={"attempts": 2})
    assert found == []


def test_more_lines_than_events(asker: Asker) -> None:
    """A line too many is given to nobody."""

    def more(seen: Any, connection: Any) -> bool:
        body = seen.body + seen.body.splitlines()[0] + b"\n"
        return reply(200, b"".join(lines_of(body)), NDJSON)(seen, connection)

    with desk_playing(more) as desk:
        found = asker.ask(desk.url, "submit_stream", EVENTS)
    assert [one.line for one in found] == [1, 2, 3, 4, 5]


def test_a_stream_that_is_refused(asker: Asker) -> None:
    """A refusal ends a stream, with what was given before."""
    found: list[Any] = []
    with desk_playing(streamed, problem(403, "not_allowed")) as desk:
        many = [proposal(f"allow-{n}") for n in range(questions.MOST_LINES + 1)]
        with pytest.raises(DeskRefused):
            asker.collect(found, desk.url, "submit_stream", many)
        assert len(found) == questions.MOST_LINES


def test_a_stream_takes_no_more_than_it_sends(asker: Asker) -> None:
    """However long the stream, no more events are kept than one request takes."""
    taken, most = 0, 0
    found: list[Any] = []

    def events() -> Iterator[Any]:
        nonlocal taken, most
        for number in range(1_000):
            taken += 1
            most = max(most, taken - len(found))
            yield proposal(f"allow-{number}")

    with desk_playing(streamed) as desk:
        asker.collect(found, desk.url, "submit_stream", events())
    assert len(found) == 1_000
    assert most <= questions.MOST_LINES


def test_a_large_event_goes_by_itself(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of a stream are bounded in bytes as well."""
    monkeypatch.setattr(questions, "MOST_BYTES", 50)
    with desk_playing(streamed) as desk:
        assert len(asker.ask(desk.url, "submit_stream", EVENTS)) == 5
        assert len(desk.seen) == 5


def test_lines_are_parted_at_line_feeds_only(asker: Asker) -> None:
    """A line separator within a text (U+2028, U+0085) does not cut a line of the answer."""
    events = [proposal(f"allow-\u2028\x85{n}") for n in range(3)]

    def raw(seen: Any, connection: Any) -> bool:
        body = b"".join(
            json.dumps(json.loads(line), ensure_ascii=False).encode() + b"\n"
            for line in lines_of(
                seen.body.replace(b"\xc2\x85", b"\\u0085").replace(b"\xe2\x80\xa8", b"\\u2028")
            )
        )
        return reply(200, body, NDJSON)(seen, connection)

    with desk_playing(raw) as desk:
        found = asker.ask(desk.url, "submit_stream", events)
    assert [one.judged.event.id for one in found] == [one["id"] for one in events]


def test_an_error_of_the_caller_is_the_callers(asker: Asker) -> None:
    """What the caller's own events raise is not taken for a fault of the desk."""
    import httpx

    def events() -> Iterator[Any]:
        yield EVENT
        raise httpx.ReadError("of another connection")

    with desk_playing(streamed) as desk:
        with pytest.raises(httpx.ReadError):
            asker.ask(desk.url, "submit_stream", events())
        assert desk.seen == []
