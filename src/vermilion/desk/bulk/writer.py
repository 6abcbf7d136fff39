"""Write the facts of one event type: Parquet, in parts where a column gets wider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vermilion.desk.bulk.columns import Column
from vermilion.desk.bulk.manifest import ColumnSaid, Part, Table
from vermilion.desk.bulk.revoked import write_revoked

ROWS = 8_192
"""Rows of each event type that are held as Python has them, before they are put in columns."""

GROUP_ROWS = 65_536
"""Rows of a row group; so many of each event type are held in columns."""

ENVELOPE = (
    ("seq", "bigint"),
    ("source", "text"),
    ("id", "text"),
    ("subject", "text"),
    ("stage", "text"),
    ("counts", "boolean"),
    ("moment", "bigint"),
    ("t", "bigint"),
)
"""Columns that every table begins with. `moment` is in microseconds since 1970, `t` in seconds;
`counts` says that the event is settled, so that windows count it."""


class Shape(NamedTuple):
    """Columns of a table, by number of the zone, after those of the envelope and the days."""

    zones: int
    columns: Sequence[tuple[int, Column]]

    def said(self) -> list[ColumnSaid]:
        """Return the columns as the manifest tells them."""
        days = [ColumnSaid(f"day_{n}", "bigint", "event.date", n) for n in range(self.zones)]
        return [
            *(ColumnSaid(name, kind, name) for name, kind in ENVELOPE),
            *days,
            *(
                ColumnSaid(zoned(one.name, zone), one.type, one.label, zone, one.several)
                for zone, one in self.columns
            ),
        ]


def zoned(name: str, zone: int) -> str:
    """Return what a column is called by the clock of a zone."""
    return f"{name}__z{zone}" if zone else name


class TableWriter:
    """Takes rows and writes them, a row group at a time.

    Args:
        folder: where the files go.
        kind: the event type.
        shape: the columns.
    """

    def __init__(self, folder: Path, kind: str, shape: Shape) -> None:
        import pyarrow

        self._arrow: Any = pyarrow
        self._folder = folder
        self._kind = kind
        self._columns = shape.said()
        self._types = {
            "boolean": self._arrow.bool_(),
            "bigint": self._arrow.int64(),
            "text": self._arrow.string(),
            "decimal": self._arrow.int64(),
        }
        self._wide: set[str] = set()
        self._stages: Counter[str] = Counter()
        self._rows: list[tuple[Any, ...]] = []
        self._held: list[Any] = []
        self._parts: list[Part] = []
        self._part_rows = 0
        self._part_wide: list[str] = []
        self._writer: Any = None
        self._lists: dict[str, Any] = {}

    def add(self, row: tuple[Any, ...]) -> None:
        """Take a row over."""
        self._rows.append(row)
        if len(self._rows) >= ROWS:
            self._flush()

    def finish(self) -> Table:
        """Write the rest, and which settled events were taken out again; return what there is."""
        self._flush()
        self._end_part()
        for writer in self._lists.values():
            writer.close()
        self._lists = {}
        revoked = write_revoked(self._folder, self._kind, [one.file for one in self._parts])
        rows = sum(part.rows for part in self._parts)
        return Table(rows, dict(sorted(self._stages.items())), revoked, self._parts, self._columns)

    def close(self) -> None:
        """Close the files; nothing more is written."""
        self._rows, self._held = [], []
        for writer in (self._writer, *self._lists.values()):
            if writer is not None:
                writer.close()
        self._writer, self._lists = None, {}

    def _flush(self) -> None:
        if not self._rows:
            return
        arrays, fields = [], []
        widened = False
        seqs: Sequence[int] = ()
        for column, values in zip(self._columns, zip(*self._rows, strict=True), strict=True):
            if column.name == "seq":
                seqs = values
            if column.several:
                self._write_list(column.name, seqs, values)
                continue
            if column.name == "stage":
                self._stages.update(values)
            array = self._array(column, values)
            if column.type == "decimal" and not self._arrow.types.is_int64(array.type):
                widened |= column.name not in self._wide
                self._wide.add(column.name)
            arrays.append(array)
            fields.append(self._arrow.field(column.name, array.type))
        if widened:
            self._end_part()
        self._hold(self._arrow.record_batch(arrays, schema=self._arrow.schema(fields)))
        self._rows = []

    def _array(self, column: ColumnSaid, values: Sequence[Any]) -> Any:
        arrow = self._arrow
        if column.type != "decimal":
            return arrow.array(values, self._types[column.type])
        if column.name not in self._wide:
            try:
                return arrow.array(values, arrow.int64())
            except (OverflowError, arrow.ArrowInvalid):
                pass
        return arrow.array(values, arrow.decimal128(38, 0))

    def _hold(self, batch: Any) -> None:
        if not self._held and self._writer is None:
            self._part_rows, self._part_wide = 0, sorted(self._wide)
        self._held.append(batch)
        self._part_rows += batch.num_rows
        if sum(one.num_rows for one in self._held) >= GROUP_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        if not self._held:
            return
        table = self._arrow.Table.from_batches(self._held)
        if self._writer is None:
            file = f"{self._kind}-{len(self._parts)}.parquet"
            self._writer = self._opened(file, table.schema)
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._held = []

    def _write_list(self, name: str, seqs: Sequence[int], lists: Sequence[Any]) -> None:
        arrow = self._arrow
        pairs = [
            (seq, one) for seq, values in zip(seqs, lists, strict=True) for one in values or ()
        ]
        schema = arrow.schema([("seq", arrow.int64()), ("v", arrow.string())])
        writer = self._lists.get(name)
        if writer is None:
            (self._folder / "lists").mkdir(exist_ok=True)
            writer = self._lists[name] = self._opened(f"lists/{self._kind}.{name}.parquet", schema)
        columns = list(zip(*pairs, strict=True)) or [(), ()]
        arrays = [
            arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)
        ]
        writer.write_batch(arrow.record_batch(arrays, schema=schema))

    def _opened(self, file: str, schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(self._folder / file, schema, compression="zstd")

    def _end_part(self) -> None:
        self._write_group()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            file = f"{self._kind}-{len(self._parts)}.parquet"
            self._parts.append(Part(file, self._part_rows, self._part_wide))
