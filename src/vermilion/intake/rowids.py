"""Ids for rows that have none: a digest of the mapped columns, and the ordinal among equal rows.

They depend on nothing but what the mapping uses, so a re-sorted, longer or wider export gives the
same ids, and no unmapped column can be guessed from an id, which stands in clear in the log.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

_CACHE_KIB = 16_384
_ID_BYTES = 16


class RowIds:
    """Hands out ids row by row; a context manager.

    Counts lie in a temporary database on disk, so that memory stays bounded whatever the file.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's own temporary file: private, and removed when closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._execute = self._database.execute
        self._execute("PRAGMA journal_mode = OFF")
        self._execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._execute(
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID"
        )
        self._execute("BEGIN")

    def __enter__(self) -> RowIds:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def of(self, row: bytes) -> str:
        """Return the id of a row, its mapped columns given as JSON: 32 hexadecimal digits, ordinal."""
        digest = hashlib.sha256(row).digest()[:_ID_BYTES]
        added = self._execute("INSERT OR IGNORE INTO seen VALUES (?, 1)", (digest,))
        if added.rowcount == 1:
            return f"{digest.hex()}-1"
        self._execute("UPDATE seen SET times = times + 1 WHERE digest = ?", (digest,))
        (times,) = self._execute("SELECT times FROM seen WHERE digest = ?", (digest,)).fetchone()
        return f"{digest.hex()}-{times}"
