"""The items of a file that is one JSON array, cut out without holding the array."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vermilion.intake.items import MAX_LINE_BYTES, Fault
from vermilion.intake.source import TOO_LONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vermilion.intake.source import Line

_MARKS = re.compile(rb'["\\{}\[\],]')

_NO_ARRAY = Fault(
    "json_syntax",
    "the file is not one JSON array, nothing in it was read",
    "write `[` before the first row and `]` after the last, or give one row a line as NDJSON",
)
_CUT_OFF = Fault(
    "json_truncated",
    "the file ends before its array does",
    "copy or export the file again",
)
_TRAILING = Fault(
    "json_trailing_data",
    "something follows the array",
    "write one array in a file, with nothing before or after it",
)


def array_items(chunks: Iterable[bytes | Fault]) -> Iterator[Line]:
    """Yield the items of an array, each with the number of the line on which it begins.

    Args:
        chunks: the file's text in order, cut anywhere.
    """
    cutter = _Cutter()
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield cutter.line, chunk
            return
        yield from cutter.cut(chunk)
        if cutter.failed:
            return
    if not cutter.ended:
        yield cutter.line, _CUT_OFF if cutter.depth else _NO_ARRAY


class _Cutter:
    """Follows quotes and brackets, and cuts at the commas of the outermost array."""

    def __init__(self) -> None:
        self.line = 1
        self.depth = 0
        self.ended = self.failed = False
        self._quoted = self._escaped = self._long = False
        self._held = b""

    def cut(self, chunk: bytes) -> Iterator[Line]:
        """Yield the items that end in a chunk."""
        begin = self._begin(chunk)
        if self.failed or (not self.depth and chunk[begin:].strip()):
            self.failed = True
            yield self.line, _TRAILING if self.ended else _NO_ARRAY
        at = begin
        if self._escaped and chunk:
            at, self._escaped = at + 1, False
        while self.depth and (found := _MARKS.search(chunk, at)) is not None:
            at = found.end()
            if self._ends_item(found[0]):
                yield from self._item(chunk[begin : at - 1])
                begin = at
            elif found[0] == b"\\":
                self._escaped = at == len(chunk)
                at += 1
        if self.depth:
            self._hold(chunk[begin:])
        elif self.ended and chunk[begin:].strip() and not self.failed:
            self.failed = True
            yield self.line, _TRAILING

    def _begin(self, chunk: bytes) -> int:
        """Return where a chunk goes on: behind the bracket that opens the array, in the first."""
        if self.depth or self.ended:
            return 0
        text = chunk.lstrip()
        begin = len(chunk) - len(text)
        self.line += chunk.count(b"\n", 0, begin)
        if text.startswith(b"["):
            self.depth = 1
            return begin + 1
        return begin

    def _ends_item(self, mark: bytes) -> bool:
        """Take a mark into account; tell whether an item of the array ends there."""
        if mark == b'"':
            self._quoted = not self._quoted
        elif self._quoted or mark == b"\\":
            return False
        elif mark in b"{[":
            self.depth += 1
        elif mark in b"}]":
            self.depth -= 1
            self.ended = self.depth == 0
            return self.ended
        else:
            return self.depth == 1
        return False

    def _item(self, tail: bytes) -> Iterator[Line]:
        self._hold(tail)
        held, self._held = self._held, b""
        text = held.lstrip()
        breaks = held.count(b"\n", 0, len(held) - len(text))
        if self._long:
            yield self.line, TOO_LONG
        elif text:
            yield self.line + breaks, text.rstrip()
        self.line += held.count(b"\n")
        self._long = False

    def _hold(self, part: bytes) -> None:
        self._held += part
        if len(self._held) > MAX_LINE_BYTES:
            self.line += self._held.count(b"\n")
            self._held, self._long = b"", True
