"""Perform on the state machine what SQL cannot tell, and give SQL the exchanges' calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from vermilion.features.calendar import Calendar, trading_days
from vermilion.features.model import KEEP, LATE, Answer, Definition, Key, Scalar
from vermilion.features.windows import Windows

TAKEN_OUT, ASKED, ADDED = 0, 1, 2
"""Kinds of what happens, in the order in which they happen within a sequence."""

KEYS_AT_ONCE = 10_000
"""Keys whose states are in memory together."""

_EPOCH_DAY = 719_163
_DAY = 86_400
_SHANGHAI = 8 * 3_600


class Happened(NamedTuple):
    """A row of `replay_sql`."""

    k: Key
    seq: int
    kind: int
    t: int
    v: Scalar | Decimal | None


def replayed(
    definition: Definition,
    rows: Iterable[Happened],
    *,
    calendar: Calendar | None = None,
    keep: int = KEEP,
) -> Iterator[tuple[int, Answer]]:
    """Give sequence and answer of each question, as the online state machine would.

    What is kept in memory is bounded by the keys at once, not by the rows.

    Args:
        definition: the window.
        rows: what happened, in order of key, sequence and kind.
        calendar: counts trading days.
        keep: seconds for which the state machine keeps what left its window.
    """
    windows = Windows([definition], secret=b"", calendar=calendar, keep=keep)
    for number, (key, happened) in enumerate(groupby(rows, itemgetter(0)), 1):
        yield from _of_key(windows, key, happened)
        if number % KEYS_AT_ONCE == 0:
            windows = Windows([definition], secret=b"", calendar=calendar, keep=keep)


def calendar_days() -> Iterator[tuple[int, int]]:
    """Give for each day of the exchanges' calendar its first epoch second and the trading days up to it."""
    first, upto = trading_days()
    begins = (first - _EPOCH_DAY) * _DAY - _SHANGHAI
    for place, number in enumerate(upto):
        yield begins + place * _DAY, int(number)


def _of_key(windows: Windows, key: Key, rows: Iterable[Happened]) -> Iterator[tuple[int, Answer]]:
    read, add = windows.reader(0), windows.adder(0)
    for (seq, kind), same in groupby(rows, itemgetter(1, 2)):
        if kind == ASKED:
            asked = [(t, _exact(v)) for _, _, _, t, v in same]
            moment = asked[0][0]
            if len(asked) == 1:
                yield seq, read(key, moment, asked[0][1])
            else:
                yield seq, _with_each(windows, key, moment, {v for _, v in asked})
            continue
        for _, _, _, moment, value in same:
            if kind == ADDED:
                add(key, moment, _exact(value))
            else:
                windows.remove(0, key, moment, _exact(value))


def _exact(value: Scalar | Decimal | None) -> Scalar | None:
    """Return a number without a context: a `Decimal` rounds what it adds up to 28 digits."""
    return int(value) if isinstance(value, Decimal) else value


def _with_each(windows: Windows, key: Key, moment: int, own: set[Scalar | None]) -> Answer:
    """Return how many different values there are with some that the asking event adds."""
    before = windows.value(0, key, moment)
    if before is LATE or not isinstance(before, int):
        return before
    more = [windows.value(0, key, moment, including=one) for one in own]
    return before + sum(one - before for one in more if isinstance(one, int))
