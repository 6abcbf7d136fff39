"""state.db: where things lie in the record, and the windows over them.

It is a fold over the record; delete it and it is rebuilt. It holds positions under identities and
entity ids, with the names of the fields that are stated of them, and numbers under keyed digests, no
content: what was said is read from the record itself, so that erasing a key there erases it
everywhere.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol

from vermilion.errors import StorageError
from vermilion.store.rows import Rows
from vermilion.store.writer import PORTION, Table, Writer

_VERSION = 6
"""Layout of the file; one of another layout is emptied and filled again from the record."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    identity BLOB PRIMARY KEY, segment INTEGER NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statement (
    kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL,
    valid_from TEXT NOT NULL, valid_until TEXT,
    segment INTEGER NOT NULL, position INTEGER NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (kind, id, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS business (
    identity BLOB PRIMARY KEY, segment INTEGER NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS window (row BLOB PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS folded (
    definitions BLOB PRIMARY KEY, size INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS row (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied (origin TEXT PRIMARY KEY, size INTEGER NOT NULL);
"""
_TABLES = ("seen", "statement", "business", "window", "folded", "row", "applied")

BATCH = 500
"""Identities asked for in one query; below SQLite's limit on variables."""


FLUSH_AT = 32_768
"""Rows taken over before they are written. Identities are random, so that a small batch would
rewrite most of the file's pages; what is lost in a crash is read from the record again."""


CACHED_PAGES = 65_536
"""Pages of the file that SQLite keeps in memory, in KiB, where nobody says. Policy."""

FILTER_BITS = 2**24
"""Size of the filter that tells which entities nothing was ever stated about: 2 MiB.

Most tokens are known by their collection only, and asking the file about each costs more than
everything else that is looked up. A wrong "maybe" costs a query: 2 % of them at a million entities.
"""


class Place(NamedTuple):
    """Where an entry lies in the record: segment and byte offset."""

    segment: int
    position: int


WITHDRAWN = Place(-1, -1)
"""Stands for the last settled event of a business that was withdrawn since."""


class StatementRow(NamedTuple):
    """A standing statement: about what, stated by which entry, valid when (UTC, ISO 8601).

    `fields` names what it says something of, with blanks between: what is not needed is not read.
    """

    kind: str
    id: str
    number: int
    valid_from: str
    valid_until: str | None
    segment: int
    position: int
    fields: str


class Remembered(Protocol):
    """Windows as the state stores them: rows by digest."""

    def changed(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Give the rows that changed since `stored`, as they are now; None deletes one."""

    def stored(self, most: int) -> bool:
        """Note that what changed is stored, and forget some; return whether that is all."""


def identity_of(source: str, id: str) -> bytes:
    """Return the 16-byte key of an event's identity."""
    return hashlib.blake2b(f"{source}\0{id}".encode(), digest_size=16).digest()


class _Taken:
    """What was taken over and is not durable: all that came, or what is being written."""

    def __init__(self, applied: int) -> None:
        self.seen: dict[bytes, Place] = {}
        self.businesses: dict[bytes, Place] = {}
        self.stated: list[StatementRow] = []
        self.applied = applied
        """Entries of the record up to which it goes."""

    def __len__(self) -> int:
        return max(len(self.seen) + len(self.stated), len(self.businesses))

    def add(self, later: _Taken) -> None:
        """Take over what came later."""
        self.seen |= later.seen
        self.businesses |= later.businesses
        self.stated += later.stated
        self.applied = later.applied


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
        self._filter = bytearray(FILTER_BITS // 8)
        self._rows = bytearray(FILTER_BITS // 8)
        self._windows: tuple[Remembered, bytes] | None = None
        self.folded = 0
        """Entries of the record that the attached windows cover."""
        self.lists: object | None = None
        """What keeps the lists that entries name by digest; put here by whoever opens the state."""
        self._work: Iterator[None] | None = None
        """The rest of a write that was begun."""
        self.sound = True
        """Whether the windows are what the record says; if not, they are when it is opened again."""
        self.flush_at: int | None = None
        """Rows taken over before they are written; `FLUSH_AT` where nobody says."""
        try:
            with ExitStack() as undo:
                self._db = undo.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._writer = undo.enter_context(closing(Writer(path)))
                self.keep(CACHED_PAGES)
                if self._db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                    for table in _TABLES:
                        self._db.execute(f"DROP TABLE IF EXISTS {table}")
                    self._db.execute(f"PRAGMA user_version={_VERSION}")
                self._db.executescript(_SCHEMA)
                row = self._db.execute("SELECT origin, size FROM applied").fetchone()
                if row is not None and row[0] != origin:
                    raise self._damaged(f"it belongs to record `{row[0]}`")
                for key in self._db.execute("SELECT DISTINCT kind, id FROM statement"):
                    self._mark(key)
                undo.pop_all()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        self.durable: int = row[1] if row else 0
        """Entries of the record up to which the file is the whole of what was taken over."""
        self._taken = _Taken(self.durable)
        self._begun = _Taken(self.durable)
        self.rows = Rows(self._db)
        """Further rows by key, for whoever folds more out of the record."""

    def keep(self, pages: int) -> None:
        """Keep so many KiB of the file's pages in memory from here on, without the system's."""
        self._db.execute(f"PRAGMA cache_size=-{pages}")
        self._writer.keep(pages)

    @property
    def applied(self) -> int:
        """Entries of the record that were taken over."""
        return self._taken.applied

    def find(self, identities: Sequence[bytes]) -> dict[bytes, Place]:
        """Return where the judgements of those identities lie that were seen before."""
        return self._find("seen", (self._begun.seen, self._taken.seen), identities)

    def businesses(self, identities: Sequence[bytes]) -> dict[bytes, Place]:
        """Return where the last settled event of each business lies; `WITHDRAWN` if that ended it."""
        pending = self._begun.businesses, self._taken.businesses
        return self._find("business", pending, identities)

    def _find(
        self, table: str, pending: Sequence[Mapping[bytes, Place]], identities: Sequence[bytes]
    ) -> dict[bytes, Place]:
        found = {}
        for start in range(0, len(identities), BATCH):
            part = identities[start : start + BATCH]
            marks = ",".join("?" * len(part))
            query = f"SELECT identity, segment, position FROM {table} WHERE identity IN ({marks})"  # noqa: S608
            try:
                rows = self._db.execute(query, part).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._damaged(error) from None
            for identity, segment, position in rows:
                found[identity] = Place(segment, position)
        for known in pending:
            found.update((one, known[one]) for one in identities if one in known)
        return found

    def attach(self, windows: Remembered, definitions: bytes) -> int:
        """Keep windows from here on; return how many entries of the record they cover already.

        Args:
            windows: what is stored with every `flush`.
            definitions: digest of what they count. Stored windows of other definitions are dropped.
        """
        with self._guarded():
            self._work = None
            self._writer.wait()
            row = self._db.execute(
                "SELECT size FROM folded WHERE definitions = ?", (definitions,)
            ).fetchone()
            if row is None:
                with self._db:
                    self._db.execute("BEGIN")
                    for table in ("folded", "window", "business"):
                        self._db.execute(f"DELETE FROM {table}")  # noqa: S608
            self._rows = bytearray(FILTER_BITS // 8)
            for (id,) in self._db.execute("SELECT row FROM window"):
                self._mark_row(id)
        self._windows = windows, definitions
        self.folded = row[0] if row else 0
        return self.folded

    def detach(self) -> None:
        """Keep the windows no longer: what they hold went ahead of the record."""
        self._windows = None
        self.sound = False

    def window(self, id: bytes) -> bytes | None:
        """Return the stored row of a window."""
        bit = int.from_bytes(id[:8], "big") & (FILTER_BITS - 1)
        if not self._rows[bit >> 3] >> (bit & 7) & 1:
            return None
        with self._guarded():
            row = self._db.execute("SELECT state FROM window WHERE row = ?", (id,)).fetchone()
        return None if row is None else row[0]

    def statements(self, kind: str, id: str) -> list[StatementRow]:
        """Return what was stated about an entity and is written, in order of sequence."""
        bits, first, second = self._filter, *_positions((kind, id))
        if not (bits[first >> 3] >> (first & 7) & bits[second >> 3] >> (second & 7) & 1):
            return []
        try:
            rows = self._db.execute(
                "SELECT kind, id, number, valid_from, valid_until, segment, position, fields"
                " FROM statement WHERE kind = ? AND id = ? AND number < ? ORDER BY number",
                (kind, id, self.durable),
            ).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        return [StatementRow(*row) for row in rows]

    def unwritten(self, kind: str) -> list[StatementRow]:
        """Return what was stated about things of a kind and is not durable, in order of sequence."""
        stated = chain(self._begun.stated, self._taken.stated)
        return [row for row in stated if row.kind == kind]

    def ids(self, kind: str) -> list[str]:
        """Return the ids of everything of a kind that was stated; for kinds of few things."""
        with self._guarded():
            written = self._db.execute("SELECT DISTINCT id FROM statement WHERE kind = ?", (kind,))
            found = [id for (id,) in written]
        return sorted({*found, *(row.id for row in self.unwritten(kind))})

    def count(self, kind: str) -> int:
        """Return of how many things of a kind something was stated."""
        with self._guarded():
            query = "SELECT COUNT(DISTINCT id) FROM statement WHERE kind = ?"
            written: int = self._db.execute(query, (kind,)).fetchone()[0]
            query = "SELECT 1 FROM statement WHERE kind = ? AND id = ? LIMIT 1"
            fresh = {row.id for row in self.unwritten(kind)}
            return written + sum(
                not self._db.execute(query, (kind, one)).fetchall() for one in fresh
            )

    def apply(
        self,
        seen: Mapping[bytes, Place],
        statements: Iterable[StatementRow],
        size: int,
        businesses: Mapping[bytes, Place] | None = None,
    ) -> bool:
        """Take over what the record says up to `size` entries.

        Returns whether it is written; until then `statements` does not tell of it.
        """
        taken = self._taken
        taken.seen.update(seen)
        taken.stated += statements
        taken.businesses.update(businesses or {})
        taken.applied = size
        if self.waiting < (self.flush_at or FLUSH_AT):
            return False
        self.flush()
        return True

    @property
    def waiting(self) -> int:
        """Rows taken over that are not being written yet, about."""
        return max(len(self._taken), len(self.rows))

    @property
    def writing(self) -> bool:
        """Whether a write was begun and is not at its end."""
        return self._work is not None

    @property
    def resting(self) -> bool:
        """Whether the rest of a write has to wait for what its thread does."""
        return self.writing and self._writer.busy

    def write(self) -> bool:
        """Go on with writing what was taken over when this was begun; return whether it is durable.

        Nobody waits for long: rows are made ready a portion at a time, and a thread writes them.
        All of it stays in memory, and is read from there, until it is durable together; what is
        taken over meanwhile is for the next time.

        Raises:
            StorageError: the file is damaged or cannot be written; nothing of it is written, and
                the next call begins anew.
        """
        work, self._work = self._work or self._writing(), None
        with self._guarded():
            for _ in work:
                self._work = work
                return False
        return True

    def flush(self) -> None:
        """Write what was taken over and make it durable.

        Raises:
            StorageError: as for `write`.
        """
        begun_before = self.writing
        while not self.write():
            self._writer.wait()
        if begun_before:
            self.flush()

    def _writing(self) -> Iterator[None]:
        """Write what was taken over so far in one transaction, and forget it; yield now and then."""
        windows = self._windows
        begun = self._begun
        begun.add(self._taken)
        self._taken = _Taken(begun.applied)
        rows = self.rows.begin()
        tables: list[Table] = []
        if windows is not None:
            folded = [(windows[1], self.folded)]
            changed: dict[bytes, bytes | None] = {}
            yield from self._given(windows[0].changed(), changed)
            tables += [
                *_changes("window", "row", changed),
                Table("INSERT OR REPLACE INTO business VALUES {}", _flat(begun.businesses), 0),
                Table("INSERT OR REPLACE INTO folded VALUES {}", folded),
            ]
        tables += [
            Table("INSERT OR REPLACE INTO seen VALUES {}", _flat(begun.seen), 0),
            Table("INSERT OR REPLACE INTO statement VALUES {}", begun.stated),
            *_changes("row", "key", rows),
            Table("INSERT OR REPLACE INTO applied VALUES {}", [(self.origin, begun.applied)]),
        ]
        yield
        self._writer.begin(tables)
        while not self._writer.done():
            yield
        self._forget()
        while windows is not None and not windows[0].stored(PORTION):
            yield

    def _given(
        self, changed: Iterator[tuple[bytes, bytes | None]], into: dict[bytes, bytes | None]
    ) -> Iterator[None]:
        """Take the rows of windows over; yield now and then."""
        yield
        while part := dict(islice(changed, PORTION)):
            into |= part
            for id in part:
                self._mark_row(id)
            yield

    def _forget(self) -> None:
        """Let go what is durable now."""
        self.durable = self._begun.applied
        for row in self._begun.stated:
            self._mark((row.kind, row.id))
        self._begun = _Taken(self.durable)
        self.rows.written()

    def _mark_row(self, id: bytes) -> None:
        bit = int.from_bytes(id[:8], "big") & (FILTER_BITS - 1)
        self._rows[bit >> 3] |= 1 << (bit & 7)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None

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

    def check(self) -> None:
        """Look whether what was written reached the file.

        Raises:
            StorageError: the file is damaged, or the disk fails; what is durable stays so.
        """
        with self._guarded():
            self._writer.check()

    def close(self) -> None:
        """Write what was taken over and close the file."""
        try:
            self.flush()
        finally:
            self._writer.close()
            self._db.close()


def _positions(key: tuple[str, str]) -> tuple[int, int]:
    """Return the two bits of the filter that stand for an entity in this process."""
    number = hash(key)
    return number & (FILTER_BITS - 1), number >> 32 & (FILTER_BITS - 1)


def _flat(places: Mapping[bytes, Place]) -> list[tuple[bytes, int, int]]:
    """Return places as rows."""
    return [(identity, *place) for identity, place in places.items()]


def _changes(table: str, key: str, rows: Mapping[bytes, bytes | None]) -> list[Table]:
    """Return what deletes the rows that are None and writes the others."""
    return [
        Table(
            f"DELETE FROM {table} WHERE {key} IN (VALUES {{}})",  # noqa: S608
            [(one,) for one, value in rows.items() if value is None],
            0,
        ),
        Table(
            f"INSERT OR REPLACE INTO {table} VALUES {{}}",  # noqa: S608
            [(one, value) for one, value in rows.items() if value is not None],
            0,
        ),
    ]
