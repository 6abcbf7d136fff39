"""What an event states of its business: the terms to which its permit holds it."""

from __future__ import annotations

from typing import Any

import msgspec

from vermilion.facts.events import Event

BESIDE = frozenset({"inline", "provenance"})
"""Fields of an event's data that are no terms of the business."""


def terms_stated(event: Event) -> dict[str, Any]:
    """Return what an event states of its business, by field, as plain data."""
    data: dict[str, Any] = msgspec.to_builtins(event.data)
    return {field: value for field, value in data.items() if field not in BESIDE}
