"""The words of the package: what a window is, and what it answers."""

from __future__ import annotations

import enum
from typing import Final, Literal

import msgspec

Function = Literal[
    "count",
    "sum",
    "distinct",
    "min",
    "max",
    "first",
    "last",
    "first_seen",
    "held_for",
    "trading_days",
]
"""What is asked of the contributions in a window."""

Key = str | int | tuple[str | int, ...]
"""What a window is kept for: an id, or several, such as a buyer and a platform."""

Scalar = int | str
"""A contribution's value; `sum`, `min` and `max` take whole numbers only."""

NEVER: Final = 10**9
"""Answer of `held_for` (seconds) and `trading_days` (days) where nothing came before."""

KEEP: Final = 3 * 86_400
"""Seconds for which an entry is kept after it left its window, so that late events are exact.

A policy number, chosen by us: how late an event may be depends on who supplies the data.
"""

VALUELESS: Final = frozenset({"count", "first_seen", "held_for", "trading_days"})
"""Functions of moments alone: they need no value."""


class Late(enum.Enum):
    """The answer where history would be needed that was already let go; see `LATE`."""

    LATE = "late"


LATE: Final = Late.LATE
"""The one member of `Late`."""

Answer = int | str | Late | None
"""What a window answers."""


class Definition(msgspec.Struct, frozen=True):
    """A window: a function over the contributions in (t - within, t].

    Args:
        function: what is asked.
        digest: 16 bytes that tell this definition from any other, also in stored rows.
        within: width in seconds; None for all time.

    Raises:
        ValueError: the digest is not 16 bytes long or the width is not positive.
    """

    function: Function
    digest: bytes
    within: int | None

    def __post_init__(self) -> None:
        if len(self.digest) != 16:
            raise ValueError("a definition's digest has 16 bytes")
        if self.within is not None and self.within < 1:
            raise ValueError("a window is at least one second wide")
