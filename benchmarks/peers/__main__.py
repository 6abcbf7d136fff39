"""Check every engine against the oracle, time them in turn, and print the tables."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.peers import absent
from benchmarks.peers.engines import MAKERS, Engine, load
from benchmarks.peers.events import as_json, facts
from benchmarks.peers.measure import Contender, Spread, against, race
from benchmarks.peers.rules import oracle

GOAL = {"rate": 1_000_000, "p99": 2.0}
"""What Vermilion sets itself for twenty rules: decisions per CPU-second, and microseconds."""


def check(engines: Sequence[Engine], events: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Count the answers of each engine that differ from the oracle's, from either form of input."""
    wrong: dict[str, dict[str, int]] = {}
    texts = [as_json(event) for event in events]
    truth = [oracle(event) for event in events]
    for engine in engines:
        found = wrong[engine.name] = {"prepared": 0}
        for event, right in zip(events, truth, strict=True):
            answer = engine.answer(engine.run(*engine.prepared(event)))
            found["prepared"] += answer != right
        if engine.from_json is not None:
            found["json"] = 0
            for text, right in zip(texts, truth, strict=True):
                found["json"] += engine.from_json(text) != right
    return wrong


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Run everything that was asked for."""
    engines, lacking = load(options.engines)
    for name in lacking:
        print(f"{name}: not installed, left out", file=sys.stderr)
    events = facts(options.events, options.seed)
    wrong = check(engines, events)
    pool = events[: options.pool]
    prepared = [Contender(e.name, e.run, [e.prepared(event) for event in pool]) for e in engines]
    texts = [(as_json(event),) for event in pool]
    parsing = [Contender(e.name, e.from_json, texts) for e in engines if e.from_json is not None]
    tables: dict[str, Any] = {}
    for table, contenders in (("prepared", prepared), ("json", parsing)):
        print(f"{table}: {options.rounds} rounds", file=sys.stderr)
        found, cost = race(contenders, options.rounds)
        tables[table] = {
            "clock_ns": cost,
            "engines": {name: figures.spreads() for name, figures in found.items()},
            "times_vermilion": {
                name: against(figures, found["vermilion"])
                for name, figures in found.items()
                if "vermilion" in found
            },
        }
    lacking_one = absent.without_one(events[: options.absent], options.seed, options.share)
    unknown = {
        e.name: {
            form: absent.outcomes(e, lacking_one, null=form == "null")
            for form in ("left out", "null")
        }
        for e in engines
        if e.look is not None
    }
    return {
        "python": platform.python_version(),
        "events": options.events,
        "seed": options.seed,
        "pool": len(pool),
        "rounds": options.rounds,
        "versions": {e.name: e.version for e in engines},
        "usage": {e.name: [e.usage, e.from_json_usage] for e in engines},
        "mismatches": wrong,
        "absent": unknown,
        **tables,
    }


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    print(
        f"20 rules, 15 facts; {found['events']:,} events checked, {found['pool']:,} timed in"
        f" {found['rounds']} rounds; Python {found['python']}; median (min–max)"
    )
    titles = {"prepared": "prepared inputs", "json": "from the JSON bytes of the event"}
    for table, title in titles.items():
        part = found[table]
        print(f"\n{title}; the clock's own {part['clock_ns']:.0f} ns are taken off p50 and p99")
        print(
            f"{'engine':<18}{'version':<9}{'per CPU-s':>30}{'p50 µs':>23}{'p99 µs':>23}"
            f"{'× vermilion':>19}  wrong"
        )
        for name, figures in part["engines"].items():
            wrong = found["mismatches"][name][table]
            times = part["times_vermilion"].get(name)
            shown = f"{times.median:.3f} ({times.least:.2f}–{times.most:.2f})" if times else ""
            row = f"{found['versions'][name]:<9}{_row(figures)}{shown:>19}{wrong:>7}"
            print(f"{name:<18}{row}")
    print("\nhow each is used")
    for name, usage in found["usage"].items():
        print(f"  {name}: {'; '.join(filter(None, usage))}")
    print("\none fact absent: what becomes of events that break only rules which read it,")
    print("and of events that break none (in percent)")
    print(f"{'engine':<13}{'fact is':<10}{'truth':<7}{'events':>7}", end="")
    print("".join(f"{outcome:>16}" for outcome in absent.OUTCOMES))
    for name, forms in found["absent"].items():
        for form, truths in forms.items():
            for truth, counts in truths.items():
                total = sum(counts.values())
                shares = "".join(
                    f"{counts[one] / max(total, 1) * 100:>16.1f}" for one in absent.OUTCOMES
                )
                print(f"{name:<13}{form:<10}{truth:<7}{total:>7}{shares}")
    _show_goal(found)


def _row(figures: dict[str, Spread]) -> str:
    rate, p50, p99 = figures["rate"], figures["p50"], figures["p99"]
    return (
        f"{rate.median:>12,.0f} ({rate.least:,.0f}–{rate.most:,.0f})".rjust(30)
        + f"{p50.median:.2f} ({p50.least:.2f}–{p50.most:.2f})".rjust(23)
        + f"{p99.median:.2f} ({p99.least:.2f}–{p99.most:.2f})".rjust(23)
    )


def _show_goal(found: dict[str, Any]) -> None:
    engines = found["prepared"]["engines"]
    print()
    for name in (name for name in engines if name.startswith("vermilion")):
        figures = engines[name]
        rate, p99 = figures["rate"].median, figures["p99"].median
        met = rate >= GOAL["rate"] and p99 < GOAL["p99"]
        print(
            f"goal of {GOAL['rate']:,} per CPU-second and p99 under {GOAL['p99']:g} µs:"
            f" {name} {'meets it' if met else 'MISSES it'} ({rate:,.0f}; {p99:.2f} µs)"
        )
    for table in ("prepared", "json"):
        times = found[table]["times_vermilion"].items()
        faster = [
            f"{name} ({one.median:.2f}×)"
            for name, one in times
            if one.median > 1 and not name.startswith("vermilion")
        ]
        if times:
            print(f"faster than vermilion, {table}: {', '.join(faster) or 'none'}")


def show_market(found: dict[str, Any]) -> None:
    """Print the figures of the shipped rulebook."""
    print(f"rulebook {found['rulebook']}, fused functions alone; clock {found['clock_ns']:.0f} ns")
    print(f"{'event type':<12}{'calls':>8}{'per CPU-s':>31}{'p50 µs':>23}{'p99 µs':>23}")
    for row in found["rows"]:
        print(f"{row['event_type']:<12}{row['calls']:>8,} {_row(row)}")


def main() -> int:
    """Measure and print; 1 where an engine's answers differ from the oracle's."""
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.add_argument("--engines", default=",".join(MAKERS), help="some of %(default)s")
    parser.add_argument("--events", type=int, default=20_000, help="checked against the oracle")
    parser.add_argument("--pool", type=int, default=2_000, help="of them timed")
    parser.add_argument("--absent", type=int, default=20_000, help="of them for absent facts")
    parser.add_argument("--share", type=float, default=0.2, help="of these lack a fact")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cn", action="store_true", help="the shipped rulebook instead")
    parser.add_argument("--market", type=int, default=50_000, help="events of --cn")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.engines = options.engines.split(",")
    strange = set(options.engines) - set(MAKERS)
    if strange:
        parser.error(f"there is no engine {', '.join(sorted(strange))}")
    if options.cn:
        from benchmarks.peers import market

        found = market.measure(options.market, options.rounds)
        print(json.dumps(found, default=vars)) if options.json else show_market(found)
        return 0
    found = run(options)
    print(json.dumps(found, default=vars)) if options.json else show(found)
    wrong = {name: counts for name, counts in found["mismatches"].items() if any(counts.values())}
    for name, counts in wrong.items():
        print(f"{name}: {counts} answers differ from the oracle's", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
