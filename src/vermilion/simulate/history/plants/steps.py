"""What plants have in common: a token, who owns it before and after, how long it all takes."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import RANDOM, SALE, TRANSFER
from vermilion.simulate.history.scene import DAY, HOUR, MINUTE, Codes, Scene
from vermilion.simulate.history.words import ROLE

DELAYS = {
    "minutes": (2 * MINUTE, HOUR),
    "hours": (HOUR, DAY),
    "days": (DAY, 7 * DAY),
    "weeks": (7 * DAY, 30 * DAY),
    "months": (30 * DAY, 400 * DAY),
}
"""How long a plant takes from its first to its last sale, in milliseconds."""


def delays(scene: Scene, number: int, *, most: int = 400 * DAY) -> Codes:
    """Return how long each plant takes: a bucket for each by turns, log-uniform within."""
    bounds = np.array([span for span in DELAYS.values() if span[0] < most])
    chosen = bounds[(np.arange(number) + scene.rng.integers(len(bounds))) % len(bounds)]
    low, high = chosen[:, 0], np.minimum(chosen[:, 1], min(most, scene.longest()))
    drawn = low * (np.maximum(high, low) / low) ** scene.rng.random(number)
    found: Codes = np.minimum(drawn, scene.longest()).astype(np.int64)
    return found


def moments(scene: Scene, start: Codes, length: Codes, steps: int) -> Codes:
    """Return (plant, step) times: the first at the start, the last at its end, none too close."""
    if steps == 1:
        return start[:, None]
    gaps = 0.3 + scene.rng.random((start.size, steps - 1))
    part = np.cumsum(gaps, axis=1) / gaps.sum(axis=1, keepdims=True)
    times = start[:, None] + (part * length[:, None]).astype(np.int64)
    return np.concatenate([start[:, None], times], axis=1)


def owned(scene: Scene, collection: Codes, owner: Codes, start: Codes, end: Codes) -> Codes:
    """Make a token for each row which its owner bought before the start and somebody buys after."""
    item = scene.item(collection)
    # On the platform nobody sells sooner than the holding time, but for plants.
    held = scene.rng.uniform(0.5, 15, item.size) + 16.5 * scene.collections["style"][collection]
    before = (held * DAY).astype(np.int64)
    scene.moves.add(item.size, item=item, ms=start - before - 16 * DAY, kind=SALE, recipient=RANDOM)
    scene.moves.add(item.size, item=item, ms=start - before, kind=SALE, recipient=owner)
    after = (scene.rng.uniform(17, 30, item.size) * DAY).astype(np.int64)
    scene.moves.add(item.size, item=item, ms=end + after, kind=SALE, recipient=RANDOM)
    return item


def legs(
    scene: Scene, item: Codes, ms: Codes, recipient: Codes, plant: Codes, **more: object
) -> None:
    """Add one planted move for each row: a sale, unless another kind is named."""
    given: dict[str, object] = {"kind": SALE, "role": ROLE["leg"], "factor": 1.0} | more
    scene.moves.add(item.size, item=item, ms=ms, recipient=recipient, plant=plant, **given)


def freely(kind_free: Codes) -> Codes:
    """Return the kind of each row: a transfer where it is free."""
    return np.where(kind_free, TRANSFER, SALE)
