"""Who trades: few do a lot, most do little, and each collection has its own regulars."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import RANDOM, Columns
from vermilion.simulate.history.scene import Codes, Scene

_REGULARS = 0.7
"""Of the buyers of a collection, this part are its regulars."""


def anybody(scene: Scene, collection: Codes) -> Codes:
    """Draw a trader for each row, by the row's collection."""
    rng = scene.rng
    known = scene.collections.columns()
    first, number = scene.parties.base(known["style"][collection])
    luck = rng.random(collection.size, np.float32).astype(np.float64)
    pool = np.minimum(np.maximum(known["size"][collection] * 3 // 2, 200), number)
    shift = collection.astype(np.int64) * 2_654_435_761
    regular = shift + (pool * luck**1.5).astype(np.int64)
    # A stride that has no factor in common with the number keeps the busy ones apart.
    busy = (number * luck**2.2).astype(np.int64) * 7_919
    known_here = rng.random(collection.size, np.float32) < _REGULARS
    found: Codes = first + np.where(known_here, regular, busy) % number
    return found


def stranger(scene: Scene, collection: Codes) -> Codes:
    """Draw a trader for each row, all alike."""
    first, number = scene.parties.base(scene.collections["style"][collection])
    return first + (number * scene.rng.random(collection.size)).astype(np.int64)


def give_faces(scene: Scene, moves: Columns, collection: Codes, token: Codes) -> None:
    """Put a trader in place of each `anybody`, none of whom has held the token before."""
    free = moves["recipient"] == RANDOM
    at = np.flatnonzero(free)
    moves["recipient"][at] = anybody(scene, collection[at])
    rows = np.arange(free.size)
    for _ in range(5):
        key = (token[rows].astype(np.int64) << 26) | (moves["recipient"][rows] + 2)
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        again = np.zeros(rows.size, bool)
        again[order[1:][same]] = True
        again[order[:-1][same]] = True
        redraw = rows[again & free[rows]]
        if not redraw.size:
            return
        moves["recipient"][redraw] = stranger(scene, collection[redraw])
        touched = np.zeros(scene.tokens, bool)
        touched[token[redraw]] = True
        rows = rows[touched[token[rows]]]


def keep_caps(scene: Scene, recipient: Codes, collection: Codes, free: Codes) -> None:
    """Redraw buyers of primary sales who have more than a person may buy."""
    cap = scene.collections["cap"][collection]
    for _ in range(8):
        key = collection.astype(np.int64) << 26 | recipient
        # Those who are planted come first, so that the others give way.
        order = np.lexsort((free, key))
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        rank = np.arange(key.size) - np.repeat(starts, np.diff(starts, append=key.size))
        over = np.zeros(key.size, bool)
        over[order] = (rank >= cap[order]) & (cap[order] > 0)
        redraw = np.flatnonzero(over & free)
        if not redraw.size:
            return
        recipient[redraw] = stranger(scene, collection[redraw])
