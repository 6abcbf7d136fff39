"""Rings: the exact strongly connected components of every token's holders, in one pass.

All tokens are one graph, the disjoint union of theirs: its nodes are pairs of token and party. What
keeps it small: the holders of a token form a walk, so only tokens that somebody got back have a ring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

COLUMNS = (
    "collection", "token", "n", "ms", "sender", "recipient", "sale", "priced", "many",
    "sender_service", "recipient_service",
)  # fmt: skip
ORDER = ("collection", "token", "n")
ROLES = ("priced", "free")

BLOCK = 1 << 18
"""Rows looked at together, whole tokens: few enough to stay in the processor's cache."""

Array = NDArray[Any]
Columns = dict[str, Array]


class Edges(NamedTuple):
    """Changes of hands between two known holders: their rows, first and last, and the holders."""

    first: Array
    last: Array
    sender: Array
    recipient: Array


def run(columns: Columns, parameters: Mapping[str, int]) -> Columns:  # noqa: ARG001
    """Return the rows inside each component of two members or more with a priced row.

    A ring is named by its token, who gave first and when.
    """
    made = [_rings(block) for block in _blocks(columns)]
    return {name: np.concatenate([one[name] for one in made]) for name in made[0]}


def _blocks(columns: Columns) -> Iterator[Columns]:
    """Give the rows of some tokens at a time, at least once."""
    token = columns["token"]
    starts = np.flatnonzero(token[1:] != token[:-1]) + 1
    wanted = np.searchsorted(starts, np.arange(BLOCK, token.size, BLOCK))
    cuts = [0, *np.unique(starts[wanted[wanted < starts.size]]).tolist(), token.size]
    for begin, end in pairwise(cuts):
        yield {name: column[begin:end] for name, column in columns.items()}


def _rings(columns: Columns) -> Columns:
    """Return the evidence of some tokens."""
    edges = _edges(columns)
    component = components(columns["token"][edges.first], edges.sender, edges.recipient)
    inside = np.flatnonzero(component >= 0)
    ring = component[inside]
    first, last = edges.first[inside], edges.last[inside]
    priced = columns["priced"].astype(bool)
    paid = np.bincount(ring, priced[first] | priced[last]) > 0
    opener = np.full(paid.size, first.size)
    np.minimum.at(opener, ring, np.arange(first.size))
    shown = paid[ring]
    row, of = first[shown], opener[ring[shown]]
    ends = last[shown] != row
    row = np.concatenate([row, last[shown][ends]])
    of = np.concatenate([of, of[ends]])
    return {
        "collection": columns["collection"][row],
        "token": columns["token"][row],
        "party": edges.sender[inside][of].astype(np.int64),
        "other": np.full(row.size, -1, np.int64),
        "episode": columns["ms"][first[of]],
        "n": columns["n"][row],
        "role": np.where(priced[row], 0, 1).astype(np.int64),
    }


def components(token: Array, sender: Array, recipient: Array) -> Array:
    """Return each edge's component, counted from 0, or -1 where its ends lie in different ones.

    Args:
        token: of each edge; edges of one token lie together.
        sender: who gives, not who receives.
        recipient: who receives.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    found = np.full(token.size, -1, np.int64)
    kept = np.flatnonzero(_returned(token, sender, recipient))
    if not kept.size:
        return found
    node = _nodes(token[kept], sender[kept], recipient[kept])
    count = int(node.max()) + 1
    ones = np.ones(kept.size, np.int8)
    graph = csr_array((ones, (node[: kept.size], node[kept.size :])), shape=(count, count))
    _, label = connected_components(graph, directed=True, connection="strong")
    left, right = label[node[: kept.size]], label[node[kept.size :]]
    same = left == right
    ring = np.cumsum(np.bincount(left[same], minlength=count) > 0) - 1
    found[kept[same]] = ring[left[same]]
    return found


def _edges(columns: Columns) -> Edges:
    """Return the changes of hands, those through services that sell taken together."""
    gives = columns["sender_service"].astype(bool)
    takes = columns["recipient_service"].astype(bool)
    sender, recipient = columns["sender"], columns["recipient"]
    known = (sender >= 0) & (recipient >= 0) & (sender != recipient)
    known &= columns["many"] == 0
    known &= ~(gives | takes)
    if known.all():
        every = np.arange(known.size)
        return Edges(every, every, sender, recipient)
    plain = np.flatnonzero(known)
    first, last = _passages(columns, gives, takes)
    row = np.concatenate([plain, first])
    end = np.concatenate([plain, last])
    if first.size:
        order = np.argsort(row, kind="stable")
        row, end = row[order], end[order]
    return Edges(row, end, sender[row], recipient[end])


def _passages(columns: Columns, gives: Array, takes: Array) -> tuple[Array, Array]:
    """Return the first and last rows of passages through services in which a sale lies."""
    rows = np.flatnonzero((gives | takes) & (columns["many"] == 0))
    if not rows.size:
        return rows, rows
    token = columns["token"][rows]
    follows = np.zeros(rows.size, bool)
    follows[1:] = (
        gives[rows[1:]] & takes[rows[:-1]] & (token[1:] == token[:-1]) & (np.diff(rows) == 1)
    )
    start = np.flatnonzero(~follows)
    end = np.append(start[1:], rows.size) - 1
    sold = np.logical_or.reduceat(columns["sale"][rows].astype(bool), start)
    first, last = rows[start], rows[end]
    sender, recipient = columns["sender"][first], columns["recipient"][last]
    whole = sold & ~gives[first] & ~takes[last] & (sender >= 0) & (recipient >= 0)
    whole &= sender != recipient
    return first[whole], last[whole]


def _returned(token: Array, sender: Array, recipient: Array) -> Array:
    """Say of each edge whether its token came to somebody who had it before.

    Holders are who receives, and who gives without having just received: had one twice, a token has a
    cycle if its chain is whole; where it is not, this keeps more than needed, never less.
    """
    if not token.size:
        return np.zeros(0, bool)
    starts = np.ones(token.size, bool)
    starts[1:] = (token[1:] != token[:-1]) | (sender[1:] != recipient[:-1])
    width = np.int64(max(int(sender.max()), int(recipient.max())) + 1)
    dense = np.cumsum(np.append(False, token[1:] != token[:-1]))
    held = np.concatenate([dense * width + recipient, dense[starts] * width + sender[starts]])
    held.sort(kind="stable")  # Tokens lie in order already, which a merge sort makes use of.
    again: Array = np.zeros(int(dense[-1]) + 1, bool)
    again[held[1:][held[1:] == held[:-1]] // width] = True
    kept: Array = again[dense]
    return kept


def _nodes(token: Array, sender: Array, recipient: Array) -> Array:
    """Return the node of each sender, then of each recipient, counted from 0."""
    width = np.int64(max(int(sender.max()), int(recipient.max())) + 1)
    dense = np.cumsum(np.append(False, token[1:] != token[:-1])) * width
    keys = np.concatenate([dense + sender, dense + recipient])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    number = np.cumsum(np.append(False, keys[1:] != keys[:-1]))
    node = np.empty(keys.size, np.int32)
    node[order] = number
    return node
