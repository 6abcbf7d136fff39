"""Patterns of the terms of an offer: disclosure, caps, draws and blind boxes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from vermilion.facts.events import Draw, OfferMode
from vermilion.facts.money import Money
from vermilion.simulate.plots.minors import PURPOSES, consent, consents_off_by_a_day, minor
from vermilion.simulate.scene import HOUR, SECOND, Scene
from vermilion.simulate.trade import DISCLOSED

_GREATEST_PRIZE = 5_000_000


def incomplete_disclosure(scene: Scene) -> None:
    """Buyers are not told all that is owed to them, or not prominently, or not before they buy."""
    items = list(DISCLOSED.items or [])
    less: tuple[dict[str, Any], ...] = (
        {"prominent": False},
        *({"items": [item for item in items if item != left]} for left in items),
        {"before_purchase": False},
    )
    lacking = msgspec.structs.replace(DISCLOSED, **scene.pick(*less))
    scene.offer({"disclosure": scene.either(lacking, DISCLOSED)}, tests="CN-DS-01")


def over_cap(scene: Scene) -> None:
    """A person buys one unit more than the offer allows, with two accounts."""
    first = scene.buyer
    scene.offer({"per_person_cap": 2})
    other = scene.cast.person(identity=first.identity)
    scene.sale(unit=1)
    if scene.wrong:
        scene.sale(unit=2)
    scene.sale(buyer=scene.pick(other, first), unit=3, tests="CN-P2-03")


def unread_notice(scene: Scene) -> None:
    """The buyer did not acknowledge the risk notice."""
    scene.sale({"risk_notice_acknowledged": not scene.wrong}, tests="CN-P2-03")


def bought_by_machine(scene: Scene) -> None:
    """A program buys."""
    scene.sale({"automated": scene.wrong}, tests="CN-P2-03")


def great_prize(scene: Scene) -> None:
    """The highest prize of a draw is a fen above fifty thousand yuan."""
    prize = Money(_GREATEST_PRIZE + scene.either(1, 0), "CNY")
    _drawn(scene, "lottery", tests="CN-PR-04", top_prize=prize)


def changed_terms(scene: Scene) -> None:
    """The terms of a draw change after it opened; those last published before stand."""
    mode: OfferMode = scene.pick("lottery", "blind_box")
    opens = scene.now + HOUR
    _drawn(scene, mode, opens_at=opens, terms_sha256=scene.cast.digest("first terms"))
    _drawn(scene, mode, again=True, opens_at=opens)
    scene.at(opens)
    terms = scene.cast.digest(scene.either(scene.pick("other terms", "first terms"), "terms"))
    _drawn(scene, mode, again=True, opens_at=opens, tests="CN-PR-04", terms_sha256=terms)


def late_terms(scene: Scene) -> None:
    """The terms of a draw are published a second after it opens."""
    published = scene.now + scene.either(SECOND, 0 * SECOND)
    _drawn(scene, "lottery", tests="CN-PR-04", terms_published_at=published)


def insider_winner(scene: Scene) -> None:
    """Somebody close to the platform's operator wins."""
    close = scene.either(scene.platform.operator, "corp:party:elsewhere")
    winner = scene.cast.person(related_to=[close])
    _drawn(scene, "lottery")
    scene.transfer("airdrop", scene.issuer, winner, {"draw": scene.offer_id}, tests="CN-PR-05")


def hidden_odds(scene: Scene) -> None:
    """The odds or values of a blind box are not published."""
    field = scene.pick("probabilities_published", "values_published")
    facts: dict[str, Any] = {field: not scene.wrong}
    _drawn(scene, "blind_box", tests="CN-MN-04", **facts)


def other_odds(scene: Scene) -> None:
    """A blind box is drawn from another table than was published."""
    used = scene.cast.digest(scene.either("another table", "table"))
    _drawn(scene, "blind_box", tests="CN-MN-04", used_table_sha256=used)


def minor_draws(scene: Scene) -> None:
    """A minor buys a blind box to which the guardian did not agree, or not for this day."""
    to_purchases = consent(scene, purposes=scene.either(list(PURPOSES[:2]), list(PURPOSES)))
    agreed = scene.pick(to_purchases, *consents_off_by_a_day(scene))
    # The purchase itself is agreed to in any case.
    purchase = consent(scene, purposes=list(PURPOSES[:2]))
    buyer = minor(scene, scene.turns(17), guardian_consents=[purchase, agreed])
    _drawn(scene, "blind_box")
    scene.sale({"mode": "blind_box"}, buyer=buyer, tests="CN-MN-03")


def child_draws(scene: Scene) -> None:
    """A child buys a blind box who becomes eight tomorrow; the twin became eight today."""
    child = minor(scene, scene.turns(8, tomorrow=scene.wrong))
    _drawn(scene, "blind_box")
    scene.sale({"mode": "blind_box"}, buyer=child, tests="CN-MN-01 CN-MN-03", breaks="PF-AGE-01")


def adult_draws(scene: Scene) -> None:
    """Somebody buys a blind box without consent who becomes eighteen tomorrow."""
    nearly = minor(scene, scene.turns(18, tomorrow=scene.wrong), guardian_consents=[])
    _drawn(scene, "blind_box")
    scene.sale({"mode": "blind_box"}, buyer=nearly, tests="CN-MN-01 CN-MN-03")


def _drawn(
    scene: Scene,
    mode: OfferMode,
    *,
    again: bool = False,
    opens_at: dt.datetime | None = None,
    tests: str = "",
    **terms: Any,
) -> None:
    """Offer units by lot, from now on unless told from when."""
    digest = scene.cast.digest
    known: dict[str, Any] = {
        "terms_sha256": digest("terms"),
        "terms_published_at": scene.now - HOUR,
        "probabilities_published": True,
        "values_published": True,
        "published_table_sha256": digest("table"),
        "used_table_sha256": digest("table"),
        "top_prize": Money(_GREATEST_PRIZE // 10, "CNY"),
        "per_person_cap": 5,
    }
    offer = {"mode": mode, "draw": Draw(**(known | terms)), "opens_at": opens_at or scene.now}
    scene.offer(offer, again=again, tests=tests)
