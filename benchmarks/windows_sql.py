"""Measure windows in bulk: SQL on DuckDB beside the online state machine and the replay of it.

The events and the five windows are those of `windows.py`: each event asks all five, itself included
in the first four, and adds to them. Three ways answer them:

- *sql*: the SELECT for each window over one table of the events, the answers written to a table;
- *online*: the state machine, fed with events that lie in memory as Python objects already;
- *replay*: what SQL does with questions it cannot tell, here with all of them: rows out of DuckDB in
  order of key, through the state machine.

Every answer of SQL is compared with the state machine's. Then the same with one event in a hundred
recorded up to two days late, and the growth with a token that has half of all events.
Times are CPU seconds of the process, all threads together, in millionths for each event.

    python benchmarks/windows_sql.py [--events 1000000] [--rounds 3] [--threads 1] [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from windows import DAY, DEFINITIONS, SECRET, Event, events, run

from vermilion.features import Answer, Definition, Windows
from vermilion.features.sql import history_sql, replay_history_sql
from vermilion.features.sql_replay import Happened, replayed

LATE_SHARE, LATE_BY = 0.01, 2 * DAY


class Asked(NamedTuple):
    """A window over the table of events: which columns are its key and what is added to it."""

    definition: Definition
    key: str
    value: str
    including: bool = True

    @property
    def name(self) -> str:
        """Name of the window in the tables printed."""
        within = self.definition.within
        return (
            f"{self.definition.function} {'all time' if within is None else f'{within // 3600} h'}"
        )

    @property
    def history(self) -> str:
        """The relation of what happened."""
        own = f", {self.value} AS own" if self.including else ""
        return (
            f"(SELECT e.seq, e.t, e.{self.key} AS k, TRUE AS asks, {self.value} AS v{own}"
            " FROM events AS e)"
        )

    @property
    def text(self) -> str:
        """The SELECT."""
        return history_sql(self.definition, self.history, including=self.including, revocable=False)


ASKED = [
    Asked(DEFINITIONS[0], "buyer", "e.amount"),
    Asked(DEFINITIONS[1], "buyer", "1"),
    Asked(DEFINITIONS[2], "buyer", "1"),
    Asked(DEFINITIONS[3], "buyer", "e.work"),
    Asked(DEFINITIONS[4], "token", "e.amount", including=False),
]

HOT = [
    Asked(Definition("count", bytes(15) + b"6", 7 * DAY), "token", "1"),
    Asked(Definition("sum", bytes(15) + b"7", 7 * DAY), "token", "e.amount"),
    Asked(Definition("distinct", bytes(15) + b"8", 7 * DAY), "token", "e.buyer"),
    Asked(Definition("min", bytes(15) + b"9", 7 * DAY), "token", "e.amount"),
    Asked(Definition("last", bytes(15) + b"a", None), "token", "e.amount"),
]


class Bulk:
    """The events in DuckDB."""

    def __init__(self, trades: Sequence[Event], threads: int) -> None:
        self.duck = duckdb.connect(config={"threads": threads})
        columns = dict(zip(Event._fields, zip(*trades, strict=True), strict=True))
        columns["t"], columns["seq"] = columns.pop("moment"), range(len(trades))
        table = pa.table(columns)
        self.duck.register("arrow", table)
        self.duck.execute("CREATE TABLE events AS SELECT * FROM arrow")
        self.duck.unregister("arrow")

    def answer(self, asked: Asked) -> None:
        """Answer a window into the table `answers`."""
        self.duck.execute(f"CREATE OR REPLACE TABLE answers AS {asked.text}")

    def left(self, asked: Asked) -> Iterator[tuple[int, Answer]]:
        """Replay the keys of what SQL did not tell."""
        text = replay_history_sql(
            asked.history, "answers", including=asked.including, revocable=False
        )
        yield from replayed(asked.definition, rows(self.duck.execute(text)))

    def answers(self) -> tuple[list[Any], list[bool]]:
        """Return what SQL answered, and which of it is to be replayed, in order of sequence."""
        found = self.duck.execute("SELECT answer, replay FROM answers ORDER BY seq").fetchall()
        return [None if one is None else int(one) for one, _ in found], [one for _, one in found]


def rows(found: Any) -> Iterator[Happened]:
    """Give the rows of a result, some thousands at a time."""
    while some := found.fetchmany(20_000):
        yield from map(Happened._make, some)


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of the process, with all its threads, for some work."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def online(trades: Sequence[Event], asked: Asked) -> list[Answer]:
    """Return the state machine's answers to one window."""
    windows = Windows([asked.definition], secret=SECRET)
    read, add = windows.reader(0), windows.adder(0)
    key = Event._fields.index(asked.key)
    field = None if asked.value == "1" else Event._fields.index(asked.value.removeprefix("e."))
    found = []
    for one in trades:
        value = 1 if field is None else one[field]
        found.append(read(one[key], one.moment, value if asked.including else None))
        add(one[key], one.moment, value)
    return found


def compared(bulk: Bulk, trades: Sequence[Event], asked: Sequence[Asked]) -> dict[str, float]:
    """Answer windows by SQL and replay what it does not tell; compare all with the state machine."""
    wrong = replays = 0
    spent = 0.0
    for one in asked:
        taken, _ = cpu(lambda one=one: bulk.answer(one))
        found, again = bulk.answers()
        more, exact = cpu(lambda one=one: dict(bulk.left(one)))
        spent += taken + more
        wanted = online(trades, one)
        answers = [exact[seq] if again[seq] else found[seq] for seq in range(len(found))]
        wrong += sum(a != b for a, b in zip(answers, wanted, strict=True))
        replays += sum(again)
    number = len(trades)
    return {
        "answers": number * len(asked),
        "answers that differ": wrong,
        "answers by replay": replays,
        "µs per event": spent / number * 1e6,
    }


def delayed(trades: Sequence[Event]) -> list[Event]:
    """Return the events in order of recording, one in a hundred of them up to two days late."""
    draw = random.Random(2)
    late = [draw.random() < LATE_SHARE for _ in trades]
    recorded = [
        one.moment + (draw.randrange(LATE_BY) if is_late else 0)
        for one, is_late in zip(trades, late, strict=True)
    ]
    return [trades[place] for place in sorted(range(len(trades)), key=recorded.__getitem__)]


def spread(found: Sequence[float]) -> str:
    """Write median, least and most."""
    return f"{statistics.median(found):>9.2f}{min(found):>9.2f}{max(found):>9.2f}"


def ways(bulk: Bulk, trades: Sequence[Event], rounds: int) -> dict[str, list[float]]:
    """Measure the three ways, each window by SQL by itself."""
    number = len(trades) / 1e6
    spent: dict[str, list[float]] = {}
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        sql = []
        again = 0.0
        for one in ASKED:
            sql.append(cpu(lambda one=one: bulk.answer(one))[0] / number)
            spent.setdefault(f"  sql, {one.name}", []).append(sql[-1])
            bulk.duck.execute("UPDATE answers SET replay = TRUE")
            again += cpu(lambda one=one: sum(1 for _ in bulk.left(one)))[0] / number
        spent.setdefault("sql", []).append(sum(sql))
        spent.setdefault("replay", []).append(again)
        windows = Windows(DEFINITIONS, secret=SECRET)
        spent.setdefault("online", []).append(cpu(lambda w=windows: run(w, trades))[0] / number)
        del windows
    return spent


def growth(number: int, rounds: int, threads: int) -> dict[str, list[float]]:
    """Measure windows of tokens where one token has half of all events, and fewer events of it."""
    found: dict[str, list[float]] = {}
    for part in (10, 5, 2, 1):
        trades = [
            one._replace(token="hot") if place % 2 else one
            for place, one in enumerate(events(number // part))
        ]
        bulk = Bulk(trades, threads)
        for _ in range(rounds):
            spent = sum(cpu(lambda one=one, bulk=bulk: bulk.answer(one))[0] for one in HOT)
            found.setdefault(f"{len(trades):,}", []).append(spent / len(trades) * 1e6)
    return found


def main() -> None:
    """Run the rounds and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of DuckDB")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    trades = events(options.events)
    gc.collect()
    gc.freeze()  # The events of the benchmark are not the windows' to look after.
    gc.set_threshold(100_000, 50, 100)  # as `check` does
    bulk = Bulk(trades, options.threads)
    found: dict[str, Any] = {"ways": ways(bulk, trades, options.rounds)}
    found["in order"] = compared(bulk, trades, ASKED)
    late = delayed(trades)
    found["one in a hundred late"] = compared(Bulk(late, options.threads), late, ASKED)
    hot = [one._replace(token="hot") if n % 2 else one for n, one in enumerate(late)]
    found["late, and a hot token"] = compared(Bulk(hot, options.threads), hot, HOT)
    found["hot token"] = growth(options.events, options.rounds, options.threads)
    gc.unfreeze()
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"{options.events:,} events, five windows, {options.rounds} rounds; median, min, max")
    for name, spent in found["ways"].items():
        print(f"{name + ', µs per event':<36}{spread(spent)}")
    for name in ("in order", "one in a hundred late", "late, and a hot token"):
        print(
            f"{name}:",
            ", ".join(
                f"{what} {one:,.{2 * (what[0] == 'µ')}f}" for what, one in found[name].items()
            ),
        )
    for name, spent in found["hot token"].items():
        print(f"{name + ' events, half of one token, µs':<36}{spread(spent)}")


if __name__ == "__main__":
    main()
