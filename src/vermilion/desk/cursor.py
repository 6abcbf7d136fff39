"""Where a page of cases, or of what waits, ends, as a text that comes back for the next one."""

from __future__ import annotations

import re

from vermilion.errors import UsageError

_CURSOR = re.compile(r"(-?\d{1,15}(?:\.-?\d{1,15}){0,2})\.([0-9a-f]{32})\Z", re.ASCII)


def cursor(numbers: tuple[int, ...], cause: bytes) -> str:
    """Return the text of a place: some whole numbers and a cause."""
    return ".".join([*(str(int(one)) for one in numbers), cause.hex()])


def place(text: str, count: int) -> tuple[tuple[int, ...], bytes]:
    """Return the place that a text stands for, which has so many numbers.

    Raises:
        UsageError: `bad_cursor`.
    """
    read = _CURSOR.match(text)
    numbers = () if read is None else tuple(int(one) for one in read[1].split("."))
    if read is None or len(numbers) != count:
        raise unknown_place()
    return numbers, bytes.fromhex(read[2])


def unknown_place() -> UsageError:
    """Return the error that a cursor leads nowhere."""
    return UsageError(
        "bad_cursor",
        "the cursor is none of a page of this list",
        help="take it from `next` of the page before, with the same query",
    )
