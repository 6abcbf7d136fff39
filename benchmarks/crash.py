"""Kill runs of `vermilion check` at random moments and hold what is left against its promises.

After each kill a copy of the book is opened: every whole line of the decisions file must stand in
the record as it was written, the record must verify, and the windows must equal those that are made
anew from the record; before it is opened, at most its tail may be told of. In the end a run that is left alone must give the bytes and counts of one that was never
disturbed. Exits 1 where a promise was broken.

    python benchmarks/crash.py [--kills 40] [--events 8000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.desk.sealing import KIND, opened
from vermilion.rulebook import Engine, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, write_events

KILLS_A_BOOK = 3
"""After so many kills a book's run is left alone to its end, and a new book is begun."""


class BrokenError(Exception):
    """A promise was broken."""


@dataclass(frozen=True)
class Undisturbed:
    """What a run comes to that nobody kills, and how long it takes in seconds."""

    decisions: bytes
    counts: dict[str, Any]
    seconds: float


@dataclass
class Totals:
    """What was seen over all kills."""

    kills: int = 0
    before_book: int = 0
    torn: int = 0
    acknowledged: int = 0
    completed: int = 0
    windows: int = 0


class Trial:
    """One book that is checked into again and again; `also` are further options of the runs."""

    def __init__(self, folder: Path, events: Path, *also: object) -> None:
        folder.mkdir(parents=True)
        self.events = events
        self.folder = folder
        self.book = folder / "book"
        self.out = folder / "decisions.ndjson"
        self.also = also

    def start(self) -> subprocess.Popen[bytes]:
        """Start a run."""
        files = [self.events, "--book", self.book, "--out", self.out, *self.also]
        return subprocess.Popen(
            [sys.executable, "-m", "vermilion", "check", *map(str, files), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )

    def run(self) -> dict[str, Any]:
        """Run to the end and return what was printed."""
        stdout, stderr = (process := self.start()).communicate()
        expect(process.returncode == 0, f"a run failed: {stderr.decode()}")
        counts: dict[str, Any] = json.loads(stdout)
        return counts

    def kill(self, after: float) -> bool:
        """Start a run and kill it after some seconds; tell whether it was still running."""
        self.out.unlink(missing_ok=True)
        process = self.start()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL


def expect(holds: bool, otherwise: str) -> None:
    """Go on if something holds."""
    if not holds:
        raise BrokenError(otherwise)


def inspect(trial: Trial, totals: Totals) -> None:
    """Check what a killed run left, on a copy, so that the next run finds it untouched."""
    if not trial.book.exists():
        expect(not trial.out.exists(), "decisions were written before there was a book")
        totals.before_book += 1
        return
    copy = trial.folder / "copy"
    shutil.copytree(trial.book, copy)
    before = verify_book(copy)
    expect(before.ok, f"more than the tail was damaged: {before.problems}")
    with Book.open(copy) as book:
        recorded = dict(_decisions(book))
    kept = _windows(copy)
    (copy / "state.db").unlink()
    with Book.open(copy) as book:
        _desk(book)
    expect(kept == _windows(copy), "the windows differ from those made anew from the record")
    totals.windows += len(kept)
    totals.torn += bool(before.unacknowledged)
    after = verify_book(copy)
    expect(after.ok, f"the opened record does not verify: {after.problems}")
    for line in _whole_lines(trial.out):
        event = json.loads(line)["event"]
        kept = recorded.get((event["source"], event["id"]))
        expect(kept == line, f"an answer is not in the record as it was given: {event}")
        totals.acknowledged += 1
    shutil.rmtree(copy)


def _decisions(book: Book) -> Iterator[tuple[tuple[str, str], bytes]]:
    desk = _desk(book)
    for entry in book.record.entries():
        if entry.envelope.kind == KIND and (judged := opened(entry)) is not None:
            (decision,) = desk.decisions(judged)
            yield (judged.event.source, judged.event.id), decision


def _desk(book: Book) -> Desk:
    return Desk(book, [Engine(load_rulebook(find_rulebook("cn")), book.profile)])


def _windows(path: Path) -> dict[bytes, bytes]:
    """Return the stored windows of a closed book, by row."""
    with closing(sqlite3.connect(path / "state.db")) as state:
        return dict(state.execute("SELECT row, state FROM window"))


def _whole_lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def finish(trial: Trial, undisturbed: Undisturbed, totals: Totals) -> None:
    """Leave a book's run alone and hold its end against that of an undisturbed one."""
    counts = trial.run()
    same = trial.out.read_bytes() == undisturbed.decisions
    expect(same, "the decisions differ from those of an undisturbed run")
    for key in ("read", "rejected", "verdicts", "rules", "missing"):
        expect(counts[key] == undisturbed.counts[key], f"`{key}` differs: {counts[key]}")
    found = verify_book(trial.book)
    expect(found.ok, f"the record does not verify in the end: {found.problems}")
    expected = counts["read"] + 1
    expect(found.entries == expected, f"{found.entries} entries, expected {expected}")
    totals.completed += 1


def campaign(folder: Path, kills: int, events: int, seed: int) -> tuple[Totals, Undisturbed]:
    """Kill runs until there were enough, each book's last run left alone."""
    path = folder / "events.ndjson"
    write_events(path, MarketConfig(seed=seed, events=events, violation_rate=40, withheld=30))
    calm = Trial(folder / "calm", path)
    calm.run()  # warm
    shutil.rmtree(calm.book)
    begin = time.perf_counter()
    counts = calm.run()
    undisturbed = Undisturbed(calm.out.read_bytes(), counts, time.perf_counter() - begin)
    chance = random.Random(seed)
    totals = Totals()
    while totals.kills < kills:
        trial = Trial(folder / f"book{totals.completed}", path)
        for _ in range(min(KILLS_A_BOOK, kills - totals.kills)):
            if trial.kill(chance.uniform(0, undisturbed.seconds)):
                totals.kills += 1
                inspect(trial, totals)
        finish(trial, undisturbed, totals)
        shutil.rmtree(trial.folder)
    return totals, undisturbed


def main() -> None:
    """Run the campaign and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--events", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        try:
            totals, undisturbed = campaign(Path(name), options.kills, options.events, options.seed)
        except BrokenError as error:
            print(f"broken promise: {error}")
            sys.exit(1)
    print(
        f"{totals.kills} kills within runs of {undisturbed.seconds:.1f} s over {options.events:,} "
        f"events: {totals.before_book} before there was a book, {totals.torn} with a torn tail, "
        f"{totals.acknowledged:,} answers found again, {totals.windows:,} windows as made anew, "
        f"{totals.completed} books completed byte for byte, 0 promises broken"
    )


if __name__ == "__main__":
    main()
