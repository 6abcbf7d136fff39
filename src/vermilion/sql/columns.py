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


def columns_as_sql(table: Any) -> dict[str, str]:
    """Return the columns of a `pyarrow.Table` by their types in SQL."""
    import pyarrow as arrow

    def named(kind: Any) -> str:
        if arrow.types.is_boolean(kind):
            return "BOOLEAN"
        if arrow.types.is_decimal(kind):
            return "DECIMAL(38,0)"
        return "BIGINT" if arrow.types.is_integer(kind) else "STRING"

    return {field.name: named(field.type) for field in table.schema}


def nothing(columns: Mapping[str, str]) -> str:
    """Return the SELECT of no row with columns of the given types."""
    nulls = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns.items())
    return f"SELECT * FROM (SELECT {nulls}) AS nothing WHERE FALSE"  # noqa: S608 - our own names


def columns_of(table: Any) -> Columns:
    """Return the columns of a `pyarrow.Table` without nulls as arrays."""
    return {name: table[name].to_numpy() for name in table.column_names}


def made_table(columns: Columns, made: Mapping[str, str]) -> Any:
    """Return columns as a `pyarrow.Table` of the given types."""
    import pyarrow as arrow

    return arrow.table({name: columns[name] for name in made}, schema=schema_of(made))
