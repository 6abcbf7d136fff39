"""Money between parties: who first filled whose purse, later top-ups, and money inside a transaction."""

from __future__ import annotations

import numpy as np

from vermilion.simulate.history.rows import Columns
from vermilion.simulate.history.scene import DAY, HOUR, MINUTE, Codes, Scene
from vermilion.simulate.history.words import NAMES, ROLE

_FROM = {"exchange": 0.84, "bridge": 0.06, "mixer": 0.01}
"""Who fills wallets first; the rest are friends."""

_FRIENDS_ON_PLATFORM = 0.03
_REFUND = ((1, 0, 1_000), (0, 1, 970))
_LOAN = ((-1, 1, 1_000), (1, 0, 1_000), (0, 1, 1_000), (1, -1, 1_001))
"""Money within a transaction: payer, payee, per mille of the price; 0 sells, 1 buys, -1 lends."""

_NEVER = np.int64(2**62)


def payments(scene: Scene, moves: Columns) -> Columns:
    """Return payments in their order: ms, payer, payee, amount in units, style, row, plant.

    `row` is the move in whose transaction the money moves, -1 for others.
    """
    first, payer = _first_seen(scene, moves), _funders(scene)
    paid = _funded_at(scene, first, payer)
    payee = np.flatnonzero(paid < _NEVER)
    plant = np.full(payer.size, -1)
    for one, number in scene.funding_plant.items():
        plant[one] = number
    pieces = [_piece(scene, paid[payee], payer[payee], payee, plant[payee])]
    pieces.append(_topped_up(scene, paid, payer))
    pieces.extend(_inside(scene, moves))
    found = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    order = np.argsort(found["ms"], kind="stable")
    return {name: column[order] for name, column in found.items()}


def _first_seen(scene: Scene, moves: Columns) -> Codes:
    """Return when each party first occurs in a move."""
    first = np.full(scene.parties.total + 1, _NEVER)
    for side in ("sender", "recipient"):
        seen = np.full(first.size, _NEVER)
        # Of several values for a place the last one stays, so the earliest comes last.
        seen[moves[side][::-1]] = moves["ms"][::-1]
        first = np.minimum(first, seen)
    return first[:-1]


def _funders(scene: Scene) -> Codes:
    """Return who first paid each trader; -1 of services."""
    rng, parties = scene.rng, scene.parties
    payer = np.full(parties.total, -1)
    luck, at = rng.random(parties.wallets), 0.0
    wallets = payer[: parties.wallets]
    wallets[:] = rng.integers(0, max(parties.wallets, 1), parties.wallets)
    for role, share in _FROM.items():
        chosen = np.flatnonzero((luck >= at) & (luck < at + share))
        wallets[chosen] = scene.service(role, chosen.size)
        at += share
    accounts = payer[parties.wallets : parties.wallets + parties.accounts]
    accounts[:] = parties.wallets + rng.integers(0, max(parties.accounts, 1), parties.accounts)
    chosen = np.flatnonzero(rng.random(parties.accounts) >= _FRIENDS_ON_PLATFORM)
    accounts[chosen] = parties.services["platform"].start
    own = np.arange(payer.size)
    traders = parties.wallets + parties.accounts
    # A friend is somebody whose own money comes from a service, so that chains stay short.
    friend = (payer >= 0) & (payer < traders)
    nested = friend & (friend[payer] | (payer == own))
    nested[list(scene.funder.values())] |= friend[list(scene.funder.values())]
    nested = np.flatnonzero(nested)
    where = np.where(
        nested < parties.wallets,
        parties.services["exchange"].start,
        parties.services["platform"].start,
    )
    payer[nested] = where
    for payee, giver in scene.funder.items():
        payer[payee] = giver
    return payer


def _funded_at(scene: Scene, first: Codes, payer: Codes) -> Codes:
    """Return when each trader was first paid: before it first trades or pays others."""
    rng = scene.rng
    wait = (HOUR * np.exp(rng.uniform(0, np.log(30 * 24), first.size))).astype(np.int64)
    paid = np.where(payer >= 0, first - wait, _NEVER)
    paid[first >= _NEVER] = _NEVER
    for _ in range(6):
        active = np.flatnonzero(paid < _NEVER)
        least = np.full(first.size + 1, _NEVER)
        np.minimum.at(least, payer[active], paid[active])
        least = np.where(payer >= 0, least[:-1], _NEVER)
        late = np.flatnonzero((least < _NEVER) & (paid >= least))
        if not late.size:
            break
        paid[late] = least[late] - wait[late]
    return paid


def _topped_up(scene: Scene, paid: Codes, payer: Codes) -> Columns:
    """Return later payments by services to some traders."""
    rng = scene.rng
    known = np.flatnonzero(
        (paid < _NEVER) & (payer >= scene.parties.wallets + scene.parties.accounts)
    )
    again = known[rng.random(known.size) < 0.15]
    ms = paid[again] + (rng.random(again.size) * 90 * DAY).astype(np.int64) + MINUTE
    late = np.minimum(ms, scene.end - 1)
    return _piece(scene, late, payer[again], again, np.full(again.size, -1))


def _inside(scene: Scene, moves: Columns) -> list[Columns]:
    """Return the money that moves in the transactions of refunds and of borrowed money."""
    pattern = np.append(scene.plants["pattern"], -1)[moves["plant"]]
    refunded = np.flatnonzero(pattern == NAMES.index("instant_refund"))
    borrowed = pattern == NAMES.index("flash_loan")
    borrowed = np.flatnonzero(borrowed & (moves["role"] == ROLE["open"]))
    parts = {-1: scene.service("lending", borrowed.size)}
    found = []
    for rows, paths in ((refunded, _REFUND), (borrowed, _LOAN)):
        parts |= {0: moves["sender"][rows], 1: moves["recipient"][rows]}
        for payer, payee, per_mille in paths:
            piece = _piece(
                scene, moves["ms"][rows], parts[payer], parts[payee], moves["plant"][rows]
            )
            piece["amount"] = moves["price"][rows] * per_mille // 1_000
            piece["row"] = rows
            found.append(piece)
    return found


def _piece(scene: Scene, ms: Codes, payer: Codes, payee: Codes, plant: Codes) -> Columns:
    amount = np.exp(11.5 + scene.rng.standard_normal(ms.size)).astype(np.int64)
    parties = scene.parties
    on_platform = (payee >= parties.wallets) & (payee < parties.wallets + parties.accounts)
    return {
        "ms": ms.astype(np.int64),
        "payer": payer.astype(np.int64),
        "payee": payee.astype(np.int64),
        "amount": amount,
        "style": on_platform.astype(np.int8),
        "row": np.full(ms.size, -1),
        "plant": plant.astype(np.int64),
    }
