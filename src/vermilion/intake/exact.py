"""A slow, exact reading of one line of JSON: finds what the fast decoder passes over.

The fast decoder keeps the last of two equal keys and lets control characters through; this reader
names both, and says where a line stops being JSON.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from vermilion.intake.items import MAX_DEPTH, Fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no text may hold: controls but tab and line breaks, and lone surrogates."""

_LONGEST_NUMBER = 40
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_DUPLICATE = object()

NUL_CHARACTER = Fault(
    "nul_character",
    "a text holds a control character or half of a character",
    "take the invisible character out where the text was entered or exported",
)
TOO_DEEP = Fault(
    "too_deep",
    f"objects and lists are nested more than {MAX_DEPTH} levels deep",
    "check the export; no event needs more than a few levels",
)
_NOT_UTF8 = Fault(
    "encoding_not_utf8",
    "the line is not UTF-8 text",
    "save the file as UTF-8; a Chinese export is often GB18030: `iconv -f GB18030 -t UTF-8`",
)


class _Refused(Exception):  # noqa: N818  (carries a fault out of the parser's hooks)
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def nested_too_deep(line: bytes) -> bool:
    """Say whether a line opens more than `MAX_DEPTH` objects and lists inside one another."""
    if line.count(b"{") + line.count(b"[") <= MAX_DEPTH:
        return False
    depth = 0
    for byte in _STRING.sub(b"", line):
        if byte in b"{[":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"}]":
            depth -= 1
    return False


def read_text(raw: bytes) -> str | Fault:
    """Return bytes as text if they are UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _NOT_UTF8


def parse_exactly(line: bytes) -> Any:
    """Return the JSON value of a line, or the fault that makes it none."""
    if nested_too_deep(line):
        return TOO_DEEP
    text = read_text(line)
    if isinstance(text, Fault):
        return text
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except _Refused as refused:
        return refused.fault
    except json.JSONDecodeError as error:
        return _syntax(text, error)
    return next(_faults(value, ""), value)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = _DUPLICATE if key in found else value
    return found


def _constant(word: str) -> object:
    raise _Refused(
        Fault(
            "json_not_finite",
            f"{shown(word)} is not a number",
            "leave the field out, or write null, where the number is unknown",
        )
    )


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _Refused(_out_of_range(digits))
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Refused(_out_of_range(digits))
    return value


def _out_of_range(digits: str) -> Fault:
    return Fault(
        "number_out_of_range",
        f"the number {shown(digits)} is larger than any field can hold",
        "check the unit; amounts have at most 38 digits",
    )


def _syntax(text: str, error: json.JSONDecodeError) -> Fault:
    if error.msg.startswith("Invalid control character"):
        return NUL_CHARACTER
    if error.msg == "Extra data":
        return Fault(
            "json_trailing_data",
            f"something follows the event at character {error.pos + 1}",
            "write one event on each line, with nothing before or after it",
        )
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return Fault(
            "json_truncated",
            "the line ends before the event does",
            "send the event whole; in a file or stream write it on one line, without line breaks inside",
        )
    if error.pos == 0:
        return Fault(
            "json_syntax",
            "the line is not a JSON object",
            "write one JSON object on each line; for a table give a mapping",
        )
    return Fault(
        "json_syntax",
        f"the line is not JSON from character {error.pos + 1} on",
        "write the file with a JSON library",
    )


def _faults(value: object, path: str) -> Iterator[Fault]:
    """Yield a fault for every repeated key and every text with a control character."""
    if value is _DUPLICATE:
        yield Fault(
            "json_duplicate_key",
            "the field is stated twice",
            "state each field once; which of the two is meant cannot be known",
            path,
        )
    elif isinstance(value, str):
        if CONTROL.search(value):
            yield NUL_CHARACTER.of(path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            place = f"{path}.{key}" if path else key
            if CONTROL.search(key):
                yield NUL_CHARACTER.of(place)
            yield from _faults(item, place)
