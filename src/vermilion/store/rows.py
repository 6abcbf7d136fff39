"""Small keyed rows of the state, changed group by group and written with it."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator

BATCH = 500
"""Keys asked for in one query; below SQLite's limit on variables."""


MOST_READ = 8_192
"""Rows kept that were read since the last change: nothing may change for long, and many ask. Policy."""


class Rows:
    """A dictionary of bytes over the state's table `row`.

    Changes are *staged* until `keep`, so that those of a group that is not recorded can be
    dropped; kept ones are *pending* until the state begins to write them, and known until it did.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._staged: dict[bytes, bytes | None] = {}
        self._pending: dict[bytes, bytes | None] = {}
        self._begun: dict[bytes, bytes | None] = {}
        self._read: dict[bytes, bytes | None] = {}
        self._order: list[bytes] | None = None
        """Keys of the rows that are not written, in order, once somebody asked for a part of them."""

    def __len__(self) -> int:
        return len(self._pending)

    def expect(self, keys: Iterable[bytes]) -> None:
        """Read rows ahead that will be asked for until the next `keep`."""
        lacking = [key for key in keys if key not in self._pending and key not in self._begun]
        self._read.update(dict.fromkeys(lacking))
        for start in range(0, len(lacking), BATCH):
            part = lacking[start : start + BATCH]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, value FROM row WHERE key IN ({marks})"  # noqa: S608
            self._read.update(self._db.execute(query, part))

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key, or None."""
        for known in (self._staged, self._pending, self._begun, self._read):
            if key in known:
                return known[key]
        if len(self._read) >= MOST_READ:
            self._read = {}
        row = self._db.execute("SELECT value FROM row WHERE key = ?", (key,)).fetchone()
        value = self._read[key] = None if row is None else row[0]
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Set the value under a key."""
        self._staged[key] = value

    def delete(self, key: bytes) -> None:
        """Remove a key."""
        self._staged[key] = None

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows whose key begins with a prefix, in order of keys."""
        after = _after(prefix)
        if after:
            # With an end SQLite reads the range alone, and not everything that follows.
            query = "SELECT key, value FROM row WHERE key >= ? AND key < ?"
            found = dict(self._db.execute(query, (prefix, after)))
        else:
            found = dict(self._db.execute("SELECT key, value FROM row WHERE key >= ?", (prefix,)))
        for key in self._unwritten(prefix):
            found[key] = self._pending[key] if key in self._pending else self._begun[key]
        found |= {key: value for key, value in self._staged.items() if key.startswith(prefix)}
        for key in sorted(found):
            value = found[key]
            if value is not None:
                yield key, value

    def keep(self) -> None:
        """Take the staged changes over."""
        if self._staged:
            self._order = None
        self._pending |= self._staged
        self._staged = {}
        self._read = {}

    def drop(self) -> None:
        """Forget the staged changes."""
        self._staged = {}

    def begin(self) -> dict[bytes, bytes | None]:
        """Set aside what was kept, and return it with what was set aside before and not written."""
        self._begun |= self._pending
        self._pending = {}
        return self._begun

    def written(self) -> None:
        """Take note that what was set aside is stored."""
        self._begun = {}
        self._order = None

    def _unwritten(self, prefix: bytes) -> Iterator[bytes]:
        """Yield the keys that begin with a prefix of rows that are not written."""
        if self._order is None:
            self._order = sorted({*self._begun, *self._pending})
        for position in range(bisect_left(self._order, prefix), len(self._order)):
            if not self._order[position].startswith(prefix):
                return
            yield self._order[position]


def _after(prefix: bytes) -> bytes:
    """Return the first key after all that begin with a prefix; empty where there is no such key."""
    head = prefix.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1]) if head else b""
