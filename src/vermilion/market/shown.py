"""What the rows that show findings come to, of many findings together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import compute

from vermilion.market.findings import MOST_PARTIES

Integers = NDArray[np.int64]

_NONE = -1


class Shown:
    """The rows of some findings, those of each together.

    `owner` says of each row which finding it shows, `counts` how many rows each has, and `begins` where
    they begin.

    Args:
        rows: a `pyarrow.Table`; `f` is the finding's number, parties and currencies are codes.
        first: the number of the first finding.
        findings: how many there are.
    """

    def __init__(self, rows: Any, first: int, findings: int) -> None:
        self.rows = rows
        self.owner: Integers = rows["f"].to_numpy() - first
        self.counts = np.bincount(self.owner, minlength=findings)
        self.begins = np.cumsum(self.counts) - self.counts
        self._sold = compute.equal(rows["kind"], "sale").to_numpy()

    def sales(self) -> Integers:
        """Return how many sales show each finding."""
        return np.bincount(self.owner[self._sold], minlength=len(self.counts))

    def span(self) -> tuple[Integers, Integers]:
        """Return the first and the last moment of each finding, 0 where it has no row."""
        ms, some = self.rows["ms"].to_numpy(), self.counts > 0
        first, last = np.zeros_like(self.counts), np.zeros_like(self.counts)
        if some.any():
            first[some] = np.minimum.reduceat(ms, self.begins[some])
            last[some] = np.maximum.reduceat(ms, self.begins[some])
        return first, last

    def parties(self) -> tuple[Integers, Integers]:
        """Return how many parties each finding has, and the codes of the first of each, as they come."""
        party = np.stack([self._codes("sender"), self._codes("recipient")], axis=1).ravel()
        owner = np.repeat(self.owner, 2)[party != _NONE]
        party = party[party != _NONE]
        _, first = np.unique(owner * (int(party.max(initial=0)) + 1) + party, return_index=True)
        first.sort()
        party, owner = party[first], owner[first]
        counts = np.bincount(owner, minlength=len(self.counts))
        rank = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
        return counts, party[rank < MOST_PARTIES]

    def volumes(self, currencies: Sequence[str]) -> list[dict[str, int]]:
        """Return what the sales of each finding come to, by currency, as currencies come."""
        found: list[dict[str, int]] = [{} for _ in self.counts]
        currency, price = self._codes("currency"), self.rows["price"]
        paid = self._sold & (currency != _NONE) & compute.is_valid(price).to_numpy()
        rows = np.flatnonzero(paid)
        if not rows.size:
            return found
        rows = rows[np.lexsort((rows, currency[rows], self.owner[rows]))]
        key = self.owner[rows] * len(currencies) + currency[rows]
        starts = np.flatnonzero(np.diff(key, prepend=_NONE))
        sums = _sums(price.take(arrow.array(rows)).combine_chunks(), starts)
        first = rows[starts]
        for place in np.argsort(first).tolist():
            row = first[place]
            found[self.owner[row]][currencies[currency[row]]] = sums[place]
        return found

    def keys(self) -> list[memoryview]:
        """Return the keys of each finding's rows, one after the other, for its id."""
        source, id = (self.rows[name].cast(arrow.large_string()) for name in ("source", "id"))
        before, between, none = (
            arrow.scalar(one, arrow.large_string()) for one in ("\n", "\0", "")
        )
        keys = compute.binary_join_element_wise(before, source, between, id, none).combine_chunks()
        _, ends, data = keys.buffers()
        place = np.frombuffer(ends, np.int64, len(keys) + 1, keys.offset * 8)
        view = memoryview(data or b"")
        begins, upto = place[self.begins].tolist(), place[self.begins + self.counts].tolist()
        return [view[begin:end] for begin, end in zip(begins, upto, strict=True)]

    def places(self) -> Integers:
        """Return the place of each row in its finding, from 1."""
        return np.arange(len(self.owner)) - self.begins[self.owner] + 1

    def _codes(self, name: str) -> Integers:
        found: Integers = compute.fill_null(self.rows[name], _NONE).to_numpy()
        return found


def _sums(prices: Any, starts: Integers) -> list[int]:
    """Return the sums of decimals of 128 bits between starts, exactly, however large.

    Each is added in four parts of 32 bits, of which the last has the sign.
    """
    parts = np.frombuffer(prices.buffers()[1], "<u4", 4 * len(prices), 16 * prices.offset)
    parts = parts.reshape(-1, 4).astype(np.int64)
    parts[:, 3] = parts[:, 3].astype(np.int32)
    sums = np.add.reduceat(parts, starts, axis=0).tolist()
    return [a + (b << 32) + (c << 64) + (d << 96) for a, b, c, d in sums]
