"""Results that grow with their history."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from vermilion.desk.watch.compute import RESULTS
from vermilion.desk.watch.state import Market
from vermilion.facts.history import TABLES
from vermilion.market.declaration import chosen
from vermilion.simulate.history import HistoryConfig, write_history
from vermilion.sql import DuckDb

OWN = {"listings", "news", "issues"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small market in which every pattern is planted."""
    folder = tmp_path_factory.mktemp("history")
    write_history(HistoryConfig(seed=5, trades=2_000, planted=150, innocents=50), folder)
    return folder


def run(folder: Path, steps: list[dict[str, list[Path]]]) -> Path:
    """Give a market its files step by step; return the results."""
    market = Market(folder)
    tables: dict[str, list[Path]] = {}
    for step in steps:
        for name, paths in step.items():
            tables.setdefault(name, []).extend(paths)
        with DuckDb("500MB", 1) as sql:
            market.update(sql, tables, chosen(None))
    assert market.results is not None
    return market.results


def scattered(history: Path, folder: Path, batches: int, seed: int) -> list[dict[str, list[Path]]]:
    """Split every table but the accounts into batches at random; the accounts come first."""
    pick = random.Random(seed)
    steps: list[dict[str, list[Path]]] = [{} for _ in range(batches)]
    steps[0]["accounts"] = [history / "accounts.parquet"]
    for name in TABLES.keys() - {"accounts"}:
        table = pq.read_table(history / f"{name}.parquet")
        shares: list[list[int]] = [[] for _ in range(batches)]
        for row in range(table.num_rows):
            shares[pick.randrange(batches)].append(row)
        for number, rows in enumerate(shares):
            path = folder / f"{number}-{name}.parquet"
            pq.write_table(table.take(rows), path)
            steps[number][name] = [path]
    return steps


def same(one: Path, other: Path) -> dict[str, int]:
    """Return how many rows of each result are in one folder and not in the other."""
    found = {}
    for name in RESULTS:
        rows = [f"SELECT * FROM '{each / name}.parquet'" for each in (one, other)]
        query = (
            f"SELECT COUNT(*) FROM (({rows[0]} EXCEPT ALL {rows[1]}) "
            f"UNION ALL ({rows[1]} EXCEPT ALL {rows[0]}))"
        )
        found[name] = duckdb.sql(query).fetchall()[0][0]
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_any_batches_come_to_the_same(history: Path, tmp_path: Path, seed: int) -> None:
    """Rows that come in any order and in any batches give every result of a run over all."""
    whole = {name: [history / f"{name}.parquet"] for name in TABLES}
    full = run(tmp_path / "full", [whole])
    steps = scattered(history, tmp_path, 3, seed)
    assert same(full, run(tmp_path / "grown", steps)) == dict.fromkeys(RESULTS, 0)
