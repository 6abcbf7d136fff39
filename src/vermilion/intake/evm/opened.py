"""Files opened as batches of logs: what a file is, and how its rows become columns."""

from __future__ import annotations

from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from vermilion.errors import DataError
from vermilion.intake.columnar import MOST_UNPACKED, UnreadableError, is_columnar
from vermilion.intake.evm.lines import EtlLog, JsonLog, RpcLog, answered, columns, parse, whole
from vermilion.intake.evm.logs import (
    TIMES,
    is_blocks_layout,
    is_logs_layout,
    is_transactions_layout,
    plain,
    read_logs,
)
from vermilion.intake.evm.rows import Faults, Logs, joined_logs
from vermilion.intake.items import Fault
from vermilion.intake.source import plain_chunks, read_lines, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vermilion.intake.source import Line

    Batch = tuple[Logs, Faults, int]
    OnBytes = Callable[[int], None] | None

ROWS = 2**16
"""Rows that are decoded together."""
_HEAD = 2**20
_LINES = 8_192
_ANSWER = Fault(
    "answer_damaged",
    "the answer is cut off, or is no answer to eth_getLogs",
    "ask the node again, for fewer blocks if it cuts off",
)
_WANTED = {
    "address", "topics", "topic0", "topic1", "topic2", "topic3", "data", "transactionhash",
    "blocknumber", "logindex", "removed", *TIMES,
}  # fmt: skip


class FileKind(Enum):
    """What a file holds."""

    LOGS = "logs"
    BLOCKS = "blocks"
    TRANSACTIONS = "transactions"
    OTHER = "other"


def file_kind(path: Path) -> FileKind:
    """Tell by its columns, or by the keys of its first object, what a file holds.

    Raises:
        DataError: it cannot be read.
    """
    names = column_names(path)
    if is_logs_layout(names):
        return FileKind.LOGS
    if is_transactions_layout(names):
        return FileKind.TRANSACTIONS
    return FileKind.BLOCKS if is_blocks_layout(names) else FileKind.OTHER


def column_names(path: Path) -> list[str]:
    """Return the names of a file's columns, or the keys of its first object.

    Raises:
        DataError: it cannot be read.
    """
    try:
        if is_columnar(path):
            return list(_schema(path).names)
        with path.open("rb") as file:
            pieces = plain_chunks(iter(lambda: file.read(2**16), b""))
            head = b""
            for piece in pieces:
                head += b"" if isinstance(piece, Fault) else piece
                if len(head) >= _HEAD or b"\n" in head[:-1]:
                    break
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return _first_keys(head)


def _schema(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == b"PAR1":
                return parquet.read_schema(file)
            opened = pa.ipc.open_file if magic == b"ARRO" else pa.ipc.open_stream
            return opened(file).schema
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> UnreadableError:
    said = [*str(error).splitlines(), type(error).__name__]
    return UnreadableError(
        "columnar_damaged",
        f"the file is damaged, cut off, or a column is of another type: {said[0]}",
        help="copy or export it again; bytes are binary or hex text",
        where=str(path),
    )


def _first_keys(head: bytes) -> list[str]:
    line = head.lstrip().split(b"\n", 1)[0].strip()
    if line[:1] not in {b"{", b"["}:
        return [name.strip(' "') for name in line.decode(errors="replace").split(",")]
    # The first object that has no list of objects before it, whether the rest is here or not.
    begin = (
        head.find(b"{", head.find(b'"result"') + 1)
        if b'"jsonrpc"' in head[:200]
        else head.find(b"{")
    )
    for end in _ends(head, begin):
        try:
            found = msgspec.json.decode(head[begin:end])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        return list(found) if isinstance(found, dict) else []
    return []


def _ends(head: bytes, begin: int) -> Iterator[int]:
    end = begin
    for _ in range(1_000):
        end = head.find(b"}", end) + 1
        if begin < 0 or not end:
            return
        yield end


def json_batches(path: Path, on_bytes: OnBytes = None) -> Iterator[Batch]:
    """Yield the logs of a file in JSON or CSV, in parts that end between blocks.

    Raises:
        DataError: it cannot be read, or is one answer that is damaged or too large.
    """
    first = _peek(path)
    if first[:1] not in {b"{", b"["}:
        yield from in_parts(_csv(path))
        return
    kind: type[JsonLog] = RpcLog if b'"logIndex"' in first else EtlLog
    if first[:1] == b"[" or b'"jsonrpc"' in first[:200]:
        yield from in_parts(_answers(_read_all(path, on_bytes), kind))
    else:
        yield from in_parts(_parsed(read_lines(path, on_bytes), kind))


def _peek(path: Path) -> bytes:
    with path.open("rb") as file:
        for piece in plain_chunks(iter(lambda: file.read(2**16), b"")):
            if isinstance(piece, bytes) and piece.strip():
                return piece.lstrip()
    return b""


def _answers(text: bytes, kind: type[JsonLog]) -> Iterator[Batch]:
    """Yield the logs of answers: of one that is the whole file, or one on each line."""
    logs = whole(text, kind)
    if logs is None:
        yield from _parsed(_answer_lines(text), kind)
        return
    for begin in range(0, len(logs), _LINES):
        some = logs[begin : begin + _LINES]
        yield columns(some, range(begin + 1, begin + 1 + len(some))), Faults(), len(some)


def _answer_lines(text: bytes) -> Iterator[Line]:
    number = 1
    for piece in (text,) if _is_json(text) else text.split(b"\n"):
        try:
            logs = answered(piece, number) if piece.strip() else []
        except (msgspec.DecodeError, UnicodeDecodeError):
            logs = [(number, _ANSWER)]
        yield from logs
        number += len(logs)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _read_all(path: Path, on_bytes: OnBytes) -> bytes:
    text = bytearray()
    with path.open("rb") as file:
        for piece in plain_chunks(iter(lambda: file.read(2**20), b"")):
            if isinstance(piece, Fault):
                break
            text += piece
            if on_bytes is not None:
                on_bytes(len(piece))
            if len(text) > MOST_UNPACKED:
                raise DataError(
                    "answer_too_large",
                    f"the answer is larger than {MOST_UNPACKED:,} bytes",
                    help="ask for fewer blocks, or write one log a line",
                    where=str(path),
                )
    return bytes(text)


def _parsed(lines: Iterator[Line], kind: type[JsonLog]) -> Iterator[Batch]:
    while some := list(islice(lines, _LINES)):
        out = Faults()
        logs, numbers = parse(some, kind, out)
        yield columns(logs, numbers), out, len(logs)


def arrow_batches(path: Path, on_bytes: OnBytes = None) -> Iterator[Batch]:
    """Yield the logs of a file in Parquet or Arrow IPC, in parts that end between blocks.

    Raises:
        UnreadableError: the file is damaged.
    """
    yield from in_parts(_arrow(path, on_bytes))


def _arrow(path: Path, on_bytes: OnBytes) -> Iterator[Batch]:
    import pyarrow as pa

    row = told = 0
    try:
        with path.open("rb") as file:
            for batch in _batches(file):
                chosen = [name for name in batch.schema.names if plain(name) in _WANTED]
                yield read_logs(batch.select(chosen), row + 1), Faults(), batch.num_rows
                row += batch.num_rows
                if on_bytes is not None:
                    on_bytes(max(file.tell() - told, 0))
                    told = max(file.tell(), told)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise _damaged(path, error) from None


def _batches(file: Any) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import parquet

    magic = file.read(4)
    file.seek(0)
    if magic == b"PAR1":
        opened = parquet.ParquetFile(file, pre_buffer=False)
        names = [
            column.path for column in opened.schema if plain(column.path.split(".")[0]) in _WANTED
        ]
        # What repeats is kept once, so that a short file cannot grow long by repeating one text.
        kept = [
            c.path for c in opened.schema if c.path in names and c.physical_type == "BYTE_ARRAY"
        ]
        file.seek(0)
        opened = parquet.ParquetFile(file, read_dictionary=kept, pre_buffer=False)
        yield from opened.iter_batches(ROWS, columns=names, use_threads=False)
    elif magic == b"ARRO":
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield from _sliced(reader.get_batch(number))
    else:
        for batch in pa.ipc.open_stream(file):
            yield from _sliced(batch)


def _sliced(batch: Any) -> Iterator[Any]:
    for begin in range(0, batch.num_rows, ROWS):
        yield batch.slice(begin, ROWS)


def _csv(path: Path) -> Iterator[Batch]:
    """Yield the logs of a table in CSV, whose cells are all text."""
    import pyarrow as pa
    from pyarrow import csv

    names = column_names(path)
    row = 0
    try:
        reader = csv.open_csv(
            str(path),
            read_options=csv.ReadOptions(use_threads=False, block_size=2**24),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[name for name in names if plain(name) in _WANTED],
                strings_can_be_null=True,
            ),
        )
        for batch in reader:
            yield read_logs(batch, row + 1), Faults(), batch.num_rows
            row += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from None


def in_parts(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same logs in parts that end between blocks, whatever the batches are.

    While blocks come in order, a part and a block are held; from the first that does not, all.
    """
    held: list[Logs] = []
    faults, read, last = Faults(), 0, -1
    ordered = True
    for logs, found, several in batches:
        faults.found += found.found
        read += several
        known = logs.block[logs.block >= 0]
        ordered &= not len(known) or bool(known[0] >= last and (np.diff(known) >= 0).all())
        last = int(known.max()) if len(known) else last
        held.append(logs)
        if ordered and sum(len(part.row) for part in held) >= ROWS:
            joined = joined_logs(held)
            count = len(joined.row)
            cut = int(np.argmax(joined.block == last)) if last >= 0 else count
            if cut:
                yield joined.at(np.arange(cut)), faults, read - (count - cut)
                held = [joined.at(np.arange(cut, count)).compacted()]
                faults, read = Faults(), count - cut
    if held:
        yield from _rest(joined_logs(held), faults, read, ordered=ordered)


def _rest(logs: Logs, faults: Faults, read: int, *, ordered: bool) -> Iterator[Batch]:
    """Yield what is held in the order of blocks, in parts where it is more than one."""
    count = len(logs.row)
    if not ordered:
        logs = logs.at(np.lexsort((logs.log_index, logs.block)))
    begins = [0]
    while count - begins[-1] > ROWS:
        block = logs.block[begins[-1] + ROWS]
        begin = int(np.searchsorted(logs.block, block)) if not ordered else begins[-1]
        if begin <= begins[-1]:
            begin = int(np.searchsorted(logs.block, block, side="right"))
        if not begins[-1] < begin < count:
            break
        begins.append(begin)
    for first, end in zip(begins, [*begins[1:], count], strict=True):
        last = end == count
        yield logs.at(np.arange(first, end)), faults, read - first if last else end - first
        faults = Faults()
