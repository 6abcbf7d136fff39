"""How the client goes about a question, step by step, without touching a network.

A flow is a generator: it yields steps, and whoever runs it, with or without `await`, sends back
what came of each. So both clients do the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from vermilion.client.answers import Problem
from vermilion.client.calls import Call, Request
from vermilion.client.errors import DeskRefused, DeskUnavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before the second attempt, doubled from there up to the longest. Policy."""

LONGEST_WISH = 30.0
"""Seconds that the desk may ask to wait (`Retry-After`); for longer nobody waits. Policy."""

MOST_ANSWER = 64 * 2**20
"""Bytes of an answer that is not a stream; a longer one is none. Policy."""

T = TypeVar("T")


class Ask(NamedTuple):
    """Send a request; comes back as `Answered` or `Broken`."""

    request: Request


class Read(NamedTuple):
    """Read on in the answer; comes back as bytes, None at its end, or `Broken`."""


class Pause(NamedTuple):
    """Wait so many seconds."""

    seconds: float


class Next(NamedTuple):
    """Take the next event of the caller's; comes back as an event, or `Next` itself at the end."""


class Give(NamedTuple, Generic[T]):
    """Give something to the caller."""

    value: T


class Answered(NamedTuple):
    """What an answer begins with; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]


class Broken(NamedTuple):
    """There is no answer, or no end of it."""

    why: str


Step = Ask | Read | Pause | Next | Give[T]
Flow = Generator[Step[T], Any, None]
Part = Generator[Step[Any], Any, T]
_PROBLEM = msgspec.json.Decoder(Problem).decode


class Limits(NamedTuple):
    """How often one question is asked at most, and within how many seconds each time."""

    attempts: int
    seconds: float


class Unusable(NamedTuple):
    """Why an answer is not one, whether to ask again, and after how long the desk wishes it."""

    why: str
    again: bool = True
    wish: float | None = None
    problem: Problem | None = None


class Attempts:
    """Counts attempts at one question."""

    def __init__(self, limits: Limits, *, repeatable: bool = True) -> None:
        self._most = limits.attempts if repeatable else 1
        self._made = 0

    def pause_after(self, found: Unusable) -> Pause:
        """Return how long to wait before asking again.

        Raises:
            DeskUnavailable: it is not asked again.
        """
        self._made += 1
        wish = found.wish or 0.0
        if self._made >= self._most or not found.again or wish > LONGEST_WISH:
            raise DeskUnavailable(found.why, found.problem)
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._made - 1, 16))
        return Pause(max(wish, longest * random.uniform(0.5, 1.0)))  # noqa: S311  # guards nothing

    def progressed(self) -> None:
        """Begin to count anew: something was answered."""
        self._made = 0


def asked(call: Call[T], limits: Limits) -> Part[T]:
    """Ask until there is an answer, and return it.

    Raises:
        DeskRefused: the desk refused.
        DeskUnavailable: there is no answer to rely on.
    """
    attempts = Attempts(limits, repeatable=call.repeatable)
    while True:
        begun = yield Ask(call.request)
        found = begun if isinstance(begun, Broken) else (yield from _whole(limits.seconds))
        if isinstance(found, bytes):
            said = understood(begun, call.request.accept, found)
            if said is None:
                try:
                    return call.read(found)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    said = Unusable("its answer cannot be read")
        else:
            said = Unusable(found.why)
        yield attempts.pause_after(said)


def understood(begun: Answered, accept: str, body: bytes) -> Unusable | None:
    """Return why an answer is none; None where it is the one that was asked for.

    Raises:
        DeskRefused: the desk refused.
    """
    media_type = begun.headers.get("content-type", "").partition(";")[0].strip().lower()
    problem = _problem(begun.status, media_type, body)
    match begun.status:
        case 200 if media_type == accept:
            return None
        case 200:
            return Unusable(f"its answer is of type `{media_type[:60]}`")
        case 429 | 502 | 503 | 504:
            wish = begun.headers.get("retry-after", "")
            seconds = float(wish) if wish.isascii() and wish.isdigit() and len(wish) < 7 else None
            return Unusable(f"it answered {begun.status}", wish=seconds, problem=problem)
        case status if 400 <= status < 500:
            raise DeskRefused(problem or _unexplained(status))
        case status:
            return Unusable(f"it answered {status}", again=False, problem=problem)


def whole_problem() -> Part[bytes | Broken]:
    """Read the rest of an answer that is no stream."""
    return (yield from _whole(LONGEST_WISH))


def _whole(seconds: float) -> Part[bytes | Broken]:
    """Read an answer to its end, within a time: each byte may be late, and all of them not."""
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    while True:
        part = yield Read()
        if part is None:
            return b"".join(parts)
        if isinstance(part, Broken):
            return part
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER or time.monotonic() > deadline:
            return Broken("its answer does not end")


def _problem(status: int, media_type: str, body: bytes) -> Problem | None:
    if media_type != "application/problem+json":
        return None
    try:
        found = _PROBLEM(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if found.status == status else None


def _unexplained(status: int) -> Problem:
    return Problem(
        title="Refused",
        status=status,
        code=f"http_{status}",
        detail=f"the request was refused with {status}, and without a reason",
        remedy="check the desk's address, and what stands between it and here",
    )
