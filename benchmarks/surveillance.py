"""Precision and recall of market surveillance on planted histories, beside public rule sets.

Histories are simulated at several prevalences, each with and without innocent look-alikes, and every
detector runs over them: our own on parties and on entities, and the public rule sets `dune`, `allium`,
`reservoir` and `anchain` as they are published, in the same engine.

- A planted sale counts as caught if it is in the rows of a finding of an admissible detector;
  `ADMISSIBLE` says which may see which pattern. Of a public rule set every rule is admissible.
- A flagged sale that is planted, of whichever pattern, is right; one that is innocent or ordinary is wrong.
- Entry into a plant and exit from it are ordinary sales.
- A finding is right if a planted sale is among its rows; a plant is caught if one of its sales is.
- Rows that a finding shows for comparison only (`BESIDE`) count for nothing.
- `short_interval` is held against the platform's trade alone: that is where the rule it stems from
  applies, and on the chain ordinary people sell when they like; and for the single token, as ordinary
  accounts keep the interval for a token, not for a collection.

    python -m benchmarks.surveillance [--trades 200000] [--planted 1 10 50] [--seed 1] [--json F] [--folder F]

`--planted` is in per mille of the sales; of each pattern there is at least one plant.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vermilion.facts.history import TABLES
from vermilion.market.declaration import Detector, detectors
from vermilion.market.entities import make_entities
from vermilion.market.prepare import identify, prepare
from vermilion.market.run import Seen, run_detectors
from vermilion.simulate.history import INNOCENTS, PATTERNS, HistoryConfig, write_history
from vermilion.sql import DuckDb, SqlEngine

WASH_TOKEN = ("round_trip", "ring", "repeated_token", "trade_transfer_trade")
FUNDED = ("common_funder", "funded_each_other", "self_trade")
PRICES = ("price_surge", "floor_run_up", "volume_burst", "volatility_band", "dormant_awakening")

ADMISSIBLE: dict[str, tuple[str, ...]] = {
    "self_trade": ("self_trade",),
    "round_trip": WASH_TOKEN,
    "ring": WASH_TOKEN,
    "repeated_buying": WASH_TOKEN,
    "pair_symmetry": ("pair_symmetry",),
    "trade_transfer_trade": WASH_TOKEN,
    "common_funder": FUNDED,
    "chain_funder": FUNDED,
    "seller_funds_buyer": FUNDED,
    "entity_loop": (*WASH_TOKEN, *FUNDED),
    "volume_matched": ("volume_matching",),
    "instant_refund": ("instant_refund",),
    "flash_loan": WASH_TOKEN,
    "surge": PRICES,
    "floor_run_up": PRICES,
    "dormant_awakening": PRICES,
    "primary_concentration": ("primary_concentration",),
    "limit_evasion": ("limit_evasion",),
    "t_plus_5": ("short_interval",),
    "divided_token": ("holder_count",),
}
"""Which of our detectors may see which pattern. On entities a sale within a group is a self trade."""

WASH = PATTERNS[: PATTERNS.index("surge")]
"""Patterns of trade with oneself; what public rule sets are for."""

CUTS = (1, 8, 16)
"""Quarter points from which a sale is taken as flagged by Allium's weights; the real cuts are not public."""

TUNED = {"allium": {"min_score": CUTS[0]}, "short_interval": {"single_token": 1}}
"""Parameters other than the declared: every score, so that cuts can be compared; and see above."""

BESIDE = ("before",)
"""Roles of rows that a finding shows for comparison."""

PLATFORM_ONLY = ("short_interval",)
"""Detectors of rules for a platform; judged on its trade alone."""

BUCKETS = {
    "minutes": 3_600_000,
    "hours": 86_400_000,
    "days": 7 * 86_400_000,
    "weeks": 30 * 86_400_000,
}
BUCKETS["months"] = 2**62

Numbers = np.ndarray[Any, Any]


class Flagged(NamedTuple):
    """What a detector flagged: its findings' numbers and the sales' numbers, row by row."""

    finding: Numbers
    number: Numbers


Flags = Mapping[str, Flagged]
"""Flagged sales, by who flagged them."""


class Truth(NamedTuple):
    """For each move: its pattern's number, or -1, and its plant; whether it is planted abuse."""

    pattern: Numbers
    plant: Numbers
    planted: Numbers
    loop: Numbers
    delay: Numbers
    free: Numbers
    relays: Numbers
    escrow: Numbers
    counted: Numbers


NAMES = (*PATTERNS, *INNOCENTS)


def watched(folder: Path) -> tuple[Flags, Truth, dict[str, Any]]:
    """Run every detector over a history; return who flagged what, the truth, and what it took."""
    begun = time.process_time()
    with DuckDb("3GB", 2) as sql:
        prepare(sql, {name: [folder / f"{name}.parquet"] for name in TABLES})
        identify(sql, "named", "SELECT n FROM moves_party")
        joined = make_entities(sql)
        seen = run_detectors(sql, [_tuned(one) for one in detectors().values()])
        flags = _flags(sql, seen)
        known = _truth(sql, folder / "truth.parquet")
    took = {"cpu_seconds": round(time.process_time() - begun, 1), "entities": joined.entities}
    return flags, known, took


def _tuned(detector: Detector) -> Detector:
    return detector.with_parameters(TUNED.get(detector.name, {}))


def _flags(sql: SqlEngine, seen: Sequence[Seen]) -> Flags:
    found: dict[str, Flagged] = {}
    roles = ", ".join(f"'{role}'" for role in BESIDE)
    for place, one in enumerate(seen):
        name = one.detector.name
        only = "AND m.source = 'lanting'" if name in PLATFORM_ONLY else ""
        rows = sql.arrow(
            f"SELECT DISTINCT f.f, f.n FROM found_{place} AS f JOIN named AS m ON m.n = f.n "
            f"WHERE m.kind IN ('sale', 'mint') AND f.role NOT IN ({roles}) {only}"
        )
        told = Flagged(*(column.to_numpy() for column in rows.columns))
        if name == "allium":
            score = one.table["score"].to_numpy()[told.finding - one.first]
            for cut in CUTS:
                at = score >= cut
                found[f"allium >= {cut / 4:g}"] = Flagged(told.finding[at], told.number[at])
        else:
            found[name if one.level == "party" else f"{name}@entity"] = told
    _sets(found)
    return found


def _sets(found: dict[str, Flagged]) -> None:
    """Add what sets of detectors flag together."""
    wash = {name for names in (ADMISSIBLE[one] for one in WASH) for name in names}
    together = {
        "dune": [name for name in found if name.startswith("dune_")],
        "ours, parties": [name for name in found if name in wash],
        "ours, entities too": [name for name in found if name.partition("@")[0] in wash],
    }
    nothing = np.empty(0, np.int64)
    for name, parts in together.items():
        sides = [[found[part][side] for part in parts] for side in (0, 1)]
        found[name] = Flagged(*(np.concatenate([nothing, *side]) for side in sides))


def _truth(sql: SqlEngine, path: Path) -> Truth:
    rows = sql.arrow(
        "SELECT r.n, t.pattern, t.plant, t.loop, t.delay_ms, t.free_legs, t.relays, t.escrow, r.kind IN ('sale', 'mint') AS counted "
        f"FROM named AS r LEFT JOIN {sql.parquet(path)} AS t ON t.source = r.source AND t.id = r.id "
        "ORDER BY r.n"
    ).to_pydict()
    pattern = np.array([-1 if one is None else NAMES.index(one) for one in rows["pattern"]])
    names = ("loop", "delay_ms", "free_legs", "relays", "escrow")
    shape = [np.array([one or 0 for one in rows[name]]) for name in names]
    plant = np.array([one or 0 for one in rows["plant"]])
    planted = (pattern >= 0) & (pattern < len(PATTERNS))
    return Truth(pattern, plant, planted, *shape, np.array(rows["counted"]))


# What came out.


def precision(flags: Flags, truth: Truth) -> list[dict[str, Any]]:
    """Return for each detector how many of its flagged sales, and of its findings, are right."""
    wash = truth.planted & (truth.pattern < len(WASH)) & truth.counted
    told = []
    for name, flagged in flags.items():
        numbers = np.unique(flagged.number)
        planted = int(truth.planted[numbers].sum())
        innocent = int((truth.pattern[numbers] >= len(PATTERNS)).sum())
        findings = np.unique(flagged.finding).size
        right = np.unique(flagged.finding[truth.planted[flagged.number]]).size
        line = {
            "detector": name,
            "flagged": int(numbers.size),
            "planted": planted,
            "innocent": innocent,
            "ordinary": int(numbers.size) - planted - innocent,
            "precision": _part(planted, numbers.size),
            "findings": int(findings),
            "right": _part(right, findings),
            "wash_recall": _part(int(wash[numbers].sum()), int(wash.sum())),
        }
        told.append(line)
    return told


def recall(flags: Flags, truth: Truth) -> list[dict[str, Any]]:
    """Return for each pattern which part of its planted sales is caught: by ours, and by each set."""
    told = []
    for pattern, admissible in ADMISSIBLE.items():
        wanted = truth.planted & truth.counted & (truth.pattern == NAMES.index(pattern))
        hits = _hits(flags, wanted.size, admissible)
        plants = np.unique(truth.plant[wanted]).size
        caught = np.unique(truth.plant[wanted & hits["entities"]]).size
        line = {"pattern": pattern, "plants": int(plants), "caught": _part(int(caught), plants)}
        told.append(line | {"sales": int(wanted.sum())} | _caught(hits, wanted))
    return told


def by_shape(flags: Flags, truth: Truth) -> list[dict[str, Any]]:
    """Return the same for round trips and rings, by loop length, delay and ways."""
    loops = np.isin(truth.pattern, [NAMES.index("round_trip"), NAMES.index("ring")])
    loops &= truth.planted & truth.counted
    shapes = {f"loop of {length}": truth.loop == length for length in range(2, 7)}
    least = 0
    for name, most in BUCKETS.items():
        shapes[name] = (truth.delay >= least) & (truth.delay < most)
        least = most
    ways = {"free legs": truth.free > 0, "relay": truth.relays > 0, "escrow": truth.escrow > 0}
    shapes |= ways | {"plain": ~np.logical_or.reduce(list(ways.values()))}
    hits = _hits(flags, loops.size, ADMISSIBLE["ring"])
    return [
        {"shape": name, "sales": int((loops & shape).sum())} | _caught(hits, loops & shape)
        for name, shape in shapes.items()
    ]


def _hits(flags: Flags, size: int, admissible: Sequence[str]) -> dict[str, Numbers]:
    """Return which moves are flagged: by ours that are admissible, and by each public set."""
    columns = {
        "parties": [one for one in admissible if one in flags],
        "entities": [one for one in flags if one.partition("@")[0] in admissible],
        "dune": ["dune"],
        **{f"allium>={cut / 4:g}": [f"allium >= {cut / 4:g}"] for cut in CUTS},
        "reservoir": ["reservoir_pair"],
        "anchain": ["anchain_repurchase"],
    }
    found = {}
    for name, parts in columns.items():
        found[name] = np.zeros(size, bool)
        for part in parts:
            found[name][flags[part].number] = True
    return found


def _caught(hits: Mapping[str, Numbers], wanted: Numbers) -> dict[str, float | None]:
    return {name: _part(int((hit & wanted).sum()), int(wanted.sum())) for name, hit in hits.items()}


def _part(one: int, of: int) -> float | None:
    return round(one / of, 4) if of else None


def shown(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table."""
    print(f"\n{title}")
    names = list(rows[0])
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    width = [max(len(line[place]) for line in lines) for place in range(len(names))]
    for line in lines:
        first, *rest = line
        print(
            "  "
            + first.ljust(width[0])
            + "".join(f"  {one:>{wide}}" for one, wide in zip(rest, width[1:], strict=True))
        )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def run(config: HistoryConfig, folder: Path) -> dict[str, Any]:
    """Simulate a history, watch it, and return all figures."""
    written = write_history(config, folder, force=True)
    flags, truth, took = watched(folder)
    return {
        "planted_per_mille": config.planted,
        "innocents_per_mille": config.innocents,
        "sales": written.sales,
        "moves": written.rows["moves"],
        **took,
        "precision": precision(flags, truth),
        "recall": recall(flags, truth),
        "loops": by_shape(flags, truth),
    }


def main() -> None:
    """Run at every prevalence, with and without look-alikes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--trades", type=int, default=200_000)
    parser.add_argument("--planted", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--innocents", type=int, default=10)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    told = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        for planted in given.planted:
            for innocents in (given.innocents, 0):
                config = HistoryConfig(
                    seed=given.seed, trades=given.trades, planted=planted, innocents=innocents
                )
                figures = run(config, folder)
                told.append(figures)
                title = (
                    f"{figures['sales']:,} sales, {planted} per mille planted, {innocents} per mille "
                    f"look-alikes; {figures['cpu_seconds']} s of CPU"
                )
                print("\n" + "=" * len(title) + f"\n{title}")
                shown("precision", figures["precision"])
                shown("recall by pattern", figures["recall"])
                shown("recall of round trips and rings", figures["loops"])
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
