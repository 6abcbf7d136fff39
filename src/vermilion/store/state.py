"""state.db: where things lie in the record. A fold over the record; delete it and it is rebuilt.

It holds identities and positions, no content: what was said is read from the record itself, so
that erasing a key there erases it everywhere.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from vermilion.errors import StorageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    identity BLOB PRIMARY KEY, segment INTEGER NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statement (
    kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL,
    valid_from TEXT NOT NULL, valid_until TEXT,
    segment INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL);
"""

BATCH = 500
"""Identities asked for in one query; below SQLite's limit on variables."""


class Place(NamedTuple):
    """Where an entry lies in the record: segment and byte offset."""

    segment: int
    position: int


class StatementRow(NamedTuple):
    """A standing statement: about what, stated by which entry, valid when (UTC, ISO 8601)."""

    kind: str
    id: str
    number: int
    valid_from: str
    valid_until: str | None
    segment: int
    position: int


class SeenRow(NamedTuple):
    """An event's identity and where its judgement lies."""

    identity: bytes
    segment: int
    position: int


def identity_of(source: str, id: str) -> bytes:
    """Return the 16-byte key of an event's identity."""
    return hashlib.blake2b(f"{source}\0{id}".encode(), digest_size=16).digest()


class State:
    """The open state of one book.

    Raises:
        StorageError: the file is damaged; deleting it makes the next run rebuild it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA cache_size=-65536")
            self._db.executescript(_SCHEMA)
            row = self._db.execute("SELECT size FROM applied").fetchone()
            self._kinds = {
                kind for (kind,) in self._db.execute("SELECT DISTINCT kind FROM statement")
            }
        except sqlite3.DatabaseError as error:
            raise StorageError(
                "state_damaged",
                f"the state cannot be read: {error}",
                help="delete the file; it is rebuilt from the record",
                where=str(path),
            ) from None
        self.applied: int = row[0] if row else 0

    def find(self, identities: Sequence[bytes]) -> dict[bytes, Place]:
        """Return where the judgements of those identities lie that were seen before."""
        found: dict[bytes, Place] = {}
        for start in range(0, len(identities), BATCH):
            part = identities[start : start + BATCH]
            marks = ",".join("?" * len(part))
            rows = self._db.execute(
                f"SELECT identity, segment, position FROM seen WHERE identity IN ({marks})",  # noqa: S608
                part,
            )
            found.update(
                (identity, Place(segment, position)) for identity, segment, position in rows
            )
        return found

    def statements(self, kind: str, id: str) -> list[StatementRow]:
        """Return what was stated about an entity, in order of sequence."""
        if kind not in self._kinds:
            return []
        rows = self._db.execute(
            "SELECT kind, id, number, valid_from, valid_until, segment, position FROM statement"
            " WHERE kind = ? AND id = ? ORDER BY number",
            (kind, id),
        )
        return [StatementRow(*row) for row in rows]

    def apply(self, seen: Iterable[SeenRow], statements: Sequence[StatementRow], size: int) -> None:
        """Take over what the record says up to `size` entries, in one transaction."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", seen)
        if statements:
            self._db.executemany(
                "INSERT OR REPLACE INTO statement VALUES (?, ?, ?, ?, ?, ?, ?)", statements
            )
            self._kinds.update(row.kind for row in statements)
        self._db.execute("INSERT OR REPLACE INTO applied VALUES (1, ?)", (size,))
        self._db.execute("COMMIT")
        self.applied = size

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
