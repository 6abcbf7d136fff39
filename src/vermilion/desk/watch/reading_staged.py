"""Canonical rows on their way to disk: Parquet, a file for each table, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from vermilion.facts.history import TABLES
from vermilion.sql.columns import schema_of

BUFFERED = 65_536
"""Rows held before they are written. Policy."""

SIDE: dict[str, dict[str, str]] = {
    "businesses": {
        "source": "STRING",
        "id": "STRING",
        "type": "STRING",
        "subject": "STRING",
        "position": "BIGINT",
        "withdrawn": "BOOLEAN",
    },
    "collections": {"token": "STRING", "collection": "STRING", "position": "BIGINT"},
    "wallets": {"party": "STRING", "wallet": "STRING"},
}
"""What is read beside the canonical tables, to complete them.

Events that belong to a business of another name, or withdraw one; which collection a token is stated
to belong to; which wallets are a party's.
"""

_COLUMNS: dict[str, dict[str, str]] = {
    **{
        table: {name: one.type for name, one in columns.items()}
        for table, columns in TABLES.items()
    },
    **SIDE,
}
SCHEMAS: dict[str, Any] = {table: schema_of(columns) for table, columns in _COLUMNS.items()}
"""The Arrow schema of each canonical table, and of each that is read beside them."""

_REPEATING = {
    "source", "kind", "collection", "token", "sender", "recipient", "quantity", "many", "currency",
    "platform", "payer", "payee", "seller", "issuer", "party", "role", "type",
}  # fmt: skip
"""Columns whose values repeat, which are written once in a dictionary."""


class Staged:
    """Writes rows of tables as they come; a file is made once its table has a row.

    Args:
        folder: where the files come to lie.
        name: begins the files' names.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self.files: dict[str, Path] = {}
        self.counts: dict[str, int] = {}

    def add(self, table: str, row: tuple[Any, ...]) -> None:
        """Add a row, its values in the order of the table's columns."""
        rows = self._rows.setdefault(table, [])
        rows.append(row)
        if len(rows) >= BUFFERED:
            self._flush(table)

    def write(self, table: str, rows: Any) -> None:
        """Add rows that are a `pyarrow.Table` with the table's columns."""
        if not rows.num_rows:
            return
        writer = self._writers.get(table)
        if writer is None:
            self.files[table] = path = self._folder / f"{self._name}-{table}.parquet"
            writer = self._writers[table] = new_writer(path, table)
        writer.write_table(rows.cast(SCHEMAS[table]))
        self.counts[table] = self.counts.get(table, 0) + rows.num_rows

    def close(self) -> None:
        """Write the rest and close the files."""
        for table in list(self._rows):
            self._flush(table)
        for writer in self._writers.values():
            writer.close()

    def _flush(self, table: str) -> None:
        rows = self._rows.pop(table)
        schema = SCHEMAS[table]
        columns = [
            arrow.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        self.write(table, arrow.table(columns, schema=schema))


def new_writer(path: Path, table: str) -> Any:
    """Open a Parquet file for rows of a table."""
    schema = SCHEMAS[table]
    repeating = [name for name in schema.names if name in _REPEATING]
    return parquet.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=repeating
    )


def empty(path: Path, table: str) -> None:
    """Write a table without rows."""
    new_writer(path, table).close()


def row_of(table: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a row's values in the order of its table's columns."""
    return tuple(values.get(name) for name in SCHEMAS[table].names)
