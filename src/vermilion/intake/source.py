"""Bytes of a file as bounded lines: compression is undone, the encoding checked, long lines cut off.

Memory stays bounded whatever the file holds: no line longer than `MAX_LINE_BYTES` is kept, and
compressed input is expanded in pieces.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING

from vermilion.errors import DataError
from vermilion.intake.items import MAX_LINE_BYTES, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

CHUNK_BYTES = 2**18
PIECE_BYTES = 2**23
"""Bytes of whole lines that are looked at together. Policy."""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SLICE = 1_024
"""Compressed bytes undone at once: at most 32 MiB come of them."""
_ZSTD_WINDOW = 2**27
_UTF8_BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
}

TOO_LONG = Fault(
    "too_long",
    f"the line is longer than {MAX_LINE_BYTES:,} bytes",
    "split the event, or check that a line break is not missing",
)
_UTF16 = Fault(
    "encoding_utf16",
    "the file is written in UTF-16 or UTF-32, nothing in it was read",
    "save the file as UTF-8",
)
_GZIP_DAMAGED = Fault(
    "gzip_damaged",
    "the compressed file is damaged or cut off here, what follows is lost",
    "copy or export the file again; `gzip -t` checks it",
)

_ZSTD_DAMAGED = Fault(
    "zstd_damaged",
    "the compressed file is damaged or cut off here, what follows is lost",
    "copy or export the file again; `zstd --test` checks it",
)

_NOT_GB18030 = Fault(
    "encoding_not_gb18030",
    "the line is not written in GB18030, as the mapping says",
    "save the file as UTF-8 and leave `encoding` out of the mapping",
)

Line = tuple[int, bytes | Fault]
"""A line's number, counted from 1, and its bytes without the line break, or why it is unreadable."""


def read_lines(path: Path, on_bytes: Callable[[int], None] | None) -> Iterator[Line]:
    """Yield a file's lines; a fault stands in place of a line that cannot be had.

    Raises:
        DataError: the file cannot be opened or read.
    """
    return split_lines(read_chunks(path, on_bytes))


def read_chunks(path: Path, on_bytes: Callable[[int], None] | None) -> Iterator[bytes | Fault]:
    """Yield a file's text in pieces that are cut anywhere; a fault is the last item.

    Raises:
        DataError: the file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            yield from plain_chunks(_raw_chunks(file, on_bytes))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def read_pieces(
    path: Path, on_bytes: Callable[[int], None] | None
) -> Iterator[tuple[int, bytes | Fault]]:
    """Yield a file's text in pieces of whole lines, each with the number of its first line.

    `lines_of` gives the lines of a piece; together they are those that `read_lines` gives.

    Raises:
        DataError: the file cannot be opened or read.
    """
    return _whole_lines(read_chunks(path, on_bytes))


def lines_of(number: int, piece: bytes | Fault) -> Iterator[Line]:
    """Yield the lines of a piece that begins with the line of that number."""
    if isinstance(piece, Fault):
        yield number, piece
        return
    for at, line in enumerate(piece.removesuffix(b"\n").split(b"\n"), number):
        yield at, line if len(line) <= MAX_LINE_BYTES else TOO_LONG


def _whole_lines(chunks: Iterable[bytes | Fault]) -> Iterator[tuple[int, bytes | Fault]]:
    number, skipping = 1, False
    parts: list[bytes] = []
    size = 0
    for chunk in chain(chunks, (None,)):
        if isinstance(chunk, bytes):
            if skipping:
                _, found, chunk = chunk.partition(b"\n")  # noqa: PLW2901 - what is left of it
                skipping = not found
                number += not skipping
            parts.append(chunk)
            size += len(chunk)
            if size < PIECE_BYTES:
                continue
        text = b"".join(parts)
        whole = len(text) if chunk is None else text.rfind(b"\n") + 1
        if whole:
            yield number, text[:whole]
            number += text.count(b"\n", 0, whole)
        if isinstance(chunk, Fault):
            yield number, chunk
            return
        parts, size = [text[whole:]], len(text) - whole
        if size > MAX_LINE_BYTES:
            yield number, TOO_LONG
            parts, size, skipping = [], 0, True


def in_utf8(lines: Iterable[Line], encoding: str) -> Iterator[Line]:
    """Return the lines of a table in UTF-8, whatever it is written in.

    In GB18030 no part of a longer character is a line break or quote, so lines are whole.
    """
    return iter(lines) if encoding == "utf-8" else _recoded(lines, encoding)


def _recoded(lines: Iterable[Line], encoding: str) -> Iterator[Line]:
    for number, line in lines:
        if isinstance(line, Fault):
            yield number, line
            continue
        try:
            yield number, line.decode(encoding).encode()
        except UnicodeDecodeError:
            yield number, _NOT_GB18030


def unreadable(path: Path, error: Exception) -> DataError:
    """Return the error that says that a file cannot be read."""
    why = (getattr(error, "strerror", None) or str(error)).lower()
    return DataError(
        "file_unreadable",
        f"cannot read the file: {why}",
        help="check the path and the permission to read it",
        where=str(path),
    )


def _raw_chunks(file: BinaryIO, on_bytes: Callable[[int], None] | None) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        if on_bytes is not None:
            on_bytes(len(chunk))
        yield chunk


def plain_chunks(raw: Iterator[bytes]) -> Iterator[bytes | Fault]:
    """Yield the text bytes of a file in pieces; a fault is the last item."""
    first = next(raw, b"")
    whole = chain((first,), raw)
    chunks: Iterator[bytes | Fault]
    if first.startswith(_GZIP_MAGIC):
        chunks = _gunzip(whole)
    elif first.startswith(_ZSTD_MAGIC):
        chunks = _unzstd(whole)
    else:
        chunks = iter(whole)
    head = b""
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield from (head, chunk)
            return
        head += chunk
        if len(head) >= 4:
            break
    if fault := _foreign(head):
        yield fault
        return
    yield head.removeprefix(_UTF8_BOM)
    yield from chunks


def _foreign(head: bytes) -> Fault | None:
    zeros = tuple(byte == 0 for byte in head[:4])
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or zeros in {
        (True, False, True, False),
        (False, True, False, True),
        (True, True, True, False),
        (False, True, True, True),
        (True, True, False, False),
    }:
        return _UTF16
    if name := _FOREIGN.get(head[:4]):
        return Fault(
            "format_unsupported",
            f"the file is {name}, nothing in it was read",
            "export it as NDJSON or CSV in UTF-8",
        )
    return None


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """Undo gzip, member by member, at most `CHUNK_BYTES` at a time."""
    member = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        data = chunk
        while data:
            if member.eof:
                data = data.lstrip(b"\0")  # padding between members is allowed
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            before = member.copy()
            try:
                yield member.decompress(data, CHUNK_BYTES)
            except zlib.error:
                yield from _salvage(before, data)
                yield _GZIP_DAMAGED
                return
            data = member.unused_data if member.eof else member.unconsumed_tail
    while not member.eof:
        tail = member.decompress(b"", CHUNK_BYTES)
        if not tail:
            yield _GZIP_DAMAGED
            return
        yield tail


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """Undo Zstandard, frame by frame."""
    import zstandard

    undoing = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = undoing.decompressobj()
    for chunk in chunks:
        for begin in range(0, len(chunk), _ZSTD_SLICE):
            data = chunk[begin : begin + _ZSTD_SLICE]
            while data:
                if frame.eof:
                    frame = undoing.decompressobj()
                try:
                    plain = frame.decompress(data)
                except zstandard.ZstdError:
                    yield _ZSTD_DAMAGED
                    return
                if plain:
                    yield plain
                data = frame.unused_data if frame.eof else b""
    if not frame.eof:
        yield _ZSTD_DAMAGED


def _salvage(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Yield what a damaged piece holds before its damage, found byte by byte."""
    for position in range(len(data)):
        try:
            out = member.decompress(data[position : position + 1])
        except zlib.error:
            return
        if out:
            yield out


def split_lines(chunks: Iterable[bytes | Fault]) -> Iterator[Line]:
    """Yield numbered lines from pieces of text, holding at most one bounded line."""
    number = 0
    held: list[bytes] = []
    held_bytes = 0
    skipping = False
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield number + 1, chunk
            return
        first, *lines = chunk.split(b"\n")
        if not skipping:
            held.append(first)
            held_bytes += len(first)
        if lines:
            lines.insert(0, b"".join(held))
            held = [lines.pop()]
            held_bytes = len(held[0])
            if skipping:
                del lines[0]
                number += 1
                skipping = False
            for line in lines:
                number += 1
                yield number, line if len(line) <= MAX_LINE_BYTES else TOO_LONG
        if held_bytes > MAX_LINE_BYTES:
            yield number + 1, TOO_LONG
            held, held_bytes, skipping = [], 0, True
    if last := b"".join(held):
        yield number + 1, last
