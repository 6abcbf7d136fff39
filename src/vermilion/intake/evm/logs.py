"""Tables of raw logs as columns: the layouts of blockchain-etl, cryo and eth_getLogs.

Names are told apart without case and underscores. Topics are one list or four columns, bytes are
binary or hex text, numbers are numbers or text.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from vermilion.intake.evm.rows import NEVER, UNKNOWN, Logs
from vermilion.intake.evm.words import Cells, Ints, Mask, cells, none

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TIMES = ("blocktimestamp", "timestamp", "blocktime")
NUMBERS = ("blocknumber", "number")
_LAST = 253_402_300_799_999
"""The last millisecond of the year 9999."""
_SECONDS_BELOW, _MILLISECONDS_BELOW = 10**11, 10**14


def plain(name: str) -> str:
    """Return a column's name as it is told apart."""
    return name.replace("_", "").lower()


def is_logs_layout(names: Iterable[str]) -> bool:
    """Say whether columns of these names are those of raw logs."""
    found = {plain(name) for name in names}
    needed = {"address", "data", "transactionhash", "logindex"}
    return needed <= found and bool(found & {"topics", "topic0"})


def is_blocks_layout(names: Iterable[str]) -> bool:
    """Say whether columns of these names tell the times of blocks."""
    found = {plain(name) for name in names}
    return bool(found & set(NUMBERS)) and bool(found & set(TIMES)) and not is_logs_layout(names)


def is_transactions_layout(names: Iterable[str]) -> bool:
    """Say whether columns of these names are those of transactions, with their values."""
    found = {plain(name) for name in names}
    return {"fromaddress", "toaddress", "transactionindex"} <= found or {
        "from", "to", "transactionindex", "value", "gas",
    } <= found  # fmt: skip


class Columns:
    """A record batch whose columns are found by plain name."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        self._places = {plain(name): n for n, name in enumerate(batch.schema.names)}
        self.count: int = batch.num_rows

    def get(self, *names: str) -> Any | None:
        """Return the first column of these names that is there."""
        for name in names:
            if name in self._places:
                return self._batch.column(self._places[name])
        return None

    def cells(self, *names: str) -> Cells:
        """Return a column of bytes; one that is absent has only nulls."""
        found = self.get(*names)
        return none(self.count) if found is None else cells(found)

    def whole(self, *names: str) -> Ints:
        """Return a column of numbers; what is none is `UNKNOWN`."""
        found = self.get(*names)
        return np.full(self.count, UNKNOWN) if found is None else numbers(found)


def read_logs(batch: Any, first_row: int) -> Logs:
    """Return a record batch as columns of logs; its rows are counted from `first_row`."""
    columns = Columns(batch)
    removed = columns.get("removed")
    return Logs(
        np.arange(first_row, first_row + columns.count),
        columns.cells("address"),
        _topics(columns),
        columns.cells("data"),
        columns.cells("transactionhash"),
        columns.whole("blocknumber"),
        columns.whole("logindex"),
        times(columns.get(*TIMES), columns.count),
        _true(removed, columns.count),
    )


def _true(array: Any | None, count: int) -> Mask:
    import pyarrow as pa

    if array is None or not pa.types.is_boolean(array.type):
        return np.zeros(count, np.bool_)
    return np.asarray(array.fill_null(False))


def _topics(columns: Columns) -> tuple[Cells, Cells, Cells, Cells]:
    import pyarrow as pa
    from pyarrow import compute

    listed = columns.get("topics")
    if listed is None:
        one, two, three, four = (columns.cells(f"topic{n}") for n in range(4))
        return one, two, three, four
    if pa.types.is_string(listed.type) or pa.types.is_large_string(listed.type):
        listed = compute.split_pattern(listed, ",")
    count = np.asarray(compute.list_value_length(listed).fill_null(0)).astype(np.int64)
    return listed_topics(cells(listed.flatten()), count)


def listed_topics(flat: Cells, count: Ints) -> tuple[Cells, Cells, Cells, Cells]:
    """Return the topics of logs by their place, from all in one column and the number of each log's."""
    one, two, three, four = (_nth(flat, count, place) for place in range(4))
    four.size[count > 4] = 0  # no event has a fifth, so the fourth is made one that does not fit
    return one, two, three, four


def _nth(flat: Cells, count: Ints, place: int) -> Cells:
    there = count > place
    rows = (np.cumsum(count) - count)[there] + place
    found = none(len(count))
    found.start[there], found.size[there] = flat.start[rows], flat.size[rows]
    return found._replace(buffer=flat.buffer)


def numbers(array: Any) -> Ints:
    """Return an Arrow array of whole numbers or of their text; what is none is `UNKNOWN`."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_uint64(kind):
        array = array.cast(pa.int64(), safe=False)
    if pa.types.is_integer(kind):
        return np.asarray(array.cast(pa.int64()).fill_null(UNKNOWN)).astype(np.int64)
    return parsed(array.to_pylist())


def parsed(values: Sequence[Any]) -> Ints:
    """Return numbers that may be text, decimal or hex with `0x`; what is none is `UNKNOWN`."""
    try:
        if values and type(values[0]) is int:
            found = np.array(values)
            if found.dtype == np.int64:
                return np.where(found < 0, UNKNOWN, found)
        return np.fromiter((int(value, 0) for value in values), np.int64, len(values))
    except (TypeError, ValueError, OverflowError):
        return np.fromiter(map(_number, values), np.int64, len(values))


def _number(value: Any) -> int:
    try:
        found = (
            int(value, 16 if value[:2] in {"0x", "0X"} else 10) if isinstance(value, str) else value
        )
        return int(found) if 0 <= found < 2**63 and found == int(found) else UNKNOWN
    except (TypeError, ValueError, OverflowError):
        return UNKNOWN


def times(array: Any | None, count: int) -> Ints:
    """Return times in epoch milliseconds: of time stamps, of numbers in whatever unit, of text."""
    import pyarrow as pa

    if array is None:
        return np.full(count, NEVER)
    if pa.types.is_timestamp(array.type):
        found = array.cast(pa.timestamp("ms", array.type.tz), safe=False).cast(pa.int64())
        return np.asarray(found.fill_null(NEVER)).astype(np.int64)
    if pa.types.is_integer(array.type):
        return milliseconds(numbers(array))
    return moments(array.to_pylist())


def moments(values: Sequence[Any]) -> Ints:
    """Return times that may be numbers, their text, or ISO 8601, in epoch milliseconds."""
    known: dict[Any, int] = {}
    for value in set(values):
        number = _number(value)
        known[value] = (
            _iso(value) if number == UNKNOWN else int(milliseconds(np.array([number]))[0])
        )
    return np.fromiter((known[value] for value in values), np.int64, len(values))


def milliseconds(found: Ints) -> Ints:
    """Return epoch times as milliseconds; they are seconds, milliseconds or microseconds."""
    scaled = np.where(
        found < _SECONDS_BELOW, np.minimum(found, _SECONDS_BELOW) * 1000,
        np.where(found < _MILLISECONDS_BELOW, found, found // 1000),
    )  # fmt: skip
    return np.where((found < 0) | (scaled > _LAST), NEVER, scaled)


def _iso(value: Any) -> int:
    try:
        found = dt.datetime.fromisoformat(str(value).replace(" UTC", "+00:00"))
    except ValueError:
        return NEVER
    found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return (found - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
