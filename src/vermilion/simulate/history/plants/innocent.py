"""What looks like abuse and is none."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.plants.funded import fund
from vermilion.simulate.history.plants.steps import legs, moments, owned
from vermilion.simulate.history.rows import RANDOM, SALE, TRANSFER
from vermilion.simulate.history.scene import DAY, Codes, Scene
from vermilion.simulate.history.words import ROLE


def buy_back(scene: Scene, style: int, number: int) -> None:
    """Plant collectors who sell a token and months later buy it back from a third owner."""
    most = min(400 * DAY, scene.longest())
    span = (scene.rng.uniform(min(60 * DAY, most * 0.5), most, number)).astype(np.int64)
    collection, start = scene.places(style, number, span)
    ms = moments(scene, start, span, 3)
    party = scene.take(style, number)
    plant = scene.plant("buy_back", number, loop=3, delay_ms=span, members=1)
    item = owned(scene, collection, party, start, start + span)
    anybody = np.full(number, RANDOM)
    legs(scene, item, ms[:, 0], anybody, plant, role=ROLE["open"])
    legs(scene, item, ms[:, 1], anybody, plant)
    legs(scene, item, ms[:, 2], party, plant, role=ROLE["close"])


def hot_token(scene: Scene, style: int, number: int) -> None:
    """Plant tokens that eighty people buy one after the other, each once."""
    span = np.full(number, min(120 * DAY, scene.longest()))
    collection, start = scene.places(style, number, span)
    ms = moments(scene, start, span, 80)
    plant = scene.plant("hot_token", number, delay_ms=span, members=80)
    item = scene.item(collection)
    legs(
        scene,
        np.repeat(item, 80),
        ms.ravel(),
        np.full(number * 80, RANDOM),
        np.repeat(plant, 80),
        factor=1.3,
    )


def lender(scene: Scene, style: int, number: int) -> None:
    """Plant owners who borrow on a token three times: a lender's account takes it and gives it back.

    The account is the buyer of sales on record, as lending markets settle.
    """
    _held(scene, style, "lender", "lending", number, kind=SALE)


def custody(scene: Scene, style: int, number: int) -> None:
    """Plant owners who give a token into custody and take it back, then sell."""
    _held(scene, style, "custody", "custody", number, kind=TRANSFER)


def bridge(scene: Scene, style: int, number: int) -> None:
    """Plant owners who send a token over a bridge and fetch it back, then sell."""
    _held(scene, style, "bridge", "bridge", number, kind=TRANSFER)


def _held(scene: Scene, style: int, name: str, role: str, number: int, *, kind: int) -> None:
    span = (scene.rng.uniform(5, 60, number) * DAY).astype(np.int64)
    collection, start = scene.places(style, number, span)
    ms = moments(scene, start, span, 6)
    party, service = scene.take(style, number), scene.service(role, number)
    plant = scene.plant(name, number, loop=2, delay_ms=span, members=1)
    item = owned(scene, collection, party, start, start + span)
    for step in range(0, 6, 2):
        how = {"kind": kind, "role": ROLE["deposit"], "factor": 0.6}
        legs(scene, item, ms[:, step], service, plant, **how)
        how = {"kind": TRANSFER, "role": ROLE["return"]}
        legs(scene, item, ms[:, step + 1], party, plant, **how)
    sold = ms[:, -1] + DAY
    legs(scene, item, sold, np.full(number, RANDOM), plant)


def official_funder(scene: Scene, style: int, number: int) -> None:
    """Plant collections whose issuer gives sixty users their first money; they buy from strangers."""
    collection, start = scene.places(style, number, np.full(number, 30 * DAY))
    for one, begin in zip(collection.tolist(), start.tolist(), strict=True):
        plant = np.repeat(scene.plant("official_funder", 1, members=60), 60)
        users = scene.take(style, 60)
        fund(scene, np.repeat(scene.collections["issuer"][one], 60), users, plant)
        ms = begin + (scene.rng.random(60) * 30 * DAY).astype(np.int64)
        item = scene.item(np.full(60, one), owner=scene.take(style, 60))
        legs(scene, item, ms, users, plant, role=ROLE["buy"])


def gift_friends(scene: Scene, style: int, number: int) -> None:
    """Plant friends: one sells to the other once, and each gives the other a token on other days."""
    span = np.full(number, 40 * DAY)
    collection, start = scene.places(style, number, span)
    pair = scene.take(style, number * 2).reshape(number, 2)
    plant = scene.plant("gift_friends", number, delay_ms=span, members=2)
    end = start + span
    legs(scene, owned(scene, collection, pair[:, 0], start, end), start, pair[:, 1], plant)
    for turn in range(2):
        item = owned(scene, collection, pair[:, turn], start, end)
        given = {"kind": TRANSFER, "role": ROLE["gift"]}
        ms = start + (turn + 1) * 15 * DAY
        legs(scene, item, ms, pair[:, 1 - turn], plant, **given)


def family(scene: Scene, style: int, number: int) -> None:
    """Plant families that one member has funded, who buy from strangers and never from each other."""
    span = np.full(number, 60 * DAY)
    collection, start = scene.places(style, number, span)
    member: Codes = scene.take(style, number * 4).reshape(number, 4)
    plant = scene.plant("family", number, delay_ms=span, members=4)
    for one in range(1, 4):
        fund(scene, member[:, 0], member[:, one], plant)
        for _ in range(2):
            item = scene.item(collection, owner=scene.take(style, number))
            ms = start + (scene.rng.random(number) * span).astype(np.int64)
            legs(scene, item, ms, member[:, one], plant, role=ROLE["buy"])
