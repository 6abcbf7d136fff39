"""Collections whose prices are driven: surges, floors bought up, sleepers awakened."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import RANDOM, SALE
from vermilion.simulate.history.scene import DAY, HOUR, Codes, Scene
from vermilion.simulate.history.words import ROLE

_TOKENS = 150


def surge(scene: Scene, style: int, number: int) -> None:
    """Plant prices that rise to several times within three days, no news before."""
    for _ in range(number):
        _driven(scene, style, "surge", sales=40, days=3, top=5.0)


def news_surge(scene: Scene, style: int, number: int) -> None:
    """Plant the same rise after an announcement, by buyers who have nothing to do with each other."""
    for _ in range(number):
        _driven(scene, style, "news_surge", sales=40, days=3, top=5.0, told=True, crowd=True)


def floor_run_up(scene: Scene, style: int, number: int) -> None:
    """Plant a group that buys the cheapest tokens day by day, so that the floor climbs."""
    for _ in range(number):
        _driven(scene, style, "floor_run_up", sales=60, days=14, top=3.5)


def dormant_awakening(scene: Scene, style: int, number: int) -> None:
    """Plant a collection that nobody has traded for half a year and that is suddenly bought."""
    for _ in range(number):
        _driven(scene, style, "dormant_awakening", sales=40, days=2, top=2.5, asleep=180)


def _driven(
    scene: Scene,
    style: int,
    pattern: str,
    *,
    sales: int,
    days: int,
    top: float,
    asleep: int = 0,
    told: bool = False,
    crowd: bool = False,
) -> None:
    """Plant a collection with quiet trade, then a climb to `top` times the price, then quiet again."""
    rng = scene.rng
    span = (scene.end - scene.start) // DAY
    launch = scene.start + int(rng.random() * 0.1 * span) * DAY
    least, most = (launch - scene.start) // DAY + 60 + asleep, span - 45
    start = scene.start + int(rng.integers(least, max(most, least + 1))) * DAY
    collection = scene.collection(style, launch, size=_TOKENS, sold=style, cap=3)
    item = scene.item(np.full(_TOKENS, collection))
    quiet_until = start - asleep * DAY - 17 * DAY
    _quietly(scene, item, launch + 21 * DAY, quiet_until, 4 * _TOKENS if not asleep else _TOKENS)
    group = np.full(sales, RANDOM)
    members = sales
    if not crowd:
        members = int(rng.integers(4, 10))
        group = rng.choice(scene.take(style, members), sales)
    plant = scene.plant(pattern, 1, delay_ms=days * DAY, members=members)
    part = np.sort(rng.random(sales))
    scene.moves.add(
        sales,
        item=rng.permutation(item)[:sales],
        ms=start + (part * days * DAY).astype(np.int64),
        kind=SALE,
        recipient=group,
        factor=1.2 + (top - 1.2) * part + rng.uniform(0, 0.3, sales),
        plant=int(plant[0]),
        role=ROLE["surge"],
    )
    if told:
        scene.news.add(
            1, collection=collection, ms=start - int(rng.random() * 20 * HOUR), plant=plant
        )
    _quietly(scene, item, start + (days + 17) * DAY, scene.end - 2 * DAY, _TOKENS)


def _quietly(scene: Scene, item: Codes, start: int, end: int, sales: int) -> None:
    """Add ordinary sales of these items between two moments; on the platform with holding times."""
    each = max(1, min(sales // item.size, (end - start) // (17 * DAY)))
    if end <= start:
        return
    room = (end - start) / each
    for turn in range(each):
        part = scene.rng.random(item.size) * max(room - 16 * DAY, 0)
        ms = start + (turn * room + part).astype(np.int64)
        scene.moves.add(item.size, item=item, ms=ms, kind=SALE, recipient=RANDOM)
