"""Refuse events that only the desk itself may make."""

from __future__ import annotations

from vermilion.errors import DataError
from vermilion.facts.events import ErasureEvent, Event, ListEvent


def refused_from_outside(event: Event) -> DataError | None:
    """Return why an event cannot come from outside; None where it can."""
    if isinstance(event, ListEvent):
        return DataError(
            "list_from_outside",
            "a watch list is put in force by its content, not by an event",
            help="use `vermilion lists add`",
        )
    if isinstance(event, ErasureEvent):
        return DataError(
            "erasure_from_outside",
            "a person is erased by destroying a key, not by an event",
            help="use `vermilion erase`",
        )
    return None
