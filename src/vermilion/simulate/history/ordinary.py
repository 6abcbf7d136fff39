"""Ordinary trade: collections of very different sizes, and sales and gifts of their tokens."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import SALE, TRANSFER, Columns
from vermilion.simulate.history.scene import DAY, Codes, Scene

LOTS = 8
"""Lots into which a token of several units is split."""

OPENING = 4 * DAY
"""So long after its launch a collection's primary sale is over."""

HOLD = 16 * DAY
"""On the platform nobody sells sooner: five trading days, holidays between."""

_GIFTS = 0.18
"""Transfers for each sale."""


def open_collections(scene: Scene) -> None:
    """Make the collections, their items and their launches."""
    config, rng = scene.config, scene.rng
    total = min(max(30, config.trades // 2_500), 8_000)
    span = scene.end - scene.start
    for style in scene.styles():
        share = _share(scene, style)
        number = max(12, int(total * share))
        rank = 1 + rng.permutation(number)
        weight = rank**-0.8
        size = np.maximum(30, config.trades * share / 5 * weight / weight.sum()).astype(int)
        launch = np.where(rng.random(number) < 0.3, 0.08, 0.6) * rng.random(number)
        launch[:2] *= 0.05
        many = (rng.random(number) < 0.06) & (np.arange(number) > 2) & (style == 0)
        sold = np.full(number, style == 1) | (rng.random(number) < 0.3)
        cap = np.where(rng.random(number) < (0.95 if style else 0.5), rng.integers(2, 7, number), 0)
        scene.collections.add(
            number,
            style=style,
            launch=scene.start + (launch * span).astype(np.int64),
            size=size,
            sold=sold,
            many=many,
            cap=np.where(many, 0, cap),
            issuer=scene.parties.first_issuer + rng.integers(scene.parties.issuers, size=number),
        )
    for several in (0, 1):
        size = np.where(scene.collections["many"] == several, scene.collections["size"], 0)
        if several:
            size = -(-size // LOTS) * LOTS
        quantity = 1 if not several else rng.integers(1, 11, int(size.sum()))
        scene.item(
            np.repeat(np.arange(size.size), size), lots=LOTS if several else 1, quantity=quantity
        )


def _share(scene: Scene, style: int) -> float:
    if scene.config.style != "both":
        return 1.0
    platform = scene.config.platform_share / 1_000
    return platform if style else 1 - platform


def trade(scene: Scene, items: Columns, sales: int) -> None:
    """Add so many ordinary sales, and the gifts that come with them, of the items there were first."""
    rng = scene.rng
    collections = scene.collections.columns()
    number = np.bincount(items["collection"], minlength=len(scene.collections))
    first = np.zeros(number.size, np.int64)
    seen, at = np.unique(items["collection"], return_index=True)
    first[seen] = at
    heat = number * np.exp(0.7 * rng.standard_normal(number.size))
    for style in scene.styles():
        inside = collections["style"] == style
        heat[inside] *= _share(scene, style) / max(heat[inside].sum(), 1e-9)
    count = int(sales * (1 + _GIFTS))
    where = np.searchsorted(np.cumsum(heat) / heat.sum(), rng.random(count, np.float32))
    where = np.minimum(where, number.size - 1)
    item = first[where] + (number[where] * rng.random(count, np.float32) ** 1.3).astype(np.int64)
    part = rng.random(count) ** 1.4
    kind = np.full(count, SALE, np.int8)
    kind[rng.random(count, np.float32) < _GIFTS / (1 + _GIFTS)] = TRANSFER
    opened = collections["launch"] + OPENING
    on_chain = collections["style"][where] == 0
    late = scene.end - 2 * DAY
    ms = opened[where] + (part * (late - opened[where])).astype(np.int64)
    scene.moves.add(int(on_chain.sum()), item=item[on_chain], ms=ms[on_chain], kind=kind[on_chain])
    if not on_chain.all():
        rest = ~on_chain
        _patiently(scene, item[rest], part[rest], kind[rest], opened[where[rest]])


def _patiently(scene: Scene, item: Codes, part: Codes, kind: Codes, opened: Codes) -> None:
    """Add moves of which any two of an item are apart by the holding time; what has no room is left out."""
    order = np.lexsort((part, item))
    item, part, kind, opened = item[order], part[order], kind[order], opened[order]
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    length = np.diff(starts, append=item.size)
    rank = np.arange(item.size) - np.repeat(starts, length)
    length = np.repeat(length, length)
    room = scene.end - 2 * DAY - opened - HOLD
    most = np.maximum(room * 9 // 10 // HOLD, 0)
    length = np.minimum(length, most)
    ms = opened + HOLD + rank * HOLD + (part * (room - length * HOLD)).astype(np.int64)
    fits = rank < length
    scene.moves.add(int(fits.sum()), item=item[fits], ms=ms[fits], kind=kind[fits])
