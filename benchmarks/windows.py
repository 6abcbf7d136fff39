"""Measure windows kept online: time for each event, exactness, memory, writing out and reading back.

Five windows for each event: sum of 24 hours, count of one hour, count of 7 days and distinct values
of 30 days for each buyer, and the last price of each token. 50,000 buyers and 100,000 tokens are
drawn with weights 1/rank. Each event asks all five, itself included in the first four, and then
adds to them.

Times are of the thread's CPU clock, so that waiting and other processes do not count; the cycle
collector runs as rarely as `check` lets it. The answers are compared with a reference that shares no code: lists for each key, and bisection.

    python benchmarks/windows.py [--events 1000000] [--rounds 3] [--keys 1000000] [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any, NamedTuple

from vermilion.features import Definition, Key, Scalar, Windows

HOUR, DAY = 3_600, 86_400
BUYERS, TOKENS = 50_000, 100_000
START = 1_700_000_000
SECRET = b"secret of the benchmark"

DEFINITIONS = [
    Definition("sum", bytes(15) + b"1", DAY),
    Definition("count", bytes(15) + b"2", HOUR),
    Definition("count", bytes(15) + b"3", 7 * DAY),
    Definition("distinct", bytes(15) + b"4", 30 * DAY),
    Definition("last", bytes(15) + b"5", None),
]


class Event(NamedTuple):
    """A trade, as far as windows need it."""

    buyer: Key
    token: Key
    moment: int
    amount: int
    work: str


def events(number: int) -> list[Event]:
    """Return trades of 30 days in order of time; strings are made anew for each."""
    draw = random.Random(1)

    def ranks(size: int) -> list[int]:
        weights = list(accumulate(1 / rank for rank in range(1, size + 1)))
        return draw.choices(range(size), cum_weights=weights, k=number)

    moments = sorted(START + draw.randrange(30 * DAY) for _ in range(number))
    return [
        Event(f"buyer-{b}", f"token-{t}", moment, draw.randrange(1, 10**6), f"token-{t}")
        for b, t, moment in zip(ranks(BUYERS), ranks(TOKENS), moments, strict=True)
    ]


def run(windows: Windows, trades: Iterable[Event]) -> None:
    """Ask and add all five for each event."""
    day, hour, week, works, price = map(windows.reader, range(5))
    to_day, to_hour, to_week, to_works, to_price = map(windows.adder, range(5))
    for buyer, token, moment, amount, work in trades:
        day(buyer, moment, amount)
        hour(buyer, moment, 1)
        week(buyer, moment, 1)
        works(buyer, moment, work)
        price(token, moment, None)
        to_day(buyer, moment, amount)
        to_hour(buyer, moment, None)
        to_week(buyer, moment, None)
        to_works(buyer, moment, work)
        to_price(token, moment, amount)


def mismatches(trades: Iterable[Event]) -> int:
    """Return in how many of five answers for each event the reference disagrees."""
    windows = Windows(DEFINITIONS, secret=SECRET)
    history: dict[Key, tuple[list[int], list[int]]] = {}
    latest: dict[tuple[Key, str], int] = {}
    latests: dict[Key, list[int]] = {}
    prices: dict[Key, int] = {}
    wrong = 0
    for buyer, token, moment, amount, work in trades:
        moments, sums = history.setdefault(buyer, ([], [0]))
        day, hour, week = (bisect_right(moments, moment - s) for s in (DAY, HOUR, 7 * DAY))
        # The latest moment of each work of a buyer, in order: one for each different work.
        stamps = latests.setdefault(buyer, [])
        if (buyer, work) in latest:
            del stamps[bisect_left(stamps, latest[buyer, work])]
        stamps.append(moment)
        latest[buyer, work] = moment
        wanted: list[Scalar | None] = [
            sums[-1] - sums[day] + amount,
            len(moments) - hour + 1,
            len(moments) - week + 1,
            len(stamps) - bisect_right(stamps, moment - 30 * DAY),
            prices.get(token),
        ]
        found = [
            windows.value(0, buyer, moment, including=amount),
            windows.value(1, buyer, moment, including=1),
            windows.value(2, buyer, moment, including=1),
            windows.value(3, buyer, moment, including=work),
            windows.value(4, token, moment),
        ]
        wrong += sum(a != b for a, b in zip(found, wanted, strict=True))
        windows.add(0, buyer, moment, amount)
        windows.add(1, buyer, moment, None)
        windows.add(2, buyer, moment, None)
        windows.add(3, buyer, moment, work)
        windows.add(4, token, moment, amount)
        moments.append(moment)
        sums.append(sums[-1] + amount)
        prices[token] = amount
    return wrong


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of some work, and what it returned."""
    begin = time.thread_time()
    result = work()
    return time.thread_time() - begin, result


def resident() -> int:
    """Return the bytes of memory that the process holds now (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * 4096


def at_rest(keys: int) -> dict[str, float]:
    """Measure memory, writing out and reading back, of one-contribution states of all five."""
    each = keys // len(DEFINITIONS)
    rows: dict[bytes, bytes] = {}
    names: list[Key] = [f"key-{number}" for number in range(each)]
    gc.collect()
    before = resident()
    windows = Windows(DEFINITIONS, secret=SECRET, load=rows.get)
    for number, name in enumerate(names):
        for index in range(len(DEFINITIONS)):
            windows.add(index, name, START + number, number if index != 3 else f"token-{number}")
    gc.collect()
    memory = (resident() - before) / keys
    written, changed = timed(lambda: list(windows.changed()))
    windows.stored()
    rows.update((id, raw) for id, raw in changed if raw is not None)
    again = Windows(DEFINITIONS, secret=SECRET, load=rows.get)

    def read() -> None:
        for name in names:
            for index in range(len(DEFINITIONS)):
                again.value(index, name, START + each)

    return {
        "bytes of memory per state": memory,
        "bytes per row": sum(map(len, rows.values())) / len(rows) + 16,
        "seconds to write out": written,
        "seconds to read back": timed(read)[0],
    }


def main() -> None:
    """Run the rounds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=1_000_000, help="states, all windows together")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    trades = events(options.events)
    gc.collect()
    gc.freeze()  # The events of the benchmark are not the windows' to look after.
    gc.set_threshold(100_000, 50, 100)  # as `check` does
    spent = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        windows = Windows(DEFINITIONS, secret=SECRET)
        spent.append(timed(lambda w=windows: run(w, trades))[0] / options.events * 1e6)
        del windows
    wrong = mismatches(trades)
    rest = at_rest(options.keys)
    if options.json:
        print(json.dumps({"us per event": spent, "mismatches": wrong, **rest}))
        return
    middle = statistics.median(spent)
    print(f"{options.events:,} events, five windows, {options.rounds} rounds")
    print(f"µs per event (median, min, max){middle:>9.2f}{min(spent):>9.2f}{max(spent):>9.2f}")
    print(f"answers that differ from the reference: {wrong} of {options.events * 5:,}")
    print(f"{options.keys:,} states")
    for name, found in rest.items():
        print(f"{name:<31}{found:>9.2f}")


if __name__ == "__main__":
    main()
