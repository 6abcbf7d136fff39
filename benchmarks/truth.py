"""Judge a simulated market and hold every answer against the truth about it.

For each rule a confusion table: where it should be hit, where it should lack a fact, at the lawful
twins and at everything else, how many were hit, lacked a fact, or passed. Exits 1 where an answer is
not the true one: a planted event with another outcome or verdict, or a clean event that is not
allowed. With facts withheld any rule may lack one; then it is wrong to hit what is lawful and to pass
what is not, and it tells how many questions are asked, and what answering them frees.

    python benchmarks/truth.py [--events 200000] [--violations 60] [--withheld 0] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.decision import Ruling
from vermilion.desk.desk import Desk, Duplicate, Sealed
from vermilion.desk.summarise import plan
from vermilion.desk.tally import RulebookTally
from vermilion.facts.canonical import canonical_form
from vermilion.intake import Received
from vermilion.rulebook import Engine, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, Simulated, Truth, simulated

GROUP = 1_024
SHOWN = 20
FINE = frozenset({"allow", "not_applicable"})
Outcomes = dict[str, str]


class Confusion:
    """What rules said to wrong, lawful and clean events, against what is true of them."""

    def __init__(self, verdicts: dict[str, str], *, sparse: bool) -> None:
        self.verdicts = verdicts
        self.sparse = sparse
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.faults: list[str] = []
        self.fault_count = 0
        self.events: Counter[str] = Counter()

    def add(self, event: Any, truth: Truth | None, rulings: dict[str, Ruling]) -> None:
        """Count one event."""
        said = {rule.id: rule.outcome for ruling in rulings.values() for rule in ruling.rules}
        passed = {one.partition("@")[0] for ruling in rulings.values() for one in ruling.passed}
        expect: Outcomes = {}
        if truth is not None and isinstance(truth.expect, dict):
            expect = dict(truth.expect)
        side = "clean" if truth is None else truth.side
        self.events[side] += 1
        for rule in {*said, *expect, *passed}:
            self.counts[rule, expect.get(rule, "clean"), said.get(rule, "pass")] += 1
        wrong = {}
        for rule in {*said, *expect}:
            wanted, was = expect.get(rule, "pass"), said.get(rule, "pass")
            if wanted != was and not (self.sparse and was == "missing"):
                wrong[rule] = wanted, was
        for book, ruling in rulings.items():
            if self.sparse or (truth is not None and book not in truth.verdict):
                continue
            wanted = "allow" if truth is None else truth.verdict[book]
            right = ruling.verdict in FINE if wanted == "allow" else ruling.verdict == wanted
            if not right:
                wrong[f"verdict of {book}"] = wanted, ruling.verdict
        if wrong:
            self.fault(event, truth, wrong)

    def fault(self, event: Any, truth: Truth | None, wrong: dict[str, tuple[str, str]]) -> None:
        """Note an answer that is not the true one."""
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            planted = "clean" if truth is None else f"{truth.pattern}, {truth.side}"
            told = ", ".join(f"{name}: expected {a}, was {b}" for name, (a, b) in wrong.items())
            self.faults.append(f"{event.id} ({planted}): {told}")


def groups(market: Iterator[Simulated]) -> Iterator[list[Simulated]]:
    """Give a market in groups."""
    while group := list(islice(market, GROUP)):
        yield group


def judge(config: MarketConfig, names: Sequence[str]) -> tuple[Confusion, list[RulebookTally]]:
    """Judge a market under some rulebooks."""
    with tempfile.TemporaryDirectory() as folder, Book.open(Path(folder) / "book") as book:
        engines = [Engine(load_rulebook(find_rulebook(name)), book.profile) for name in names]
        for engine in engines:
            book.activate(engine)
        desk = Desk(book, engines)
        rules = [loaded.rule for engine in engines for loaded in engine.rulebook.rules]
        confusion = Confusion({rule.id: rule.verdict for rule in rules}, sparse=config.withheld > 0)
        tallies = [RulebookTally() for _ in engines]
        done = 0
        for group in groups(simulated(config)):
            received = [Received(*canonical_form(one.event), "market", 1) for one in group]
            for one, answer in zip(group, desk.submit(received), strict=True):
                count(confusion, tallies, one, answer)
            done += len(group)
            print(f"\r{done:,} of {config.events:,}", end="", file=sys.stderr)
        print(file=sys.stderr)
    return confusion, tallies


def count(
    confusion: Confusion, tallies: Sequence[RulebookTally], one: Simulated, answer: Any
) -> None:
    """Count one answer."""
    duplicate = one.truth is not None and one.truth.expect == "duplicate"
    if isinstance(answer, Duplicate) or duplicate:
        if not (isinstance(answer, Duplicate) and duplicate):
            confusion.fault(one.event, one.truth, {"answer": ("", type(answer).__name__)})
        confusion.events["duplicate"] += 1
        return
    if not isinstance(answer, Sealed):
        confusion.fault(one.event, one.truth, {"answer": ("sealed", str(answer))})
        return
    rulings = {ruling.rulebook.id: ruling for ruling, *_ in answer.judged.ruled}
    confusion.add(one.event, one.truth, rulings)
    for tally, ruling in zip(tallies, rulings.values(), strict=True):
        tally.add(one.event, ruling.as_of, ruling)


COLUMNS = (
    ("hit", "hit", "to hit: hit"),
    ("hit", "missing", "missing"),
    ("hit", "pass", "pass"),
    ("missing", "missing", "to lack: missing"),
    ("missing", "pass", "pass"),
    ("pass", "pass", "twin: pass"),
    ("pass", "missing", "missing"),
    ("pass", "hit", "hit"),
    ("clean", "missing", "clean: missing"),
    ("clean", "hit", "hit"),
)
"""What is expected, what came out, and the head of the column; `clean` is all that is not planted."""


def table(confusion: Confusion) -> Iterator[str]:
    """Give the confusion table line by line."""
    yield f"{'rule':<14}{'says':<10}" + "".join(f"  {head}" for *_, head in COLUMNS)
    for rule, verdict in sorted(confusion.verdicts.items()):
        cells = [
            f"  {confusion.counts[rule, wanted, was]:>{len(head)},}"
            for wanted, was, head in COLUMNS
        ]
        yield f"{rule:<14}{verdict:<10}{''.join(cells)}"


def main() -> int:
    """Judge, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--violations", type=int, default=60, help="per mille")
    parser.add_argument("--withheld", type=int, default=0, help="per mille")
    parser.add_argument("--rulebooks", nargs="+", default=["cn", "platform"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    config = MarketConfig(
        seed=options.seed,
        events=options.events,
        violation_rate=options.violations,
        withheld=options.withheld,
        duplicates=5,
        late=5,
        corrections=5,
        proposed=50,
    )
    confusion, tallies = judge(config, options.rulebooks)
    steps = plan(tallies)
    if options.json:
        counts = [[*key, count] for key, count in sorted(confusion.counts.items())]
        print(
            json.dumps(
                {
                    "events": confusion.events,
                    "counts": counts,
                    "faults": confusion.fault_count,
                    "examples": confusion.faults,
                    "plan": msgspec.to_builtins(steps),
                },
                ensure_ascii=False,
            )
        )
    else:
        print(", ".join(f"{n:,} {side}" for side, n in sorted(confusion.events.items())))
        print("\n".join(table(confusion)))
        verdicts = [dict(tally.verdicts) for tally in tallies]
        print("verdicts:", *verdicts)
        for step in steps:
            print(
                f"ask {step.source}: {len(step.facts)} facts of {step.things:,} things, "
                f"{step.events:,} events wait, {step.freed:,} freed with the steps before"
            )
        print(f"{confusion.fault_count:,} answers are not the true ones")
        print("\n".join(confusion.faults))
    return 1 if confusion.fault_count else 0


if __name__ == "__main__":
    sys.exit(main())
