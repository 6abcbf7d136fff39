"""Wallets that one purse has filled, and that trade with each other; no token returns to a wallet."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.plants.steps import delays, legs, moments, owned
from vermilion.simulate.history.scene import DAY, Codes, Scene


def common_funder(scene: Scene, style: int, number: int) -> None:
    """Plant groups that one wallet has funded."""
    purse = scene.take(style, number)
    member, plant = _path(scene, style, "common_funder", number)
    for one in member.T:
        fund(scene, purse, one, plant)


def chain_funder(scene: Scene, style: int, number: int) -> None:
    """Plant groups in which each wallet was funded by the one before it, the first by a purse."""
    purse = scene.take(style, number)
    member, plant = _path(scene, style, "chain_funder", number)
    for before, one in zip([purse, *member.T], member.T, strict=False):
        fund(scene, before, one, plant)


def seller_funds_buyer(scene: Scene, style: int, number: int) -> None:
    """Plant sellers, themselves funded by an exchange, who fund their buyers."""
    member, plant = _path(scene, style, "seller_funds_buyer", number, size=2)
    fund(scene, member[:, 0], member[:, 1], plant)


def entity_loop(scene: Scene, style: int, number: int) -> None:
    """Plant tokens that return to the owner's other wallet: a loop of one purse's wallets."""
    span = delays(scene, number)
    collection, start = scene.places(style, number, span)
    ms = moments(scene, start, span, 2)
    purse = scene.take(style, number)
    member = scene.take(style, number * 3).reshape(number, 3)
    plant = scene.plant("entity_loop", number, loop=2, delay_ms=span, members=3)
    item = owned(scene, collection, member[:, 0], ms[:, 0], ms[:, 1])
    legs(scene, item, ms[:, 0], member[:, 1], plant)
    legs(scene, item, ms[:, 1], member[:, 2], plant, factor=1.2)
    fund(scene, purse, member[:, 0], plant)
    fund(scene, purse, member[:, 2], plant)


def _path(
    scene: Scene, style: int, pattern: str, number: int, *, size: int = 4
) -> tuple[Codes, Codes]:
    """Plant groups that hand three to eight tokens on, each from a member to the next."""
    count = scene.rng.integers(3, 9, number)
    span = delays(scene, number, most=90 * DAY)
    collection, start = scene.places(style, number, span)
    member = scene.take(style, number * size).reshape(number, size)
    plant = scene.plant(pattern, number, delay_ms=span, members=size)
    of = np.repeat(np.arange(number), count)
    turn = np.arange(of.size) % (size - 1)
    ms = start[of] + (scene.rng.random(of.size) * span[of]).astype(np.int64)
    item = owned(scene, collection[of], member[of, turn], start[of], start[of] + span[of])
    legs(scene, item, ms, member[of, turn + 1], plant[of])
    return member, plant


def fund(scene: Scene, payer: Codes, payee: Codes, plant: Codes) -> None:
    """Let each payer be the first who paid money to the payee."""
    scene.funder.update(zip(payee.tolist(), payer.tolist(), strict=True))
    scene.funding_plant.update(zip(payee.tolist(), plant.tolist(), strict=True))
