"""Hashes of columns."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from vermilion.sql import SqlEngine


@pytest.mark.filterwarnings("ignore")
def test_hashes_tell_rows_apart(engines: SqlEngine, tmp_path: Path) -> None:
    """Equal rows have equal hashes and others others, also of null and of a column of one value."""
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"one": ["x"] * 4, "two": ["y", "z", None, "z"]}), path)
    rows = f"FROM {engines.parquet(path)}"
    for column, count in (("one", 1), ("two", 3)):
        digest = engines.digest(column)
        [(found, missing)] = engines.rows(
            f"SELECT COUNT(DISTINCT h), COUNT(*) - COUNT(h) FROM (SELECT {digest} AS h {rows}) AS d"
        )
        assert (found, missing) == (count, 0)
