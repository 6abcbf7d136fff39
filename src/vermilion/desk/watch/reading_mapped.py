"""Read foreign tables in columns: SQL takes out what it can prove good, the ordinary reader the rest.

The ordinary reader stays the authority: what it is given it reads as it always does, line numbers
and all, and every reject is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as ByName
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as arrow
from pyarrow import compute

from vermilion.desk.watch.mapped_cells import NotInSqlError
from vermilion.desk.watch.mapped_sql import Selected
from vermilion.desk.watch.mapped_tables import over_columns, over_lines
from vermilion.desk.watch.reading_staged import SCHEMAS, Staged
from vermilion.facts.history import TABLES
from vermilion.intake import read_events
from vermilion.intake.columnar import (
    UnreadableError,
    batch_rows,
    is_columnar,
    record_batches,
    row_cells,
    table_columns,
)
from vermilion.intake.items import MAX_LINE_BYTES, Fault, Received, Reject
from vermilion.intake.mapping import Mapping
from vermilion.intake.rows import csv_rows
from vermilion.intake.source import Line, in_utf8, lines_of, read_pieces
from vermilion.intake.table import read_mapped, read_mapped_rows

MEMORY = "1GB"
"""What SQL may take for the rows that are looked at together. Policy."""

_BREAK = 10
_CONTROLS = bytes(one for one in (*range(32), 127) if one not in {9, _BREAK})
_STRANGE = np.isin(np.arange(256), list(_CONTROLS))
_TYPES = {"payments": "payment", "listings": "offer"}

OnBytes = Callable[[int], None] | None


class MappedColumns:
    """Takes proven rows out of a foreign table in columns, and gives the others back.

    Args:
        mapping: how rows become events.
        staged: where the canonical rows go.
        base: what the positions of this file begin with.
    """

    def __init__(self, mapping: Mapping, staged: Staged, base: int) -> None:
        self._mapping = mapping
        self._staged = staged
        self._base = base
        self._db = duckdb.connect(config={"memory_limit": MEMORY})
        self._selected: Selected | None = None
        self.taken = 0

    def close(self) -> None:
        """Let go of the engine."""
        self._db.close()

    def read(self, path: Path, on_bytes: OnBytes = None) -> Iterator[Received | Reject]:
        """Yield what the ordinary reader makes of the rows that are not proven.

        Raises:
            DataError: as `read_events`.
            RulebookError: the mapping names a column that the table does not have.
        """
        # A pipe gives its bytes once, and what is wrong with a file its reader tells.
        if path.is_file() and is_columnar(path):
            try:
                types = table_columns(path)
            except UnreadableError:
                return read_events(path, self._mapping, on_bytes=on_bytes)
            rows = self._rows(path, types, on_bytes)
            return read_mapped_rows(rows, types, self._mapping, str(path))
        if path.is_file() and self._mapping.format == "csv":
            plain = msgspec.structs.replace(self._mapping, encoding="utf-8")
            return read_mapped(self._lines(read_pieces(path, on_bytes)), plain, str(path))
        return read_events(path, self._mapping, on_bytes=on_bytes)

    def _lines(self, pieces: Iterator[tuple[int, bytes | Fault]]) -> Iterator[Line]:
        begun = ready = False
        for number, raw in pieces:
            piece = _in_utf8(raw, self._mapping.encoding)
            if piece is None:
                yield from in_utf8(lines_of(number, raw), self._mapping.encoding)
                continue
            first = number
            if not begun:
                head = _heading(number, piece)
                yield from head
                begun = bool(head) and not _blank(head[-1][1])
                ready = begun and self._knows(head[-1][1])
                piece = piece[sum(len(line) + 1 for line in piece.split(b"\n")[: len(head)]) :]
                first += len(head)
            proven = piece if ready else b""
            if ready and b'"' in piece and (proven := _closed(piece)) != piece:
                ready = False  # a quote is open at the end of a line: what follows depends on it
            yield from self._left(first, proven)
            if rest := piece[len(proven) :]:
                yield from lines_of(first + proven.count(b"\n"), rest)

    def _knows(self, heading: bytes | Fault) -> bool:
        """Make ready for a table; say whether SQL can read its columns."""
        if isinstance(heading, Fault) or heading.count(b'"') % 2:
            return False
        (_, names), *_ = csv_rows(iter([(1, heading)]), self._mapping.delimiter)
        if isinstance(names, Fault) or len(set(names)) != len(names) or "" in names:
            return False
        if not set(self._mapping.columns()) <= set(names):
            return False
        try:
            self._selected = over_lines(self._mapping, names, self._base)
        except NotInSqlError:
            return False
        return True

    def _left(self, number: int, piece: bytes) -> Iterator[Line]:
        """Take the proven rows out of lines, and yield the others."""
        if piece and (left := self._take(_as_batch(number, piece))):
            lines = list(lines_of(number, piece))
            yield from (lines[place] for place in left)

    def _rows(
        self, path: Path, types: ByName[str, str], on_bytes: OnBytes
    ) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        try:
            self._selected = over_columns(self._mapping, types, self._base)
        except NotInSqlError:
            self._selected = None
        wanted = {part for one in self._mapping.columns() for part in (one, one.partition(".")[0])}
        number = 1
        for batch in record_batches(path, [name for name in types if name in wanted], on_bytes):
            if isinstance(batch, Fault):
                yield number, batch
                return
            left: Sequence[int] = range(batch.num_rows)
            if self._selected is not None:
                lines = _numbers(number, batch.num_rows)
                left = self._take(arrow.Table.from_batches([batch]).append_column("line", lines))
            if left:
                rest = batch.take(arrow.array(left, arrow.int64()))
                for place, row in zip(left, batch_rows(rest), strict=True):
                    yield number + place, row if isinstance(row, Fault) else row_cells(row)
            number += batch.num_rows

    def _take(self, batch: Any) -> Sequence[int]:
        """Write the proven rows of a batch, and return the places of the others."""
        assert self._selected is not None  # noqa: S101 - made before the first batch
        self._db.register("batch", batch)
        try:
            found = self._db.sql(self._selected.sql).to_arrow_table()
        except duckdb.Error:  # such as too little memory: nothing is proven then
            return range(batch.num_rows)
        finally:
            self._db.unregister("batch")
        ok = found["ok"]
        for table in self._selected.tables:
            self._write(table, found.filter(compute.and_(ok, compute.is_valid(found[table]))))
        self.taken += compute.sum(ok).as_py() or 0
        first = batch["line"][0].as_py()
        return sorted(line - first for line in found["line"].filter(compute.invert(ok)).to_pylist())

    def _write(self, table: str, found: Any) -> None:
        columns = {name: found[f"{table}_{name}"] for name in TABLES[table]}
        rows = arrow.table(columns).cast(SCHEMAS[table])
        self._staged.write(table, rows)
        subject = found[f"{table}_subject"]
        if subject.null_count < len(subject):
            other = rows.append_column("subject", subject).filter(compute.is_valid(subject))
            self._businesses(table, other)

    def _businesses(self, table: str, rows: Any) -> None:
        if table == "moves":
            sale = compute.equal(rows["kind"], "sale")
            kind = compute.if_else(sale, "sale", "transfer")
        else:
            kind = arrow.array([_TYPES[table]] * rows.num_rows)
        standing = arrow.array([False] * rows.num_rows)
        columns = [rows["source"], rows["id"], kind, rows["subject"], rows["position"], standing]
        self._staged.write("businesses", arrow.table(columns, schema=SCHEMAS["businesses"]))


def _in_utf8(piece: bytes | Fault, encoding: str) -> bytes | None:
    """Return whole lines in UTF-8; None where they are not written as they should be."""
    if isinstance(piece, Fault):
        return None
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError:
        return None
    return piece if encoding == "utf-8" else text.encode()


def _heading(number: int, piece: bytes) -> list[Line]:
    """Return the lines up to the first that is not blank, which is the heading."""
    found = []
    for line in lines_of(number, piece):
        found.append(line)
        if not _blank(line[1]):
            break
    return found


def _blank(line: bytes | Fault) -> bool:
    return isinstance(line, bytes) and (not line or line.isspace())


def _closed(piece: bytes) -> bytes:
    """Return the lines before the first at whose end a quote is open."""
    size = 0
    for line in piece.split(b"\n"):
        if line.count(b'"') % 2:
            return piece[:size]
        size += len(line) + 1
    return piece


def _as_batch(number: int, piece: bytes) -> Any:
    """Return lines as a table of their numbers, texts, and whether a text is plain.

    Plain is what is no longer than a line may be and has no control characters but tabs.
    """
    whole = piece if piece.endswith(b"\n") else piece + b"\n"
    if b"\r" in whole:
        whole = whole.replace(b"\r\n", b"\n")
    ends = np.flatnonzero(np.frombuffer(whole, np.uint8) == _BREAK)
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    text = whole.replace(b"\n", b"")
    plain = np.diff(offsets) <= MAX_LINE_BYTES
    if len(text.translate(None, _CONTROLS)) != len(text):
        strange = np.flatnonzero(_STRANGE[np.frombuffer(text, np.uint8)])
        plain[np.searchsorted(offsets, strange, side="right") - 1] = False
    buffers = arrow.py_buffer(offsets), arrow.py_buffer(text)
    texts = arrow.StringArray.from_buffers(len(ends), *buffers)
    bits = arrow.py_buffer(np.packbits(plain, bitorder="little"))
    flags = arrow.Array.from_buffers(arrow.bool_(), len(ends), [None, bits])
    return arrow.table({"line": _numbers(number, len(ends)), "text": texts, "plain": flags})


def _numbers(first: int, count: int) -> Any:
    # From its memory: pyarrow would load pandas to look at an array.
    values = arrow.py_buffer(np.arange(first, first + count, dtype=np.int64))
    return arrow.Array.from_buffers(arrow.int64(), count, [None, values])
