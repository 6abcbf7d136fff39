"""What stands for entries that were let go, where a total does not: the least, or the outermost.

An entry that is taken out again may be the very one that is known. What comes next is then not
known; only that it is not better. Such a rest answers LATE until something better decides.
"""

from __future__ import annotations

import msgspec

from vermilion.features.model import LATE, Late
from vermilion.features.packing import Packed, narrow, widen


class PackedRest(msgspec.Struct, array_like=True):
    """A rest as it lies in a row."""

    number: int
    known: bool
    rank: Packed
    same: int = 0
    value: Packed = 0


class Least:
    """How many numbers were folded, and the least of them.

    INVARIANT: if `known`, `low` is the least and occurs `same` times; if not, all are above `low`.
    """

    __slots__ = ("known", "low", "number", "same")

    def __init__(self) -> None:
        self.number = 0
        self.low = 0
        self.same = 0
        self.known = True

    def add(self, number: int, times: int = 1) -> None:
        """Fold a number that came so many times."""
        better = number < self.low or (number == self.low and not self.known)
        if not self.number or better:
            self.low, self.same, self.known = number, times, True
        elif number == self.low:
            self.same += times
        self.number += times

    def remove(self, number: int) -> None:
        """Take a number out that was folded."""
        if not self.number or number < self.low or (number == self.low and not self.known):
            return
        self.number -= 1
        if number == self.low:
            self.same -= 1
        self.known = not self.number or (self.known and self.same > 0)

    def least(self, other: int | None) -> int | Late | None:
        """Return the least of what was folded and another number, which None leaves out."""
        if not self.number or (other is not None and other <= self.low):
            return other
        return self.low if self.known else LATE

    def packed(self) -> PackedRest:
        """Return it as it lies in a row."""
        return PackedRest(self.number, self.known, narrow(self.low), self.same)

    @classmethod
    def unpacked(cls, packed: PackedRest) -> Least:
        """Return it from how it lay in a row."""
        made = cls()
        made.number, made.low = packed.number, widen(packed.rank)
        made.same, made.known = packed.same, packed.known
        return made


class Outermost:
    """How many entries were folded, and which is the first or the last of them.

    INVARIANT: if `known`, the entry is at `moment`; if not, all others lie on this side of it, or
    in the same second.

    Args:
        last: whether the last is wanted, not the first.
    """

    __slots__ = ("known", "last", "moment", "number", "value")

    def __init__(self, last: bool) -> None:
        self.last = last
        self.number = 0
        self.moment = 0
        self.known = True
        self.value: int | str = 0

    def add(self, moment: int, value: int | str) -> None:
        """Fold an entry that comes after all others of its second."""
        self.number += 1
        beyond = moment >= self.moment if self.last else moment < self.moment
        if self.number == 1 or beyond:
            self.moment, self.value, self.known = moment, value, True

    def remove(self, moment: int, value: int | str) -> None:
        """Take an entry out that was folded."""
        beyond = moment > self.moment if self.last else moment < self.moment
        if not self.number or beyond:
            return
        self.number -= 1
        hit = moment == self.moment and value == self.value
        self.known = not self.number or (self.known and not hit)

    def packed(self) -> PackedRest:
        """Return it as it lies in a row."""
        return PackedRest(self.number, self.known, self.moment, value=narrow(self.value))

    @classmethod
    def unpacked(cls, last: bool, packed: PackedRest) -> Outermost:
        """Return it from how it lay in a row."""
        made = cls(last)
        made.number, made.moment = packed.number, widen(packed.rank)
        made.known, made.value = packed.known, widen(packed.value)
        return made
