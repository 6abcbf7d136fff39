"""What reading a file yields: events received and rejects, and the limits on what is read."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import msgspec

from vermilion.facts.dates import FIRST_YEAR, LAST_YEAR
from vermilion.facts.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINE_BYTES = 2**20
"""Longest line or table row that is read; a longer one is rejected without being held."""

MAX_DEPTH = 64
"""Deepest nesting of objects and lists in one line of JSON."""

_SHOWN = 60
_LONGEST_FIELD = 200
_LONGEST_REASON = 500


class Received(msgspec.Struct, frozen=True, gc=False):
    """An event, its canonical bytes, and the line (for a table, the row's first line) it is from."""

    event: Event
    canonical: bytes
    file: str
    line: int


class Reject(msgspec.Struct, frozen=True):
    """A line or row that gave no event: where, which field, why, and what to do about it."""

    file: str
    line: int
    field: str | None
    code: str
    reason: str
    remedy: str


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a piece of input, before it is known where the piece lies."""

    code: str
    reason: str
    remedy: str
    field: str | None = None

    def at(self, file: str, line: int) -> Reject:
        """Return the reject that this fault makes of a line."""
        field = self.field and _printable(self.field, _LONGEST_FIELD)
        reason = _printable(self.reason, _LONGEST_REASON)
        return Reject(file, line, field, self.code, reason, self.remedy)

    def of(self, field: str | None) -> Fault:
        """Return the same fault said of a field."""
        return msgspec.structs.replace(self, field=field)


def out_of_range(time: object) -> Fault:
    """Return the fault of a time that exists and lies too far away to be meant."""
    return Fault(
        "time_out_of_range",
        f"{shown(time)} is not in the years {FIRST_YEAR} to {LAST_YEAR}",
        "correct the year; where something has no end, leave the end out",
    )


def shown(value: object) -> str:
    """Return a value as it may appear in a message: in backticks, printable, of bounded length."""
    return f"`{_printable(str(value), _SHOWN)}`"


def _printable(text: str, longest: int) -> str:
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is nearest to a misspelt one, if any is near."""
    options = {option.lower(): option for option in known}
    near = difflib.get_close_matches(word[:_SHOWN].lower(), options, n=1)
    return options[near[0]] if near else None
