"""Read a market's history, from files and a book, into canonical tables in a folder.

1. Files of canonical tables are checked in bulk and linked or copied.
2. Raw logs of EVM chains are decoded.
3. Everything else is events, read as `check` reads it; foreign tables in columns where that is proven
   to come to the same.
4. Corrections, withdrawals and stated collections are worked in, and the list of accounts is made.
5. The folder appears whole, or not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.check import rarely_collecting
from vermilion.desk.watch.mapped_sql import EVENT_BITS, MOST_EMITS
from vermilion.desk.watch.mapped_tables import by_digest
from vermilion.desk.watch.reading_accounts import read_accounts, write_accounts
from vermilion.desk.watch.reading_book import read_book
from vermilion.desk.watch.reading_events import EventRows
from vermilion.desk.watch.reading_fold import files_of, fold, number_equal_rows, parquet
from vermilion.desk.watch.reading_given import parts_of, recognise, take_table
from vermilion.desk.watch.reading_mapped import MappedColumns
from vermilion.desk.watch.reading_staged import Staged
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.facts.history import TABLES
from vermilion.intake import Mapping, Received, Reject, read_events
from vermilion.intake.columnar import is_columnar
from vermilion.sql import DuckDb

FILE_BITS = 44
"""Bits of a position that tell apart what lies in one file."""

MEMORY = "1500MB"
"""What DuckDB may take. Policy."""

Way = Literal["tables", "columns", "rows", "logs", "book", "accounts"]
"""How a file was read: as a canonical table, in columns, event by event, as raw logs, from a record."""

_ENCODE = msgspec.json.Encoder().encode


class FileRead(msgspec.Struct, frozen=True):
    """How a file was read.

    `rows` are what it holds as far as it was read, `one_by_one` those of them that the ordinary reader
    read, `rejected` those that gave nothing.
    """

    file: str
    read: Way
    rows: int
    one_by_one: int
    rejected: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical tables in a folder, and how they came to be.

    `tables` are names of files in `folder` by table, `counts` their rows. `as_of_ms` is the latest
    moment of a move, payment or listing. `other` counts events that no table holds, such as proposals;
    `erased` those whose body a record no longer has. `position` is the entry from which the record
    goes on, `next_file` the number of the next file: both continue the history in a later read.
    """

    folder: str
    tables: dict[str, list[str]]
    counts: dict[str, int]
    files: list[FileRead]
    rejected: int
    other: int
    erased: int
    as_of_ms: int | None
    position: int | None
    next_file: int

    def paths(self) -> dict[str, list[Path]]:
        """Return the files of each table."""
        return {
            name: [Path(self.folder) / one for one in found] for name, found in self.tables.items()
        }

    @property
    def rejects(self) -> Path | None:
        """The rejects, one a line in JSON, if there are any."""
        return Path(self.folder) / REJECTS if self.rejected else None


REJECTS = "rejects.ndjson"
_TOLD = "reading.json"


@dataclass(frozen=True)
class HistoryRequest:
    """What to read, and the folder that is to hold the tables, which must not be there or be empty.

    `earlier` is the folder of an earlier read, to which this one adds: what is read now may correct and
    withdraw what was read then. The record of `book` is then read from where that one ended. `chain`
    is the number of the EVM chain of raw logs.
    """

    folder: Path
    files: Sequence[Path] = ()
    mapping: Mapping | None = None
    book: Book | None = None
    accounts: Path | None = None
    earlier: Path | None = None
    chain: int = 1
    on_bytes: Callable[[int], None] | None = field(default=None, compare=False)


def read_history(request: HistoryRequest) -> History:
    """Read files and a book's record into canonical tables.

    Memory is bounded whatever they hold. Rows that cannot be read are written to `rejects.ndjson`.

    Raises:
        DataError: a file is absent, a canonical table has columns that cannot be, or the list of
            accounts is wrong.
        RulebookError: the mapping names a column that a table does not have.
        UsageError: the folder is there and not empty; `nothing_asked`: neither file nor book.
        StorageError: the folder cannot be written, or the record is damaged.
    """
    folder = request.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "output_taken",
            "it is there already",
            help="name a folder that is not there, or remove it",
            where=str(folder),
        )
    if not request.files and request.book is None and request.earlier is None:
        raise UsageError("nothing_asked", "there is nothing to read", help="name files or a book")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
            part = Path(name) / "history"
            part.mkdir(mode=0o700)  # it tells of persons in clear
            with rarely_collecting(), closing(_Reading(request, part)) as reading:
                history = reading.run()
            part.rename(folder)
    except OSError as error:
        raise StorageError(
            "history_unwritable",
            f"the history cannot be written: {error.strerror}",
            where=str(folder),
        ) from None
    return history


def earlier_history(folder: Path) -> History:
    """Return what a folder that was read earlier holds.

    Raises:
        DataError: it holds none.
    """
    try:
        found = msgspec.json.decode((folder / _TOLD).read_bytes(), type=History)
    except (OSError, msgspec.MsgspecError):
        raise DataError("no_history", "the folder holds no history", where=str(folder)) from None
    return msgspec.structs.replace(found, folder=str(folder))


class _Reading:
    """One read: its sources one after the other, then what completes them."""

    def __init__(self, request: HistoryRequest, part: Path) -> None:
        self._request = request
        self._part = part
        self._sql = DuckDb(MEMORY)
        self._rejects: IO[bytes] | None = None
        self._files: list[FileRead] = []
        self._rejected = self._other = self._erased = 0
        self._number = 0
        self._position: int | None = None
        self._begin = 0

    def close(self) -> None:
        """Close what is open."""
        self._sql.close()
        if self._rejects is not None:
            self._rejects.close()

    def run(self) -> History:
        request = self._request
        if request.earlier is not None:
            self._continue(request.earlier)
        if request.book is not None:
            self._read_book(request.book)
        self._number = max(self._number, 1)
        files = list(_flat(request.files))
        logs = [] if not files else self._logs(files)
        if logs:
            self._read_logs(logs)
        for path in files:
            if path not in logs:
                self._read_file(path)
                self._number += 1
        if request.accounts is not None:
            staged = Staged(self._part, f"given-{self._number:05}")
            with closing(staged):
                count = read_accounts(request.accounts, staged)
            self._told(request.accounts, "accounts", count, 0, 0)
        fold(self._sql, self._part)
        return self._finish()

    def _continue(self, earlier: Path) -> None:
        """Begin with the files of an earlier read."""
        before = earlier_history(earlier)
        for file in earlier.glob("*-*.parquet"):
            try:
                os.link(file, self._part / file.name)
            except OSError:
                shutil.copyfile(file, self._part / file.name)
        self._number, self._position = before.next_file, before.position
        self._begin = before.position or 0

    def _read_book(self, book: Book) -> None:
        staged = Staged(self._part, f"events-book{self._begin:012}")
        rows = EventRows(staged)
        with closing(staged):
            found = read_book(book, rows, self._begin)
        self._position, self._erased = found.position, found.erased
        self._other += rows.other
        turned = found.events - found.erased - rows.taken - rows.other
        self._told(book.path, "book", found.events, found.events, turned)

    def _logs(self, files: Sequence[Path]) -> list[Path]:
        """Return the files of raw logs, with those of blocks and transactions beside them."""
        from vermilion.intake.evm.opened import FileKind, file_kind

        kinds = {path: file_kind(path) for path in files if path.is_file()}
        found = [path for path, kind in kinds.items() if kind is FileKind.LOGS]
        if not found or self._request.mapping is not None:
            return found
        return [path for path, kind in kinds.items() if kind is not FileKind.OTHER]

    def _read_logs(self, logs: Sequence[Path]) -> None:
        from vermilion.intake.evm.chains import chain
        from vermilion.intake.evm.files import decode_parts

        staged = Staged(self._part, f"given-{self._number:05}")
        rows = rejected = 0
        with closing(staged):
            for found in decode_parts(logs, chain(self._request.chain), self._request.on_bytes):
                for table in ("moves", "payments", "listings"):
                    staged.write(table, getattr(found, table))
                rows += found.notes["read"]
                rejected += self._reject(Reject(**one) for one in found.rejects.to_pylist())
        self._told(logs[0], "logs", rows, 0, rejected)
        self._number += 1

    def _read_file(self, path: Path) -> None:
        if path.is_file() and is_columnar(path) and (table := recognise(path)) is not None:
            target = self._part / f"given-{self._number:05}-{table}.parquet"
            lasts = self._request.book is not None
            rejected = self._reject(take_table(self._sql, path, table, target, lasts=lasts))
            self._told(path, "tables", self._count([target]) + rejected, 0, rejected)
            return
        staged = Staged(self._part, f"events-{self._number:05}")
        mapping = self._request.mapping
        with closing(staged):
            if mapping is None:
                items = read_events(path, on_bytes=self._request.on_bytes)
                rows, rejected = self._take(items, staged)
                self._told(path, "rows", rows, rows, rejected)
                return
            columns = MappedColumns(mapping, staged, self._number << FILE_BITS)
            items = columns.read(path, self._request.on_bytes)
            rows, rejected = self._take(items, staged)
        if not columns.taken:
            self._told(path, "rows", rows, rows, rejected)
            return
        self._told(path, "columns", columns.taken + rows, rows, rejected)
        if by_digest(mapping):
            for table, file in staged.files.items():
                if table in TABLES:
                    number_equal_rows(self._sql, file, table)

    def _take(self, items: Iterable[Received | Reject], staged: Staged) -> tuple[int, int]:
        """Take events over; return how many rows gave them, rejects included, and how many were rejected."""
        taking = EventRows(staged)
        base = self._number << FILE_BITS
        rows = rejected = place = last = 0
        for item in items:
            place = place + 1 if item.line == last else 0
            rows += item.line != last
            last = item.line
            if isinstance(item, Reject):
                rejected += self._reject([item])
                continue
            position = base + (item.line << EVENT_BITS) + min(place, MOST_EMITS - 1)
            fault = taking.take(item.event, position)
            if fault is not None:
                rejected += self._reject([fault.at(item.file, item.line)])
        self._other += taking.other
        return rows, rejected

    def _reject(self, rejects: Iterable[Reject]) -> int:
        count = 0
        for one in rejects:
            if self._rejects is None:
                self._rejects = (self._part / REJECTS).open("wb")
            self._rejects.write(_ENCODE(one) + b"\n")
            count += 1
        self._rejected += count
        return count

    def _told(self, path: Path, read: Way, rows: int, one_by_one: int, rejected: int) -> None:
        self._files.append(FileRead(str(path), read, rows, one_by_one, rejected))

    def _finish(self) -> History:
        write_accounts(self._sql, self._part, self._part / "accounts.parquet")
        tables = {name: files_of(self._part, name) for name in TABLES if name != "accounts"}
        tables["accounts"] = sorted(self._part.glob("accounts.parquet"))
        history = History(
            folder=str(self._request.folder),
            tables={name: [file.name for file in files] for name, files in tables.items()},
            counts={name: self._count(files) for name, files in tables.items()},
            files=self._files,
            rejected=self._rejected,
            other=self._other,
            erased=self._erased,
            as_of_ms=self._latest(
                [f for t in ("moves", "payments", "listings") for f in tables[t]]
            ),
            position=self._position,
            next_file=self._number,
        )
        (self._part / _TOLD).write_bytes(_ENCODE(history))
        return history

    def _count(self, files: Sequence[Path]) -> int:
        from pyarrow import parquet as reader

        return sum(reader.read_metadata(file).num_rows for file in files)

    def _latest(self, files: Sequence[Path]) -> int | None:
        found = [next(self._sql.rows(f"SELECT MAX(ms) FROM {parquet([one])}"))[0] for one in files]  # noqa: S608
        return max((one for one in found if one is not None), default=None)


def _flat(files: Sequence[Path]) -> Iterator[Path]:
    """Yield files, those of folders among them."""
    for path in files:
        if path.is_dir():
            yield from parts_of(path).values()
        else:
            yield path
