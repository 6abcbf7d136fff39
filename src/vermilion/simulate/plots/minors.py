"""Patterns of who is too young, or whose guardian did not agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.facts.entities import ConsentPurpose, GuardianConsent, Party
from vermilion.facts.money import Money
from vermilion.simulate.scene import DAY, PRICE, Scene

PURPOSES: tuple[ConsentPurpose, ...] = ("purchase", "data_processing", "blind_box")
"""All that a guardian may consent to."""


def child_buys(scene: Scene) -> None:
    """A child buys who becomes eight tomorrow; the twin became eight today."""
    child = minor(scene, scene.turns(8, tomorrow=scene.wrong))
    scene.sale(buyer=child, tests="CN-MN-01", breaks="PF-AGE-01")


def minor_without_consent(scene: Scene) -> None:
    """A minor buys without consent who becomes eighteen tomorrow; the twin became so today."""
    buyer = minor(scene, scene.turns(18, tomorrow=scene.wrong), guardian_consents=[])
    scene.sale(buyer=buyer, tests="CN-MN-01")


def minor_on_own_wages(scene: Scene) -> None:
    """A minor living on own wages buys who becomes sixteen tomorrow; the twin became so today."""
    buyer = minor(
        scene,
        scene.turns(16, tomorrow=scene.wrong),
        self_supporting=True,
        guardian_consents=[],
    )
    scene.sale(buyer=buyer, tests="CN-MN-01")


def minor_pays(scene: Scene) -> None:
    """A minor buys for a fen without consent; the twin, for nothing."""
    price = Money(scene.either(1, 0), "CNY")
    buyer = minor(scene, scene.turns(15), guardian_consents=[])
    scene.offer({"price": price})
    scene.sale({"price": price}, buyer=buyer, tests="CN-MN-01")


def consent_exceeded(scene: Scene) -> None:
    """A guardian's consent to a purchase is exceeded by a fen, by a day, or in kind."""
    limit = Money(PRICE - scene.either(1, 0), "CNY")
    given = scene.pick(
        consent(scene, limit=limit),
        *consents_off_by_a_day(scene),
        consent(scene, purposes=scene.either(list(PURPOSES[1:]), list(PURPOSES))),
    )
    buyer = minor(scene, scene.turns(15), guardian_consents=[given])
    scene.sale(buyer=buyer, tests="CN-MN-01")


def childs_data(scene: Scene) -> None:
    """The data of a child under fourteen are used without a guardian's consent to that."""
    way = scene.pick("party", "transfer", "sale", "day", "day")
    if way in ("party", "transfer"):
        child = minor(scene, scene.turns(14, tomorrow=scene.wrong), guardian_consents=[])
    else:
        given = consent(scene, purposes=scene.either([PURPOSES[0]], list(PURPOSES[:2])))
        if way == "day":
            given = scene.pick(*consents_off_by_a_day(scene))
        child = minor(scene, scene.turns(13), guardian_consents=[given])
    if way == "transfer":
        scene.transfer("airdrop", scene.issuer, child, tests="CN-MN-02 PF-AGE-02")
    elif way == "sale":
        scene.sale(buyer=child, tests="CN-MN-02", breaks="PF-AGE-01")
    else:
        scene.state(child, tests="CN-MN-02")


def childs_account(scene: Scene) -> None:
    """Somebody buys or wins, with every consent, who becomes fourteen tomorrow."""
    child = minor(scene, scene.turns(14, tomorrow=scene.wrong))
    if scene.pick(True, False):
        scene.sale(buyer=child, tests="PF-AGE-01")
    else:
        scene.transfer("airdrop", scene.issuer, child, tests="PF-AGE-02")


def consents_off_by_a_day(scene: Scene) -> tuple[GuardianConsent, GuardianConsent]:
    """Return consents to everything that ended yesterday or begin tomorrow; the twin's hold today."""
    off = scene.either(DAY, 0 * DAY)
    return (
        consent(scene, valid_until=scene.day - off),
        consent(scene, valid_from=scene.day + off),
    )


def minor(scene: Scene, birth_date: dt.date, **facts: Any) -> Party:
    """Return a minor on no wages whose guardian consents to everything, but for the facts given."""
    known: dict[str, Any] = {
        "birth_date": birth_date,
        "self_supporting": False,
        "guardian_consents": [consent(scene)],
    }
    return scene.cast.person(**(known | facts))


def consent(scene: Scene, **terms: Any) -> GuardianConsent:
    """Return a consent to everything that reaches beyond the price and the day."""
    known: dict[str, Any] = {
        "guardian": "guardian:party:1",
        "purposes": list(PURPOSES),
        "limit": Money(10 * PRICE, "CNY"),
        "valid_from": scene.day - 30 * DAY,
        "valid_until": scene.day + 30 * DAY,
    }
    return GuardianConsent(**(known | terms))
