"""How the state of a key lies in a row: a version, a checksum, and a MessagePack array.

Moments are written as differences, which are short. Integers beyond 64 bits, which MessagePack does
not know, are written as an array of one byte string.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import msgspec

from vermilion.errors import StorageError

VERSION = 1
"""First byte of a row."""

Packed = int | str | tuple[bytes]
"""A value in a row; the array of one is a large integer."""

T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode
_HEAD = 5


def pack(body: Sequence[Any]) -> bytes:
    """Return a row that holds some values; large integers are narrowed before."""
    packed = _encode(body)
    return bytes((VERSION,)) + zlib.crc32(packed).to_bytes(4, "big") + packed


def unpack(raw: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T:
    """Return what a row holds.

    Raises:
        StorageError: the row is of another version, or damaged.
    """
    if raw[:1] != bytes((VERSION,)):
        raise damaged("unknown version")
    body = raw[_HEAD:]
    if zlib.crc32(body).to_bytes(4, "big") != raw[1:_HEAD]:
        raise damaged("wrong checksum")
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise damaged(error) from None


def damaged(error: object) -> StorageError:
    """Return the error for a row that cannot be read."""
    return StorageError(
        "state_damaged",
        f"the stored state of a window cannot be read: {error}",
        help="delete the state; it is rebuilt from the record",
    )


def differences(moments: Sequence[int]) -> list[int]:
    """Return the first of some moments and the steps from each to the next."""
    return [*moments[:1], *(b - a for a, b in pairwise(moments))]


def moments_of(differences: Sequence[int], values: Sequence[object]) -> array[int]:
    """Return moments from their differences.

    Raises:
        StorageError: there is not one for each value, or they do not ascend.
    """
    if len(differences) != len(values) or min(differences[1:], default=0) < 0:
        raise damaged("moments and values do not match")
    return array("q", accumulate(differences))


def narrow(value: Any) -> Any:
    """Return a value as it is written."""
    if type(value) is int and not -(2**63) <= value < 2**64:
        return (value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True),)
    return value


def narrow_all(values: Any) -> Any:
    """Return a value, or a list or mapping of values, as it is written."""
    match values:
        case list():
            return [narrow(one) for one in values]
        case dict():
            return {narrow(one): count for one, count in values.items()}
    return narrow(values)


def widen(value: Any) -> Any:
    """Return a value as it was before `narrow`."""
    return int.from_bytes(value[0], "little", signed=True) if type(value) is tuple else value
