"""`sum`: one partial sum for each second, and a running total over those in the window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec

from vermilion.features.model import LATE, Key, Late
from vermilion.features.packing import Packed, moments_of, unpack, widen
from vermilion.features.state import Frame, State


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: Packed
    amounts: list[Packed]


_decoder = msgspec.msgpack.Decoder(_Row)


class Sum(State):
    """Sum of the contributions in a window.

    INVARIANT: `total` is what was folded plus the amounts from `head` on. For all time `head` is 0.
    """

    __slots__ = ("amounts", "head", "total")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.amounts: list[int] = []
        self.head = 0
        self.total = 0

    def value(self, moment: int, including: int | None) -> int | Late:
        """Return the sum at a moment."""
        frame = self.frame
        since = moment - frame.reach
        if since < self.gone:
            return LATE
        if frame.bounded:
            moments = self.moments
            head = self.head
            if head < len(moments) and moments[head] <= since:
                self._advance(since)
            elif head and moments[head - 1] > since:
                self._go_back(since)
        total = self.total
        if moment < self.newest:
            total -= sum(self.amounts[bisect_right(self.moments, moment) :])
        return total if including is None else total + including

    def add(self, moment: int, value: int) -> None:
        """Add to the partial sum of a second."""
        if self.clean:
            self.mark()
        if moment <= self.newest:
            self._add_anywhere(moment, value)
            return
        self.total += value
        self.newest = moment
        moments = self.moments
        moments.append(moment)
        self.amounts.append(value)
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: int) -> None:
        """Take from the partial sum of a second, or from what was folded."""
        if self.clean:
            self.mark()
        if moment <= self.gone:
            if not self.frame.bounded:
                self.total -= value
            return
        place = bisect_left(self.moments, moment)
        if place < len(self.moments) and self.moments[place] == moment:
            # A second whose sum is nought stays: it may be of several contributions.
            self.amounts[place] -= value
            if place >= self.head:
                self.total -= value

    def fold(self, cut: int) -> None:
        """Keep only the sum, and that for all time alone."""
        if self.frame.bounded:
            if self.head < cut:
                self._advance(self.moments[cut - 1])
            self.head -= cut
        del self.amounts[:cut]

    def body(self) -> tuple[object, ...]:
        """Return the sum folded, and the partial sums."""
        return 0 if self.frame.bounded else self.total - sum(self.amounts), self.amounts

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        self.amounts = [widen(one) for one in row.amounts]
        self.total = widen(row.folded) + sum(self.amounts)
        self.take(row.gone, moments_of(row.moments, row.amounts))

    def _advance(self, since: int) -> None:
        """Leave out what is no longer in the window."""
        moments, amounts, head, total = self.moments, self.amounts, self.head, self.total
        size = len(moments)
        while head < size and moments[head] <= since:
            total -= amounts[head]
            head += 1
        self.head, self.total = head, total

    def _go_back(self, since: int) -> None:
        """Take in again what an earlier window holds."""
        head = bisect_right(self.moments, since)
        self.total += sum(self.amounts[head : self.head])
        self.head = head

    def _add_anywhere(self, moment: int, amount: int) -> None:
        if moment <= self.gone:
            if not self.frame.bounded:
                self.total += amount
            return
        moments = self.moments
        place = bisect_left(moments, moment)
        if place == len(moments) or moments[place] != moment:
            moments.insert(place, moment)
            self.amounts.insert(place, 0)
            self.head += place < self.head
        self.amounts[place] += amount
        if place >= self.head:
            self.total += amount
        self.settle()
