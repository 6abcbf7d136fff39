"""A folder of decoded parts, and the cursor that says which count: what survives a stop at any moment.

Files are written before the cursor names them, and the cursor is replaced in one step, so that after
a crash the folder holds whole parts and the reading goes on where they end.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from pyarrow import parquet

from vermilion.errors import StorageError, UsageError
from vermilion.intake.evm.files import Decoded
from vermilion.intake.evm.punks import OpenBids, fold_bid
from vermilion.intake.evm.tables import BIDS, REJECTS, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL_SCHEMAS = {**SCHEMAS, "rejects": REJECTS, "bids": BIDS}
VERSION = 1


class Part(msgspec.Struct, frozen=True):
    """A range of blocks that was read whole: its files by table, and what was counted."""

    first: int
    last: int
    files: dict[str, str]
    notes: dict[str, int]


class Cursor(msgspec.Struct, frozen=True):
    """How far a chain was read: the next block, hashes of the last blocks known, and the parts."""

    chain: int
    first: int
    contracts: list[str]
    next: int
    hashes: dict[int, str] = {}
    parts: list[Part] = []
    serial: int = 0
    version: int = VERSION


class Parts:
    """The parts in a folder under a cursor."""

    def __init__(self, folder: Path, cursor: Cursor) -> None:
        self._folder = folder
        self.cursor = cursor

    @classmethod
    def begun(cls, folder: Path, cursor: Cursor, *, resume: bool) -> Parts:
        """Begin a reading, or go on with the one that the folder holds.

        Raises:
            UsageError: the folder holds one and `resume` is not said, or it is of something else.
            StorageError: the folder cannot be written.
        """
        path = folder / "cursor.json"
        try:
            (folder / "parts").mkdir(parents=True, exist_ok=True)
            held = path.read_bytes() if path.exists() else None
        except OSError as error:
            raise _unwritable(folder, error) from error
        if held is None:
            return cls(folder, cursor)
        if not resume:
            raise UsageError(
                "already_begun",
                "the folder holds a reading",
                help="go on with --resume, or name another folder",
                where=str(folder),
            )
        return cls(folder, _same_reading(held, cursor, path))

    def add(self, decoded: Decoded, first: int, last: int, hashes: dict[int, str]) -> None:
        """Keep what a range of blocks holds; hashes are those to know from now on.

        Raises:
            StorageError: it cannot be written.
        """
        files: dict[str, str] = {}
        serial = self.cursor.serial + 1
        try:
            for name in ALL_SCHEMAS:
                table = getattr(decoded, name)
                if table.num_rows:
                    files[name] = f"parts/{serial:08d}-{name}.parquet"
                    parquet.write_table(table, self._folder / files[name])
                    _flush(self._folder / files[name])
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        part = Part(first, last, files, dict(decoded.notes))
        parts = [*self.cursor.parts, part]
        self._turn(next=last + 1, hashes=hashes, parts=parts, serial=serial)

    def withdraw(self, ancestor: int) -> int:
        """Drop the parts that reach beyond a block, and return how many moves of later blocks went.

        Reading goes on at the first block of the earliest that was dropped.
        """
        kept = [part for part in self.cursor.parts if part.last <= ancestor]
        dropped = self.cursor.parts[len(kept) :]
        gone = sum(
            sum(position >> 32 > ancestor for position in table["position"].to_pylist())
            for table in self.tables("moves", dropped)
        )
        start = min([ancestor + 1, *(part.first for part in dropped)])
        hashes = {number: name for number, name in self.cursor.hashes.items() if number < start}
        self._turn(next=start, hashes=hashes, parts=kept)
        for part in dropped:
            for name in part.files.values():
                (self._folder / name).unlink(missing_ok=True)
        return gone

    def tables(self, name: str, parts: list[Part] | None = None) -> Iterator[Any]:
        """Yield a table's rows, part after part."""
        for part in self.cursor.parts if parts is None else parts:
            if name in part.files:
                yield parquet.read_table(self._folder / part.files[name])

    def bids(self) -> OpenBids:
        """Return the bids on punks that stand at the end of the parts."""
        found: OpenBids = {}
        for table in self.tables("bids"):
            for row in table.to_pylist():
                fold_bid(found, (row["contract"], row["punk"]), row["bidder"], row["amount"])
        return found

    def decoded(self) -> Iterator[Decoded]:
        """Yield the parts as they were decoded."""
        for part in self.cursor.parts:
            tables = {
                name: parquet.read_table(self._folder / part.files[name], schema=schema)
                if name in part.files
                else schema.empty_table()
                for name, schema in ALL_SCHEMAS.items()
            }
            yield Decoded(**tables, notes=Counter(part.notes))

    def _turn(self, **changes: Any) -> None:
        """Write the cursor anew in one step."""
        self.cursor = msgspec.structs.replace(self.cursor, **changes)
        path = self._folder / "cursor.json"
        fresh = path.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(self.cursor))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            _flush(self._folder)
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def _same_reading(held: bytes, cursor: Cursor, path: Path) -> Cursor:
    try:
        found = msgspec.json.decode(held, type=Cursor)
    except msgspec.DecodeError as error:
        raise StorageError(
            "cursor_damaged",
            f"the cursor cannot be read: {error}",
            help="begin again in another folder",
            where=str(path),
        ) from None
    asked = (cursor.chain, cursor.first, cursor.contracts, cursor.version)
    if (found.chain, found.first, found.contracts, found.version) != asked:
        raise UsageError(
            "another_reading",
            f"the folder holds a reading of chain {found.chain} from block {found.first}",
            help="give the same --chain, --from and --contract, or name another folder",
            where=str(path),
        )
    return found


def _flush(path: Path) -> None:
    with contextlib.suppress(PermissionError):  # folders cannot be opened on Windows
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        "output_unwritable",
        f"cannot be written: {(error.strerror or str(error)).lower()}",
        help="check the disk and the permission to write",
        where=str(folder),
    )
