"""The one form in which an event is written, its bytes and their digest."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from vermilion.facts.events import Event

_CANONICAL = msgspec.json.Encoder(order="sorted")


def canonical_form(event: Event) -> tuple[Event, bytes]:
    """Return an event in its one form, and its canonical bytes.

    Objects that state nothing, such as `"kyc": {}`, are left out: what they hold is unknown, and
    unknown has one form.
    """
    canonical = canonical_bytes(event)
    if b"{}" not in canonical:
        return event, canonical
    plain = msgspec.to_builtins(event)
    fields = {field: _stated(value) for field, value in plain["data"].items()}
    plain["data"] = {field: value for field, value in fields.items() if value != {}}
    formed: Event = msgspec.convert(plain, Event, str_keys=True)
    return formed, canonical_bytes(formed)


def _stated(value: Any) -> Any:
    if isinstance(value, list):
        return [_stated(item) for item in value]
    if isinstance(value, dict):
        fields = {field: _stated(item) for field, item in value.items()}
        return {field: item for field, item in fields.items() if item != {}}
    return value


def canonical_bytes(event: Event) -> bytes:
    """Write an event in its one form: JSON, keys sorted, no blanks, unknown fields left out.

    The form agrees with RFC 8785 for what events may hold: no fractions, no integer past 2^53. Keys
    are sorted by code point, which differs only for a provenance path with characters past U+FFFF.
    """
    return _CANONICAL.encode(event)


def event_digest(canonical: bytes) -> str:
    """Return the lower-case hexadecimal SHA-256 of an event's canonical bytes."""
    return hashlib.sha256(canonical).hexdigest()
