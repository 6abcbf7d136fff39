"""The questions that a client asks, as flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from vermilion.client import calls
from vermilion.client.answers import Judged, Line, SentJudged
from vermilion.client.calls import NDJSON, Call, PageOf, Submitted
from vermilion.client.flow import (
    Answered,
    Ask,
    Attempts,
    Broken,
    Flow,
    Give,
    Limits,
    Next,
    Part,
    Read,
    Unusable,
    asked,
    understood,
    whole_problem,
)
from vermilion.client.trust import Trust

MOST_LINES, MOST_BYTES = 256, 2**20
"""How much of a stream is sent in one request, and kept until it is answered. Policy."""

T = TypeVar("T")


class Sent(NamedTuple):
    """An event of a stream as it is sent, and its digest."""

    body: bytes
    digest: str | None


class Questions:
    """Makes flows.

    Args:
        trust: verifies permits.
        limits: how often and how long is asked.
    """

    def __init__(self, trust: Trust, limits: Limits) -> None:
        self._trust, self._limits = trust, limits

    def one(self, call: Call[T]) -> Flow[T]:
        """Ask one thing."""
        found = yield from asked(call, self._limits)
        yield Give(found)

    def submit(self, event: Submitted) -> Flow[Judged]:
        """Submit an event, whose permit must be for exactly it."""
        body = calls.written(event)
        sent = yield from asked(calls.submit(body), self._limits)
        yield Give(self._trust.judged(sent, self._trust.digest(body)))

    def judgement(self, entry: int) -> Flow[Judged]:
        """Read a judgement, whose permit must be for the event that it names."""
        sent: SentJudged = yield from asked(calls.judgement(entry), self._limits)
        yield Give(self._trust.judged(sent, sent.event.digest))

    def pages(
        self,
        page: Callable[[str | None, Mapping[str, Any]], Call[PageOf[T]]],
        said: Mapping[str, Any],
    ) -> Flow[T]:
        """Read a list to its end, page by page."""
        cursor: str | None = None
        while True:
            found = yield from asked(page(cursor, said), self._limits)
            for item in found.items:
                yield Give(item)
            if found.next is None:
                return
            cursor = found.next

    def stream(self) -> Flow[Line]:
        """Submit the caller's events, some of them at a time, and give what came of each."""
        given, size, number = [], 0, 0
        while True:
            event = yield Next()
            if not isinstance(event, Next):
                body = calls.written(event)
                given.append(Sent(body, self._trust.digest(body)))
                size += len(body)
                if len(given) < MOST_LINES and size < MOST_BYTES:
                    continue
            if given:
                yield from self._lines(given, number)
            if isinstance(event, Next):
                return
            number, given, size = number + len(given), [], 0

    def _lines(self, given: list[Sent], before: int) -> Flow[Line]:
        """Submit some lines; where the answer breaks off, submit the unanswered ones again."""
        attempts = Attempts(self._limits)
        done = 0
        while done < len(given):
            left = given[done:]
            begun = yield Ask(calls.stream(b"".join([one.body + b"\n" for one in left])))
            found: Unusable | None = None
            if isinstance(begun, Broken):
                found = Unusable(begun.why)
            elif begun.status != 200 or not _is_stream(begun):
                body = yield from whole_problem()
                found = understood(begun, NDJSON, body if isinstance(body, bytes) else b"")
            else:
                answered, found = yield from self._answered(left, before + done)
                done += answered
                if answered:
                    attempts.progressed()
            if done < len(given):
                yield attempts.pause_after(found or Unusable("its answer is too short"))

    def _answered(self, left: list[Sent], before: int) -> Part[tuple[int, Unusable | None]]:
        """Give the lines of one answer; return how many there were, and what was wrong then."""
        done, rest = 0, b""
        while True:
            part = yield Read()
            if part is None or isinstance(part, Broken):
                return done, Unusable(part.why) if part else None
            *lines, rest = (rest + part).split(b"\n")
            for text in lines:
                try:
                    sent = calls.read_line(text)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    return done, Unusable("a line of its answer cannot be read")
                # INVARIANT: an answer is never taken for that to another event.
                if sent.line != done + 1 or done >= len(left):
                    return done, Unusable("the lines of its answer are not those of the events")
                judged = None
                if sent.judged is not None:
                    judged = self._trust.judged(sent.judged, left[done].digest)
                done += 1
                yield Give(Line(before + done, judged, sent.rejected))


def _is_stream(begun: Answered) -> bool:
    media_type = begun.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == NDJSON
