"""Primary sales bought up, limits evaded with other people's names, and tokens sold again too soon."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.plants.funded import fund
from vermilion.simulate.history.plants.steps import legs, owned
from vermilion.simulate.history.rows import RANDOM, TRANSFER
from vermilion.simulate.history.scene import DAY, HOUR, Codes, Scene
from vermilion.simulate.history.words import ROLE

_SUPPLY = (100, 201)


def primary_concentration(scene: Scene, style: int, number: int) -> None:
    """Plant a buyer who takes 25 to 75 percent of a primary sale that has no limit."""
    for _ in range(number):
        supply = int(scene.rng.integers(*_SUPPLY))
        much = int(supply * scene.rng.uniform(0.25, 0.75))
        plant = scene.plant("primary_concentration", 1, members=1)
        buyer = np.repeat(scene.take(style, 1), much)
        _primary(scene, style, supply, 0, buyers=buyer, plant=plant)


def big_collector(scene: Scene, style: int, number: int) -> None:
    """Plant a collector who takes all that the rules of a primary sale allow one person."""
    for _ in range(number):
        supply = int(scene.rng.integers(*_SUPPLY))
        cap = supply * 9 // 100
        for one in scene.take(style, 3):
            plant = scene.plant("big_collector", 1, members=1)
            _primary(scene, style, supply, cap, buyers=np.full(cap, one), plant=plant)


def limit_evasion(scene: Scene, style: int, number: int) -> None:
    """Plant people, all paid by one, who buy the limit each; some hand it over, at once or weeks later."""
    for turn in range(number):
        supply, cap = int(scene.rng.integers(*_SUPPLY)), int(scene.rng.integers(1, 4))
        sybils = int(scene.rng.integers(4, 31))
        purse, people = scene.take(style, 1), scene.take(style, sybils)
        plant = scene.plant("limit_evasion", 1, members=sybils, free_legs=turn % 3 != 1)
        item = _primary(scene, style, supply, cap, buyers=np.repeat(people, cap), plant=plant)
        fund(scene, np.repeat(purse, sybils), people, np.repeat(plant, sybils))
        if turn % 3 == 1:
            continue
        opened = int(scene.collections["launch"][-1])
        after = (3 * DAY + 2 * HOUR) if turn % 3 == 0 else 20 * DAY
        ms = opened + after + (scene.rng.random(item.size) * DAY / 4).astype(np.int64)
        to = np.repeat(purse, item.size)
        given = {"kind": TRANSFER, "role": ROLE["collect"]}
        legs(scene, item, ms, to, np.repeat(plant, item.size), **given)


def _primary(
    scene: Scene, style: int, supply: int, cap: int, *, buyers: Codes, plant: Codes
) -> Codes:
    """Make a collection with a primary sale, and return the items that the planted buyers got."""
    launch = scene.start + int(scene.rng.random() * 0.8 * (scene.end - scene.start))
    collection = scene.collection(style, launch, size=supply, cap=cap, sold=1)
    role = {"plant": int(plant[0]), "role": ROLE["primary"]}
    item = scene.item(np.full(buyers.size, collection), owner=buyers, **role)
    scene.item(np.full(supply - buyers.size, collection), owner=RANDOM)
    return item


def t_plus_5(scene: Scene, style: int, number: int) -> None:
    """Plant buyers who sell again within two days."""
    span = (scene.rng.uniform(0.05, 1.9, number) * DAY).astype(np.int64)
    collection, start = scene.places(style, number, span)
    party = scene.take(style, number)
    plant = scene.plant("t_plus_5", number, delay_ms=span, members=1)
    first = scene.take(style, number)
    item = owned(scene, collection, first, start, start + span)
    legs(scene, item, start, party, plant, role=ROLE["buy"])
    other = np.full(number, RANDOM)
    legs(scene, item, start + span, other, plant, role=ROLE["sell"], factor=1.1)
