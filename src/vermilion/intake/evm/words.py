"""Bytes of many rows at once: hex is undone, and words of 32 bytes are taken out, by NumPy."""

from __future__ import annotations

import binascii
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

WORD = 32
ABSENT = -1
BROKEN = -2

_DIGITS = np.full(256, 255, np.uint8)
for _text in (b"0123456789abcdef", b"0123456789ABCDEF"):
    _DIGITS[np.frombuffer(_text, np.uint8)] = np.arange(16, dtype=np.uint8)
_MOST = np.uint64(0x4B3B4CA85A86C47A), np.uint64(0x098A224000000000)
"""10^38 as two words of 64 bits."""


class Cells(NamedTuple):
    """A column of byte strings: where each begins in one buffer, and its size.

    The size is `ABSENT` for a null and `BROKEN` for what is not hex.
    """

    buffer: Bytes
    start: Ints
    size: Ints

    def at(self, rows: Ints) -> Cells:
        """Return some of the rows; nothing is copied but the places."""
        return Cells(self.buffer, self.start[rows], self.size[rows])

    def compacted(self) -> Cells:
        """Return the rows without what else lies in the buffer."""
        parts = [
            self.buffer[begin : begin + max(size, 0)]
            for begin, size in zip(self.start.tolist(), self.size.tolist(), strict=True)
        ]
        length = np.maximum(self.size, 0)
        buffer = np.concatenate([np.zeros(0, np.uint8), *parts])
        return Cells(buffer, np.cumsum(length) - length, self.size)

    def fixed(self, width: int) -> Bytes:
        """Return the rows as a matrix, which they fit; those of another size are zeros."""
        fits = self.size == width
        found = take(self.buffer, np.where(fits, self.start, 0), width)
        if not fits.all():
            found[~fits] = 0
        return found

    def word(self, place: int | Ints) -> Bytes:
        """Return a word of each row, by its place in bytes; zeros where the row ends before."""
        inside = np.asarray(place) + WORD <= self.size
        return take(self.buffer, np.where(inside, self.start + place, -1), WORD)


def joined_cells(parts: list[Cells]) -> Cells:
    """Return columns one under another."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([len(part.buffer) for part in parts])
    moved = [part.start + end - len(part.buffer) for part, end in zip(parts, ends, strict=True)]
    return Cells(
        np.concatenate([part.buffer for part in parts]),
        np.concatenate(moved),
        np.concatenate([part.size for part in parts]),
    )


def take(buffer: Bytes, begin: Ints, width: int) -> Bytes:
    """Return so many bytes from each place as a matrix; zeros where it does not lie in the buffer."""
    inside = (begin >= 0) & (begin + width <= len(buffer))
    if len(buffer) < width:
        return np.zeros((len(begin), width), np.uint8)
    count = len(buffer) - width + 1
    windows: NDArray[Any] = np.ndarray((count,), f"V{width}", buffer, 0, (1,))
    everywhere = bool(inside.all())
    places = begin if everywhere else np.where(inside, begin, 0)
    found = windows[places].view(np.uint8).reshape(-1, width)
    if not everywhere:
        found[~inside] = 0
    return found


def none(count: int) -> Cells:
    """Return a column of nulls."""
    return Cells(np.zeros(0, np.uint8), np.zeros(count, np.int64), np.full(count, ABSENT))


def cells(array: Any) -> Cells:
    """Return an Arrow array of binary or of hex text, with `0x` or without, as bytes.

    Raises:
        TypeError: the array holds something else.
    """
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        # What repeats stays once: a short file that says one long text often stays short.
        found = cells(array.dictionary)
        absent = np.asarray(array.indices.is_null())
        rows = np.asarray(array.indices.fill_null(0)).astype(np.int64)
        if not len(found.start):
            return none(len(array))
        found = found.at(rows)
        found.size[absent] = ABSENT
        return found
    if pa.types.is_null(kind):
        return none(len(array))
    if pa.types.is_fixed_size_binary(kind):
        return _flat(array.cast(pa.binary()))
    if pa.types.is_string_view(kind):
        return cells(array.cast(pa.large_string()))
    if pa.types.is_binary_view(kind):
        return cells(array.cast(pa.large_binary()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _unhexed(_flat(array))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _flat(array)
    raise TypeError(f"{kind} is neither binary nor text")


def _flat(array: Any) -> Cells:
    import pyarrow as pa

    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, places, data = array.buffers()
    if places is None or len(array) == 0:
        return none(len(array))
    kind = np.dtype(np.int64 if wide else np.int32)
    offsets = np.frombuffer(places, kind, len(array) + 1, array.offset * kind.itemsize)
    offsets = offsets.astype(np.int64)
    whole = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    buffer = whole[offsets[0] : offsets[-1]]
    size = np.diff(offsets)
    if array.null_count:
        size[np.asarray(array.is_null())] = ABSENT
    return Cells(buffer, offsets[:-1] - offsets[0], size)


def _unhexed(text: Cells) -> Cells:
    """Undo hex in one piece; rows of odd length are broken, and first made even."""
    length = np.maximum(text.size, 0)
    if (text.start % 2).any() or (length % 2).any() or length.sum() != len(text.buffer):
        text = _evened(text)
        length = np.maximum(text.size, 0)
    buffer, start = text.buffer.copy(), text.start
    long = np.flatnonzero(length >= 2)
    marked = (buffer[start[long]] == ord("0")) & ((buffer[start[long] + 1] | 32) == ord("x"))
    marked = long[marked]
    buffer[start[marked] + 1] = ord("0")
    size = np.where(text.size < 0, text.size, length // 2)
    size[marked] -= 1
    begin = start // 2
    begin[marked] += 1
    try:
        plain = np.frombuffer(binascii.unhexlify(buffer.data), np.uint8)
    except binascii.Error:
        digits = _DIGITS[buffer]
        wrong = np.flatnonzero(digits > 15)
        size[np.searchsorted(start + length, wrong, side="right")] = BROKEN
        pairs = np.minimum(digits, 15).reshape(-1, 2)
        plain = np.asarray(pairs[:, 0] << 4 | pairs[:, 1], np.uint8)
    return Cells(plain, begin, size)


def _evened(text: Cells) -> Cells:
    """Return text cells one after another, those of odd length gone and marked as broken."""
    size = np.where((text.size > 0) & (text.size % 2 == 1), BROKEN, text.size)
    length = np.maximum(size, 0)
    ends = np.cumsum(length)
    start = ends - length
    # One gather over all bytes: each byte's place is its row's begin plus its own within the row.
    places = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(text.start - start, length)
    return Cells(text.buffer[places], start, size)


def whole(words: Bytes) -> tuple[Ints, Mask]:
    """Return words as integers, and which of them are below 2^63; the others are -1."""
    low = np.ascontiguousarray(words[:, 24:]).view(">u8").ravel().astype(np.uint64)
    fits = clear(words, 24) & (low < np.uint64(2**63))
    return np.where(fits, low, 0).astype(np.int64) - ~fits, fits


def amounts(words: Bytes) -> tuple[Bytes, Mask]:
    """Return the lower halves of words, and which words are below 10^38, the widest amount."""
    low = np.ascontiguousarray(words[:, 16:])
    parts = low.view(">u8").astype(np.uint64)
    below = (parts[:, 0] < _MOST[0]) | ((parts[:, 0] == _MOST[0]) & (parts[:, 1] < _MOST[1]))
    return low, below & clear(words, 16)


def addresses(words: Bytes) -> tuple[Bytes, Mask]:
    """Return the addresses that words hold, and which words hold one: the upper 12 bytes are zero."""
    return np.ascontiguousarray(words[:, 12:]), clear(words, 12)


def clear(matrix: Bytes, width: int) -> Mask:
    """Say which rows of a matrix are zero in their first so many bytes, a multiple of four."""
    lanes = np.ascontiguousarray(matrix).view(np.uint32)
    found = lanes[:, 0].copy()
    for place in range(1, width // 4):
        found |= lanes[:, place]
    return np.asarray(found == 0)


def zero(matrix: Bytes) -> Mask:
    """Say which rows of a matrix are zero throughout."""
    return clear(matrix, matrix.shape[1])


def same(one: Bytes, other: Bytes) -> Mask:
    """Say which rows of two matrices are equal."""
    return clear(one ^ other, one.shape[1])


def expanded(counts: Ints) -> tuple[Ints, Ints]:
    """Return for each item of rows with so many items the row and its number within the row."""
    rows = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) - first[rows]
