"""The outbox: what is still to be told, in a file, so that no crash loses it.

What was delivered is deleted, and overwritten in the file: it names people's businesses.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vermilion.errors import StorageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
    since REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    parked INTEGER NOT NULL DEFAULT 0, problem TEXT,
    UNIQUE (subscription, id)
);
CREATE INDEX IF NOT EXISTS message_next ON message (subscription, parked, number);
CREATE TABLE IF NOT EXISTS told (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS case_told (cause BLOB PRIMARY KEY, rounds INTEGER NOT NULL) WITHOUT ROWID;
"""


class Queued(NamedTuple):
    """A message to be put into the outbox for a subscription."""

    subscription: str
    id: str
    kind: str
    body: bytes


class CaseTold(NamedTuple):
    """A case that was told, and how often it had opened then."""

    cause: bytes
    rounds: int


class Message(NamedTuple):
    """A message that waits; `since` is when it was put here, in epoch seconds."""

    number: int
    id: str
    body: bytes
    since: float
    attempts: int


class Parked(NamedTuple):
    """A message that failed, with its number; `problem` is what came of the last attempt."""

    number: int
    subscription: str
    id: str
    kind: str
    since: float
    attempts: int
    problem: str | None


class Count(NamedTuple):
    """How many messages of a subscription wait and are parked."""

    waiting: int
    parked: int


class Outbox:
    """Messages by subscription, in order. Every change is durable on return.

    It may be used from several threads.

    Raises:
        StorageError: `outbox_unusable`, from every method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._guarded():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            # INVARIANT: in WAL mode FULL waits for the disk at every commit; NORMAL does not.
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.executescript(_SCHEMA)

    def put(
        self,
        messages: Sequence[Queued],
        now: float,
        told: int | None = None,
        cases: Sequence[CaseTold] = (),
    ) -> None:
        """Put messages at the end, all or none; one whose id waits already is left as it is.

        Args:
            messages: for the subscriptions that they name.
            now: epoch seconds.
            told: entries of the record that have been told of with them.
            cases: that have been told with them.
        """
        rows = [(*one, now) for one in messages]
        with self._changing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO message (subscription, id, kind, body, since)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            if told is not None:
                db.execute("INSERT OR REPLACE INTO told VALUES (1, ?)", (told,))
            db.executemany("INSERT OR REPLACE INTO case_told VALUES (?, ?)", cases)

    @property
    def told(self) -> int | None:
        """Entries of the record that have been told of; None before the first time."""
        with self._guarded():
            row = self._db.execute("SELECT entries FROM told").fetchone()
        return None if row is None else int(row[0])

    def cases(self) -> list[CaseTold]:
        """Return the cases that were told."""
        with self._guarded():
            rows = self._db.execute("SELECT cause, rounds FROM case_told").fetchall()
        return [CaseTold(*row) for row in rows]

    def first(self, subscription: str) -> Message | None:
        """Return the message of a subscription that is next."""
        with self._guarded():
            row = self._db.execute(
                "SELECT number, id, body, since, attempts FROM message"
                " WHERE subscription = ? AND parked = 0 ORDER BY number LIMIT 1",
                (subscription,),
            ).fetchone()
        return None if row is None else Message(*row)

    def remove(self, number: int) -> None:
        """Delete a message that was delivered."""
        with self._changing() as db:
            db.execute("DELETE FROM message WHERE number = ?", (number,))

    def remove_parked(self, number: int) -> None:
        """Delete a parked message; one that is tried again meanwhile stays."""
        with self._changing() as db:
            db.execute("DELETE FROM message WHERE parked = 1 AND number = ?", (number,))

    def failed(self, number: int, problem: str, *, park: bool) -> None:
        """Take note of an attempt that failed."""
        with self._changing() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, problem = ?, parked = ?"
                " WHERE number = ?",
                (problem, park, number),
            )

    def park_others(self, subscriptions: Sequence[str]) -> None:
        """Park what waits for subscriptions that there are no longer."""
        with self._changing() as db:
            db.execute(
                "UPDATE message SET parked = 1, problem = 'there is no such subscription'"
                " WHERE parked = 0 AND subscription NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(list(subscriptions)),),
            )

    def parked(self, after: int = 0, limit: int = 100) -> list[Parked]:
        """Return what is parked, oldest first, from a number on."""
        with self._guarded():
            rows = self._db.execute(
                "SELECT number, subscription, id, kind, since, attempts, problem FROM message"
                " WHERE parked = 1 AND number > ? ORDER BY number LIMIT ?",
                (after, limit),
            ).fetchall()
        return [Parked(*row) for row in rows]

    def failing(self) -> list[Parked]:
        """Return the message of each subscription that is next and was tried in vain."""
        with self._guarded():
            rows = self._db.execute(
                "SELECT number, subscription, id, kind, since, attempts, problem FROM message"
                " WHERE number IN (SELECT min(number) FROM message WHERE parked = 0 GROUP BY"
                " subscription) AND attempts > 0 ORDER BY subscription"
            ).fetchall()
        return [Parked(*row) for row in rows]

    def find_parked(self, number: int) -> Parked | None:
        """Return a parked message by its number."""
        found = self.parked(number - 1, 1)
        return found[0] if found and found[0].number == number else None

    def retry(self, number: int, now: float) -> None:
        """Let one parked message be tried again."""
        with self._changing() as db:
            db.execute(
                "UPDATE message SET parked = 0, attempts = 0, since = ?"
                " WHERE parked = 1 AND number = ?",
                (now, number),
            )

    def resume(self, subscription: str, now: float) -> int:
        """Let what is parked for a subscription be tried again, in its old order; return how much."""
        with self._changing() as db:
            return db.execute(
                "UPDATE message SET parked = 0, attempts = 0, since = ?"
                " WHERE parked = 1 AND subscription = ?",
                (now, subscription),
            ).rowcount

    def counts(self) -> dict[str, Count]:
        """Return how much waits and is parked, by subscription."""
        with self._guarded():
            rows = self._db.execute(
                "SELECT subscription, sum(1 - parked), sum(parked) FROM message GROUP BY 1"
            ).fetchall()
        return {name: Count(waiting, parked) for name, waiting, parked in rows}

    def close(self) -> None:
        """Close the file."""
        with self._guarded():
            self._db.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._guarded(), self._db:  # commits, or rolls back
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise StorageError(
                    "outbox_unusable",
                    f"the outbox of webhooks cannot be read or written: {error}",
                    help="check the disk; what it could not take is told after the next start",
                    where=str(self._path),
                ) from error
