"""Lists in the data of logs: where they lie, if they lie within it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vermilion.intake.evm.words import WORD, whole

if TYPE_CHECKING:
    from vermilion.intake.evm.words import Cells, Ints, Mask


class Span(NamedTuple):
    """Where the items of each row's list begin, in bytes from the data's begin, and their number."""

    begin: Ints
    items: Ints


def span(data: Cells, place: int, width: int) -> tuple[Span, Mask]:
    """Find the list whose offset lies at a place of each row's data, and say which rows have it.

    A list that says it is longer than the data is none, so no more is ever read than is there.

    Args:
        data: the data of logs.
        place: where in bytes the offset lies.
        width: the words of an item.
    """
    offset, known = whole(data.word(place))
    inside = known & (offset <= data.size - WORD)
    offset = np.where(inside, offset, 0)
    count, counted = whole(data.word(offset))
    room = (data.size - offset - WORD) // (WORD * width)
    good = inside & counted & (count <= room)
    return Span(offset + WORD, np.where(good, count, 0)), good
