"""Write many rows in one transaction, in a thread of its own, so that nobody waits for it.

SQLite lets the interpreter go while it works, and one statement takes many rows, so that the thread
asks for the interpreter seldom.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain
from pathlib import Path
from typing import NamedTuple

PORTION = 512
"""Rows that are made ready at a time, while others wait: some 3 ms. Policy."""

TOGETHER = 128
"""Rows that one statement writes. Policy."""

_LOG = logging.getLogger("vermilion.store")


class Table(NamedTuple):
    """Rows for a statement, which has `{}` where they go.

    `order` is the column of random bytes by which they lie in the file; None where it is none.
    """

    statement: str
    rows: Sequence[tuple[object, ...]]
    order: int | None = None


class Writer:
    """Writes into a database whose other connections only read while it does.

    Its own connection is the thread's alone.

    Args:
        path: the file, which keeps a log before it (WAL).
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous=NORMAL")
        # SQLite would do it with a commit, and who waits for that would wait for both.
        self._db.execute("PRAGMA wal_autocheckpoint=0")
        self._thread = ThreadPoolExecutor(1, f"write {path.name}")
        self._work: Future[None] | None = None
        self._logged = 0
        self._name = path.name
        self._failure: str | None = None

    def keep(self, pages: int) -> None:
        """Keep so many KiB of the file's pages in memory from here on."""
        self._thread.submit(self._db.execute, f"PRAGMA cache_size=-{pages}")

    def begin(self, tables: Sequence[Table]) -> None:
        """Begin to write rows of tables in one transaction; what was begun before has to be done."""
        self._work = self._thread.submit(self._write, tables)
        self._thread.submit(self._settle)

    @property
    def busy(self) -> bool:
        """Whether what was begun is still being written."""
        return self._work is not None and not self._work.done()

    def wait(self) -> None:
        """Wait until nothing is being written."""
        if self._work is not None:
            wait([self._work])

    def done(self) -> bool:
        """Tell whether what was begun is in the file.

        Raises:
            sqlite3.Error: it could not be written, and nothing of it is.
        """
        if self.busy:
            return False
        work, self._work = self._work, None
        if work is not None:
            work.result()
        return True

    def check(self) -> None:
        """Look whether what was written can be moved from the log into the file.

        Raises:
            sqlite3.DatabaseError: it could not the last time, and not for lack of room.
        """
        if self._failure is not None:
            raise sqlite3.DatabaseError(self._failure)

    def close(self) -> None:
        """Wait for what was begun and close the file."""
        self._thread.shutdown()
        self._db.close()

    def _write(self, tables: Sequence[Table]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement, rows, order in tables:
                ordered = rows if order is None else _ordered(rows, order)
                for start in range(0, len(ordered), TOGETHER):
                    part = ordered[start : start + TOGETHER]
                    row = f"({','.join('?' * len(part[0]))})"
                    values = statement.format(",".join([row] * len(part)))
                    self._db.execute(values, list(chain.from_iterable(part)))
            self._db.execute("COMMIT")
            self._logged += sum(len(one.rows) for one in tables)
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _settle(self) -> None:
        """Move what was written from the log into the file, if it is more than a portion."""
        if self._logged > PORTION:
            # All of it is safe in the log, too; what cannot be moved now is tried again with more.
            try:
                self._db.execute("PRAGMA wal_checkpoint").fetchall()
            except sqlite3.Error as error:
                self._note(error)
            else:
                self._logged, self._failure = 0, None

    def _note(self, error: sqlite3.Error) -> None:
        """Remember a failure, and log it unless the attempt before failed too; room comes back."""
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            return
        if self._failure is None:
            _LOG.error("what was written stays in the log of %s", self._name, exc_info=error)
        self._failure = str(error)


def _ordered(rows: Sequence[tuple[object, ...]], column: int) -> list[tuple[object, ...]]:
    """Return rows in order of a column of random bytes; sorted at once they would hold up everybody."""
    parts: list[list[tuple[object, ...]]] = [[] for _ in range(256)]
    for row in rows:
        key = row[column]
        parts[key[0] if isinstance(key, bytes) and key else 0].append(row)
    return [row for part in parts for row in sorted(part, key=lambda row: row[: column + 1])]
