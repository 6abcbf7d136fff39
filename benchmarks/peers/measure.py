"""The clock: throughput and single calls by the thread's CPU time, engines in turn in each round."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Call = Callable[..., Any]
_clock = time.thread_time_ns
SLICE = 60_000_000
"""CPU nanoseconds for which an engine runs in each round, at least one pass over the events."""


@dataclass(frozen=True)
class Spread:
    """A figure over the rounds."""

    median: float
    least: float
    most: float


@dataclass
class Figures:
    """What was found of one engine, round by round: calls per CPU-second, and microseconds."""

    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def spreads(self) -> dict[str, Spread]:
        """Return median, minimum and maximum of each."""
        return {
            name: Spread(statistics.median(found), min(found), max(found))
            for name, found in vars(self).items()
        }


@dataclass(frozen=True)
class Contender:
    """Something to be timed: a function and the arguments of each of its calls."""

    name: str
    call: Call
    inputs: Sequence[tuple[Any, ...]]


def against(one: Figures, other: Figures) -> Spread:
    """Return how many times faster than another one is, round by round, so that drift falls out."""
    found = [a / b for a, b in zip(one.rate, other.rate, strict=True)]
    return Spread(statistics.median(found), min(found), max(found))


def clock_cost(samples: int = 50_000) -> float:
    """Return the nanoseconds that two readings of the clock lie apart, with nothing in between."""
    found = []
    for _ in range(samples):
        begin = _clock()
        found.append(_clock() - begin)
    return statistics.median(found)


def race(contenders: Sequence[Contender], rounds: int) -> tuple[dict[str, Figures], float]:
    """Time every contender in every round; also return the clock's own cost, taken off p50 and p99.

    The order turns by one each round, so that none always runs after the same other.
    """
    gc.collect()
    gc.freeze()
    cost = clock_cost()
    found = {one.name: Figures() for one in contenders}
    try:
        for number in range(rounds):
            turn = number % max(len(contenders), 1)
            for one in (*contenders[turn:], *contenders[:turn]):
                _through(one.call, one.inputs[:500])
                found[one.name].rate.append(_rate(one))
                singles = _singles(one, cost)
                found[one.name].p50.append(singles[len(singles) // 2] / 1e3)
                found[one.name].p99.append(singles[len(singles) * 99 // 100] / 1e3)
    finally:
        gc.unfreeze()
    return found, cost


def _rate(one: Contender) -> float:
    calls, begin = 0, _clock()
    while (spent := _clock() - begin) < SLICE:
        _through(one.call, one.inputs)
        calls += len(one.inputs)
    return calls / spent * 1e9


def _through(call: Call, inputs: Sequence[tuple[Any, ...]]) -> None:
    """Call with every input; written out for one and two arguments, which unpack faster."""
    if len(inputs[0]) == 1:
        for (one,) in inputs:
            call(one)
    else:
        for one, other in inputs:
            call(one, other)


def _singles(one: Contender, cost: float) -> list[float]:
    """Time calls one by one and sort what they took; at least one pass."""
    call, taken, begin = one.call, [], _clock()
    while _clock() - begin < SLICE:
        for arguments in one.inputs:
            start = _clock()
            call(*arguments)
            taken.append(_clock() - start)
    return sorted(max(nanoseconds - cost, 0.0) for nanoseconds in taken)
