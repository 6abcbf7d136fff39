"""Tables of facts for tests of SQL: the columns that conditions read, filled by their reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from vermilion.language.sql import column_name, column_type, leaves, reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vermilion.language import Condition
    from vermilion.language.tree import Node

ARROW = {
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(38, 0),
    "text": pa.string(),
}

Row = tuple[Any, "Mapping[str, Any]"]


def columns_of(conditions: Iterable[Condition], parameters: Mapping[str, Any]) -> list[Node]:
    """Return every column that conditions read, once."""
    trees = [tree for one in conditions for tree in (one.applies, one.violates) if tree is not None]
    return list(dict.fromkeys(leaf for tree in trees for leaf in leaves(tree, parameters)))


def table_of(
    columns: Sequence[Node], event_type: str, parameters: Mapping[str, Any], rows: Sequence[Row]
) -> pa.Table:
    """Return the columns of some events, with their number in `row`."""
    read = reader(columns, event_type, parameters)
    found = [read(data, known) for data, known in rows]
    arrays = {"row": pa.array(range(len(rows)), pa.int64())}
    for place, leaf in enumerate(columns):
        kind = ARROW[column_type(leaf)]
        arrays[column_name(leaf)] = pa.array([values[place] for values in found], kind)
    return pa.table(arrays)
