"""Write many rows in one transaction, a portion at a time, so that nobody waits for all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

PORTION = 1_024
"""Rows that are made ready or written at a time: some 5 ms. Policy."""

Table = tuple[str, Sequence[tuple[object, ...]]]
"""A statement, and the rows that it is executed with."""


def written(database: sqlite3.Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Write rows of tables in one transaction; yield after each portion and before the commit.

    What an earlier one left, because it failed or was not gone on with, is undone.
    """
    if database.in_transaction:
        database.execute("ROLLBACK")
    database.execute("BEGIN")
    room = PORTION
    for statement, rows in tables:
        start = 0
        while start < len(rows):
            part = rows[start : start + room]
            database.executemany(statement, part)
            start, room = start + len(part), room - len(part)
            if not room:
                yield
                room = PORTION
    yield
    database.execute("COMMIT")
