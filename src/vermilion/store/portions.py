"""Write many rows in one transaction, a portion at a time, so that nobody waits for all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress

PORTION = 512
"""Rows that are made ready or written at a time: some 3 ms. Policy."""

Table = tuple[str, Sequence[tuple[object, ...]]]
"""A statement, and the rows that it is executed with."""


class Portions:
    """Writes into a database that lies in a file and a log before it.

    Args:
        database: nobody else writes into it between two portions.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._logged = 0
        # SQLite would do it with a commit, and who waits for that would wait for both.
        database.execute("PRAGMA wal_autocheckpoint=0")

    def write(self, tables: Sequence[Table]) -> Iterator[None]:
        """Write rows of tables in one transaction; yield after each portion and before the commit.

        What is left of an earlier one is undone.
        """
        self.undo()
        self._db.execute("BEGIN")
        room = PORTION
        for statement, rows in tables:
            start = 0
            while start < len(rows):
                part = rows[start : start + room]
                self._db.executemany(statement, part)
                start, room = start + len(part), room - len(part)
                if not room:
                    yield
                    room = PORTION
        yield
        self._db.execute("COMMIT")
        self._logged += sum(len(rows) for _, rows in tables)

    def settle(self) -> Iterator[None]:
        """Yield, then move what was written from the log into the file, if it is more than a portion."""
        if self._logged > PORTION:
            yield
            # All of it is safe in the log, too; what cannot be moved now is tried again with more.
            with suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA wal_checkpoint").fetchall()
                self._logged = 0

    def undo(self) -> None:
        """Undo what is left of a transaction that failed, or was not gone on with."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
