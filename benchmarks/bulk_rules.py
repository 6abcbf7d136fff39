"""Judge a million events by the twenty benchmark rules in bulk, beside other engines, in one run.

The events are those of `benchmarks.peers`. Vermilion's rows come through its own columns and its own
SQL, with an outcome for each event and rule (hit, unknown, passed); they are held against the fused
function that judges online, row for row. The others get the same facts laid flat, what they cannot
say already worked out, and say hit or not; theirs are held against the same. Strings are dictionary
coded for all (DuckDB's ENUM, Polars' Categorical, Arrow's dictionary), and each runs on one thread.
CPU time is that of the process; the engines take turns in each round.

    python -m benchmarks.bulk_rules [--events 1000000] [--unknown 0.0] [--rounds 7] [--json]

Others need `pip install polars blazerules`; one that is absent is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from benchmarks.peers.engines import conditions
from benchmarks.peers.events import Joined, as_json, facts
from benchmarks.peers.rules import NAMES

from vermilion.language import fuse
from vermilion.language.sql import column_name, column_type, leaves, predicate, reader

GOAL = 200.0
"""CPU milliseconds for a million events, that Vermilion sets itself."""

_TYPES = {
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "decimal": pa.int64(),
    "text": pa.string(),
}
_TEXTS = ("currency", "permission", "kyc", "kind")
_NUMBERS = ("amount", "age", "consented", "size", "serial", "licensed")
_FLAGS = {
    "virtual": ("instruments", ("virtual_currency",)),
    "cash": ("instruments", ("cash",)),
    "credit": ("fundings", ("credit", "margin", "pledge")),
    "listed": ("lists_hit", ("sanctions", "wanted")),
    "blind_box": ("features", ("blind_box",)),
    "book": ("features", ("order_book", "continuous_auction")),
    "maker": ("features", ("market_maker",)),
    "financial": ("underlying", ("security", "insurance", "loan", "receivable", "fund")),
}

FLAT = (
    "currency <> 'CNY'",
    "currency IN ('BTC', 'ETH', 'USDT') AND permission = 'permissionless'",
    "currency = 'CNY' AND amount > 5000000",
    "virtual",
    "cash AND currency = 'CNY' AND amount > 100000",
    "credit",
    "kyc <> 'verified'",
    "kyc IN ('failed', 'expired') AND currency = 'CNY' AND amount > 10000",
    "kind = 'organisation' AND currency <> 'CNY'",
    "age < 8",
    "currency = 'CNY' AND age < 18 AND amount > consented",
    "age < 18 AND blind_box",
    "listed",
    "size > licensed",
    "serial > size",
    "size > 10000",
    "currency = 'CNY' AND amount > 100000 + size * 2000",
    "financial",
    "book",
    "maker AND permission = 'permissionless'",
)
"""The twenty rules over flat facts, written by hand as SQL."""


class Contender(NamedTuple):
    """An engine: what runs the rules over its rows, and what turns the answer into hits by rule."""

    name: str
    run: Callable[[], Any]
    hits: Callable[[Any], np.ndarray]


class Made(NamedTuple):
    """The events: Vermilion's columns, flat columns, and what the fused function says online."""

    columns: pa.Table
    flat: pa.Table
    hit: np.ndarray
    unknown: np.ndarray


def made(number: int, unknown: float, seed: int) -> Made:
    """Make events, judge them online, and put them in columns."""
    rules = conditions()
    listed = list(dict.fromkeys(leaf for one in rules for leaf in leaves(one.violates, {})))
    read, function = reader(listed, "sale", {}), fuse("sale", rules, {})
    decode = msgspec.json.Decoder(Joined).decode
    rows, flat, hit, lacking = [], [], [], []
    chance = np.random.default_rng(seed)
    for one in facts(number, seed):
        if unknown:
            one = {k: None if chance.random() < unknown else v for k, v in one.items()}  # noqa: PLW2901
        arguments = decode(as_json(one)).arguments()
        rows.append(read(*arguments))
        masks = function(*arguments)
        hit.append(masks[0])
        lacking.append(masks[1])
        flat.append(_flat(one))
    columns = {
        column_name(leaf): _coded(pa.array(values, _TYPES[column_type(leaf)]))
        for leaf, values in zip(listed, zip(*rows, strict=True), strict=True)
    }
    names = (*_TEXTS, *_NUMBERS, *_FLAGS)
    others = {
        name: _coded(pa.array(v)) for name, v in zip(names, zip(*flat, strict=True), strict=True)
    }
    return Made(pa.table(columns), pa.table(others), np.array(hit), np.array(lacking))


def _flat(one: dict[str, Any]) -> tuple[Any, ...]:
    plain = [one[name] for name in (*_TEXTS, *_NUMBERS)]
    flags = [
        None if one[name] is None else not set(words).isdisjoint(one[name])
        for name, words in _FLAGS.values()
    ]
    return (*plain, *flags)


def _coded(array: pa.Array) -> pa.Array:
    return array.dictionary_encode() if array.type == pa.string() else array


def _in_duckdb(table: pa.Table) -> Any:
    db = duckdb.connect(config={"threads": 1})
    db.register("given", table)
    listed = []
    for field in table.schema:
        if pa.types.is_dictionary(field.type):
            words = f"SELECT DISTINCT {field.name} FROM given WHERE {field.name} IS NOT NULL"
            db.execute(f"CREATE TYPE e_{field.name} AS ENUM ({words} ORDER BY 1)")
            listed.append(f"CAST({field.name} AS e_{field.name}) AS {field.name}")
        else:
            listed.append(field.name)
    db.execute(f"CREATE TABLE events AS SELECT {', '.join(listed)} FROM given")
    db.unregister("given")
    return db


def _duckdb(name: str, table: pa.Table, conditions: list[str]) -> Contender:
    db = _in_duckdb(table)
    query = (
        f"SELECT {', '.join(f'({one}) AS r{n}' for n, one in enumerate(conditions))} FROM events"
    )

    def hits(found: dict[str, Any]) -> np.ndarray:
        return np.stack([np.ma.filled(found[f"r{n}"], False) for n in range(len(conditions))])

    return Contender(name, lambda: db.execute(query).fetchnumpy(), hits)


def vermilion(given: Made) -> Contender:
    """Return Vermilion: the rulebook's SQL over its columns; a null is unknown."""
    return _duckdb(
        "vermilion", given.columns, [predicate(one.violates, {}) for one in conditions()]
    )


def polars(given: Made) -> Contender:
    """Return Polars: the same conditions as expressions over Categorical columns."""
    import polars as pl

    frame = pl.from_arrow(given.flat)
    c = pl.col
    home, minor = c("currency") == "CNY", c("age") < 18
    expressions = [
        c("currency") != "CNY",
        c("currency").is_in(["BTC", "ETH", "USDT"]) & (c("permission") == "permissionless"),
        home & (c("amount") > 5_000_000),
        c("virtual"),
        c("cash") & home & (c("amount") > 100_000),
        c("credit"),
        c("kyc") != "verified",
        c("kyc").is_in(["failed", "expired"]) & home & (c("amount") > 10_000),
        (c("kind") == "organisation") & (c("currency") != "CNY"),
        c("age") < 8,
        home & minor & (c("amount") > c("consented")),
        minor & c("blind_box"),
        c("listed"),
        c("size") > c("licensed"),
        c("serial") > c("size"),
        c("size") > 10_000,
        home & (c("amount") > 100_000 + c("size") * 2_000),
        c("financial"),
        c("book"),
        c("maker") & (c("permission") == "permissionless"),
    ]
    wanted = [one.alias(f"r{n}") for n, one in enumerate(expressions)]

    def hits(found: Any) -> np.ndarray:
        return np.stack([one.fill_null(False).to_numpy() for one in found.get_columns()])

    return Contender("polars", lambda: frame.select(wanted), hits)


def blazerules(given: Made) -> Contender:
    """Return blazerules: YAML rules over an Arrow batch, a bit mask for each row."""
    import blazerules as blaze

    def one(field: str, op: str, value: Any) -> dict[str, Any]:
        return {"field": field, "op": op, "value": value}

    def two(field: str, op: str, other: str) -> dict[str, Any]:
        return {"field": field, "op": op, "other_field": other}

    def every(*items: dict[str, Any]) -> dict[str, Any]:
        return {"and": list(items)}

    home, minor = one("currency", "eq", "CNY"), one("age", "lt", 18)
    away = one("currency", "neq", "CNY")
    open_chain = one("permission", "eq", "permissionless")
    texts = [
        away,
        every(one("currency", "in", ["BTC", "ETH", "USDT"]), open_chain),
        every(home, one("amount", "gt", 5_000_000)),
        one("virtual", "eq", 1),
        every(one("cash", "eq", 1), home, one("amount", "gt", 100_000)),
        one("credit", "eq", 1),
        one("kyc", "neq", "verified"),
        every(one("kyc", "in", ["failed", "expired"]), home, one("amount", "gt", 10_000)),
        every(one("kind", "eq", "organisation"), away),
        one("age", "lt", 8),
        every(home, minor, two("amount", "gt", "consented")),
        every(minor, one("blind_box", "eq", 1)),
        one("listed", "eq", 1),
        two("size", "gt", "licensed"),
        two("serial", "gt", "size"),
        one("size", "gt", 10_000),
        every(home, two("amount", "gt", "dear")),
        one("financial", "eq", 1),
        one("book", "eq", 1),
        every(one("maker", "eq", 1), open_chain),
    ]
    rules = [
        {"id": name, "action": "block", "conditions": text}
        for name, text in zip(NAMES, texts, strict=True)
    ]
    config = blaze.EngineConfig()
    config.output_detail = blaze.OutputDetail.BITMASKS
    config.eval_thread_count = 1
    engine = blaze.RuleEngine(config)
    engine.load_rules_from_string(json.dumps({"version": "1", "rules": rules}))
    batch = _for_blazerules(given.flat)
    size = batch.num_rows

    def hits(found: Any) -> np.ndarray:
        rows = np.zeros((len(NAMES), size), dtype=bool)
        for place, name in enumerate(NAMES):
            rows[place, np.asarray(found.indices_for_rule(name), dtype=np.int64)] = True
        return rows

    return Contender("blazerules", lambda: engine.evaluate_batch(batch, False), hits)


def _for_blazerules(flat: pa.Table) -> Any:
    columns = {}
    for name in flat.column_names:
        array = flat[name].combine_chunks()
        columns[name] = array.cast(pa.int64()) if array.type == pa.bool_() else array
    size = columns["size"].to_numpy(zero_copy_only=False)
    columns["dear"] = pa.array(100_000 + size * 2_000)
    return pa.record_batch(columns)


def contenders(given: Made, unknown: float) -> list[Contender]:
    """Set up what is installed; with unknown facts only what has three truth values."""
    found = [vermilion(given), _duckdb("duckdb, by hand", given.flat, list(FLAT))]
    for make in (polars, *(() if unknown else (blazerules,))):
        try:
            found.append(make(given))
        except ImportError:
            print(f"{make.__name__}: not installed, left out", file=sys.stderr)
    return found


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Judge, compare and time."""
    given = made(options.events, options.unknown, options.seed)
    truth = np.stack([given.hit >> place & 1 == 1 for place in range(len(NAMES))])
    found = contenders(given, options.unknown)
    wrong = {}
    for one in found:
        rows = one.hits(one.run())
        wrong[one.name] = int((rows != truth).any(axis=0).sum())
    unknown = np.stack([given.unknown >> place & 1 == 1 for place in range(len(NAMES))])
    answer = found[0].run()
    said = np.stack([np.ma.getmaskarray(answer[f"r{n}"]) for n in range(len(NAMES))])
    wrong["vermilion"] += int((said != unknown).any(axis=0).sum())
    spent: dict[str, list[float]] = {one.name: [] for one in found}
    for number in range(options.rounds):
        turn = number % len(found)
        for one in (*found[turn:], *found[:turn]):
            begin = time.process_time()
            one.run()
            spent[one.name].append((time.process_time() - begin) * 1e3)
    return {
        "events": options.events,
        "unknown": options.unknown,
        "versions": {"duckdb": duckdb.__version__, "pyarrow": pa.__version__},
        "cpu_ms": {
            name: [statistics.median(took), min(took), max(took)] for name, took in spent.items()
        },
        "rows_wrong": wrong,
    }


def main() -> int:
    """Measure and print; 1 where Vermilion's rows differ from its online answers."""
    parser = argparse.ArgumentParser(prog="benchmarks.bulk_rules", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--unknown", type=float, default=0.0, help="share of facts left out")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options)
    if options.json:
        print(json.dumps(found))
    else:
        print(
            f"{found['events']:,} events x {len(NAMES)} rules, one thread; CPU ms, median (min-max)"
        )
        for name, (median, least, most) in found["cpu_ms"].items():
            wrong = found["rows_wrong"][name]
            print(f"{name:<18}{median:>9.1f} ({least:.1f}-{most:.1f})  rows wrong: {wrong}")
        spent = found["cpu_ms"]["vermilion"][0] * 1e6 / found["events"]
        print(f"goal of {GOAL:.0f} ms for a million: {spent:.0f} ms")
    return 1 if found["rows_wrong"]["vermilion"] else 0


if __name__ == "__main__":
    sys.exit(main())
