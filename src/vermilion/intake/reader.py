"""The main path: a file becomes events received and rejects, in the order of its lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vermilion.errors import DataError
from vermilion.intake.items import Fault, Received, Reject
from vermilion.intake.source import Line, read_chunks, read_lines, unreadable
from vermilion.intake.strict import decode_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from vermilion.intake.mapping import Mapping


def read_events(
    path: Path,
    mapping: Mapping | None = None,
    *,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Received | Reject]:
    """Yield what a file holds: events, and a reject for each line or row that gives none.

    Every line that is not blank yields at least one item. Memory is bounded by
    `MAX_LINE_BYTES`, not by the file.

    Args:
        path: NDJSON of events, or with a mapping a foreign table, compressed with gzip or Zstandard
            or not; or Parquet or Arrow IPC. What a file is, its first bytes tell.
        mapping: how the rows of a foreign table become events.
        on_bytes: told how many more bytes of the file have been read, for a progress bar.

    Raises:
        DataError: the file does not exist, is a directory or cannot be read.
        RulebookError: the mapping names a column that the table does not have.
    """
    _check_readable(path)
    if _is_columnar(path):
        return _read_columns(path, mapping, on_bytes)
    if mapping is not None and mapping.format == "json":
        from vermilion.intake.json_array import array_items

        lines = array_items(read_chunks(path, on_bytes))
    else:
        lines = read_lines(path, on_bytes)
    if mapping is None:
        return read_ndjson(lines, str(path))
    from vermilion.intake.table import read_mapped

    return read_mapped(lines, mapping, str(path))


def _is_columnar(path: Path) -> bool:
    from vermilion.intake.columnar import is_columnar

    try:
        # A pipe gives its bytes once: what is looked at here would be lost.
        return path.is_file() and is_columnar(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def _read_columns(
    path: Path, mapping: Mapping | None, on_bytes: Callable[[int], None] | None
) -> Iterator[Received | Reject]:
    from vermilion.intake.columnar import UnreadableError, event_lines, table_columns, table_rows
    from vermilion.intake.table import read_mapped_rows

    try:
        columns = None if mapping is None else table_columns(path)
    except UnreadableError:
        columns = None  # reading the rows tells why
    if mapping is None or columns is None:
        return read_ndjson(event_lines(path, on_bytes), str(path))
    return read_mapped_rows(table_rows(path, on_bytes), columns, mapping, str(path))


def read_ndjson(lines: Iterable[Line], file: str) -> Iterator[Received | Reject]:
    """Yield the events of lines of JSON, one event a line."""
    for number, line in lines:
        if isinstance(line, Fault):
            yield line.at(file, number)
            continue
        found = decode_event(line)
        if isinstance(found, Fault):
            if line and not line.isspace():
                yield found.at(file, number)
        else:
            yield Received(found[0], found[1], file, number)


def _check_readable(path: Path) -> None:
    what = None
    try:
        if not path.exists():
            what = "there is no such file"
        elif path.is_dir():
            what = "this is a directory, not a file"
        elif not os.access(path, os.R_OK):
            what = "there is no permission to read the file"
    except (OSError, ValueError) as error:
        what = f"cannot read the file: {error}"
    if what:
        raise DataError("file_unreadable", what, help="check the path", where=str(path))
