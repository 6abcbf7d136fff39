"""Run a week through the loop and hold what it says against the truth; kill it; time it.

A simulated platform proposes, is told what came of it and settles, here and there past its permits;
two officers answer what is held. Every finding, every resolution and the reconciliation must be the
true ones. Then the same events go through `vermilion check`, which is killed at random moments and
started again; after each kill every permit that was written out must stand in the record as it was
written, and the loop's rows must equal those made anew from the record; in the end nothing may
differ from a run that nobody disturbed. Exits 1 where a promise was broken.

    python benchmarks/loop.py [--events 20000] [--seed 1] [--kills 40] [--rounds 3]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crash
import msgspec
from crash import BrokenError, expect
from week import (
    RULEBOOKS,
    Week,
    closing,
    desk_of,
    faults,
    live,
    reconciled,
    table,
)

from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book, make_book
from vermilion.desk.check import GROUP, CheckRequest, check
from vermilion.desk.loop.issue import Permits
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.reconcile import COUNTS, Reconciliation
from vermilion.desk.sealing import KIND as JUDGEMENT
from vermilion.permit import read_unverified
from vermilion.rulebook import find_rulebook, load_rulebook
from vermilion.simulate import LoopConfig, MarketConfig, write_events

BOOK = {"book.yaml": "rulebooks: [cn, permits]\n"}
KILLS_A_BOOK = 4
"""After so many kills a book's run is left alone to its end, and a new book is begun."""

SHOWN = 20


class Trial(crash.Trial):
    """A copy of an empty book, into which the week is checked again and again."""

    def __init__(self, folder: Path, empty: Path, events: Path) -> None:
        self.permits = folder / "permits.ndjson"
        super().__init__(folder, events, "--permits", self.permits)
        shutil.copytree(empty, self.book)

    def kill(self, after: float) -> bool:
        """Start a run and kill it after some seconds; tell whether it was still running."""
        self.permits.unlink(missing_ok=True)
        return super().kill(after)


@dataclass(frozen=True)
class End:
    """What a book comes to: its own answer, the rows of its loop, its findings and permits."""

    reconciled: Reconciliation
    rows: dict[bytes, bytes]
    findings: Counter[str]
    permits: Counter[tuple[Any, ...]]

    @classmethod
    def of(cls, folder: Path, at: dt.datetime) -> End:
        """Read a book."""
        with Book.open(folder) as book:
            findings: Counter[str] = Counter()
            permits: Counter[tuple[Any, ...]] = Counter()
            for _, kind, statement in book.record.statements():
                said = json.loads(statement)
                if kind == PERMIT:
                    one = said["permit"]
                    resolved = tuple(each["id"] for each in one["resolutions"])
                    event = one["event"]
                    permits[event["source"], event["id"], one["nbf"], one["exp"], resolved] += 1
                elif kind == JUDGEMENT and said["event"]["type"] == "finding":
                    findings[said["event"]["id"]] += 1
            return cls(reconciled(book, at), loop_rows(book), findings, permits)


def loop_rows(book: Book) -> dict[bytes, bytes]:
    """Return all small rows of a book's state."""
    return dict(book.state.rows.scan(b""))


@dataclass
class Totals:
    """What was seen over all kills."""

    kills: int = 0
    torn: int = 0
    written: int = 0
    rows: int = 0
    completed: int = 0
    least: int | None = None


def inspect(trial: Trial, totals: Totals) -> None:
    """Check what a killed run left, on a copy, so that the next run finds it untouched."""
    copy = trial.folder / "copy"
    shutil.copytree(trial.book, copy)
    before = verify_book(copy)
    expect(before.ok, f"more than the tail was damaged: {before.problems}")
    totals.torn += bool(before.unacknowledged)
    with Book.open(copy) as book:
        permits = Permits(book)
        for line in whole_lines(trial.permits):
            entry = permits.find(read_unverified(json.loads(line)["permit"]).claims.jti)
            again = msgspec.json.encode(permits.line(*entry))
            expect(again == line, f"a permit is not in the record as it was given: {line!r}")
            totals.written += 1
    after = verify_book(copy)
    expect(after.ok, f"the opened record does not verify: {after.problems}")
    kept, size = standing(copy)
    shutil.rmtree(copy)
    shutil.copytree(trial.book, copy)
    (copy / "state.db").unlink(missing_ok=True)
    anew, again_size = standing(copy)
    expect(size == again_size, "a book made anew has other permits due")
    expect(kept == anew, f"{differing(kept, anew)} rows differ from those made anew")
    totals.rows += len(kept)
    shutil.rmtree(copy)


def standing(folder: Path) -> tuple[dict[bytes, bytes], int]:
    """Open a book, do what is due, and return the loop's rows and the size of the record."""
    with desk_of(folder) as desk:
        desk.submit([])
        return loop_rows(desk.book), desk.book.record.size


def differing(a: dict[bytes, bytes], b: dict[bytes, bytes]) -> int:
    """Return how many rows differ."""
    return sum(a.get(key) != b.get(key) for key in {*a, *b})


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines that were written whole."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def finish(trial: Trial, calm: End, at: dt.datetime, totals: Totals) -> None:
    """Leave a book's run alone and hold its end against that of an undisturbed one."""
    trial.run()
    found = verify_book(trial.book)
    expect(found.ok, f"the record does not verify in the end: {found.problems}")
    end = End.of(trial.book, at)
    expect(max(end.permits.values()) == 1, "a permit was doubled")
    for name in ("permits", "findings", "reconciled"):
        same = getattr(end, name) == getattr(calm, name)
        expect(same, f"the {name} differ from those of an undisturbed run")
    totals.completed += 1


def campaign(
    folder: Path, empty: Path, events: Path, at: dt.datetime, options: argparse.Namespace
) -> tuple[Totals, End, float]:
    """Kill runs until there were enough, each book's last run left alone."""
    calm = Trial(folder / "calm", empty, events)
    begin = time.perf_counter()
    calm.run()
    seconds = time.perf_counter() - begin
    end, chance, totals = End.of(calm.book, at), random.Random(options.seed), Totals()
    while totals.kills < options.kills:
        trial = Trial(folder / f"book{totals.completed}", empty, events)
        for _ in range(min(KILLS_A_BOOK, options.kills - totals.kills)):
            if trial.kill(chance.uniform(0.3, seconds)):
                totals.kills += 1
                inspect(trial, totals)
        finish(trial, end, at, totals)
        shutil.rmtree(trial.folder)
    return totals, end, seconds


def timed(folder: Path, empty: Path, week: Path, rounds: int) -> dict[str, list[float]]:
    """Return CPU microseconds an event of `check` over settled events, and over the week."""
    count = sum(1 for _ in week.open("rb"))
    settled = folder / "settled.ndjson"
    write_events(settled, MarketConfig(events=count, days=7, violation_rate=40, withheld=40))
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        for name, path, out in (
            ("settled only", settled, None),
            ("through permits", week, None),
            ("through permits, signed and written", week, folder / "permits.ndjson"),
        ):
            book = folder / f"timed{number}"
            shutil.copytree(empty, book)
            rulebooks = [load_rulebook(find_rulebook(one)) for one in RULEBOOKS]
            request = CheckRequest(files=[path], rulebooks=rulebooks, book=book, permits=out)
            begin = time.thread_time()
            check(request)
            spent = time.thread_time() - begin
            found.setdefault(name, []).append(spent / count * 1e6)
            shutil.rmtree(book)
    return found


def say(line: str) -> None:
    """Print at once, as the rest takes long."""
    print(line, flush=True)


def show(week: Week, found: Reconciliation, wrong: Sequence[str]) -> None:
    """Print the week for people."""
    say(", ".join(f"{count:,} {what}" for what, count in week.counts.items()))
    for (should, did), count in sorted(week.resolutions.items()):
        say(f"resolutions that should be {should}: {count:,} {did}")
    for line in table(week):
        say(line)
    total = msgspec.structs.asdict(found.total)
    say("reconciled: " + ", ".join(f"{total[one]:,} {one}" for one in COUNTS))
    say(f"findings by reason: {found.reasons}")
    say(f"{len(wrong):,} answers are not the true ones")
    for one in wrong[:SHOWN]:
        say(one)


def main() -> int:
    """Run the week, the kills and the clock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--round-minutes", type=int, default=10)
    parser.add_argument("--bypasses", type=int, default=30, help="per mille")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    market = MarketConfig(
        seed=options.seed, events=options.events, days=7, violation_rate=40, withheld=40
    )
    config = LoopConfig(
        market=market, bypasses=options.bypasses, round_minutes=options.round_minutes
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty, events = folder / "empty", folder / "week.ndjson"
        make_book(empty, BOOK)
        shutil.copytree(empty, folder / "live")
        week, found, spent = live(folder / "live", config)
        events.write_bytes(b"".join(one + b"\n" for one in week.events))
        wrong = list(faults(week, found))
        if options.json:
            print(as_json(week, found, wrong))
            return 1 if wrong else 0
        show(week, found, wrong)
        say(f"{len(week.events):,} events, {spent / len(week.events) * 1e6:.0f} µs CPU each")
        if options.kills:
            try:
                totals, end, seconds = campaign(folder, empty, events, closing(week), options)
            except BrokenError as error:
                say(f"broken promise: {error}")
                return 1
            told = {(one.source, one.id): set(one.reasons) for one in end.reconciled.unexplained}
            other = sum(told.get(one) != week.found.get(one) for one in {*told, *week.found})
            say(
                f"{totals.kills} kills within runs of {seconds:.1f} s over {len(week.events):,} "
                f"events: {totals.torn} with a torn tail, {totals.written:,} written permits found "
                f"again, {totals.rows:,} rows as made anew, {totals.completed} books completed with "
                f"the same {end.permits.total():,} permits and {end.findings.total():,} findings, "
                f"0 promises broken"
            )
            say(f"{other:,} events are found otherwise in groups of {GROUP:,} than round by round")
            wrong += [f"{other} events are found otherwise in larger groups"] if other else []
        for stage, rounds in timed(folder, empty, events, options.rounds).items():
            middle = statistics.median(rounds)
            say(f"{stage:<38}{middle:>8.1f} µs ({min(rounds):.1f}-{max(rounds):.1f})")
    return 1 if wrong else 0


def as_json(week: Week, found: Reconciliation, wrong: Sequence[str]) -> str:
    """Return what tests look at."""
    kinds = Counter(one.kind for one in week.platform.truth.values())
    resolutions = Counter({did: 0 for _, did in week.resolutions})
    for (_, did), count in week.resolutions.items():
        resolutions[did] += count
    return json.dumps(
        {
            "faults": list(wrong[:SHOWN]),
            "counts": week.counts,
            "kinds": kinds,
            "resolutions": resolutions,
            "reasons": found.reasons,
            "gaps": len(found.gaps),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
