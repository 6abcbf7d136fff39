"""`count`: how many contributions came in the window, from one entry for each second."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import repeat

import msgspec

from vermilion.features.model import LATE, Key, Late
from vermilion.features.packing import moments_of, unpack
from vermilion.features.state import Frame, State


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: int
    more: dict[int, int]


_decoder = msgspec.msgpack.Decoder(_Row)


class Count(State):
    """Number of the contributions in a window.

    INVARIANT: `more` tells how many came beyond the first in a second, where any did; `extra` is
    what was folded plus those of the seconds from `head` on. For all time `head` is 0.
    """

    __slots__ = ("extra", "head", "more")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.more: dict[int, int] | None = None
        self.head = 0
        self.extra = 0

    def value(self, moment: int, including: object) -> int | Late:
        """Return the number at a moment."""
        frame = self.frame
        since = moment - frame.reach
        if since < self.gone:
            return LATE
        moments = self.moments
        size = len(moments)
        head = self.head
        if frame.bounded:
            if head < size and moments[head] <= since:
                head = self._advance(since)
            elif head and moments[head - 1] > since:
                head = self._go_back(since)
        total = size - head + self.extra
        if moment < self.newest:
            later = bisect_right(moments, moment)
            total -= size - later + self._more_in(later, size)
        return total if including is None else total + 1

    def add(self, moment: int, value: object) -> None:  # noqa: ARG002 - moments alone count
        """Count a contribution in its second."""
        if self.clean:
            self.mark()
        if moment <= self.newest:
            self._add_anywhere(moment)
            return
        self.newest = moment
        moments = self.moments
        moments.append(moment)
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: object) -> None:  # noqa: ARG002 - moments alone count
        """Count a contribution of a second less, or of those folded."""
        if self.clean:
            self.mark()
        if moment <= self.gone:
            if self._folded():
                self.extra -= 1
            return
        place = bisect_left(self.moments, moment)
        if place == len(self.moments) or self.moments[place] != moment:
            return
        if self.more and moment in self.more:
            self.extra -= place >= self.head
            self.more[moment] -= 1
            if not self.more[moment]:
                del self.more[moment]
        else:
            del self.moments[place]
            self.head -= place < self.head
            self.settle()

    def fold(self, cut: int) -> None:
        """Keep only how many there were, and that for all time alone."""
        if not self.frame.bounded:
            self.extra += cut
        else:
            if self.head < cut:
                self._advance(self.moments[cut - 1])
            self.head -= cut
        if self.more:
            for second in self.moments[:cut]:
                self.more.pop(second, None)

    def body(self) -> tuple[object, ...]:
        """Return the number folded, and how many more came in each second."""
        return self._folded(), dict(sorted((self.more or {}).items()))

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        self.more = row.more or None
        self.extra = row.folded + sum(row.more.values())
        self.take(row.gone, moments_of(row.moments, row.moments))

    def _folded(self) -> int:
        if self.frame.bounded:
            return 0
        return self.extra - sum((self.more or {}).values())

    def _more_in(self, begin: int, end: int) -> int:
        more = self.more
        return sum(map(more.get, self.moments[begin:end], repeat(0))) if more else 0

    def _advance(self, since: int) -> int:
        """Leave out what is no longer in the window."""
        head = bisect_right(self.moments, since, self.head)
        if self.more:
            self.extra -= self._more_in(self.head, head)
        self.head = head
        return head

    def _go_back(self, since: int) -> int:
        """Take in again what an earlier window holds."""
        head = bisect_right(self.moments, since)
        self.extra += self._more_in(head, self.head)
        self.head = head
        return head

    def _add_anywhere(self, moment: int) -> None:
        if moment <= self.gone:
            self.extra += not self.frame.bounded
            return
        moments = self.moments
        place = bisect_left(moments, moment)
        if place < len(moments) and moments[place] == moment:
            if self.more is None:
                self.more = {}
            self.more[moment] = self.more.get(moment, 0) + 1
            self.extra += place >= self.head
            return
        moments.insert(place, moment)
        self.head += place < self.head
        self.settle()
