"""`distinct`: how many different values came in the window, from a count of each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable

import msgspec

from vermilion.features.model import LATE, Key, Late
from vermilion.features.packing import moments_of, unpack, widen
from vermilion.features.state import NOTHING, Frame, State

_Packed = int | bytes | tuple[bytes]


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: dict[_Packed, int]
    values: list[_Packed]


_decoder = msgspec.msgpack.Decoder(_Row)


class Distinct(State):
    """Number of different values of the contributions in a window; strings are kept as digests.

    INVARIANT: `counts` counts what was folded and the values from `head` on, and holds no
    nought. For all time `head` is 0.
    """

    __slots__ = ("counts", "head", "values")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.values: list[int | bytes] = []
        self.counts: dict[int | bytes, int] = {}
        self.head = 0

    def value(self, moment: int, including: int | str | None) -> int | Late:
        """Return the number of different values at a moment."""
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
        one = frame.digests[including] if isinstance(including, str) else including
        if moment < self.newest:
            return self._number_until(moment, one)
        counts = self.counts
        return len(counts) + (one is not None and one not in counts)

    def add(self, moment: int, value: int | str) -> None:
        """Count a value, a string by its digest."""
        if self.clean:
            self.mark()
        one = self.frame.digests[value] if isinstance(value, str) else value
        if moment < self.newest:
            self._add_anywhere(moment, one)
            return
        self.newest = moment
        moments = self.moments
        moments.append(moment)
        self.values.append(one)
        counts = self.counts
        counts[one] = counts.get(one, 0) + 1
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: int | str) -> None:
        """Count a value once less."""
        if self.clean:
            self.mark()
        one = self.frame.digests[value] if isinstance(value, str) else value
        if moment <= self.gone:
            if one in self._folded():
                self._leave((one,))
            return
        begin, end = bisect_left(self.moments, moment), bisect_right(self.moments, moment)
        if one not in self.values[begin:end]:
            return
        place = self.values.index(one, begin)
        del self.moments[place], self.values[place]
        if place >= self.head:
            self._leave((one,))
        self.head -= place < self.head
        self.settle()

    def fold(self, cut: int) -> None:
        """Keep only how often each value came, and that for all time alone."""
        if self.frame.bounded:
            if self.head < cut:
                self._advance(self.moments[cut - 1])
            self.head -= cut
        del self.values[:cut]

    def body(self) -> tuple[object, ...]:
        """Return how often each value was folded, and the values."""
        return self._folded(), self.values

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        self.values = [widen(one) for one in row.values]
        self.counts = {widen(one): count for one, count in row.folded.items()}
        self._enter(self.values)
        self.take(row.gone, moments_of(row.moments, row.values))

    def _folded(self) -> dict[int | bytes, int]:
        if self.frame.bounded or self.gone == NOTHING:
            return {}
        return dict(Counter(self.counts) - Counter(self.values))

    def _enter(self, values: Iterable[int | bytes]) -> None:
        counts = self.counts
        for one in values:
            counts[one] = counts.get(one, 0) + 1

    def _leave(self, values: Iterable[int | bytes]) -> None:
        counts = self.counts
        for one in values:
            left = counts[one] - 1
            if left:
                counts[one] = left
            else:
                del counts[one]

    def _advance(self, since: int) -> None:
        """Leave out what is no longer in the window."""
        head = bisect_right(self.moments, since, self.head)
        self._leave(self.values[self.head : head])
        self.head = head

    def _go_back(self, since: int) -> None:
        """Take in again what an earlier window holds."""
        head = bisect_right(self.moments, since)
        self._enter(self.values[head : self.head])
        self.head = head

    def _number_until(self, moment: int, one: int | bytes | None) -> int:
        """Return the number without what came after a moment, and with one more value."""
        later = Counter(self.values[bisect_right(self.moments, moment) :])
        if one is not None:
            later[one] -= 1
        counts = self.counts
        gone = sum(count > 0 and count == counts[each] for each, count in later.items())
        return len(counts) + (one is not None and one not in counts) - gone

    def _add_anywhere(self, moment: int, one: int | bytes) -> None:
        if moment <= self.gone:
            if not self.frame.bounded:
                self._enter((one,))
            return
        place = bisect_right(self.moments, moment)
        self.moments.insert(place, moment)
        self.values.insert(place, one)
        if place < self.head:
            self.head += 1
        else:
            self._enter((one,))
        self.settle()
