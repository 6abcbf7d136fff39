"""Measure the whole path and its stages: NDJSON file to durable, sealed, encrypted record.

Times are of the thread's CPU clock, so that waiting for the disk and other processes do not count;
the wall clock stands beside the whole path. Each figure is the median of the rounds, with minimum
and maximum. The stages run the functions that `check` runs, on events read from a file.

    python benchmarks/path.py [--events 100000] [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vermilion.desk.book import Book, statement_rows
from vermilion.desk.check import GROUP, CheckRequest, check
from vermilion.desk.desk import Desk
from vermilion.desk.sealing import KIND, Judgement, sealable
from vermilion.desk.tally import RulebookTally
from vermilion.intake import Received, read_events
from vermilion.rulebook import Engine, Profile, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, write_events
from vermilion.store import Place, identity_of


class Rounds:
    """Microseconds per event of each stage, round by round."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = {}

    def time(self, stage: str, events: int, work: Callable[[], Any]) -> Any:
        """Run some work and note its CPU time per event."""
        begin = time.thread_time()
        result = work()
        spent = time.thread_time() - begin
        self.found.setdefault(stage, []).append(spent / events * 1e6)
        return result


def stages(path: Path, folder: Path, rounds: Rounds) -> None:
    """Run each stage over all events of a file, one stage after the other."""
    rulebook = load_rulebook(find_rulebook("cn"))
    received = rounds.time("read and type", _lines(path), lambda: _read(path))
    count = len(received)
    with Book.open(folder / "book") as book:
        engine = Engine(rulebook, Profile())
        book.activate(engine)
        desk = Desk(book, [engine])
        identities = rounds.time("identity", count, lambda: _identities(received))
        rounds.time("look up", count, lambda: _look_up(book, identities))
        judged = _judge(desk, received, rounds)
        sealables = rounds.time("lay out", count, lambda: [sealable(j, "2026-03") for j in judged])
        places = rounds.time("seal and write", count, lambda: _seal(book, sealables))
        rounds.time("take over into state", count, lambda: _apply(book, judged, identities, places))
        rounds.time("tally", count, lambda: _tally(judged))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _read(path: Path) -> list[Received]:
    return [item for item in read_events(path) if isinstance(item, Received)]


def _identities(received: Sequence[Received]) -> list[bytes]:
    return [identity_of(one.event.source, one.event.id) for one in received]


def _look_up(book: Book, identities: Sequence[bytes]) -> None:
    for start in range(0, len(identities), GROUP):
        book.state.find(identities[start : start + GROUP])


def _judge(desk: Desk, received: Sequence[Received], rounds: Rounds) -> list[Judgement]:
    """Judge events in order; the clock is read between, as each must be learnt before the next."""
    found = []
    judging = learning = folding = 0
    clock = time.thread_time_ns
    for index, one in enumerate(received):
        begin = clock()
        judged = desk.judge(one)
        judged_at = clock()
        desk.learn(judged.event, index)
        learnt_at = clock()
        desk.businesses.settle(judged.event, judged.ruled)
        folded_at = clock()
        judging += judged_at - begin
        learning += learnt_at - judged_at
        folding += folded_at - learnt_at
        found.append(judged)
    for stage, spent in (("know and judge", judging), ("learn", learning), ("fold", folding)):
        rounds.found.setdefault(stage, []).append(spent / len(received) / 1_000)
    return found


def _seal(book: Book, sealables: Sequence[Any]) -> list[Place]:
    places: list[Place] = []
    for start in range(0, len(sealables), GROUP):
        for statement, sections, commit in sealables[start : start + GROUP]:
            book.record.append(KIND, statement, sections, commit)
        places += [Place(*location) for location in book.record.commit().locations]
    return places


def _apply(
    book: Book, judged: Sequence[Judgement], identities: Sequence[bytes], places: Sequence[Place]
) -> None:
    for start in range(0, len(judged), GROUP):
        part = slice(start, start + GROUP)
        rows = [
            row
            for index, (one, place) in enumerate(
                zip(judged[part], places[part], strict=True), start=start
            )
            for row in statement_rows(one.event, index, place)
        ]
        seen = dict(zip(identities[part], places[part], strict=True))
        book.state.apply(seen, rows, book.record.size)
    book.state.flush()


def _tally(judged: Sequence[Judgement]) -> None:
    tally = RulebookTally()
    for one in judged:
        tally.add(one.event, one.ruled[0].ruling.as_of, one.ruled[0].ruling)
    tally.finish()


def main() -> None:
    """Run the rounds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--violations", type=int, default=30, help="per mille")
    parser.add_argument("--withheld", type=int, default=0, help="per mille")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    gc.set_threshold(100_000, 50, 100)  # as `check` does
    rounds = Rounds()
    wall: list[float] = []
    config = MarketConfig(
        events=options.events, violation_rate=options.violations, withheld=options.withheld
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "events.ndjson"
        write_events(path, config)
        rulebook = load_rulebook(find_rulebook("cn"))
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            stages(path, folder / f"stages{number}", rounds)
            request = CheckRequest(
                files=[path], rulebooks=[rulebook], book=folder / f"check{number}"
            )
            begin = time.perf_counter()
            rounds.time("whole path", options.events, lambda r=request: check(r))
            wall.append((time.perf_counter() - begin) / options.events * 1e6)
    rounds.found["whole path, wall clock"] = wall
    if options.json:
        print(json.dumps(rounds.found))
        return
    print(f"{options.events:,} events, {options.rounds} rounds; µs per event (median, min, max)")
    for stage, found in rounds.found.items():
        middle = statistics.median(found)
        rate = f"{1e6 / middle:>12,.0f}/s"
        print(f"{stage:<24}{middle:>9.2f}{min(found):>9.2f}{max(found):>9.2f}{rate}")


if __name__ == "__main__":
    main()
