"""`access.db`: one file that several processes read and change at once."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vermilion.errors import StorageError
from vermilion.web.access.clock import iso

_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, person TEXT,
    sources TEXT NOT NULL, made_at TEXT NOT NULL, revoked_at TEXT, last_used INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, display TEXT NOT NULL,
    role TEXT NOT NULL, officer TEXT, password TEXT, issuer TEXT, subject TEXT,
    made_at TEXT NOT NULL, disabled_at TEXT, UNIQUE (issuer, subject)
);
CREATE UNIQUE INDEX IF NOT EXISTS one_officer ON person (officer) WHERE disabled_at IS NULL;
CREATE TABLE IF NOT EXISTS session (
    digest BLOB PRIMARY KEY, person INTEGER NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL,
    what TEXT NOT NULL, about TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
"""


class Change(NamedTuple):
    """A change of who may do what, kept until it is in the record.

    `number` is unique in a book; `what` is a short code such as `key_added`.
    """

    number: int
    at: str
    by: str
    what: str
    about: str


class Database:
    """The open file; methods may be called from any thread.

    Args:
        path: the file; made if absent, for its owner alone.

    Raises:
        StorageError: `access_damaged`, also of every method; or `access_newer`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._changes = 0
        with self._told():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self.secret = self._prepare()
            except BaseException:
                self._db.close()
                raise

    def stamp(self) -> tuple[int, int]:
        """Return what differs from before once this or another process changed the file."""
        try:
            # A number that SQLite changes when another connection commits, in whatever process.
            return self._changes, self._db.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None

    def rows(self, query: str, *values: object) -> list[Any]:
        """Return what a query finds."""
        with self._lock, self._told():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Make changes that are durable together at the end, or not made where an error leaves."""
        with self._lock, self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            self._changes += 1

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _prepare(self) -> bytes:
        """Make what is lacking, and return the file's own secret."""
        self._db.execute("PRAGMA journal_mode=WAL")
        # A key that was revoked stays revoked when the power fails.
        self._db.execute("PRAGMA synchronous=FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise StorageError(
                "access_newer",
                "the file of keys and people was written by a newer version",
                help="use that version",
                where=str(self._path),
            )
        if version < _VERSION:
            self._db.executescript(f"{_SCHEMA}PRAGMA user_version={_VERSION};")
        with self.changing() as database:
            row = database.execute("SELECT value FROM secret").fetchone()
            if row is None:
                row = (secrets.token_bytes(32),)
                database.execute("INSERT INTO secret VALUES (?)", row)
        return bytes(row[0])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> StorageError:
        return StorageError(
            "access_damaged",
            f"keys and people cannot be read or written: {error}",
            help="check the disk; bring `access.db` back from a copy",
            where=str(self._path),
        )


def note(database: sqlite3.Connection, by: str, what: str, about: str, now: float) -> None:
    """Keep a change for the record, in the transaction that makes it."""
    query = "INSERT INTO change (at, by, what, about) VALUES (?, ?, ?, ?)"
    database.execute(query, (iso(now), by, what, about))
