"""Reads a foreign table through its mapping: rows in, events and rejects out."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from vermilion.errors import RulebookError
from vermilion.intake.columnar import inexact
from vermilion.intake.compile import Compiled
from vermilion.intake.items import Fault, Received, Reject, did_you_mean, shown
from vermilion.intake.rowids import RowIds
from vermilion.intake.rows import csv_rows, json_rows
from vermilion.intake.source import in_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vermilion.intake.cells import Cell
    from vermilion.intake.mapping import Mapping
    from vermilion.intake.source import Line

_encode_sorted = msgspec.json.Encoder(order="sorted").encode

_NO_HEADING = Fault(
    "csv_header",
    "the table has no heading, nothing in it was read",
    "write the columns' names in the first line",
)


def read_mapped(lines: Iterable[Line], mapping: Mapping, file: str) -> Iterator[Received | Reject]:
    """Yield the events of a foreign table; a row gives all its events, or one reject.

    Raises:
        RulebookError: the mapping names a column that the table does not have.
    """
    read = _read_csv if mapping.format == "csv" else _read_json
    with RowIds() as ids:
        yield from read(lines, mapping, file, ids)


def _read_csv(
    lines: Iterable[Line], mapping: Mapping, file: str, ids: RowIds
) -> Iterator[Received | Reject]:
    rows = csv_rows(in_utf8(lines, mapping.encoding), mapping.delimiter)
    first, heading = next(rows, (1, _NO_HEADING))
    if isinstance(heading, list):
        heading = _check_heading(heading)
    if isinstance(heading, Fault):
        yield heading.at(file, first)
        return
    columns = list(mapping.columns())
    _check_columns(mapping, heading, file)
    compiled = Compiled(mapping, columns)
    pick = _picker([heading.index(name) for name in columns])
    nulls = [mapping.nulls.get(name, frozenset()) | {""} for name in columns]
    used = [(name, heading.index(name)) for name in mapping.used()]
    width = len(heading)
    row: list[str]

    def row_id() -> str:
        return ids.of(_encode_sorted({name: row[at] for name, at in used}))

    for number, found in rows:
        if isinstance(found, Fault):
            yield found.at(file, number)
        elif len(found) != width:
            yield _wrong_width(len(found), width).at(file, number)
        else:
            row = found
            cells = [
                None if text in null else text for text, null in zip(pick(row), nulls, strict=True)
            ]
            yield from _items(compiled, cells, row_id, file, number)


def read_mapped_rows(
    rows: Iterable[tuple[int, dict[str, Any] | Fault]],
    types: dict[str, str],
    mapping: Mapping,
    file: str,
) -> Iterator[Received | Reject]:
    """Yield the events of a foreign table in columns; a row gives all its events, or one reject.

    Args:
        rows: its rows by number.
        types: its columns by name.
        mapping: how they become events.
        file: what the table is called.

    Raises:
        RulebookError: the mapping names a column that the table does not have.
        DataError: amounts lie in a column of floats.
    """
    nested = [name for name in mapping.columns() if name.partition(".")[0] in types]
    _check_columns(mapping, [*types, *nested], file)
    if (error := inexact(types, mapping.amounts(), file)) is not None:
        raise error
    with RowIds() as ids:
        yield from _read_objects(rows, mapping, file, ids)


def _read_json(
    lines: Iterable[Line], mapping: Mapping, file: str, ids: RowIds
) -> Iterator[Received | Reject]:
    return _read_objects(json_rows(lines), mapping, file, ids)


def _read_objects(
    rows: Iterable[tuple[int, dict[str, Any] | Fault]], mapping: Mapping, file: str, ids: RowIds
) -> Iterator[Received | Reject]:
    columns = list(mapping.columns())
    compiled = Compiled(mapping, columns)
    paths = [(name, mapping.nulls.get(name, frozenset())) for name in columns]
    used = list(mapping.used())
    row: dict[str, Any]

    def row_id() -> str:
        return ids.of(_encode_sorted({name: _at(row, name) for name in used}))

    for number, found in rows:
        if isinstance(found, Fault):
            yield found.at(file, number)
            continue
        row = found
        cells: list[Cell] = []
        for name, null in paths:
            cell = _json_cell(_at(row, name), name)
            if isinstance(cell, Fault):
                yield cell.at(file, number)
                break
            cells.append(None if cell in null else cell)
        else:
            yield from _items(compiled, cells, row_id, file, number)


def _items(
    compiled: Compiled, cells: Sequence[Cell], row_id: Callable[[], str], file: str, number: int
) -> Iterator[Received | Reject]:
    events = compiled.events(cells, row_id)
    if isinstance(events, Fault):
        yield events.at(file, number)
        return
    for event, canonical in events:
        yield Received(event, canonical, file, number)


def _picker(positions: list[int]) -> Callable[[list[str]], Iterable[str]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda row: [row[position] for position in positions]


def _check_heading(heading: list[str]) -> list[str] | Fault:
    names = [name.strip() for name in heading]
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            return Fault(
                "csv_header",
                f"the heading names {shown(name)} twice, nothing in the table was read"
                if name
                else "the heading has a column without a name, nothing in the table was read",
                "give each column a name of its own",
            )
        seen.add(name)
    return names


def _check_columns(mapping: Mapping, heading: list[str], file: str) -> None:
    for name, place in mapping.columns().items():
        if name not in heading:
            near = did_you_mean(name, heading)
            listed = ", ".join(shown(column) for column in heading)
            raise RulebookError(
                "mapping_column_unknown",
                f"{shown(name)} is not a column of `{file}`",
                help=f"did you mean {shown(near)}?" if near else f"the columns are {listed}",
                where=f"{mapping.file} {place}",
            )


def _wrong_width(found: int, width: int) -> Fault:
    return Fault(
        "csv_columns",
        f"the row has {found} fields and the heading has {width}",
        "put fields that hold a comma in quotes; check that the row is whole",
    )


def _at(row: dict[str, Any], path: str) -> object:
    """Return the value under a key, or under keys joined by dots."""
    if path in row:
        return row[path]
    value: object = row
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _json_cell(value: object, name: str) -> Cell | Fault:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list() if all(isinstance(item, str | int) for item in value):
            return tuple(str(item) for item in value)
        case _:
            return Fault(
                "wrong_type",
                "the field holds an object or a list of them",
                "name a field inside it, joined by a dot",
                name,
            )
