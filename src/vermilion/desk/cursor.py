"""Where a page of a list ends, as a text that comes back for the next page of the same list."""

from __future__ import annotations

import re
from typing import NamedTuple

from vermilion.errors import UsageError


class Place(NamedTuple):
    """A place in a list: some whole numbers, and a digest where they do not tell it alone."""

    numbers: tuple[int, ...]
    digest: bytes = b""


class Cursors:
    """Makes and reads the cursors of one list; those of any other are refused.

    Args:
        of: the list's name, with which its cursors begin.
        numbers: how many numbers a place has.
        digest: whether it has a digest of 16 bytes besides.
    """

    def __init__(self, of: str, numbers: int = 1, *, digest: bool = False) -> None:
        self._of = of
        last = r"\.([0-9a-f]{32})" if digest else "()"
        said = rf"{of}((?:\.-?\d{{1,16}}){{{numbers}}}){last}\Z"
        self._match = re.compile(said, re.ASCII).match

    def text(self, *numbers: int, digest: bytes = b"") -> str:
        """Return the cursor of a place."""
        parts = [self._of, *(str(int(one)) for one in numbers)]
        return ".".join([*parts, digest.hex()] if digest else parts)

    def place(self, text: str) -> Place:
        """Return the place that a cursor stands for.

        Raises:
            UsageError: `bad_cursor`.
        """
        read = self._match(text)
        if read is None:
            raise unknown_place()
        return Place(tuple(map(int, read[1][1:].split("."))), bytes.fromhex(read[2]))

    def after(self, text: str | None) -> int | None:
        """Return the only number of a place; None where no page comes before.

        Raises:
            UsageError: `bad_cursor`, also where it is below 0.
        """
        if text is None:
            return None
        number = self.place(text).numbers[0]
        if number < 0:
            raise unknown_place()
        return number


def unknown_place() -> UsageError:
    """Return the error that a cursor leads nowhere."""
    return UsageError(
        "bad_cursor",
        "the cursor is none of a page of this list",
        help="take it from `next` of the page before, with the same query",
    )
