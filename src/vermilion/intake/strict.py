"""One line of JSON becomes a typed event, or the fault that says why it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import is_normalized

import msgspec

from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake.exact import TOO_DEEP, nested_too_deep, parse_exactly
from vermilion.intake.explain import explain
from vermilion.intake.items import MAX_DEPTH, Fault, shown

_decode = msgspec.json.Decoder(Event).decode
_decode_any = msgspec.json.Decoder().decode
_encode_any = msgspec.json.Encoder().encode

_IDENTITY = ("source", "id", "subject", "corrects")
"""Fields of the envelope that name an event or its business, and are compared as written."""

_SUSPICIOUS = re.compile(rb"\\(?:u00[0127]|[bf])")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_event(line: bytes) -> tuple[Event, bytes] | Fault:
    """Return the event of a line with its canonical bytes, or what is wrong with the line."""
    if line.count(b"{") + line.count(b"[") > MAX_DEPTH and nested_too_deep(line):
        return TOO_DEEP
    try:
        event = _decode(line)
    except _UNREADABLE as error:
        return _explain(line, error)
    event, canonical = canonical_form(event)
    if needs_exact_reading(line) or (
        line.count(b",") != canonical.count(b",") and not keeps_every_pair(line, _decode_any(line))
    ):
        exact = parse_exactly(line)
        if isinstance(exact, Fault):
            return exact
    return check_stated(event, canonical) or (event, canonical)


def needs_exact_reading(line: bytes) -> bool:
    """Say whether a line may hold a control character, or a comma written as an escape."""
    return b"\x7f" in line or (b"\\" in line and _SUSPICIOUS.search(line) is not None)


def keeps_every_pair(line: bytes, decoded: object) -> bool:
    """Say whether decoding a line loses no pair of key and value.

    INVARIANT: an object that states a key twice has a comma that its decoded form lacks; commas
    within texts are kept and nothing adds one. So a rewriting with as many commas as the line has
    lost no pair. The canonical bytes, in which unknown fields cost commas too, are tried before.
    """
    return line.count(b",") == _encode_any(decoded).count(b",")


def check_stated(event: Event, canonical: bytes) -> Fault | None:
    """Return the fault of an event whose fields can be read, and yet cannot be meant."""
    for name in _IDENTITY:
        text = getattr(event, name)
        if text is not None and not text.isascii() and not is_normalized("NFC", text):
            return Fault(
                "not_normalised",
                f"{shown(text)} is written with characters in parts, and would be another id "
                "than the same text written with whole ones",
                "write ids in the Unicode form NFC",
                name,
            )
    if b'"amount":-' in canonical or b'"amount":"-' in canonical:
        return Fault(
            "money_negative",
            "an amount of money is below zero",
            "state what was paid or asked as 0 or more; who pays whom is in the parties",
            next(_negative(_decode_any(canonical), "")),
        )
    return None if event.data.inline is None else check_inline(event)


def _negative(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of negative amounts in a canonical event."""
    if isinstance(value, dict):
        if str(value.get("amount", "")).startswith("-"):
            yield f"{path}.amount"
        for name, part in value.items():
            yield from _negative(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _negative(part, f"{path}[{index}]")


def check_inline(event: Event) -> Fault | None:
    """Return the fault of an event that states the same inline entity twice."""
    inline = event.data.inline
    for kind in inline.__struct_fields__ if inline else ():
        seen: set[str] = set()
        for index, entity in enumerate(getattr(inline, kind)):
            if entity.id in seen:
                return Fault(
                    "duplicate_inline_id",
                    f"{shown(entity.id)} is described twice in the same event",
                    "describe each party, platform, work and token once",
                    f"data.inline.{kind}[{index}].id",
                )
            seen.add(entity.id)
    return None


def _explain(line: bytes, error: Exception) -> Fault:
    exact = parse_exactly(line)
    if isinstance(exact, Fault):
        return exact
    if isinstance(error, msgspec.ValidationError):
        return explain(exact, str(error))
    return Fault("json_syntax", "the line is not JSON", "write the file with a JSON library")
