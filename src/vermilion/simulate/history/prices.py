"""Prices: a collection's random walk, what a token is worth in it, and noise; often round."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import SALE, Columns
from vermilion.simulate.history.scene import DAY, Codes, Scene
from vermilion.simulate.history.words import PATTERNS

UNIT = (10**12, 1)
"""Minor units of the currency in a unit in which prices are reckoned: a millionth of an ether, a fen."""

_PULL, _STEP = 0.02, 0.04
"""How strongly a collection's price returns to its mean in a day, and how far it strays."""


def price(scene: Scene, moves: Columns) -> Codes:
    """Return each sale's whole price in units, and -1 of what is no sale."""
    rng = scene.rng
    at = np.flatnonzero(moves["kind"] == SALE)
    collection, factor = moves["collection"][at], moves["factor"][at].astype(np.float64)
    known = scene.collections.columns()
    style = known["style"][collection]
    base = np.where(known["style"] == 1, 9.2, 11.5) + 0.9 * rng.standard_normal(known["style"].size)
    spread = rng.uniform(0.08, 0.3, base.size)
    walk = _walk(scene, base.size)
    worth = 0.2 * rng.standard_normal(scene.tokens)
    day = (moves["ms"][at] - scene.start) // DAY
    noise = spread[collection] * rng.standard_normal(at.size)
    # Who trades with himself does not haggle.
    abuse = np.append(scene.plants["pattern"] < len(PATTERNS), False)
    noise *= np.where(abuse[moves["plant"][at]], 0.1, 1.0)
    log = base[collection] + walk[collection, day] + worth[moves["token"][at]] + noise
    primary = factor < 0
    log = np.where(primary, base[collection] - 0.7, log + np.log(np.where(primary, 1.0, factor)))
    each = _rounded(np.exp(log), style, rng.random(at.size), primary)
    found = np.full(moves["ms"].size, -1, np.int64)
    found[at] = each * moves["quantity"][at]
    return found


def _walk(scene: Scene, collections: int) -> Codes:
    days = scene.config.days + 2
    walk = np.zeros((collections, days), np.float32)
    steps = scene.rng.standard_normal((days, collections), np.float32) * np.float32(_STEP)
    for day in range(1, days):
        walk[:, day] = walk[:, day - 1] * np.float32(1 - _PULL) + steps[day]
    return walk


def _rounded(value: Codes, style: Codes, luck: Codes, primary: Codes) -> Codes:
    """Round most prices to two digits, the others to four; a primary sale's to two."""
    digits = np.where((luck < 0.6) | primary, 1, 3)
    grid = np.power(10.0, np.maximum(np.floor(np.log10(np.maximum(value, 1.0))) - digits, 0))
    grid = np.where((style == 1) & (luck < 0.5), np.maximum(grid, 100.0), grid)
    rounded: Codes = np.maximum(np.rint(value / grid) * grid, 1).astype(np.int64)
    return rounded
