"""What the states of all functions share: how far they reach back, and what they were asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from typing import Any, Final

from vermilion.features.calendar import Calendar
from vermilion.features.ids import ValueDigests
from vermilion.features.model import Answer, Definition, Key
from vermilion.features.packing import differences, narrow_all, pack

NOTHING: Final = -(2**62)
"""Moment before all others: nothing was let go yet."""

_SLACK = 8
"""Letting go moves what is kept. It waits until the oldest entry is an eighth over its time, so that
it costs each entry a constant whatever the stream."""


class Frame:
    """What all states of one definition share.

    Args:
        definition: the window.
        keep: seconds for which an entry is kept after it left the window.
        digests: digests of string values.
        calendar: counts trading days; only `trading_days` asks it.
    """

    __slots__ = (
        "asked",
        "bounded",
        "calendar",
        "digests",
        "dirty",
        "early",
        "function",
        "limit",
        "reach",
        "span",
    )

    def __init__(
        self, definition: Definition, keep: int, digests: ValueDigests, calendar: Calendar | None
    ) -> None:
        self.function = definition.function
        self.bounded = definition.within is not None
        self.reach = definition.within or 0
        """How far before its moment a question needs entries one by one: none for all time."""
        self.span = self.reach + keep
        self.limit = self.span + self.span // _SLACK
        self.dirty: list[State] = []
        """States that changed since their rows were asked for."""
        self.asked: set[State] = set()
        """States whose rows were asked for and not given yet."""
        self.early: dict[State, bytes | None] = {}
        """Of states that changed before their rows were given, the rows as they were."""
        self.digests = digests
        self.calendar = calendar


class State(ABC):
    """What is known of one key: the entries that are kept, and what became of the older ones.

    INVARIANT: an entry is kept if it is later than `gone`, and let go if it is not. A window lets
    it go for good; all time folds it into what stands for it.

    INVARIANT: `moments` ascends, and `newest` is the last of it; where nothing is kept, it is the
    first moment at which an entry would be.

    Args:
        frame: what is shared with the other keys of the definition.
        key: whose state it is.
    """

    __slots__ = ("clean", "frame", "gone", "key", "moments", "newest")

    def __init__(self, frame: Frame, key: Key) -> None:
        self.frame = frame
        self.key = key
        self.gone = NOTHING
        self.moments = array("q")
        self.newest = NOTHING + 1
        self.clean = True

    def mark(self) -> None:
        """Note that the row of the state will no longer be what it is."""
        self.clean = False
        frame = self.frame
        frame.dirty.append(self)
        if self in frame.asked:
            frame.asked.remove(self)
            frame.early[self] = self.pack()

    def settle(self) -> None:
        """Set `newest`, and let go what is too old, after entries came or went out of order."""
        self.newest = self.moments[-1] if self.moments else self.gone + 1
        if self.moments and self.moments[0] < self.newest - self.frame.limit:
            self.let_go()

    def let_go(self) -> None:
        """Let go every entry whose time is over."""
        cut = bisect_left(self.moments, self.newest - self.frame.span)
        self.fold(cut)
        self.gone = self.moments[cut - 1]
        del self.moments[:cut]

    def pack(self) -> bytes | None:
        """Return the row that holds the state, whatever was asked of it; None if it is as new."""
        if self.gone == NOTHING and not self.moments:
            return None
        head = None if self.gone == NOTHING else self.gone, differences(self.moments)
        try:
            return pack((*head, *self.body()))
        except OverflowError:
            return pack((*head, *map(narrow_all, self.body())))

    def take(self, gone: int | None, moments: array[int]) -> None:
        """Take from a row what all states have."""
        self.gone = NOTHING if gone is None else gone
        self.moments = moments
        self.settle()

    # Values are `Any`: what a function takes was settled when its definition was made.

    @abstractmethod
    def value(self, moment: int, including: Any) -> Answer:
        """Return the answer at a moment, as if one more value came then unless it is None."""

    @abstractmethod
    def add(self, moment: int, value: Any) -> None:
        """Take a contribution over, and mark the state."""

    @abstractmethod
    def remove(self, moment: int, value: Any) -> None:
        """Take a contribution out, of several equal ones the latest added, and mark the state."""

    @abstractmethod
    def fold(self, cut: int) -> None:
        """Let the oldest `cut` entries go, their moments aside, and keep what stands for them."""

    @abstractmethod
    def body(self) -> tuple[object, ...]:
        """Return what a row holds beside moments."""

    @abstractmethod
    def restore(self, raw: bytes) -> None:
        """Take the state from a row.

        Raises:
            StorageError: the row is damaged.
        """
