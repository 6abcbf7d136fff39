"""Columns between Arrow and NumPy, by the types that the tables have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vermilion.sql.engine import Columns


def schema_of(columns: Mapping[str, str]) -> Any:
    """Return the `pyarrow.Schema` of columns by their types in SQL."""
    import pyarrow as arrow

    types = {
        "BIGINT": arrow.int64(),
        "BOOLEAN": arrow.bool_(),
        "STRING": arrow.string(),
        "DECIMAL(38,0)": arrow.decimal128(38, 0),
    }
    return arrow.schema([(one, types[kind]) for one, kind in columns.items()])


def columns_of(table: Any) -> Columns:
    """Return the columns of a `pyarrow.Table` without nulls as arrays."""
    return {name: table[name].to_numpy() for name in table.column_names}


def made_table(columns: Columns, made: Mapping[str, str]) -> Any:
    """Return columns as a `pyarrow.Table` of the given types."""
    import pyarrow as arrow

    return arrow.table({name: columns[name] for name in made}, schema=schema_of(made))
