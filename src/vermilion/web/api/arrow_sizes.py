"""How large the compressed buffers of an Arrow IPC message become, read before they are unpacked.

pyarrow makes room for whatever a message says of itself: a few kilobytes may say gigabytes.
Source: Arrow Columnar Format, "Encapsulated message format" and "Compression", with Message.fbs; and
FlatBuffers Internals: a table begins with the distance back to the places of its fields.
"""

from __future__ import annotations

import struct
from typing import Any

from vermilion.errors import DataError

_HEADER = 2  # of Message
_DATA = 1  # of DictionaryBatch
_BUFFERS, _COMPRESSION = 2, 3  # of RecordBatch


def unpacked_size(message: Any) -> int:
    """Return the bytes that the compressed buffers of a message say that they unpack to.

    Raises:
        DataError: `not_arrow`.
    """
    if message.type not in {"record batch", "dictionary"}:
        return 0
    data = message.metadata.to_pybytes()
    try:
        batch = _led_to(data, _field(data, _led_to(data, 0), _HEADER))
        if message.type == "dictionary":
            batch = _led_to(data, _field(data, batch, _DATA))
        if not _field(data, batch, _COMPRESSION):
            return 0
        buffers = _led_to(data, _field(data, batch, _BUFFERS))
        (count,) = struct.unpack_from("<I", data, buffers)
        places = struct.iter_unpack("<qq", data[buffers + 4 : buffers + 4 + 16 * count])
        body = memoryview(message.body)
        sizes = (struct.unpack_from("<q", body, begin)[0] for begin, size in places if size)
        return sum(max(size, 0) for size in sizes)  # -1 stands for a buffer that is not compressed
    except struct.error:
        raise DataError("not_arrow", "the body is no Arrow stream: a message is damaged") from None


def _led_to(data: bytes, at: int) -> int:
    """Return where the reference at a place leads."""
    return at + int(struct.unpack_from("<I", data, at)[0])


def _field(data: bytes, table: int, number: int) -> int:
    """Return the place of a table's field; 0 where the table lacks it."""
    fields = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, fields)
    at = 4 + 2 * number
    if at >= size:
        return 0
    (distance,) = struct.unpack_from("<H", data, fields + at)
    return table + distance if distance else 0
