"""One market on every engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from vermilion.desk.watch.compute import RESULTS, compute
from vermilion.facts.history import TABLES
from vermilion.market.declaration import chosen
from vermilion.simulate.history import HistoryConfig, write_history
from vermilion.sql import DuckDb, SqlEngine


@pytest.mark.filterwarnings("ignore")
def test_sail_finds_what_duckdb_finds(sail: SqlEngine, tmp_path: Path) -> None:
    """Every table of results is equal, row for row, findings' ids and all."""
    history = tmp_path / "history"
    write_history(HistoryConfig(seed=11, trades=1_000), history)
    tables = {name: [history / f"{name}.parquet"] for name in TABLES}
    with DuckDb("500MB", 1) as sql:
        for engine, name in ((sql, "duckdb"), (sail, "sail")):
            (tmp_path / name).mkdir()
            compute(engine, tables, chosen(None), tmp_path / name)
    for name in RESULTS:
        rows = [f"SELECT * FROM '{tmp_path / each / name}.parquet'" for each in ("duckdb", "sail")]
        for one, other in (rows, rows[::-1]):
            assert duckdb.sql(f"{one} EXCEPT ALL {other}").fetchall() == [], name
    [(found,)] = duckdb.sql(f"SELECT COUNT(*) FROM '{tmp_path}/duckdb/findings.parquet'").fetchall()
    assert found > 100
