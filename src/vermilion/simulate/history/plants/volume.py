"""Tokens of several units: groups whose positions cancel out, and tokens divided among many."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.plants.steps import delays, legs, moments
from vermilion.simulate.history.rows import RANDOM, SALE
from vermilion.simulate.history.scene import DAY, Scene
from vermilion.simulate.history.words import ROLE

_HOLDERS = (205, 300)


def volume_matched(scene: Scene, style: int, number: int) -> None:
    """Plant groups of three to five that pass units round in unlike parts; in the end nobody has moved."""
    for size in range(3, 6):
        share = (number + size - 3) // 3
        if share:
            _group(scene, style, share, size)


def _group(scene: Scene, style: int, number: int, size: int) -> None:
    rng = scene.rng
    span = delays(scene, number, most=7 * DAY)
    _, start = scene.places(style, number, span)
    launch = np.maximum(start - CALM_BEFORE, scene.start)
    collections = [
        scene.collection(style, int(one), size=1, many=1) for one in launch[: -(-number // 20)]
    ]
    home = np.array(collections)[np.arange(number) // 20]
    start = np.maximum(start, scene.collections["launch"][home] + CALM_BEFORE)
    start = np.minimum(start, scene.end - 35 * DAY - span)
    member = scene.take(style, number * size).reshape(number, size)
    plant = scene.plant("volume_matched", number, loop=size, delay_ms=span, members=size)
    units = rng.integers(10, 60, number)
    item = scene.item(home, quantity=units)
    scene.moves.add(number, item=item, ms=start - DAY, kind=SALE, recipient=member[:, 0])
    rounds = 7 - size
    ms = moments(scene, start, span, rounds * (size + 1))
    for turn in range(rounds):
        part = rng.integers(1, units)
        # All to the second; a part on round the group, the rest straight back.
        path = [(0, 1, units), (1, 0, units - part)]
        path[1:1] = [(one, (one + 1) % size, part) for one in range(1, size)]
        for step, (giver, taker, much) in enumerate(path):
            legs(
                scene,
                item,
                ms[:, turn * (size + 1) + step],
                member[:, taker],
                plant,
                sender=member[:, giver],
                quantity=much,
            )
    after = ms[:, -1] + 17 * DAY
    ours = member[:, 0]
    scene.moves.add(number, item=item, ms=after, kind=SALE, sender=ours, recipient=RANDOM)


CALM_BEFORE = 25 * DAY


def divided_token(scene: Scene, style: int, number: int) -> None:
    """Plant tokens whose equal units come to be held by more than two hundred."""
    for _ in range(number):
        holders = int(scene.rng.integers(*_HOLDERS))
        launch = scene.start + int(scene.rng.random() * 0.3 * (scene.end - scene.start))
        collection = scene.collection(style, launch, many=1, size=holders, sold=1)
        plant = scene.plant("divided_token", 1, members=holders)
        scene.item(
            np.full(holders, collection),
            lots=holders,
            owner=scene.take(style, holders),
            plant=int(plant[0]),
            role=ROLE["primary"],
        )
