"""index.db: which entries of the record are about what, newest first.

It is derived from the record; delete it and it is made again. It holds positions and numbers under
keyed digests, no content: what an entry says is read from the record itself.

Entries stand under *terms*, such as a party's id. All entries of a term that are written together
lie in a few rows, each with its first entry and the distances of the others from it, so that a
group of events costs few rows and a page of answers reads few.
"""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, product
from pathlib import Path

from vermilion.errors import StorageError
from vermilion.store.state import CACHED_PAGES, Place
from vermilion.store.writer import PORTION, Table, Writer

_VERSION = 1
"""Layout of the file; one of another layout is emptied and filled again from the record."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS judgement (first INTEGER PRIMARY KEY, places BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mention (
    span INTEGER NOT NULL, term BLOB NOT NULL, first INTEGER NOT NULL, others BLOB NOT NULL,
    PRIMARY KEY (span, term, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (
    day TEXT NOT NULL, rulebook TEXT NOT NULL, verdict TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (day, rulebook, verdict)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kind (
    kind TEXT PRIMARY KEY, entries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covered (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL,
    segment INTEGER NOT NULL, position INTEGER NOT NULL, mark BLOB NOT NULL
) WITHOUT ROWID;
"""
_TABLES = ("judgement", "mention", "day", "kind", "covered")

FLUSH_AT = 8_192
"""Entries taken over before they are written; what is lost in a crash is read from the record again."""

SPAN = 65_536
"""Entries whose rows lie together, by the first of each row. The digests of terms are random, so
that each flush changes pages all over a span, and no others however large the file grows; what is
looked up is looked for span by span, newest first."""

ROW_ENTRIES = 1_024
"""Most entries of one row: 4 KiB, a page of the file."""

ROW_PLACES = 128
"""Most places of one row: 3 KiB."""

Position = tuple[int, int]
"""A place as it is kept: segment and byte offset."""

_Covered = tuple[str, int, int, int, bytes]
"""A row of the table `covered`."""

Term = tuple[str, ...]
"""What entries are found by; the last part may be any text, those before it are plain words."""


class _Taken:
    """What was taken over and is not written: all that came, or what is being written.

    `days` and `kinds` are what came; once it is being written, what there is with it.
    """

    def __init__(self) -> None:
        self.places: dict[int, Position] = {}
        self.mentions: dict[Term, int | list[int]] = {}
        self.adders: dict[Term, list[Callable[[int], None]]] = {}
        self.days: Counter[tuple[str, str, str]] = Counter()
        self.kinds: Counter[str] = Counter()


class Index:
    """The open index of one book. What was taken over is found at once, and written by and by.

    Args:
        path: the file; made if absent. One of another record is emptied.
        origin: the record that it belongs to.
        secret: key of the digests that stand for terms.

    Raises:
        StorageError: `index_damaged`; deleting the file makes the next run rebuild it.
    """

    def __init__(self, path: Path, origin: str, secret: bytes) -> None:
        self.path = path
        self._origin = origin
        self._secret = secret
        self._work: Iterator[None] | None = None
        """The rest of a write that was begun."""
        with self._guarded(), ExitStack() as undo:
            self._db = undo.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._writer = undo.enter_context(closing(Writer(path)))
            self.keep(CACHED_PAGES)
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            self._db.executescript(_SCHEMA if version == _VERSION else _anew())
            row = self._db.execute("SELECT * FROM covered").fetchone()
            if row is not None and row[0] != origin:
                self._db.executescript(_anew())
                row = None
            undo.pop_all()
        self.size: int = row[1] if row else 0
        """Entries of the record that were taken over."""
        self.last: Position | None = row[2:4] if row else None
        """Where the last of them lies."""
        self.mark: bytes = row[4] if row else b""
        """What `write` was given to know the last written one again."""
        self._forget_pending()

    def keep(self, pages: int) -> None:
        """Keep so many KiB of the file's pages in memory from here on, without the system's."""
        self._db.execute(f"PRAGMA cache_size=-{pages}")
        self._writer.keep(pages)

    def empty(self) -> None:
        """Forget everything, so that the record can be taken over from its beginning."""
        with self._guarded():
            self._writer.wait()
            self._db.executescript(_anew())
        self.size, self.last, self.mark = 0, None, b""
        self._forget_pending()

    def judgement(self, entry: int, place: Position, parts: Term, terms: Iterable[Term]) -> None:
        """Take over where a judgement lies and what it is found by. Entries come in their order.

        Args:
            entry: its index.
            place: where it lies.
            parts: it is found by this term with any of its parts left empty.
            terms: and by each of these.
        """
        taken = self._taken
        taken.kinds["judgement"] += 1
        self.size, self.last = entry + 1, place
        taken.places[entry] = place
        adders = taken.adders.get(parts)
        if adders is None:
            adders = taken.adders[parts] = self._adders_of(parts)
        # A call saved here is saved eight times an event.
        for add in adders:
            add(entry)
        mentions = taken.mentions
        for term in terms:
            known = mentions.get(term)
            if known is None:
                mentions[term] = entry  # most are mentioned once, and a list takes room
            elif isinstance(known, int):
                mentions[term] = [known, entry]
            else:
                known.append(entry)

    def count(self, day: str, rulebook: str, verdict: str) -> None:
        """Count one verdict of a day (UTC, ISO)."""
        self._taken.days[day, rulebook, verdict] += 1

    def skip(self, entry: int, place: Position, kind: str) -> None:
        """Take over an entry that is not looked up, of some kind."""
        self._taken.kinds[kind] += 1
        self.size, self.last = entry + 1, place

    @property
    def due(self) -> bool:
        """Whether so much was taken over that it should be written."""
        return self.waiting >= FLUSH_AT

    @property
    def waiting(self) -> int:
        """Entries taken over that are not being written yet."""
        return self.size - (self._written if self._covered is None else self._covered[1])

    def places(self, entries: Iterable[int]) -> dict[int, Place]:
        """Return where judgements lie, by entry; other entries are left out."""
        found: dict[int, Place] = {}
        known: dict[int, Position] = {}
        lowest = -1
        for entry in sorted(entries, reverse=True):
            place = self._taken.places.get(entry) or self._begun.places.get(entry)
            if place is None and not (known and lowest <= entry):
                lowest, known = self._stored_places(entry)
            place = place or known.get(entry)
            if place is not None:
                found[entry] = Place(*place)
        return found

    def _stored_places(self, entry: int) -> tuple[int, dict[int, Position]]:
        """Return the row of places that begins at an entry or next before it."""
        query = "SELECT first, places FROM judgement WHERE first <= ? ORDER BY first DESC LIMIT 1"
        with self._guarded():
            row = self._db.execute(query, (entry,)).fetchone()
            if row is None:
                return -1, {}
            numbers = iter(array("q", row[1]))
            places = zip(numbers, numbers, numbers, strict=True)
            return row[0], {one: (segment, position) for one, segment, position in places}

    def under(self, term: Term) -> Mentions:
        """Return the entries under a term."""
        return Mentions(self, term)

    def days(self, since: str) -> dict[tuple[str, str, str], int]:
        """Return how many verdicts there are by day (UTC, ISO), rulebook and verdict, from a day on."""
        with self._guarded():
            stored = self._db.execute("SELECT * FROM day WHERE day >= ?", (since,))
            found = {(key[0], key[1], key[2]): events for *key, events in stored}
        begun, taken = (
            {key: events for key, events in one.items() if key[0] >= since}
            for one in (self._begun.days, self._taken.days)
        )
        return dict(Counter(found | begun) + Counter(taken))

    def kinds(self) -> dict[str, int]:
        """Return how many entries of each kind there are."""
        with self._guarded():
            found = dict(self._db.execute("SELECT kind, entries FROM kind"))
        return dict(Counter(found | self._begun.kinds) + self._taken.kinds)

    @property
    def writing(self) -> bool:
        """Whether a write was begun and is not at its end."""
        return self._covered is not None

    @property
    def resting(self) -> bool:
        """Whether the rest of a write has to wait for what its thread does."""
        return self.writing and self._writer.busy

    def write(self, mark: bytes) -> bool:
        """Go on with writing what was taken over when this was begun; return whether all is durable.

        Args:
            mark: by which the last entry is known again.

        Raises:
            StorageError: the file is damaged or cannot be written; nothing of it is written, what
                was taken over is still found, and the next call begins anew.
        """
        covered = self._covered
        if covered is None:
            if self.last is None or self.size == self._written:
                return True
            covered = self._origin, self.size, *self.last, mark
            self._begin(covered)
        work, self._work = self._work or self._writing(covered), None
        with self._guarded():
            for _ in work:
                self._work = work
                return False
        return self.size == self._written

    def flush(self, mark: bytes) -> None:
        """Write what was taken over.

        Raises:
            StorageError: as for `write`.
        """
        while not self.write(mark):
            self._writer.wait()

    def check(self) -> None:
        """Look whether what was written reached the file.

        Raises:
            StorageError: the file is damaged, or the disk fails; what is durable stays so.
        """
        with self._guarded():
            self._writer.check()

    def close(self) -> None:
        """Close the file; what was not flushed is taken over from the record the next time."""
        self._writer.close()
        self._db.close()

    def row_at(self, term: Term, entry: int) -> tuple[int, Sequence[int]] | None:
        """Return the row of a term that begins at an entry or next before it, for `Mentions`.

        The row is its first entry and the distances of all of it.
        """
        for taken in (self._taken, self._begun):
            pending = _listed(taken.mentions.get(term, []))
            if pending and pending[0] <= entry:
                return 0, pending
        query = "SELECT first, others FROM mention WHERE span = ? AND term = ? AND first <= ?"
        query += " ORDER BY first DESC LIMIT 1"
        digest = self._digest(term)
        with self._guarded():
            for span in range(min(entry, self.size) // SPAN, -1, -1):
                row = self._db.execute(query, (span, digest, entry)).fetchone()
                if row is not None:
                    return row[0], array("I", b"\0\0\0\0" + row[1])
        return None

    def _forget_pending(self) -> None:
        self._written = self.size
        self._taken, self._begun = _Taken(), _Taken()
        self._covered: _Covered | None = None
        """What the file covers once what was begun is written; None where nothing is."""
        self._work = None

    def _begin(self, covered: _Covered) -> None:
        """Set aside what was taken over, to be written."""
        begun = self._taken
        days = self.days(min(begun.days)[0]) if begun.days else {}
        kinds = Counter(self.kinds())
        begun.days = Counter({key: days[key] for key in begun.days})
        begun.kinds = kinds
        self._covered, self._begun, self._taken = covered, begun, _Taken()

    def _writing(self, covered: _Covered) -> Iterator[None]:
        """Write what was set aside in one transaction, and then forget it; yield now and then."""
        begun = self._begun
        rows: list[tuple[object, ...]] = []
        yield from self._rows(begun.mentions, rows)
        tables = [
            Table("INSERT INTO judgement VALUES {}", _place_rows(begun.places)),
            Table("INSERT INTO mention VALUES {}", rows, 1),
            Table(
                "INSERT OR REPLACE INTO day VALUES {}",
                [(*key, events) for key, events in begun.days.items()],
            ),
            Table("INSERT OR REPLACE INTO kind VALUES {}", list(begun.kinds.items())),
            Table("INSERT OR REPLACE INTO covered VALUES {}", [covered]),
        ]
        yield
        self._writer.begin(tables)
        while not self._writer.done():
            yield
        self._written, self.mark = covered[1], covered[-1]
        self._begun = _Taken()
        self._covered = None

    def _rows(
        self, mentions: Mapping[Term, int | list[int]], into: list[tuple[object, ...]]
    ) -> Iterator[None]:
        """Put what is mentioned into rows; yield now and then."""
        for number, (term, entries) in enumerate(mentions.items(), 1):
            into.extend(_mention_rows(self._digest(term), entries))
            if number % PORTION == 0:
                yield

    def _adders_of(self, parts: Term) -> list[Callable[[int], None]]:
        """Return what adds to the terms of which some parts are left empty."""
        adders, mentions = [], self._taken.mentions
        for term in product(*(("", one) for one in parts)):
            entries = mentions[term] = _listed(mentions.get(term, []))
            adders.append(entries.append)
        return adders

    def _digest(self, term: Term) -> bytes:
        said = "\0".join(term).encode()
        return hashlib.blake2b(said, digest_size=16, key=self._secret).digest()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, ValueError) as error:
            raise StorageError(
                "index_damaged",
                f"the index cannot be read or written: {error}",
                help="if the disk has room, delete the file; it is rebuilt from the record",
                where=str(self.path),
            ) from None


class Mentions:
    """The entries under one term. Ask for lower and lower ones: each row is then read once."""

    def __init__(self, index: Index, term: Term) -> None:
        self._index = index
        self._term = term
        self._first = -1
        self._row: Sequence[int] = ()

    def at_most(self, entry: int) -> int | None:
        """Return the highest entry under the term that is not above another; None if there is none."""
        if not self._row or self._first + self._row[0] > entry:
            row = self._index.row_at(self._term, entry)
            if row is None:
                return None
            self._first, self._row = row
        return self._first + self._row[bisect_right(self._row, entry - self._first) - 1]


def _listed(entries: int | list[int]) -> list[int]:
    return [entries] if isinstance(entries, int) else entries


def _place_rows(places: Mapping[int, Position]) -> list[tuple[int, bytes]]:
    """Return where judgements lie, as rows."""
    flat = [(entry, *place) for entry, place in places.items()]
    parts = [flat[start : start + ROW_PLACES] for start in range(0, len(flat), ROW_PLACES)]
    return [(part[0][0], array("q", chain.from_iterable(part)).tobytes()) for part in parts]


def _mention_rows(
    digest: bytes, entries: int | list[int]
) -> Iterator[tuple[int, bytes, int, bytes]]:
    """Yield the rows of a term."""
    if isinstance(entries, int):
        yield entries // SPAN, digest, entries, b""
        return
    for start in range(0, len(entries), ROW_ENTRIES):
        first, *others = entries[start : start + ROW_ENTRIES]
        distances = array("I", [one - first for one in others])
        yield first // SPAN, digest, first, distances.tobytes()


def _anew() -> str:
    """Return what empties a file and lays it out again."""
    dropped = "".join(f"DROP TABLE IF EXISTS {table};\n" for table in _TABLES)
    return f"BEGIN;\n{dropped}PRAGMA user_version={_VERSION};\n{_SCHEMA}COMMIT;"
