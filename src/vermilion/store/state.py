"""state.db: where things lie in the record. A fold over the record; delete it and it is rebuilt.

It holds identities and positions, no content: what was said is read from the record itself, so
that erasing a key there erases it everywhere.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

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
CREATE TABLE IF NOT EXISTS applied (origin TEXT PRIMARY KEY, size INTEGER NOT NULL);
"""

BATCH = 500
"""Identities asked for in one query; below SQLite's limit on variables."""


FLUSH_AT = 32_768
"""Rows taken over before they are written. Identities are random, so that a small batch would
rewrite most of the file's pages; what is lost in a crash is read from the record again."""


FILTER_BITS = 2**24
"""Size of the filter that tells which entities nothing was ever stated about: 2 MiB.

Most tokens are known by their collection only, and asking the file about each costs more than
everything else that is looked up. A wrong "maybe" costs a query: 2 % of them at a million entities.
"""


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


def identity_of(source: str, id: str) -> bytes:
    """Return the 16-byte key of an event's identity."""
    return hashlib.blake2b(f"{source}\0{id}".encode(), digest_size=16).digest()


class State:
    """The open state of one book.

    Args:
        path: the file; made if absent.
        origin: the record that it belongs to.

    Raises:
        StorageError: the file is damaged or of another record; deleting it makes the next run
            rebuild it.
    """

    def __init__(self, path: Path, origin: str) -> None:
        self.path = path
        self.origin = origin
        self._seen: dict[bytes, Place] = {}
        self._stated: list[StatementRow] = []
        self._filter = bytearray(FILTER_BITS // 8)
        try:
            with ExitStack() as undo:
                self._db = undo.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
                # One process owns a book; no lock is taken and given back for each query.
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.execute("PRAGMA cache_size=-65536")
                self._db.executescript(_SCHEMA)
                row = self._db.execute("SELECT origin, size FROM applied").fetchone()
                if row is not None and row[0] != origin:
                    raise self._damaged(f"it belongs to record `{row[0]}`")
                for key in self._db.execute("SELECT DISTINCT kind, id FROM statement"):
                    self._mark(key)
                undo.pop_all()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        self.applied: int = row[1] if row else 0

    def find(self, identities: Sequence[bytes]) -> dict[bytes, Place]:
        """Return where the judgements of those identities lie that were seen before."""
        pending = self._seen
        found = {one: pending[one] for one in identities if one in pending}
        for start in range(0, len(identities), BATCH):
            part = identities[start : start + BATCH]
            marks = ",".join("?" * len(part))
            query = f"SELECT identity, segment, position FROM seen WHERE identity IN ({marks})"  # noqa: S608
            try:
                rows = self._db.execute(query, part).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._damaged(error) from None
            for identity, segment, position in rows:
                found[identity] = Place(segment, position)
        return found

    def statements(self, kind: str, id: str) -> list[StatementRow]:
        """Return what was stated about an entity and is written, in order of sequence."""
        bits, first, second = self._filter, *_positions((kind, id))
        if not (bits[first >> 3] >> (first & 7) & bits[second >> 3] >> (second & 7) & 1):
            return []
        try:
            rows = self._db.execute(
                "SELECT kind, id, number, valid_from, valid_until, segment, position FROM statement"
                " WHERE kind = ? AND id = ? ORDER BY number",
                (kind, id),
            ).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        return [StatementRow(*row) for row in rows]

    def apply(
        self, seen: Mapping[bytes, Place], statements: Iterable[StatementRow], size: int
    ) -> bool:
        """Take over what the record says up to `size` entries.

        Returns whether it is written; until then `statements` does not tell of it.
        """
        self._seen.update(seen)
        self._stated += statements
        self.applied = size
        if len(self._seen) + len(self._stated) < FLUSH_AT:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Write what was taken over, in one transaction.

        Raises:
            StorageError: the file is damaged or cannot be written; nothing of it is written.
        """
        try:
            with self._db:  # commits, or rolls back
                self._write()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        for row in self._stated:
            self._mark((row.kind, row.id))
        self._seen = {}
        self._stated = []

    def _write(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
            [(identity, *self._seen[identity]) for identity in sorted(self._seen)],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO statement VALUES (?, ?, ?, ?, ?, ?, ?)", self._stated
        )
        self._db.execute(
            "INSERT OR REPLACE INTO applied VALUES (?, ?)", (self.origin, self.applied)
        )

    def _damaged(self, error: sqlite3.DatabaseError | str) -> StorageError:
        return StorageError(
            "state_damaged",
            f"the state cannot be read or written: {error}",
            help="if the disk has room, delete the file; it is rebuilt from the record",
            where=str(self.path),
        )

    def _mark(self, key: tuple[str, str]) -> None:
        for position in _positions(key):
            self._filter[position >> 3] |= 1 << (position & 7)

    def close(self) -> None:
        """Write what was taken over and close the file."""
        try:
            self.flush()
        finally:
            self._db.close()


def _positions(key: tuple[str, str]) -> tuple[int, int]:
    """Return the two bits of the filter that stand for an entity in this process."""
    number = hash(key)
    return number & (FILTER_BITS - 1), number >> 32 & (FILTER_BITS - 1)
