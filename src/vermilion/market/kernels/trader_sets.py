"""Sets of traders that trade in circles again and again, without enumerating any circle.

Of each unit (a token, or a collection as a whole) a graph has an edge from seller to buyer, as heavy
as there are trades. Its strongly connected components of two or more traders are counted, every edge
gets lighter by one, edges without weight go; until there is no circle (Victor and Weintraud, WWW '21).

A component stays as it is until its lightest edge is gone, so that it is counted as often as that
edge is heavy, in one step. All units are one graph, whose parts do not touch.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Integers = npt.NDArray[np.int64]


class TraderSet(NamedTuple):
    """Traders of a collection, ascending, and how often they were a component of it."""

    collection: int
    members: Integers
    occurrence: int


class _Graph(NamedTuple):
    """Edges between nodes 0, 1, ..; a node is a trader within a unit."""

    source: Integers
    target: Integers
    weight: Integers
    party: Integers
    collection: Integers


def trader_sets(
    collection: Integers, unit: Integers, seller: Integers, buyer: Integers, least: int
) -> list[TraderSet]:
    """Return the sets that occur `least` times or more, counted over the units of their collection.

    They come in the order in which they claim trades: by collection, the more frequent first, then
    the smaller, then by members.

    Args:
        collection: of each trade, as the other columns; all codes are from 0 on.
        unit: the token, or the collection.
        seller: who sells.
        buyer: who buys; never the seller.
        least: how often.
    """
    counted: Counter[tuple[int, bytes]] = Counter()
    graph = _graph(collection, unit, seller, buyer)
    while graph.source.size:
        graph, component = _components(graph)
        graph = _lighter(graph, component, counted)
    found = [
        TraderSet(place, np.frombuffer(members, dtype=np.int64), number)
        for (place, members), number in counted.items()
        if number >= least
    ]
    found.sort(key=lambda one: (one.collection, -one.occurrence, len(one.members), *one.members))
    return found


def _graph(collection: Integers, unit: Integers, seller: Integers, buyer: Integers) -> _Graph:
    parties = int(max(seller.max(initial=0), buyer.max(initial=0))) + 1
    keys = np.concatenate([unit * parties + seller, unit * parties + buyer])
    nodes, first, place = np.unique(keys, return_index=True, return_inverse=True)
    source, target = place[: len(unit)], place[len(unit) :]
    edges, weight = np.unique(source * len(nodes) + target, return_counts=True)
    both = np.concatenate([collection, collection])
    return _Graph(
        edges // max(len(nodes), 1),
        edges % max(len(nodes), 1),
        weight.astype(np.int64),
        nodes % parties,
        both[first],
    )


def _components(graph: _Graph) -> tuple[_Graph, Integers]:
    """Return the edges within components, nodes numbered anew, and the component of each node."""
    size = len(graph.party)
    matrix = csr_array(
        (np.ones(len(graph.source), dtype=np.int8), (graph.source, graph.target)),
        shape=(size, size),
    )
    _, label = connected_components(matrix, directed=True, connection="strong")
    inner = label[graph.source] == label[graph.target]
    source, target = graph.source[inner], graph.target[inner]
    nodes, source = np.unique(source, return_inverse=True)
    target = np.searchsorted(nodes, target)
    _, component = np.unique(label[nodes], return_inverse=True)
    return (
        _Graph(source, target, graph.weight[inner], graph.party[nodes], graph.collection[nodes]),
        component.astype(np.int64),
    )


def _lighter(graph: _Graph, component: Integers, counted: Counter[tuple[int, bytes]]) -> _Graph:
    """Count each component as often as its lightest edge is heavy; take that off its edges."""
    if not graph.source.size:
        return graph
    of_edge = component[graph.source]
    lightest = np.full(int(component.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(lightest, of_edge, graph.weight)
    order = np.lexsort((graph.party, component))
    starts = np.flatnonzero(np.diff(component[order], prepend=-1))
    ends = [*(starts[1:] * 8).tolist(), 8 * len(order)]
    members = graph.party[order].tobytes()
    places = graph.collection[order[starts]].tolist()
    for place, start, end, number in zip(
        places, (starts * 8).tolist(), ends, lightest.tolist(), strict=True
    ):
        counted[place, members[start:end]] += number
    weight = graph.weight - lightest[of_edge]
    left = weight > 0
    return graph._replace(source=graph.source[left], target=graph.target[left], weight=weight[left])
