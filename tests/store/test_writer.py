"""What is written is durable with its commit, whatever becomes of the log, or nothing of it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.store import writer
from vermilion.store.writer import Table, Writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file with a log and two tables."""
    made = tmp_path / "some.db"
    with closing(sqlite3.connect(made)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE held (number INTEGER)")
        database.execute("CREATE TABLE named (name BLOB PRIMARY KEY, number) WITHOUT ROWID")
    return made


@pytest.fixture
def written(path: Path) -> Iterator[Writer]:
    """What writes into it."""
    with closing(Writer(path)) as found:
        yield found


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """Return what a table holds, as others see it."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def numbers(count: int) -> Table:
    """Return rows to be held."""
    return Table("INSERT INTO held VALUES {}", [(number,) for number in range(count)])


def test_a_log_that_cannot_be_moved_harms_nobody(
    path: Path, written: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit holds; the log is moved with a later one, once there is room."""
    monkeypatch.setattr(writer, "PORTION", 2)

    def refuse(action: int, what: str | None, *_: object) -> int:
        moves = action == sqlite3.SQLITE_PRAGMA and what == "wal_checkpoint"
        return sqlite3.SQLITE_DENY if moves else sqlite3.SQLITE_OK

    authorize(written, refuse)
    before = path.stat().st_size
    finish(written, numbers(5))
    assert len(rows(path, "held")) == 5
    authorize(written, None)
    assert path.stat().st_size == before
    finish(written, numbers(1_000))
    written.close()
    assert path.stat().st_size > before
    assert len(rows(path, "held")) == 1_005


def test_a_log_that_cannot_be_moved_is_told_once(
    path: Path, written: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks hears it until it could be moved; the log has one line of it each time it begins."""
    monkeypatch.setattr(writer, "PORTION", 2)

    def refuse(action: int, what: str | None, *_: object) -> int:
        moves = action == sqlite3.SQLITE_PRAGMA and what == "wal_checkpoint"
        return sqlite3.SQLITE_DENY if moves else sqlite3.SQLITE_OK

    for times in (1, 2):
        authorize(written, refuse)
        for _ in range(3):
            finish(written, numbers(5))
        authorize(written, None)
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            written.check()
        assert [one.levelname for one in caplog.records] == ["ERROR"] * times
        finish(written, numbers(5))
        authorize(written, None)
        written.check()


def test_what_fails_leaves_nothing(path: Path, written: Writer) -> None:
    """A row that the file does not take undoes those before it, and the next is written."""
    twice = [(b"a", 1), (b"a", 2)]
    written.begin([numbers(5), Table("INSERT INTO named VALUES {}", twice)])
    written.wait()
    with pytest.raises(sqlite3.IntegrityError):
        written.done()
    assert rows(path, "held") == []
    finish(written, numbers(3))
    assert len(rows(path, "held")) == 3


def test_nobody_sees_a_part(path: Path, written: Writer) -> None:
    """Until all of it is written, others read what was there before."""
    with closing(sqlite3.connect(path)) as database:
        seen = set()
        written.begin([numbers(20_000)])
        while not written.done():
            seen |= set(database.execute("SELECT COUNT(*) FROM held").fetchone())
        seen |= set(database.execute("SELECT COUNT(*) FROM held").fetchone())
    assert seen <= {0, 20_000}
    assert 20_000 in seen


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.binary(max_size=3), st.integers(0, 9), max_size=300), st.integers(1, 7))
def test_all_rows_are_written_in_order(
    tmp_path_factory: pytest.TempPathFactory, named: dict[bytes, int], together: int
) -> None:
    """However many go into one statement, and whatever they are called."""
    folder = tmp_path_factory.mktemp("named")
    with closing(sqlite3.connect(folder / "db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE named (name BLOB PRIMARY KEY, number) WITHOUT ROWID")
    ordered = writer._ordered(list(named.items()), 0)
    assert ordered == sorted(named.items())
    with pytest.MonkeyPatch.context() as patch, closing(Writer(folder / "db")) as found:
        patch.setattr(writer, "TOGETHER", together)
        finish(found, Table("INSERT INTO named VALUES {}", list(named.items()), 0))
        assert rows(folder / "db", "named") == sorted(named.items())
        finish(found, Table("DELETE FROM named WHERE name IN (VALUES {})", [(n,) for n in named]))
        assert rows(folder / "db", "named") == []


def authorize(written: Writer, refuse: Callable[..., int] | None) -> None:
    """Have SQLite ask whether it may, in the thread that writes; what was begun is done before."""
    written._thread.submit(written._db.set_authorizer, refuse).result()


def finish(written: Writer, table: Table) -> None:
    """Write a table and wait for it."""
    written.begin([table])
    written.wait()
    assert written.done()
