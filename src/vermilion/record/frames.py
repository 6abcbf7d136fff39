"""Turn entries and checkpoints into the bytes of a segment file, and back.

Byte by byte in docs/record-format.md. Parsing works on any buffer, also a mapped file, and copies
only envelopes and notes: bodies are skipped.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from vermilion.record.envelope import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    Buffer = bytes | mmap

ENTRY_HEAD = struct.Struct(">cHII")
"""Mark `E`, envelope length, body length, CRC-32 of the envelope: 11 bytes, big-endian."""

COMMIT_HEAD = struct.Struct(">cH")
"""Mark `C`, note length: 3 bytes, big-endian."""

SUFFIX = ".log"


class FrameError(ValueError):
    """The bytes at an offset are not a frame; the message says why."""


class EntryFrame(NamedTuple):
    """Where one entry lies: its frame starts at `offset`, its body at `body`, and it ends at `end`."""

    offset: int
    envelope: bytes
    body: int
    end: int


class CommitFrame(NamedTuple):
    """Where one signed checkpoint lies, and its note."""

    offset: int
    note: bytes
    end: int


def segment_name(first: int) -> str:
    """Name the segment file that starts with entry `first`."""
    return f"{first:012d}{SUFFIX}"


def header(origin: str, first: int) -> bytes:
    """Write a segment's header line."""
    return f"vermilion-record/1 {origin} {first}\n".encode()


def commit_frame(note: bytes) -> bytes:
    """Write the frame that closes a group of entries."""
    return COMMIT_HEAD.pack(b"C", len(note)) + note


def parse(data: Buffer, offset: int) -> EntryFrame | CommitFrame:
    """Read the frame at an offset.

    Raises:
        FrameError: no whole frame is there, or its envelope does not fit its CRC-32.
    """
    mark = data[offset : offset + 1]
    if mark == b"E":
        return _parse_entry(data, offset)
    if mark == b"C":
        return _parse_commit(data, offset)
    raise FrameError("no frame starts here")


def find_frame(data: Buffer, offset: int, origin: str) -> int:
    """Return where the next plausible frame starts at or after an offset, or the end of the data.

    A plausible frame is an entry whose envelope opens as envelopes do and fits its CRC-32, or a
    commit whose note opens with the origin. Used only to measure damage.
    """
    entry = _find_head(data, offset, ENTRY_HEAD.size, PREFIX)
    commit = _find_head(data, offset, COMMIT_HEAD.size, origin.encode() + b"\n")
    return min(entry, commit)


def find_commits(data: Buffer, offset: int, origin: str) -> Iterator[CommitFrame]:
    """Yield every plausible commit frame at or after an offset, whatever lies between them."""
    text = origin.encode() + b"\n"
    while (found := _find_head(data, offset, COMMIT_HEAD.size, text)) < len(data):
        yield _parse_commit(data, found)
        offset = found + 1


def _parse_entry(data: Buffer, offset: int) -> EntryFrame:
    start = offset + ENTRY_HEAD.size
    if start > len(data):
        raise FrameError("the frame is cut")
    _, length, body_length, crc = ENTRY_HEAD.unpack_from(data, offset)
    body = start + length
    end = body + body_length
    if end > len(data):
        raise FrameError("the frame is longer than the file")
    envelope = bytes(data[start:body])
    if crc32(envelope) != crc:
        raise FrameError("the envelope does not fit its CRC-32")
    return EntryFrame(offset, envelope, body, end)


def _parse_commit(data: Buffer, offset: int) -> CommitFrame:
    start = offset + COMMIT_HEAD.size
    if start > len(data):
        raise FrameError("the frame is cut")
    end = start + COMMIT_HEAD.unpack_from(data, offset)[1]
    if end > len(data):
        raise FrameError("the frame is longer than the file")
    return CommitFrame(offset, bytes(data[start:end]), end)


def _find_head(data: Buffer, offset: int, head: int, text: bytes) -> int:
    """Find the first frame whose content opens with the text; a frame's head precedes it."""
    mark = b"E" if head == ENTRY_HEAD.size else b"C"
    found = data.find(text, offset + head)
    while found != -1:
        if data[found - head : found - head + 1] == mark:
            try:
                parse(data, found - head)
            except FrameError:
                pass
            else:
                return found - head
        found = data.find(text, found + 1)
    return len(data)
