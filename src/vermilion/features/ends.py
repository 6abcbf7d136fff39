"""`first` and `last`: the value that came first or last in the window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec

from vermilion.features.folded import Outermost, PackedRest
from vermilion.features.model import LATE, Answer, Key
from vermilion.features.packing import Packed, moments_of, unpack, widen
from vermilion.features.state import Frame, State


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: PackedRest | None
    values: list[Packed]


_decoder = msgspec.msgpack.Decoder(_Row)


class Ends(State):
    """First or last value of the contributions in a window, in order of moment and of arrival."""

    __slots__ = ("folded", "values")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.values: list[int | str] = []
        self.folded: Outermost | None = None

    def value(self, moment: int, including: int | str | None) -> Answer:
        """Return the first or last value at a moment."""
        frame = self.frame
        since = moment - frame.reach
        if since < self.gone:
            return LATE
        if frame.function == "first":
            found = self._first(since, moment)
            return including if found is None else found
        if including is not None:
            return including
        moments = self.moments
        place = len(moments)
        if moment < self.newest:
            place = bisect_right(moments, moment)
        if place and (moments[place - 1] > since or not frame.bounded):
            return self.values[place - 1]
        return self._of_folded()

    def add(self, moment: int, value: int | str) -> None:
        """Put a value behind all others of its second."""
        if self.clean:
            self.mark()
        if moment < self.newest:
            self._add_anywhere(moment, value)
            return
        moments = self.moments
        moments.append(moment)
        self.newest = moment
        self.values.append(value)
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: int | str) -> None:
        """Take out the latest added of the equal values of a second."""
        if self.clean:
            self.mark()
        if moment <= self.gone:
            if self.folded is not None:
                self.folded.remove(moment, value)
            return
        begin = bisect_left(self.moments, moment)
        for place in range(bisect_right(self.moments, moment) - 1, begin - 1, -1):
            if self.values[place] == value:
                del self.moments[place], self.values[place]
                self.settle()
                return

    def fold(self, cut: int) -> None:
        """Keep only the outermost entry, and that for all time alone."""
        if not self.frame.bounded:
            rest = self._rest()
            for moment, value in zip(self.moments[:cut], self.values[:cut], strict=True):
                rest.add(moment, value)
        del self.values[:cut]

    def body(self) -> tuple[object, ...]:
        """Return what was folded, and the values."""
        return None if self.folded is None else self.folded.packed(), self.values

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        last = self.frame.function == "last"
        self.folded = None if row.folded is None else Outermost.unpacked(last, row.folded)
        self.values = [widen(one) for one in row.values]
        self.take(row.gone, moments_of(row.moments, row.values))

    def _first(self, since: int, moment: int) -> Answer:
        if self.folded is not None and self.folded.number:
            return self._of_folded()
        moments = self.moments
        place = bisect_right(moments, since) if self.frame.bounded else 0
        return self.values[place] if place < len(moments) and moments[place] <= moment else None

    def _of_folded(self) -> Answer:
        folded = self.folded
        if folded is None or not folded.number:
            return None
        return folded.value if folded.known else LATE

    def _add_anywhere(self, moment: int, value: int | str) -> None:
        if moment <= self.gone:
            if not self.frame.bounded:
                self._rest().add(moment, value)
            return
        place = bisect_right(self.moments, moment)
        self.moments.insert(place, moment)
        self.values.insert(place, value)
        self.settle()

    def _rest(self) -> Outermost:
        if self.folded is None:
            self.folded = Outermost(self.frame.function == "last")
        return self.folded
