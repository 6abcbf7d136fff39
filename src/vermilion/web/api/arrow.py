"""Events out of an Arrow IPC stream: a column `event` of JSON texts, or a column for each field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from vermilion.errors import DataError, UsageError
from vermilion.intake.columnar import batch_rows, row_json
from vermilion.intake.items import MAX_LINE_BYTES, Fault
from vermilion.web.api.arrow_sizes import unpacked_size
from vermilion.web.api.asked import TooLargeError

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

MOST_BYTES = 2**25
"""Bytes of a stream, and of what it unpacks to. Policy."""

_BEGINS = b"\xff\xff\xff\xff"
"""With these bytes every message of a stream begins, and no text does (Arrow IPC format)."""

_TOO_LONG = b" " * (MAX_LINE_BYTES + 1)
"""Stands for a row that is longer than a line may be."""

_NOT_UTF8 = b"\xff"
"""Stands for a row with text that is none."""


class NotTakenError(UsageError):
    """A form of body that this desk does not take."""

    http_status = 415


async def texts_only(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass the parts of a body on, unless it is an Arrow stream that nobody called one.

    Raises:
        NotTakenError: `arrow_unnamed`.
    """
    head = b""
    async for chunk in chunks:
        if len(head) < len(_BEGINS):
            head += chunk[: len(_BEGINS)]
            if head.startswith(_BEGINS):
                raise NotTakenError(
                    "arrow_unnamed",
                    "this is an Arrow stream, and the request does not say so",
                    help=f"send it with `Content-Type: {MEDIA_TYPE}`",
                )
        yield chunk


async def arrow_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the rows of a stream as JSON, in order; a null is a field that is absent.

    Nothing is looked at before it is known that it stays within the stream: pyarrow itself follows
    wherever offsets lead. Whoever else asks comes in between two rows.

    Raises:
        DataError: `not_arrow`.
        NotTakenError: `type_not_taken`.
        TooLargeError: `arrow_too_large`.
    """
    import pyarrow as arrow

    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    try:
        stream = arrow.py_buffer(body)
        if sum(map(unpacked_size, arrow.ipc.MessageReader.open_stream(stream))) > MOST_BYTES:
            raise _too_large()
        with arrow.ipc.open_stream(stream) as reader:
            bare = [_bare(one) for one in reader.schema.types]
            for batch in reader:
                await asyncio.sleep(0)
                if batch.nbytes > MOST_BYTES:
                    raise _too_large()
                for column, kind in zip(batch.columns, bare, strict=True):
                    _check(column, kind)
                for row in batch_rows(batch):
                    yield _standing_for(row) if isinstance(row, Fault) else row_json(row)
                    await asyncio.sleep(0)
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            "not_arrow",
            f"the body is no Arrow stream: {str(error).splitlines()[0]}",
            help="send an Arrow IPC stream, not a file",
        ) from None


def _check(column: Any, bare: Any) -> None:
    """Refuse a column that leads out of its stream; what is only no UTF-8 is told row by row."""
    import pyarrow as arrow

    try:
        column.validate(full=True)
    except arrow.ArrowInvalid:
        column.view(bare).validate(full=True)


def _bare(kind: Any) -> Any:
    """Return a type with bytes in place of text.

    Raises:
        NotTakenError: `type_not_taken`: values of the type may take far more than their bytes.
    """
    import pyarrow as arrow

    types = arrow.types
    if _is_flat(kind):
        large = types.is_large_string(kind)
        return arrow.large_binary() if large else arrow.binary() if types.is_string(kind) else kind
    if types.is_struct(kind):
        return arrow.struct([one.with_type(_bare(one.type)) for one in kind])
    if types.is_list(kind):
        return arrow.list_(kind.value_field.with_type(_bare(kind.value_type)))
    if types.is_large_list(kind):
        return arrow.large_list(kind.value_field.with_type(_bare(kind.value_type)))
    if types.is_map(kind) and _is_flat(kind.key_type) and _is_flat(kind.item_type):
        return arrow.map_(_bare(kind.key_type), _bare(kind.item_type))
    if types.is_dictionary(kind) and _is_flat(kind.value_type):
        return arrow.dictionary(kind.index_type, _bare(kind.value_type), kind.ordered)
    if types.is_null(kind):
        return kind
    raise NotTakenError(
        "type_not_taken",
        f"columns of the type `{str(kind)[:80]}` are not taken",
        help="write texts, numbers, times, structs, lists, maps and dictionaries of these",
    )


def _is_flat(kind: Any) -> bool:
    """Tell whether each value of a type is a number, a moment or a text of its own."""
    from pyarrow import types

    text = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in (types.is_primitive, types.is_decimal, *text))


def _standing_for(fault: Fault) -> bytes:
    return _TOO_LONG if fault.code == "too_long" else _NOT_UTF8


def _too_large() -> TooLargeError:
    return TooLargeError(
        "arrow_too_large",
        f"the stream, or what it unpacks to, is larger than {MOST_BYTES:,} bytes",
        help="send it in parts",
    )
