"""`min` and `max`: the least of what came in the window; of the negatives where the most is asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec

from vermilion.features.folded import Least, PackedRest
from vermilion.features.model import LATE, Answer, Key
from vermilion.features.packing import Packed, moments_of, unpack, widen
from vermilion.features.state import Frame, State


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: PackedRest | None
    values: list[Packed]


_decoder = msgspec.msgpack.Decoder(_Row)


class Extreme(State):
    """Least or greatest value of the contributions in a window.

    INVARIANT: while `stepped`, `lows` holds, ascending, the entries that no later one is at or
    below, and `steps` their moments: from each of them on, it is the least of all that is kept. What
    comes out of order takes them away, and the next question at the end makes them anew.
    """

    __slots__ = ("folded", "lows", "sign", "stepped", "steps", "values")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.sign = -1 if frame.function == "max" else 1
        self.values: list[int] = []
        self.steps: list[int] = []
        self.lows: list[int] = []
        self.stepped = True
        self.folded: Least | None = None

    def value(self, moment: int, including: int | None) -> Answer:
        """Return the least or greatest value at a moment."""
        since = moment - self.frame.reach
        if since < self.gone:
            return LATE
        found = self._least(since, moment)
        if including is not None:
            more = self.sign * including
            found = more if found is None or more < found else found
        if self.folded is not None:
            rest = self.folded.least(found)
            return self.sign * rest if isinstance(rest, int) else rest
        return None if found is None else self.sign * found

    def add(self, moment: int, value: int) -> None:
        """Take a value over."""
        if self.clean:
            self.mark()
        moments = self.moments
        value *= self.sign
        if moment < self.newest:
            self._add_anywhere(moment, value)
            return
        moments.append(moment)
        self.newest = moment
        self.values.append(value)
        if self.stepped:
            self._step(moment, value)
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: int) -> None:
        """Take a value out; linear in what is kept."""
        if self.clean:
            self.mark()
        value *= self.sign
        if moment <= self.gone:
            if self.folded is not None:
                self.folded.remove(value)
            return
        begin, end = bisect_left(self.moments, moment), bisect_right(self.moments, moment)
        if value in self.values[begin:end]:
            place = self.values.index(value, begin)
            del self.moments[place], self.values[place]
            self.stepped = False
            self.settle()

    def fold(self, cut: int) -> None:
        """Keep only the least, and that for all time alone."""
        if not self.frame.bounded:
            rest = self._rest()
            for value in self.values[:cut]:
                rest.add(value)
        del self.values[:cut]
        if self.stepped:
            place = bisect_right(self.steps, self.moments[cut - 1])
            del self.steps[:place], self.lows[:place]

    def body(self) -> tuple[object, ...]:
        """Return what was folded, and the values."""
        return None if self.folded is None else self.folded.packed(), self.values

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        self.folded = None if row.folded is None else Least.unpacked(row.folded)
        self.values = [widen(one) for one in row.values]
        self.stepped = False
        self.take(row.gone, moments_of(row.moments, row.values))

    def _least(self, since: int, moment: int) -> int | None:
        bounded, moments = self.frame.bounded, self.moments
        if moment < self.newest:
            low = bisect_right(moments, since) if bounded else 0
            return min(self.values[low : bisect_right(moments, moment)], default=None)
        if not self.stepped:
            self._step_anew()
        place = bisect_right(self.steps, since) if bounded else 0
        return self.lows[place] if place < len(self.lows) else None

    def _step(self, moment: int, value: int) -> None:
        steps, lows = self.steps, self.lows
        while lows and lows[-1] >= value:
            lows.pop()
            steps.pop()
        lows.append(value)
        steps.append(moment)

    def _step_anew(self) -> None:
        self.steps, self.lows, self.stepped = [], [], True
        for moment, value in zip(self.moments, self.values, strict=True):
            self._step(moment, value)

    def _add_anywhere(self, moment: int, value: int) -> None:
        if moment <= self.gone:
            if not self.frame.bounded:
                self._rest().add(value)
            return
        place = bisect_right(self.moments, moment)
        self.moments.insert(place, moment)
        self.values.insert(place, value)
        self.stepped = False
        self.settle()

    def _rest(self) -> Least:
        if self.folded is None:
            self.folded = Least()
        return self.folded
