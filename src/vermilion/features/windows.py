"""Windows kept online: one state for each definition and key, in memory and as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from vermilion.features.calendar import Calendar
from vermilion.features.count import Count
from vermilion.features.distinct import Distinct
from vermilion.features.ends import Ends
from vermilion.features.extreme import Extreme
from vermilion.features.ids import RowIds, ValueDigests
from vermilion.features.marks import Marks
from vermilion.features.model import KEEP, VALUELESS, Answer, Definition, Function, Key, Scalar
from vermilion.features.state import Frame, State
from vermilion.features.sum import Sum

MAX_KEYS = 1_000_000
"""States kept in memory; those read least lately are read from their rows again when needed."""

LEFT_BITS = 2**24
"""Size of the filter that tells which keys left memory: 2 MiB. A wrong "maybe" costs a look at rows."""

Reader = Callable[[Key, int, Scalar | None], Answer]
Adder = Callable[[Key, int, Scalar | None], None]

_STATES: dict[Function, type[State]] = {
    "count": Count,
    "sum": Sum,
    "distinct": Distinct,
    "min": Extreme,
    "max": Extreme,
    "first": Ends,
    "last": Ends,
    "first_seen": Marks,
    "held_for": Marks,
    "trading_days": Marks,
}


class Windows:
    """Answers of some definitions over what was added so far, exact to the second.

    The answer at a moment covers the contributions added before whose moments lie in
    (moment - within, moment]; those of one second are in order of arrival. It is `LATE` where it
    would need what was let go: then the question is more than `keep` older than the newest
    contribution of its key, or one that had been let go was taken out. What comes in order of
    time is never late.

    Args:
        definitions: what is asked; later arguments tell them by index.
        secret: key of the digests that stand for keys and string values, at most 64 bytes. Rows
            are of use only with the secret and the `keep` that they were made with.
        load: returns the row of an id, or None. Without it nothing is forgotten.
        calendar: counts trading days.
        keep: seconds for which an entry is kept after it left its window; it may stay up to an
            eighth of both longer.
        max_keys: states kept in memory once they are stored.

    Raises:
        ValueError: the secret is too long, or trading days are asked and there is no calendar.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        *,
        secret: bytes,
        load: Callable[[bytes], bytes | None] | None = None,
        calendar: Calendar | None = None,
        keep: int = KEEP,
        max_keys: int = MAX_KEYS,
    ) -> None:
        if calendar is None and any(one.function == "trading_days" for one in definitions):
            raise ValueError("trading days need a calendar")
        self._digests = digests = ValueDigests(secret)
        self._frames = [Frame(one, keep, digests, calendar) for one in definitions]
        self._kinds = [_STATES[one.function] for one in definitions]
        self._valued = [one.function not in VALUELESS for one in definitions]
        self._ids = [RowIds(secret, one.digest) for one in definitions]
        self._held: list[dict[Key, State]] = [{} for _ in definitions]
        self._empty = [
            kind(frame, ()) for kind, frame in zip(self._kinds, self._frames, strict=True)
        ]
        self._load = load
        self._stored_before = load is not None
        self._left = bytearray(LEFT_BITS // 8)
        self._max_keys = max_keys
        self._written: list[list[State]] = [[] for _ in definitions]
        self._readers = [self._reader(index) for index in range(len(definitions))]
        self._adders = [self._adder(index) for index in range(len(definitions))]

    def value(
        self, index: int, key: Key, moment: int, *, including: Scalar | None = None
    ) -> Answer:
        """Return the answer of a definition for a key at a moment.

        Args:
            index: place of the definition.
            key: whose window.
            moment: epoch seconds.
            including: answer as if this value had come at `moment`; any value for a count.

        Returns:
            Seconds for `held_for`, days for `trading_days`, an epoch second for `first_seen`, else
            a number or value as it was added. Of an empty window: nought, `NEVER` for `held_for`
            and `trading_days`, and None for the rest. Trading days are None, too, where the
            calendar does not know the years.

        Raises:
            StorageError: the row of the key is damaged.
        """
        return self._readers[index](key, moment, including)

    def reader(self, index: int) -> Reader:
        """Return what answers for one definition: the function behind `value`, for many questions."""
        return self._readers[index]

    def adder(self, index: int) -> Adder:
        """Return what adds to one definition: the function behind `add`, for many contributions."""
        return self._adders[index]

    def _reader(self, index: int) -> Reader:
        held, stored, empty = self._held[index], self._stored, self._empty[index]

        def read(key: Key, moment: int, including: Scalar | None) -> Answer:
            try:
                state = held[key]
            except KeyError:
                state = stored(index, key) or empty
            return state.value(moment, including)

        return read

    def _adder(self, index: int) -> Adder:
        held, touch, valued = self._held[index], self._touch, self._valued[index]

        def add(key: Key, moment: int, value: Scalar | None) -> None:
            if value is None and valued:
                return
            try:
                state = held[key]
            except KeyError:
                state = touch(index, key)
            state.add(moment, value)

        return add

    def add(self, index: int, key: Key, moment: int, value: Scalar | None) -> None:
        """Take a contribution over; it counts in every answer from now on.

        None adds nothing, unless the function is of moments alone.

        Raises:
            StorageError: the row of the key is damaged.
        """
        self._adders[index](key, moment, value)

    def remove(self, index: int, key: Key, moment: int, value: Scalar | None) -> None:
        """Take an earlier contribution out; of several equal ones the latest added.

        What is known not to be there changes nothing. Of what was let go this is not always
        known: the caller vouches that it was added.

        Raises:
            StorageError: the row of the key is damaged.
        """
        if value is None and self._valued[index]:
            return
        try:
            state = self._held[index][key]
        except KeyError:
            state = self._touch(index, key)
        state.remove(moment, value)

    def keep(self, keys: int) -> None:
        """Keep so many states, and so many digests of values, in memory from here on."""
        self._max_keys = self._digests.most = keys

    def nothing_stored(self) -> None:
        """Take note that no row was stored before: what is not in memory and never left it is new."""
        self._stored_before = False

    def changed(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Give the rows that changed since the last `stored`: id, and state or None to delete.

        They are given as they are now, whatever changes before the last is asked for. All rows ever
        given, the latest of each id, are the whole of what the windows know.
        """
        given = []
        for frame, ids, written in zip(self._frames, self._ids, self._written, strict=True):
            frame.asked = set()
            for state in written:
                if state.clean:
                    state.mark()
            written[:] = frame.dirty
            frame.dirty.clear()
            for state in written:
                state.clean = True
            frame.asked, frame.early = set(written), {}
            given.append(_given(frame, ids, written))
        return chain.from_iterable(given)

    def stored(self, most: int | None = None) -> bool:
        """Note that the rows given by `changed` are durable, so that memory may forget states.

        Args:
            most: states forgotten at a time; the others are with the next call.

        Returns:
            Whether no more calls are needed.
        """
        for held, written in zip(self._held, self._written, strict=True):
            for state in written:
                held[state.key] = held.pop(state.key)
            written.clear()
        return self._load is None or self._forget(most)

    def _touch(self, index: int, key: Key) -> State:
        """Return the state of a key that is not in memory, to be changed."""
        state = self._stored(index, key)
        if state is None:
            state = self._held[index][key] = self._kinds[index](self._frames[index], key)
        return state

    def _stored(self, index: int, key: Key) -> State | None:
        """Return the state of a key that is not in memory from its row; None where there is none."""
        if self._load is None:
            return None
        if not self._stored_before:
            bit = hash((index, key)) & (LEFT_BITS - 1)
            if not self._left[bit >> 3] >> (bit & 7) & 1:
                return None
        raw = self._load(self._ids[index].of(key))
        if raw is None:
            return None
        state = self._kinds[index](self._frames[index], key)
        state.restore(raw)
        self._held[index][key] = state
        return state

    def _forget(self, most: int | None) -> bool:
        """Bring memory down to its limit: of each definition what changed longest ago goes first."""
        total = sum(map(len, self._held))
        beyond = total - self._max_keys
        excess = beyond if most is None else min(beyond, most)
        if excess <= 0:
            return True
        gone = 0
        for index, held in enumerate(self._held):
            share = -(-excess * len(held) // total)
            clean = (key for key, state in held.items() if state.clean)
            keys = list(islice(clean, share))
            gone += len(keys)
            for key in keys:
                del held[key]
                bit = hash((index, key)) & (LEFT_BITS - 1)
                self._left[bit >> 3] |= 1 << (bit & 7)
        return excess == beyond or not gone


def _given(
    frame: Frame, ids: RowIds, states: Sequence[State]
) -> Iterator[tuple[bytes, bytes | None]]:
    """Give the rows of states as they were when they were asked for."""
    asked, early = frame.asked, frame.early
    for state in states:
        if state in asked:
            asked.remove(state)
            yield ids.of(state.key), state.pack()
        else:
            yield ids.of(state.key), early.pop(state)
