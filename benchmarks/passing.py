"""Ask of every rule that stopped an event of a simulated market what would make it pass, and try it.

Each suggestion is put among the event's facts, and the rules are judged again by the engine's fused
function, which shares nothing with the search. Exits 1 where a suggestion does not clear its rule,
where one of its changes could be left out, or where the search was given up.

    python benchmarks/passing.py [--events 40000] [--violations 120] [--withheld 0] [--rulebooks cn platform]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.decision import RuleOutcome, Ruling
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.judge import Judge
from vermilion.desk.passing import joined_facts, policy_of
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event, event_type_of
from vermilion.intake import Received
from vermilion.language import Alternative, Facts, Policy, applied, recourse
from vermilion.rulebook import Engine, Fused, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, simulated


@dataclass
class Line:
    """What was asked and found for one rule and outcome."""

    asked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    example: Alternative | None = None


@dataclass
class Trial:
    """Every suggestion tried, and those that failed."""

    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    tried: int = 0
    faults: list[str] = field(default_factory=list)

    def ruling(self, judge: Judge, event: Event, ruling: Ruling) -> None:
        """Ask of each rule that was hit or lacked a fact."""
        if not ruling.rules:
            return
        event_type = event_type_of(event)
        fused = judge.engine.on(event_type, event.stage, judge.engine.legal_date(event.time))
        facts = joined_facts(judge, event, ruling)
        policy = policy_of(judge.engine)
        for outcome in ruling.rules:
            self.rule(event, fused, facts, outcome, policy)

    def rule(
        self, event: Event, fused: Fused, facts: Facts, outcome: RuleOutcome, policy: Policy
    ) -> None:
        """Ask of one rule, and try what it says."""
        event_type = event_type_of(event)
        place = next(n for n, one in enumerate(fused.rules) if one.rule.id == outcome.id)
        line = self.lines[outcome.id, outcome.outcome]
        line.asked += 1
        started = time.perf_counter()
        found = recourse(fused.rules[place].condition, facts, event_type, policy)
        line.seconds.append(time.perf_counter() - started)
        line.outcomes[found.outcome] += 1
        if found.outcome == "not found":
            self.faults.append(f"{event.id} {outcome.id}: given up")
        for alternative in found.alternatives:
            line.sizes[len(alternative)] += 1
            line.example = line.example or alternative
            self.tried += 1
            if not clear(event, fused, place, applied(facts, alternative, event_type)):
                self.faults.append(f"{event.id} {outcome.id}: {alternative}")
            for one in alternative:
                fewer = tuple(other for other in alternative if other is not one)
                if clear(event, fused, place, applied(facts, fewer, event_type)):
                    self.faults.append(f"{event.id} {outcome.id}: not needed: {one}")


def clear(event: Event, fused: Fused, place: int, facts: Facts) -> bool:
    """Tell by the fused function whether a rule neither is hit nor lacks a fact."""
    fields = event.data.__struct_fields__
    data = msgspec.structs.replace(event.data, **{name: facts.roots[name] for name in fields})
    hit, unknown, _ = fused.function(data, facts.roots)
    return not (hit | unknown) >> place & 1


def tried(config: MarketConfig, names: Sequence[str]) -> Trial:
    """Judge a market under some rulebooks, one event after the other, and try every suggestion."""
    trial = Trial()
    with TemporaryDirectory() as folder, Book.open(Path(folder) / "book") as book:
        engines = [Engine(load_rulebook(find_rulebook(name)), book.profile) for name in names]
        for engine in engines:
            book.activate(engine)
        desk = Desk(book, engines)
        for one in simulated(config):
            (answer,) = desk.submit([Received(*canonical_form(one.event), "market", 1)])
            if isinstance(answer, Sealed):
                for judge, ruled in zip(desk.judges, answer.judged.ruled, strict=True):
                    trial.ruling(judge, answer.judged.event, ruled.ruling)
    return trial


def table(trial: Trial) -> Iterator[str]:
    """Give the table line by line."""
    yield f"{'rule':<12}{'outcome':<9}{'asked':>7}{'found':>7}{'nothing can':>13}{'given up':>10}{'median µs':>11}  sizes"
    for (rule, outcome), line in sorted(trial.lines.items()):
        counts = [line.outcomes[name] for name in ("found", "nothing can", "not found")]
        sizes = " ".join(f"{size}:{count}" for size, count in sorted(line.sizes.items()))
        micros = median(line.seconds) * 1e6
        yield f"{rule:<12}{outcome:<9}{line.asked:>7}{counts[0]:>7}{counts[1]:>13}{counts[2]:>10}{micros:>11.0f}  {sizes}"


def main() -> int:
    """Judge, ask, try, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--violations", type=int, default=120, help="per mille")
    parser.add_argument("--withheld", type=int, default=0, help="per mille")
    parser.add_argument("--rulebooks", nargs="+", default=["cn", "platform"])
    parser.add_argument("--examples", action="store_true", help="show one suggestion of each rule")
    options = parser.parse_args()
    config = MarketConfig(
        seed=options.seed,
        events=options.events,
        violation_rate=options.violations,
        withheld=options.withheld,
        late=5,
        proposed=50,
    )
    trial = tried(config, options.rulebooks)
    print("\n".join(table(trial)))
    seconds = sorted(one for line in trial.lines.values() for one in line.seconds)
    asked = len(seconds)
    print(f"{asked:,} asked, {trial.tried:,} suggestions tried, {len(trial.faults):,} faults")
    if seconds:
        print(
            f"median {median(seconds) * 1e6:.0f} µs, 99 of 100 below {seconds[asked * 99 // 100] * 1e6:.0f} µs"
        )
    if options.examples:
        for (rule, outcome), line in sorted(trial.lines.items()):
            if line.example:
                print(
                    rule,
                    outcome,
                    *(
                        f"\n    {c.fact} {c.way} {c.element or ''} {c.requirements} e.g. {c.example}"
                        for c in line.example
                    ),
                )
    print("\n".join(trial.faults[:20]))
    return 1 if trial.faults else 0


if __name__ == "__main__":
    sys.exit(main())
