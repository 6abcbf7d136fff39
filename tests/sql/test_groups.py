"""Kernels over groups: each gets whole groups, in order, however they are portioned."""

from __future__ import annotations

import numpy as np
import pyarrow as arrow
import pytest

from vermilion.sql import Columns, DuckDb, duckdb


@pytest.mark.parametrize("portion", [1, 3, 100])
@pytest.mark.parametrize("sizes", [[], [1], [4, 1, 1, 5, 2], [1] * 9])
def test_portions(monkeypatch: pytest.MonkeyPatch, sizes: list[int], portion: int) -> None:
    """Every group comes once and whole, and a portion has no group more than it needs."""
    monkeypatch.setattr(duckdb, "_PORTION", portion)
    given = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    seen: list[list[int]] = []

    def kernel(columns: Columns) -> Columns:
        assert (np.diff(columns["place"]) >= 0)[np.diff(columns["unit"]) == 0].all()
        unit, rows = np.unique(columns["unit"], return_counts=True)
        seen.append(rows.tolist())
        return {"unit": unit, "rows": rows}

    with DuckDb("100MB", 1) as sql:
        place = np.arange(len(given))
        sql.put("given_rows", arrow.table({"unit": given, "place": place}))
        made = {"unit": "BIGINT", "rows": "BIGINT"}
        sql.groups("made", "SELECT * FROM given_rows", ("unit", "place"), kernel, made)
        assert list(sql.rows("SELECT rows FROM made ORDER BY unit")) == [(one,) for one in sizes]
    assert all(sum(rows[:-1]) < portion for rows in seen)
    assert len(seen) <= max(1, -(-sum(sizes) // portion))
