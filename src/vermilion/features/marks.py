"""`first_seen`, `held_for` and `trading_days`: when something came first or last in the window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec

from vermilion.features.folded import Least, PackedRest
from vermilion.features.model import LATE, NEVER, Key, Late
from vermilion.features.packing import moments_of, unpack
from vermilion.features.state import Frame, State


class _Row(msgspec.Struct, array_like=True):
    gone: int | None
    moments: list[int]
    folded: PackedRest | None
    counts: list[int]


_decoder = msgspec.msgpack.Decoder(_Row)


class Marks(State):
    """First or last moment of the contributions in a window; one entry for each second.

    What was folded is ranked by moment, and for the last one by its negative.
    """

    __slots__ = ("counts", "folded")

    def __init__(self, frame: Frame, key: Key) -> None:
        super().__init__(frame, key)
        self.counts: list[int] = []
        self.folded: Least | None = None

    def value(self, moment: int, including: object) -> int | Late | None:
        """Return the first moment, or how long ago the last one was."""
        since = moment - self.frame.reach
        if since < self.gone:
            return LATE
        first = self.frame.function == "first_seen"
        found = self._first(since, moment) if first else self._last(since, moment)
        if found is LATE:
            return LATE
        if including is not None:
            found = moment if found is None or not first else found
        if first:
            return found
        if found is None:
            return NEVER
        if self.frame.function == "held_for":
            return moment - found
        assert self.frame.calendar is not None  # noqa: S101 - the constructor of windows saw to it
        return self.frame.calendar.distance(found, moment)

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
        self.counts.append(1)
        if moments[0] < moment - self.frame.limit:
            self.let_go()

    def remove(self, moment: int, value: object) -> None:  # noqa: ARG002 - moments alone count
        """Count a contribution of a second less."""
        if self.clean:
            self.mark()
        if moment <= self.gone:
            if self.folded is not None:
                self.folded.remove(self._rank(moment))
            return
        place = bisect_left(self.moments, moment)
        if place == len(self.moments) or self.moments[place] != moment:
            return
        self.counts[place] -= 1
        if not self.counts[place]:
            del self.moments[place], self.counts[place]
            self.settle()

    def fold(self, cut: int) -> None:
        """Keep only the outermost moment, and that for all time alone."""
        if not self.frame.bounded:
            rest = self._rest()
            for moment, count in zip(self.moments[:cut], self.counts[:cut], strict=True):
                rest.add(self._rank(moment), count)
        del self.counts[:cut]

    def body(self) -> tuple[object, ...]:
        """Return what was folded, and the counts of the seconds."""
        return None if self.folded is None else self.folded.packed(), self.counts

    def restore(self, raw: bytes) -> None:
        """Take the state from a row."""
        row = unpack(raw, _decoder)
        self.folded = None if row.folded is None else Least.unpacked(row.folded)
        self.counts = row.counts
        self.take(row.gone, moments_of(row.moments, row.counts))

    def _rank(self, moment: int) -> int:
        return moment if self.frame.function == "first_seen" else -moment

    def _first(self, since: int, moment: int) -> int | Late | None:
        moments = self.moments
        place = bisect_right(moments, since) if self.frame.bounded else 0
        found = moments[place] if place < len(moments) and moments[place] <= moment else None
        return found if self.folded is None else self.folded.least(found)

    def _last(self, since: int, moment: int) -> int | Late | None:
        moments = self.moments
        place = len(moments)
        if moment < self.newest:
            place = bisect_right(moments, moment)
        if place and (moments[place - 1] > since or not self.frame.bounded):
            return moments[place - 1]
        rest = None if self.folded is None else self.folded.least(None)
        return -rest if isinstance(rest, int) else rest

    def _add_anywhere(self, moment: int) -> None:
        if moment <= self.gone:
            if not self.frame.bounded:
                self._rest().add(self._rank(moment))
            return
        moments = self.moments
        place = bisect_left(moments, moment)
        if place == len(moments) or moments[place] != moment:
            moments.insert(place, moment)
            self.counts.insert(place, 0)
        self.counts[place] += 1
        self.settle()

    def _rest(self) -> Least:
        if self.folded is None:
            self.folded = Least()
        return self.folded
