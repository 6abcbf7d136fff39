"""Which trades a set of traders may claim: those along edges both of whose ends it has.

Sets claim one after the other, and what one has labelled the next may not. Sets that share no edge do
not disturb each other: they make up a layer, and a layer is worked on at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vermilion.market.kernels.trader_sets import Integers, TraderSet
from vermilion.sql import Columns


class Claims(NamedTuple):
    """Which edges belong to which sets: rows in the order of sets, and the layer of each set."""

    edge: Integers
    of_set: Integers
    layer: Integers


def edges_of(trades: Columns) -> tuple[Integers, Integers, Integers]:
    """Return the first trade of each edge, where its trades begin, and the trades by edge."""
    order = np.lexsort((trades["recipient"], trades["sender"], trades["collection"]))
    named = [trades[name][order] for name in ("collection", "sender", "recipient")]
    starts = np.flatnonzero(changes(*named))
    return order[starts], np.append(starts, len(order)), order


def claims_of(edge: Integers, trades: Columns, sets: list[TraderSet]) -> Claims:
    """Return the edges both of whose ends are in a set; sets of one layer share no edge."""
    parties = 1 + int(max(trades["sender"].max(initial=0), trades["recipient"].max(initial=0)))
    place = np.array([one.collection for one in sets], dtype=np.int64)
    sizes = np.array([len(one.members) for one in sets], dtype=np.int64)
    members = np.concatenate([one.members for one in sets])
    number = np.repeat(np.arange(len(sets)), sizes)
    home = place[number] * parties + members
    order = np.argsort(home, kind="stable")
    home, number = home[order], number[order]
    collection = trades["collection"][edge] * parties
    sells = collection + trades["sender"][edge]
    begins, ends = np.searchsorted(home, sells), np.searchsorted(home, sells, side="right")
    times = ends - begins
    which = np.repeat(np.arange(len(edge)), times)
    of_set = number[_ranges(begins, times)]
    belongs = np.isin(
        of_set * parties + trades["recipient"][edge][which], number * parties + home % parties
    )
    which, of_set = which[belongs], of_set[belongs]
    order = np.argsort(of_set, kind="stable")
    which, of_set = which[order], of_set[order]
    return Claims(which, of_set, _layer(which, of_set, len(edge)))


def layers(claims: Claims) -> Iterator[Claims]:
    """Yield the claims of each layer, in the order in which they are heard."""
    for layer in range(int(claims.layer.max(initial=-1)) + 1):
        here = claims.layer == layer
        yield Claims(claims.edge[here], claims.of_set[here], claims.layer[here])


def rows_of_claims(
    claims: Claims, starts: Integers, rows_of: Integers
) -> tuple[Integers, Integers]:
    """Return the trades of claimed edges and the sets that claim them."""
    times = starts[claims.edge + 1] - starts[claims.edge]
    return rows_of[_ranges(starts[claims.edge], times)], np.repeat(claims.of_set, times)


def changes(*columns: Integers) -> Integers:
    """Return 1 where any column differs from the row before, and on the first row."""
    changed = np.ones(len(columns[0]), dtype=np.int64)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed


def _layer(edge: Integers, of_set: Integers, edges: int) -> Integers:
    """Return the layer of each claim's set: above those of earlier sets with which it shares an edge."""
    above = np.zeros(edges, dtype=np.int64)
    starts = np.flatnonzero(np.diff(of_set, prepend=-1))
    layer = np.zeros(len(of_set), dtype=np.int64)
    for start, end in pairwise([*starts.tolist(), len(of_set)]):
        mine = edge[start:end]
        layer[start:end] = found = above[mine].max()
        above[mine] = found + 1
    return layer


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """Return the numbers from each start on, as many as its length."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(
        starts - ends + lengths, lengths
    )
