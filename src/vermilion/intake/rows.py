"""Rows of foreign tables: CSV by RFC 4180, and lines of foreign JSON objects."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from vermilion.intake.exact import (
    CONTROL,
    NUL_CHARACTER,
    TOO_DEEP,
    nested_too_deep,
    parse_exactly,
    read_text,
)
from vermilion.intake.items import MAX_LINE_BYTES, Fault
from vermilion.intake.strict import keeps_every_pair, needs_exact_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vermilion.intake.source import Line

MAX_ROW_LINES = 10_000
"""Most lines that one row of a table may span."""

# Fractions stay the text that they are, so that amounts are exact.
_decode_any = msgspec.json.Decoder(float_hook=str).decode

_OPEN_QUOTE = Fault(
    "csv_quote",
    f"a quote opens in this line and does not close within {MAX_LINE_BYTES:,} bytes",
    'close the quote, or write a quote that is meant as `""` in a quoted field',
)
_BAD_QUOTE = Fault(
    "csv_quote",
    "a quote or line break stands where none may",
    'put the whole field in quotes and write a quote that is meant as `""`',
)
_LONG_FIELD = Fault(
    "too_long",
    f"a field is longer than {csv.field_size_limit():,} characters",
    "leave the column out of the export, or check that a quote is not missing",
)


def csv_rows(
    lines: Iterable[Line], delimiter: str = ","
) -> Iterator[tuple[int, list[str] | Fault]]:
    """Yield the rows of a CSV file, each with the number of the line in which it starts.

    A quote that never closes costs one line: reading resumes with the line after it, so that later
    rows are not lost with it.
    """
    source = iter(lines)
    ahead: deque[Line] = deque()
    while (entry := ahead.popleft() if ahead else next(source, None)) is not None:
        number, line = entry
        if isinstance(line, Fault):
            yield number, line
        elif line and not line.isspace():
            whole = _close_quotes(line, source, ahead) if b'"' in line else line
            yield (
                number,
                _OPEN_QUOTE if whole is None else _fields(whole.removesuffix(b"\r"), delimiter),
            )


def _close_quotes(line: bytes, source: Iterator[Line], ahead: deque[Line]) -> bytes | None:
    """Return the row that starts with a line, or None if its quote does not close.

    Lines read on the way stay in `ahead` unless they belong to the row. Between the line and the
    one that closes its quote none has an odd number of quotes, so no line is searched twice.
    """
    if line.count(b'"') % 2 == 0:
        return line
    parts = [line]
    size = len(line)
    for taken in range(MAX_ROW_LINES):
        if taken == len(ahead):
            following = next(source, None)
            if following is None:
                return None
            ahead.append(following)
        part = ahead[taken][1]
        if isinstance(part, Fault):
            return None
        parts.append(part)
        size += len(part) + 1
        if size > MAX_LINE_BYTES:
            return None
        if part.count(b'"') % 2:
            for _ in range(taken + 1):
                ahead.popleft()
            return b"\n".join(parts)
    return None


def _fields(row: bytes, delimiter: str) -> list[str] | Fault:
    text = read_text(row)
    if isinstance(text, Fault):
        return text
    if not text.isprintable() and CONTROL.search(text):
        return NUL_CHARACTER
    if '"' not in text and "\r" not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return _LONG_FIELD if "field larger" in str(error) else _BAD_QUOTE


def json_rows(lines: Iterable[Line]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Yield the objects of lines of JSON; fractions are given as the text they are written in."""
    for number, line in lines:
        if isinstance(line, Fault):
            yield number, line
        elif line and not line.isspace():
            yield number, _json_object(line)


def _json_object(line: bytes) -> dict[str, Any] | Fault:
    if nested_too_deep(line):
        return TOO_DEEP
    try:
        row = _decode_any(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        row = None
    if row is None or needs_exact_reading(line) or not keeps_every_pair(line, row):
        exact = parse_exactly(line)
        if isinstance(exact, Fault):
            return exact
    if not isinstance(row, dict):
        return Fault("wrong_type", "the line is not an object", "write each row as `{...}`")
    return row
