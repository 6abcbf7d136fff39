"""From items and moves to rows in their order: launches, owners, prices and faults."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.people import anybody, give_faces, keep_caps
from vermilion.simulate.history.prices import price
from vermilion.simulate.history.rows import (
    BURN,
    DERIVED,
    MINT,
    NOBODY,
    RANDOM,
    SALE,
    TRANSFER,
    Columns,
)
from vermilion.simulate.history.scene import DAY, HOUR, Codes, Scene

BLOCK = 12_000
"""Milliseconds between blocks of the chain."""

_MS_BITS = 39

_BURNT = 0.001
"""Part of the tokens that are burnt in the end."""


def finish(scene: Scene) -> Columns:
    """Return all moves in their order, with sender, recipient, price in small units, and position.

    A row's `price` is -1 where none is known. Plants' rows are never touched by faults.
    """
    _launch(scene)
    _burn(scene)
    moves = scene.columns()
    items = scene.items.columns()
    collection, token = items["collection"][moves["item"]], items["token"][moves["item"]]
    give_faces(scene, moves, collection, token)
    key = (moves["item"].astype(np.int64) << _MS_BITS) | (moves["ms"] - scene.start)
    order = np.argsort(key, kind="stable")
    del key
    moves = {name: column[order] for name, column in moves.items()}
    moves["collection"], moves["token"] = collection[order], token[order]
    del collection, token, order
    units = items["quantity"][moves["item"]]
    moves["quantity"] = np.where(moves["quantity"] > 0, moves["quantity"], units)
    _owners(moves)
    moves["price"] = price(scene, moves)
    moves["listed"] = _listed(scene, moves)
    keep = _faults(scene, moves)
    on_chain = scene.collections["style"][moves["collection"]] == 0
    moves["style"] = (~on_chain).astype(np.int8)
    since = moves["ms"] - scene.start
    moves["ms"] = scene.start + np.where(on_chain, since - since % BLOCK, since)
    rows = np.flatnonzero(keep)
    rows = rows[np.argsort(moves["ms"][rows], kind="stable")]
    moves = {name: column[rows] for name, column in moves.items()}
    starts = np.flatnonzero(np.diff(moves["ms"], prepend=-1))
    sizes = np.diff(starts, append=moves["ms"].size)
    moves["position"] = np.arange(moves["ms"].size) - np.repeat(starts, sizes)
    return moves


def _launch(scene: Scene) -> None:
    """Add the mint of each item, and its primary sale where the issuer sells."""
    rng, items, known = scene.rng, scene.items.columns(), scene.collections.columns()
    where = items["collection"]
    owner, free = items["owner"].copy(), items["owner"] == RANDOM
    at = np.flatnonzero(free)
    owner[at] = anybody(scene, where[at])
    keep_caps(scene, owner, where, free)
    sold = known["sold"][where] == 1
    soon = known["launch"][where] + (rng.random(where.size) * HOUR).astype(np.int64)
    bought = known["launch"][where] + HOUR + (rng.random(where.size) * 3 * DAY).astype(np.int64)
    item = np.arange(where.size)
    minted = np.where(sold, known["issuer"][where], owner)
    scene.moves.add(
        item.size,
        item=item,
        ms=np.where(sold, soon, bought),
        kind=MINT,
        sender=NOBODY,
        recipient=minted,
        plant=np.where(sold, -1, items["plant"]),
        role=np.where(sold, 0, items["role"]),
    )
    scene.moves.add(
        int(sold.sum()),
        item=item[sold],
        ms=bought[sold],
        kind=SALE,
        recipient=owner[sold],
        factor=-1.0,
        plant=items["plant"][sold],
        role=items["role"][sold],
    )


def _burn(scene: Scene) -> None:
    """Add the end of few tokens, on the last days."""
    rng, items = scene.rng, scene.items.columns()
    chosen = (items["plant"] < 0) & (rng.random(items["plant"].size) < _BURNT)
    item = np.flatnonzero(chosen)
    last = scene.end - DAY + (rng.random(item.size) * DAY).astype(np.int64)
    scene.moves.add(item.size, item=item, ms=last, kind=BURN, recipient=NOBODY)


def _owners(moves: Columns) -> None:
    """Put the owner until then in place of each sender that is not given."""
    before = np.roll(moves["recipient"], 1)
    derived = moves["sender"] == DERIVED
    moves["sender"][derived] = before[derived]


def _listed(scene: Scene, moves: Columns) -> Codes:
    """Return since when what is sold was listed; -1 where it was not."""
    rng, number = scene.rng, moves["ms"].size
    listed = np.full(number, -1, np.int64)
    chosen = rng.random(number, np.float32) < scene.config.listings / 1_000
    at = np.flatnonzero(chosen & (moves["kind"] == SALE) & (moves["factor"] > 0))
    acquired = moves["ms"][at - 1]
    wait = (rng.random(at.size) * 5 * DAY).astype(np.int64)
    listed[at] = np.maximum(np.minimum(acquired + 60_000, moves["ms"][at]), moves["ms"][at] - wait)
    return listed


def _faults(scene: Scene, moves: Columns) -> Codes:
    """Take prices, sellers and transfers away from few ordinary rows; return which rows stay."""
    config, rng, number = scene.config, scene.rng, moves["ms"].size
    ordinary = moves["plant"] < 0
    sale = ordinary & (moves["kind"] == SALE)
    luck = rng.random(number, np.float32) * 1_000
    moves["price"][sale & (luck < config.missing_prices)] = -1
    luck = rng.random(number, np.float32) * 1_000
    moves["sender"][sale & (luck < config.unknown_parties) & (moves["factor"] > 0)] = NOBODY
    luck = rng.random(number, np.float32) * 1_000
    kept: Codes = ~(ordinary & (moves["kind"] == TRANSFER) & (luck < config.broken))
    return kept
