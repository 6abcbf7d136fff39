"""Patterns that only the past shows: resale too soon, too many holders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.facts.entities import Party
from vermilion.facts.events import HoldingRoles
from vermilion.simulate.calendar import trading_days_later
from vermilion.simulate.clock import CHINA
from vermilion.simulate.scene import Scene

_T_PLUS = 5
_HOLDERS = 200
LONGEST = 16
"""Days within which five trading days pass, holidays included."""


def resold_within_five_days(scene: Scene) -> None:
    """A buyer sells four trading days later; the twin, on the fifth."""
    scene.sale()
    first = scene.buyer
    account = scene.pick(first, scene.cast.person(identity=first.identity))
    _trading_days_on(scene)
    scene.offer({"token": scene.unit()}, seller=account.id, breaks="PF-RESALE-01")
    scene.sale(
        buyer=scene.cast.person(), seller=account.id, tests="CN-N3-05", breaks="PF-RESALE-01"
    )


def bought_back_within_five_days(scene: Scene) -> None:
    """A winner sells and buys again four trading days later; the twin, on the fifth."""
    winner, other = scene.cast.person(), scene.cast.person()
    for unit, who in enumerate((winner, other), 1):
        scene.transfer("airdrop", scene.issuer, who, {"token": scene.unit(unit)})
    scene.offer({"token": scene.unit()}, seller=winner.id, breaks="PF-RESALE-01")
    scene.sale(seller=winner.id, breaks="PF-RESALE-01")
    _trading_days_on(scene)
    scene.offer({"token": scene.unit(2)}, seller=other.id, breaks="PF-RESALE-01")
    scene.sale(
        buyer=winner,
        seller=other.id,
        unit=2,
        tests="CN-N3-05",
        breaks="PF-RESALE-01",
    )


def too_many_holders(scene: Scene) -> None:
    """A divided collectible comes to its 201st holder, most of them behind nominees."""
    ways: tuple[dict[str, Any], ...] = (
        {"divisible": True, "decimals": 4},
        {"pooled": True},
        {"co_owned": True},
        {"fraction_of": [scene.cast.id("whole")]},
    )
    scene.goods = scene.cast.collection(scene.issuer, scene.work, **scene.pick(*ways))
    behind_first = _HOLDERS // 2 - scene.either(0, 1)
    for number in (behind_first, _HOLDERS // 2):
        _nominee_holds(scene, number)
    scene.transfer("airdrop", scene.issuer, scene.buyer, tests="CN-N3-09")
    _sold_on(scene)


def _sold_on(scene: Scene) -> None:
    """Sell it once more to the last holder; that it is divided at all is another wrong."""
    scene.offer(breaks="CN-N2-01")
    scene.sale(tests="CN-N3-06", breaks="CN-N2-01")


def _nominee_holds(scene: Scene, number: int) -> None:
    holders = [_behind(scene) for _ in range(number)]
    nominee = scene.cast.person(holds_for=[holder.id for holder in holders])
    holding = {
        "token": scene.unit(),
        "parties": HoldingRoles(holder=nominee.id),
        "quantity": number,
        "purpose": "custody",
    }
    scene.tell("holding", holding)


def _behind(scene: Scene) -> Party:
    """Return a person of whom only a nominee speaks."""
    id = scene.cast.id("party")
    person: Party = scene.cast.tell(Party(id=id, kind="person", identity=id, holds_for=[]))
    return person


def _trading_days_on(scene: Scene) -> None:
    """Go on to the fourth trading day after the last event, or to the fifth."""
    last = scene.since.astimezone(CHINA)
    day = trading_days_later(last.date(), scene.either(_T_PLUS - 1, _T_PLUS))
    scene.at(dt.datetime.combine(day, last.time(), CHINA).astimezone(dt.UTC))
