"""Measure round trips: the detector's SQL beside a hand-written window, and beside a self join.

- *detector*: all steps of `round_trip.sql`: loops with age, prices, hands, free legs, services taken
  out, loops gathered into findings with their rows and scores;
- *window*: the least that finds loops: the last time the buyer sold the token, one window in DuckDB;
- *join*: the public definition (a trade is marked if another of the same token has its sides swapped)
  as a self join, which is no loop detector, and quadratic in a pair that trades one token often.

Ordinary data are those of `rings.py`. A hot token is traded by two wallets, to and fro, or among a
thousand. The loops of detector (least scores 0) and window are compared in the run.
Times are CPU seconds of all threads; what a way does not do within `--limit` seconds is left out.

    python benchmarks/loops.py [--ordinary 110000 1100000] [--hot 10000 20000 40000]
        [--growth 1000000 10000000] [--limit 120] [--json]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import threading
import time
from typing import Any

import numpy as np
import pyarrow as pa
from rings import history

from vermilion.market.declaration import detectors
from vermilion.sql import DuckDb

FLAGS = frozenset({"sale", "priced", "many", "sender_service", "recipient_service"})
WINDOW = """
SELECT COUNT(*) FROM (
  SELECT party, sold, LAG(sold) OVER (PARTITION BY token, party ORDER BY n, sold) AS last FROM (
    SELECT token, n, sender AS party, TRUE AS sold FROM moves WHERE sender <> recipient
    UNION ALL
    SELECT token, n, recipient, FALSE FROM moves WHERE sender <> recipient
  ) AS legs
) AS stays
WHERE NOT sold AND last
"""
JOIN = """
SELECT COUNT(DISTINCT a.n) FROM moves AS a JOIN moves AS b
ON a.token = b.token AND a.sender = b.recipient AND a.recipient = b.sender AND a.n <> b.n
"""


def hot(trades: int, wallets: int) -> dict[str, Any]:
    """Return the trades of one token among some wallets, an hour apart, never to oneself."""
    random = np.random.default_rng(2)
    steps = (
        np.ones(trades + 1, np.int64) if wallets == 2 else random.integers(1, wallets, trades + 1)
    )
    holder = np.cumsum(steps) % wallets
    columns = {name: np.zeros(trades, np.int64) for name in ("collection", "token", *FLAGS)}
    columns["sale"] = columns["priced"] = np.ones(trades, np.int64)
    columns |= {"n": np.arange(trades), "sender": holder[:-1], "recipient": holder[1:]}
    columns["ms"] = columns["n"] * 3_600_000
    return columns


def table(columns: dict[str, Any]) -> pa.Table:
    """Return trades as the prepared table of moves."""
    size = columns["n"].size
    made = {k: v.astype(bool) if k in FLAGS else v for k, v in columns.items()}
    made |= {"unit_log": columns["n"] * 7_919 % 500_000, "currency": np.zeros(size, np.int64)}
    return pa.table(made).append_column("kind", pa.repeat(pa.scalar("sale"), size))


def by_detector(sql: DuckDb) -> int:
    """Run the detector; return the loops it found."""
    detector = detectors()["round_trip"].with_parameters({"min_score": 0, "min_loop": 0})
    for step, text in detector.sql():
        sql.keep(step, text)
    [(found,)] = sql.rows("SELECT COALESCE(SUM(loops), 0) FROM findings")
    for step, _ in detector.sql():
        sql.drop(step)
    return int(found)


def by_query(sql: DuckDb, query: str) -> int:
    """Run one query; return its number."""
    [(found,)] = sql.rows(query)
    return int(found)


def measured(sql: DuckDb, way: str, limit: float) -> dict[str, Any]:
    """Run one way; return what it took, nothing where it took too long."""
    timer = threading.Timer(limit, sql._db.interrupt)  # noqa: SLF001 - there is no other way
    before = resource.getrusage(resource.RUSAGE_SELF)
    begun = time.perf_counter()
    timer.start()
    try:
        found = (
            by_detector(sql)
            if way == "detector"
            else by_query(sql, WINDOW if way == "window" else JOIN)
        )
    except Exception as error:
        if time.perf_counter() - begun < limit:
            raise
        return {"way": way, "over": str(error)[:60]}
    finally:
        timer.cancel()
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.perf_counter() - begun
    return {"way": way, "found": found, "cpu": round(spent, 2), "wall": round(wall, 2)}


def rows(name: str, columns: dict[str, Any], ways: list[str], limit: float) -> list[dict[str, Any]]:
    """Measure some ways on one history."""
    with DuckDb("6GB", 2) as sql:
        sql.put("moves", table(columns))
        sql.load("services", {"party": "BIGINT", "role": "STRING"}, iter(()))
        size = int(columns["n"].size)
        found = []
        for way in ways:
            found.append({"data": name, "trades": size} | measured(sql, way, limit))
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
        return found


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ordinary", type=int, nargs="*", default=[110_000, 1_100_000])
    parser.add_argument("--hot", type=int, nargs="*", default=[10_000, 20_000, 40_000])
    parser.add_argument("--growth", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    every, found = ["detector", "window", "join"], []
    for size in asked.ordinary:
        found += rows("ordinary", history(size), every, asked.limit)
    for size in asked.hot:
        found += rows("hot, 2 wallets", hot(size, 2), every, asked.limit)
    for size in asked.growth:
        found += rows("hot, 2 wallets", hot(size, 2), ["detector", "window"], asked.limit)
        found += rows("hot, 1000 wallets", hot(size, 1_000), ["detector", "window"], asked.limit)
    agreed = all(
        one["found"] == two["found"]
        for one in found
        for two in found
        if "found" in one and "found" in two
        if (one["data"], one["trades"], one["way"]) == (two["data"], two["trades"], "detector")
        and two["way"] == "window"
    )
    if asked.json:
        print(json.dumps({"rows": found, "agreed": agreed}))
    else:
        print(f"{'data':18} {'trades':>12} {'way':10} {'found':>12} {'CPU s':>8} {'wall s':>8}")
        for one in found:
            told = [one.get(name, "-") for name in ("found", "cpu", "wall")]
            print(
                f"{one['data']:18} {one['trades']:>12,} {one['way']:10} {told[0]:>12} {told[1]:>8} {told[2]:>8}"
            )
        print("detector and window agree" if agreed else "THEY DO NOT AGREE")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
