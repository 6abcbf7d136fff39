"""Trade with oneself: self trades, loops, repeated buying, pairs, refunds and borrowed money."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.plants.steps import delays, freely, legs, moments, owned
from vermilion.simulate.history.rows import TRANSFER
from vermilion.simulate.history.scene import DAY, MINUTE, Codes, Scene
from vermilion.simulate.history.words import ROLE


def self_trade(scene: Scene, style: int, number: int) -> None:
    """Plant owners who buy from themselves, one to three times within days."""
    times = 1 + np.arange(number) % 3
    length = delays(scene, number, most=7 * DAY)
    collection, start = scene.places(style, number, length)
    party = scene.take(style, number)
    plant = scene.plant("self_trade", number, loop=1, delay_ms=length, members=1)
    item = owned(scene, collection, party, start, start + length)
    for step in range(3):
        at = times > step
        legs(scene, item[at], (start + length * step // 3)[at], party[at], plant[at])


def round_trip(scene: Scene, style: int, number: int) -> None:
    """Plant tokens that go to another wallet and come back."""
    _loops(scene, style, "round_trip", number, 2)


def ring(scene: Scene, style: int, number: int) -> None:
    """Plant tokens that come back through two to five other wallets."""
    for length in range(3, 7):
        share = (number + length - 3) // 4
        if share:
            _loops(scene, style, "ring", share, length)


def _loops(scene: Scene, style: int, pattern: str, number: int, length: int) -> None:
    """Plant closed loops: some legs free, some through a relay, some through an escrow account."""
    rng = scene.rng
    span = delays(scene, number)
    collection, start = scene.places(style, number, span)
    ms = moments(scene, start, span, length)
    member = scene.take(style, number * length).reshape(number, length)
    free = rng.random((number, length)) < 0.5
    # One leg at least has a price; three in ten loops have free legs at all.
    free[np.arange(number), rng.integers(0, length, number)] = False
    free &= (rng.random(number) < 0.3)[:, None]
    relayed = rng.random(number) < 0.2
    escrowed = ~relayed & (rng.random(number) < 0.12) & (style == 0)
    plant = scene.plant(
        pattern,
        number,
        loop=length,
        delay_ms=ms[:, -1] - ms[:, 0],
        free_legs=free.sum(axis=1),
        relays=relayed,
        members=length + relayed,
        escrow=escrowed,
    )
    item = owned(scene, collection, member[:, 0], ms[:, 0], ms[:, -1])
    drift = np.exp(np.cumsum(rng.uniform(0, 0.15, (number, length)), axis=1))
    for step in range(length):
        role = ROLE["open"] if not step else ROLE["close"] if step == length - 1 else ROLE["leg"]
        legs(
            scene,
            item,
            ms[:, step],
            member[:, (step + 1) % length],
            plant,
            kind=freely(free[:, step]),
            role=np.where(free[:, step], ROLE["free"], role),
            factor=drift[:, step],
        )
        at = np.flatnonzero(escrowed & ~free[:, step])
        if at.size:
            through = scene.service("escrow", at.size)
            held = {"kind": TRANSFER, "role": ROLE["escrow"]}
            legs(scene, item[at], ms[at, step] - 2_000, through, plant[at], **held)
    at = np.flatnonzero(relayed)
    if at.size:
        middle = ms[at, 0] + (ms[at, 1] - ms[at, 0]) // 2
        other = scene.take(style, at.size)
        legs(scene, item[at], middle, other, plant[at], kind=TRANSFER, role=ROLE["relay"])


def repeated_buying(scene: Scene, style: int, number: int) -> None:
    """Plant a buyer who buys one token three to six times, from a different wallet each time."""
    for times in range(3, 7):
        share = (number + times - 3) // 4
        span = delays(scene, share, most=90 * DAY)
        collection, start = scene.places(style, share, span)
        ms = moments(scene, start, span, 2 * times - 1)
        buyer = scene.take(style, share)
        other = scene.take(style, share * times).reshape(share, times)
        figures = {"loop": 2, "delay_ms": span, "members": times + 1}
        plant = scene.plant("repeated_buying", share, **figures)
        item = owned(scene, collection, other[:, 0], ms[:, 0], ms[:, -1])
        for step in range(2 * times - 1):
            buys = step % 2 == 0
            to = buyer if buys else other[:, (step + 1) // 2]
            role = ROLE["buy"] if buys else ROLE["sell"]
            legs(scene, item, ms[:, step], to, plant, role=role)


def pair_symmetry(scene: Scene, style: int, number: int) -> None:
    """Plant pairs that sell each other ten to twenty tokens of a collection, none of which returns."""
    count = 10 + 2 * scene.rng.integers(0, 6, number)
    span = 5 * DAY + delays(scene, number, most=30 * DAY)
    collection, start = scene.places(style, number, span)
    pair = scene.take(style, number * 2).reshape(number, 2)
    plant = scene.plant("pair_symmetry", number, delay_ms=span, members=2)
    of = np.repeat(np.arange(number), count)
    turn = np.arange(of.size) % 2
    ms = start[of] + (scene.rng.random(of.size) * span[of]).astype(np.int64)
    item = owned(scene, collection[of], pair[of, turn], start[of], start[of] + span[of])
    legs(scene, item, ms, pair[of, 1 - turn], plant[of])


def trade_transfer_trade(scene: Scene, style: int, number: int) -> None:
    """Plant tokens sold to a wallet that gives them back, two to four times."""
    for times in range(2, 5):
        share = (number + times - 2) // 3
        if not share:
            continue
        span = delays(scene, share, most=90 * DAY)
        collection, start = scene.places(style, share, span)
        ms = moments(scene, start, span, 2 * times - 1)
        pair = scene.take(style, share * 2).reshape(share, 2)
        figures = {"loop": 2, "delay_ms": span, "free_legs": times - 1, "members": 2}
        plant = scene.plant("trade_transfer_trade", share, **figures)
        item = owned(scene, collection, pair[:, 0], ms[:, 0], ms[:, -1])
        for step in range(2 * times - 1):
            sold = step % 2 == 0
            how = {} if sold else {"kind": TRANSFER, "role": ROLE["free"]}
            legs(scene, item, ms[:, step], pair[:, 1 if sold else 0], plant, **how)


def instant_refund(scene: Scene, style: int, number: int) -> None:
    """Plant sales whose price the seller pays back in the same transaction."""
    _, collection, start, pair = _pairs(scene, style, number)
    plant = scene.plant("instant_refund", number, members=2)
    item = owned(scene, collection, pair[:, 0], start, start)
    factor = scene.rng.uniform(1.5, 6, number)
    legs(scene, item, start, pair[:, 1], plant, factor=factor)


def flash_loan(scene: Scene, style: int, number: int) -> None:
    """Plant sales there and back in one transaction, with money borrowed and returned in it."""
    _, collection, start, pair = _pairs(scene, style, number)
    start -= (start - scene.start) % (12 * 1_000)
    plant = scene.plant("flash_loan", number, loop=2, delay_ms=0, members=2)
    item = owned(scene, collection, pair[:, 0], start, start)
    factor = scene.rng.uniform(5, 40, number)
    for step in range(2):
        role = ROLE["open"] if not step else ROLE["close"]
        more = {"role": role, "factor": factor, "batch": plant}
        legs(scene, item, start + step, pair[:, 1 - step], plant, **more)


def _pairs(scene: Scene, style: int, number: int) -> tuple[Codes, Codes, Codes, Codes]:
    span = np.full(number, MINUTE)
    collection, start = scene.places(style, number, span)
    return span, collection, start, scene.take(style, number * 2).reshape(number, 2)
