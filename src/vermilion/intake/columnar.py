"""Rows of Parquet files and of Arrow IPC, as events in JSON or as rows of foreign tables.

pyarrow reads both, because it alone keeps what they hold: DuckDB's reader makes decimals of more
than 38 digits into floats, and does not read IPC. Memory is bounded by what one row group or record
batch unpacks to, which is checked before anything is unpacked where the format tells it, and by
`MAX_LINE_BYTES` for each row.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from vermilion.errors import DataError
from vermilion.facts.money import MAX_JSON_INTEGER
from vermilion.intake.items import MAX_LINE_BYTES, Fault, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vermilion.intake.source import Line

    Row = tuple[int, dict[str, Any] | Fault]

MOST_UNPACKED = 2**30
"""Bytes that a row group or record batch may unpack to. Policy."""

BATCH_ROWS = 1_024
WIDE_ROWS = 65_536
"""Rows of few columns that are looked at together. Policy."""

ROWS = 256
"""Rows that are taken out together; one by one where they are large."""

AT_EASE = 2**26
"""Bytes of rows up to which many are looked at together."""

_MAGIC = {b"PAR1": "parquet", b"ARRO": "file", b"\xff\xff\xff\xff": "stream"}
_ENCODE = msgspec.json.Encoder(enc_hook=str).encode  # what JSON has not, no event has

_LARGE_ROW = Fault(
    "too_long",
    f"the row holds more than {MAX_LINE_BYTES:,} bytes",
    "split the event, or leave columns out of the export",
)


_UNREADABLE_ROW = Fault(
    "row_unreadable",
    "the row holds text that is not UTF-8, a time beyond the year 9999 or a time zone that is none",
    "correct the row, or export the column as text",
)
_NOT_IN_PYTHON = (ArithmeticError, LookupError, NotImplementedError, TypeError, ValueError)
"""What pyarrow raises for a value that Python cannot hold; its own errors are among these."""


class UnreadableError(DataError):
    """A file in columns is damaged, or made to fill the memory."""


def is_columnar(path: Path) -> bool:
    """Say whether a file is Parquet or Arrow IPC, by its first bytes.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


def event_lines(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Line]:
    """Yield each row of a file as the JSON of an event, with its number from 1.

    A column `event` alone holds events as JSON; else there is a column for each field, those of
    nested fields as structs. A null is a field that is absent.
    """
    for number, row in _rows(path, on_bytes):
        yield number, row if isinstance(row, Fault) else row_json(row)


def table_rows(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Row]:
    """Yield the rows of a foreign table with their numbers from 1, as JSON would hold them.

    Decimals and times are texts, exactly what they are.
    """
    for number, row in _rows(path, on_bytes):
        yield number, row if isinstance(row, Fault) else row_cells(row)


def row_cells(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a foreign table as JSON would hold it."""
    return {name: _cell(value) for name, value in row.items()}


def table_columns(path: Path) -> dict[str, str]:
    """Return the columns of a file with the names of their types.

    Raises:
        UnreadableError: the file is damaged.
    """
    with _Opened(path) as opened:
        return {field.name: str(field.type) for field in opened.schema}


def record_batches(
    path: Path, names: Sequence[str], on_bytes: Callable[[int], None] | None = None
) -> Iterator[Any]:
    """Yield some columns of a file as record batches of bounded size; a fault is the last item."""
    told = 0
    try:
        with _Opened(path) as opened:
            wide = set(opened.schema.names) - set(names)
            for batch in opened.checked(names, WIDE_ROWS):
                slim = batch.drop_columns(list(wide)) if wide & set(batch.schema.names) else batch
                yield from _slices(slim)
                if on_bytes is not None:
                    told, before = max(told, opened.told()), told
                    on_bytes(told - before)
    except UnreadableError as error:
        yield Fault(error.code, error.message, error.help or "")
    if on_bytes is not None:
        on_bytes(max(path.stat().st_size - told, 0))


def _slices(batch: Any) -> Iterator[Any]:
    """Yield a batch in parts that are small once each value stands for itself."""
    for begin in range(0, batch.num_rows, WIDE_ROWS):
        part = batch.slice(begin, WIDE_ROWS)
        rows = part.num_rows if _unpacked(part) <= AT_EASE else ROWS
        for start in range(0, part.num_rows, rows):
            yield part.slice(start, rows)


def batch_rows(batch: Any) -> Iterator[dict[str, Any] | Fault]:
    """Yield the rows of a record batch.

    A fault stands for one that is larger than a line may be, or that Python cannot hold.
    """
    batch = _in_microseconds(batch)
    for begin in range(0, batch.num_rows, ROWS):
        part = batch.slice(begin, ROWS)
        if _unpacked(part) <= MAX_LINE_BYTES:
            yield from _taken_out(part)
            continue
        for number in range(part.num_rows):
            row = part.slice(number, 1)
            if _unpacked(row) > MAX_LINE_BYTES:
                yield _LARGE_ROW
            else:
                yield from _taken_out(row)


def _taken_out(part: Any) -> list[dict[str, Any] | Fault]:
    try:
        rows: list[dict[str, Any] | Fault] = part.to_pylist()
    except _NOT_IN_PYTHON:
        if part.num_rows == 1:
            return [_UNREADABLE_ROW]
        return [row for n in range(part.num_rows) for row in _taken_out(part.slice(n, 1))]
    return rows


def row_json(row: dict[str, Any]) -> bytes:
    """Write a row as the JSON of an event."""
    if row.keys() == {"event"}:
        event = row["event"]
        return event if isinstance(event, bytes) else str(event or "").encode()
    return _ENCODE(_stated(row))


class _Opened:
    """A file opened as what its first bytes say it is; a context manager."""

    def __init__(self, path: Path) -> None:
        import pyarrow

        self._arrow = pyarrow
        self._path = path
        self._file = path.open("rb")
        try:
            self._open()
        except (self._arrow.ArrowException, OSError, ValueError) as error:
            self._file.close()
            raise self.damaged(error) from None
        names = self.schema.names
        if twice := next((one for one in names if names.count(one) > 1), None):
            self._file.close()
            raise UnreadableError(
                "column_twice",
                f"two columns are called {shown(twice)}",
                help="give each column a name of its own",
                where=str(path),
            )

    def _open(self) -> None:
        kind = _MAGIC.get(self._file.read(4))
        self._file.seek(0)
        if kind == "parquet":
            from pyarrow import parquet

            # Texts stay in dictionaries, so that a short file cannot grow long by repeating one.
            names = parquet.ParquetFile(self._file).schema
            texts = [c.path for c in names if c.logical_type.type in {"STRING", "JSON"}]
            self._file.seek(0)
            self._parquet = parquet.ParquetFile(
                self._file, read_dictionary=texts, buffer_size=2**20, pre_buffer=False
            )
            self.schema = self._parquet.schema_arrow
            self.batches: Iterator[Any] | None = None
        elif kind == "file":
            reader = self._arrow.ipc.open_file(self._file)
            self.schema = reader.schema
            self.batches = (reader.get_batch(n) for n in range(reader.num_record_batches))
        else:
            self.schema, self.batches = None, iter(())
            reader = self._arrow.ipc.open_stream(self._file)
            self.schema, self.batches = reader.schema, iter(reader)

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def told(self) -> int:
        """Return how many bytes of the file were passed."""
        return int(self._file.tell())

    def checked(self, names: Sequence[str] | None = None, rows: int = BATCH_ROWS) -> Iterator[Any]:
        """Yield the record batches, none of which is too large.

        Args:
            names: of Parquet, the columns that are read; all where none are said.
            rows: of Parquet, at most so many in a batch.

        Raises:
            UnreadableError: the file is damaged, or a part of it is too large.
        """
        batches = self._of_parquet(names, rows) if self.batches is None else self.batches
        try:
            for number, batch in enumerate(batches, 1):
                if batch.nbytes > MOST_UNPACKED:
                    raise self.too_large(batch.nbytes, number)
                yield batch
        except (self._arrow.ArrowException, OSError, ValueError) as error:
            raise self.damaged(error) from None

    def damaged(self, error: Exception) -> UnreadableError:
        """Return the error that says that the file is not what it seems."""
        said = str(error).splitlines()
        return UnreadableError(
            "columnar_damaged",
            f"the file is damaged or cut off: {said[0] if said else type(error).__name__}",
            help="copy or export it again",
            where=str(self._path),
        )

    def too_large(self, size: int, number: int) -> UnreadableError:
        """Return the error that says that a part unpacks to more than memory is given for."""
        return UnreadableError(
            "columnar_too_large",
            f"part {number} of the file unpacks to {size:,} bytes; the limit is {MOST_UNPACKED:,}",
            help="write it again with smaller row groups or record batches",
            where=str(self._path),
        )

    def _of_parquet(self, names: Sequence[str] | None, rows: int) -> Iterator[Any]:
        groups = self._parquet.metadata
        for number in range(groups.num_row_groups):
            size = groups.row_group(number).total_byte_size
            if size > MOST_UNPACKED:
                raise self.too_large(size, number + 1)
            yield from self._parquet.iter_batches(
                rows, row_groups=[number], columns=names, use_threads=False
            )


def _rows(
    path: Path, on_bytes: Callable[[int], None] | None
) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Yield the rows of a file; a fault stands in place of those that are lost with damage."""
    number = told = 0
    try:
        with _Opened(path) as opened:
            for batch in opened.checked():
                for begin in range(0, batch.num_rows, BATCH_ROWS):
                    for row in batch_rows(batch.slice(begin, BATCH_ROWS)):
                        number += 1
                        yield number, row
                if on_bytes is not None:
                    told, before = max(told, opened.told()), told
                    on_bytes(told - before)
    except UnreadableError as error:
        yield number + 1, Fault(error.code, error.message, error.help or "")
    if on_bytes is not None:
        on_bytes(max(path.stat().st_size - told, 0))


def _unpacked(part: Any) -> int:
    """Return the bytes of a batch's values once each stands for itself."""
    return sum(_unpacked_array(column) for column in part.columns)


def _unpacked_array(array: Any) -> int:
    import pyarrow as arrow
    from pyarrow import compute

    kind = array.type
    if arrow.types.is_dictionary(kind):
        values = array.dictionary
        if not _is_text(arrow.types, values.type):
            return int(values.nbytes) + int(array.nbytes)
        lengths = compute.take(compute.binary_length(values), array.indices)
        return int(compute.sum(lengths).as_py() or 0)
    # A value that takes no byte, such as a null, is an object all the same.
    if arrow.types.is_struct(kind):
        return len(array) + sum(_unpacked_array(child) for child in array.flatten())
    if arrow.types.is_list(kind) or arrow.types.is_large_list(kind):
        return len(array) + _unpacked_array(array.flatten())
    return max(int(array.nbytes), len(array))


def _is_text(types: Any, kind: Any) -> bool:
    tests = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in tests)


def _in_microseconds(batch: Any) -> Any:
    """Return a batch without nanoseconds, of which Python's times have none."""
    import pyarrow as arrow

    if "[ns" not in str(batch.schema):
        return batch

    def rounded(kind: Any) -> Any:
        if arrow.types.is_timestamp(kind) and kind.unit == "ns":
            return arrow.timestamp("us", kind.tz)
        if arrow.types.is_struct(kind):
            return arrow.struct([field.with_type(rounded(field.type)) for field in kind])
        if arrow.types.is_list(kind):
            return arrow.list_(rounded(kind.value_type))
        return kind

    fields = [field.with_type(rounded(field.type)) for field in batch.schema]
    arrays = [
        column.cast(field.type, safe=False)
        for column, field in zip(batch.columns, fields, strict=True)
    ]
    return arrow.RecordBatch.from_arrays(arrays, schema=arrow.schema(fields))


def _stated(value: Any) -> Any:
    """Return a value as the JSON of an event holds it, without what is not known."""
    match value:
        case dict():
            parts = {name: _stated(part) for name, part in value.items()}
            return {name: part for name, part in parts.items() if part is not None}
        case list() if value and all(isinstance(item, tuple) for item in value):  # a map
            return _stated({str(name): part for name, part in value})
        case list():
            return [_stated(item) for item in value]
        case _:
            return _number(value)


def _number(value: Any) -> Any:
    """Return a number as it is: whole, or the text of what is not, which no field takes.

    Past 2^53 it is a text of digits, as amounts are written.
    """
    match value:
        case float() if not math.isfinite(value):
            return None
        case float() | Decimal() if value != int(value):
            return format(value, "f") if isinstance(value, Decimal) else repr(value)
        case float() if abs(value) > MAX_JSON_INTEGER:
            return repr(value)
        case bool():
            return value
        case int() | float() | Decimal():
            whole = int(value)
            return whole if abs(whole) <= MAX_JSON_INTEGER else str(whole)
        case _:
            return value


def _cell(value: Any) -> Any:
    """Return a value of a foreign table as JSON would hold it."""
    match value:
        case Decimal():
            return format(value, "f")
        case float():
            found = _number(value)
            return found if found is None else str(found)
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace") if _is_utf8(value) else f"0x{value.hex()}"
        case dict():
            return {name: _cell(part) for name, part in value.items()}
        case list() | tuple():
            return [_cell(item) for item in value]
        case None | str() | int():
            return value
        case _:
            return str(value)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def inexact(columns: dict[str, str], names: list[str], file: str) -> DataError | None:
    """Return the error for amounts that lie in a column of floats, if there is one."""
    for name in names:
        if columns.get(name) in {"halffloat", "float", "double"}:
            return DataError(
                "column_inexact",
                f"{shown(name)} holds amounts as floating-point numbers, which are not exact",
                help="export it as a decimal, as whole minor units, or as text",
                where=file,
            )
    return None
