"""Small histories, made once, and questions to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb

from vermilion.facts.history import TABLES
from vermilion.simulate.history import HistoryConfig, write_history

CONFIG = HistoryConfig(seed=7, trades=40_000, planted=60, innocents=30, broken=20)


@cache
def folder() -> Path:
    """Return a folder with a history of every pattern and look-alike."""
    place = Path(mkdtemp(prefix="history-"))
    write_history(CONFIG, place)
    return place


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads=1")
    for name in (*TABLES, "truth"):
        path = folder() / f"{name}.parquet"
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'")
    connection.execute(
        "CREATE TABLE planted AS SELECT m.*, t.pattern, t.plant, t.role, t.loop, t.delay_ms, "
        "t.free_legs, t.relays, t.members, t.innocent, t.escrow, ROW_NUMBER() OVER (PARTITION BY "
        "plant, token ORDER BY m.ms, m.position) AS step FROM moves m JOIN truth t USING (source, id)"
    )
    return connection


def ask(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over the tables, `truth`, and `planted`: moves with their truth."""
    return _connection().execute(query).fetchall()
