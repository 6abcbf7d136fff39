"""A source's own running numbers: which were never seen, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from vermilion.desk.loop.rows import Serials

GRACE = 86_400
"""Seconds of event time after which a number that is still lacking is told as a gap. Policy."""

MAX_GAPS = 200
"""Open gaps kept for a source; of more, the oldest are told at once."""

Gap = tuple[int, int, int, bool]


def counted(row: Serials | None, number: int, at: int) -> tuple[Serials, Sequence[tuple[int, int]]]:
    """Return a source's numbers after one more at an epoch second, and the gaps to be told now.

    The first number seen may be any. A number within a gap fills it, told or not.
    """
    if row is None:
        return Serials(number), ()
    gaps = list(row.gaps)
    if number > row.highest + 1:
        gaps.append((row.highest + 1, number - 1, at, False))
    elif number <= row.highest:
        gaps = [part for gap in gaps for part in _without(gap, number)]
    excess = max(len(gaps) - MAX_GAPS, 0)
    due = [
        (first, last)
        for position, (first, last, since, said) in enumerate(gaps)
        if not said and (at - since >= GRACE or position < excess)
    ]
    highest = max(row.highest, number)
    if highest == row.highest and tuple(gaps) == row.gaps:
        return row, due
    return Serials(highest, tuple(gaps)), due


def told(row: Serials, first: int, last: int) -> Serials:
    """Return a source's numbers after a gap was told; past the limit, told ones are let go."""
    gaps = [
        (gap[0], gap[1], gap[2], gap[3] or (gap[0] >= first and gap[1] <= last)) for gap in row.gaps
    ]
    if len(gaps) > MAX_GAPS:
        gaps = [gap for gap in gaps if not gap[3]] or gaps[-MAX_GAPS:]
    return Serials(row.highest, tuple(gaps))


def _without(gap: Gap, number: int) -> list[Gap]:
    first, last, since, said = gap
    if not first <= number <= last:
        return [gap]
    parts = [(first, number - 1, since, said), (number + 1, last, since, said)]
    return [part for part in parts if part[0] <= part[1]]
