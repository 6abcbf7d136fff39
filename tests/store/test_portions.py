"""What is written in portions is durable with its commit, whatever becomes of the log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from vermilion.store import portions
from vermilion.store.portions import Portions


class Full(sqlite3.Connection):
    """A database on a disk that has no room for more than the log."""

    full = True

    def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
        """Fail at what moves the log into the file."""
        if self.full and query == "PRAGMA wal_checkpoint":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(query, *values)


def test_a_log_that_cannot_be_moved_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit holds; the log is moved with a later one, once there is room."""
    monkeypatch.setattr(portions, "PORTION", 2)
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path, factory=Full, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE held (number INTEGER)")
        written = Portions(database)
        rows = [(number,) for number in range(5)]
        for _ in written.write([("INSERT INTO held VALUES (?)", rows)]):
            pass
        assert list(written.settle()) == [None]
        assert database.execute("SELECT COUNT(*) FROM held").fetchone() == (5,)
        before = path.stat().st_size
        database.full = False
        assert list(written.settle()) == [None]
        assert path.stat().st_size > before
        assert list(written.settle()) == []
