"""Make a book of a simulated market with `check`, replay it, and replay it with one number changed.

The first replay must be equal to the byte; of the second the first difference is named. Times are of
the thread's CPU clock, with the wall clock beside; memory is the peak of this process so far.
Exits 1 where the first replay is not equal.

    python benchmarks/replay.py [--events 100000] [--rounds 1] [--book DIR] [--parameter NAME=VALUE]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.check import CheckRequest, check
from vermilion.desk.replay import Replay, replay
from vermilion.rulebook import Rulebook, check_document, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, write_events

SHOWN_EVERY = 50_000


def made(folder: Path, events: int, violations: int) -> Path:
    """Judge a market in a new book and return the book."""
    path = folder / "events.ndjson"
    write_events(path, MarketConfig(events=events, violation_rate=violations, withheld=10))
    rulebook = load_rulebook(find_rulebook("cn"))
    check(CheckRequest(files=[path], rulebooks=[rulebook], book=folder / "book"))
    path.unlink()
    return folder / "book"


def changed(rulebook: Rulebook, setting: str) -> Rulebook:
    """Return a rulebook with another value of a parameter from its first day on."""
    name, _, value = setting.partition("=")
    parameters = dict(rulebook.document.parameters)
    values = [msgspec.structs.replace(one, value=int(value)) for one in parameters[name].values]
    parameters[name] = msgspec.structs.replace(parameters[name], values=values)
    return check_document(msgspec.structs.replace(rulebook.document, parameters=parameters))


def timed(book: Book, rulebook: Rulebook | None) -> tuple[Replay, dict[str, Any]]:
    """Replay a book and return what came out, and what it took."""
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done % SHOWN_EVERY == 0:
            print(f"\r{done:,}", end="", file=sys.stderr)

    begun, wall = time.thread_time(), time.perf_counter()
    found = replay(book, rulebook=rulebook, on_entry=advance)
    spent = time.thread_time() - begun
    return found, {
        "events": found.events,
        "cpu_seconds": round(spent, 2),
        "wall_seconds": round(time.perf_counter() - wall, 2),
        "events_per_cpu_second": round(found.events / spent),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> int:
    """Make the book, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--violations", type=int, default=30, help="per mille")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--book", type=Path, help="replay this book and make none")
    parser.add_argument("--parameter", default="age_limited_capacity=12")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        path = options.book or made(Path(name), options.events, options.violations)
        with Book.open(path) as book:
            for _ in range(options.rounds):
                same, figure = timed(book, None)
                figures.append(figure | {"equal": same.equal, "different": same.different})
            (engine,) = (one for one in book.active_engines() if one.rulebook.id == "cn")
            other, figure = timed(book, changed(engine.rulebook, options.parameter))
            figures.append(figure | {"changed": options.parameter, "different": other.different})
    told = {"figures": figures, "first": msgspec.to_builtins(other.first)}
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for figure in figures:
            print(figure)
        print(f"first difference: {told['first']}")
    return 0 if same.equal == same.rulings and not same.different else 1


if __name__ == "__main__":
    sys.exit(main())
