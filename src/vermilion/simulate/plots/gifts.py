"""Patterns of gifts: too soon, too many, to nobody known, or paid for after all."""

from __future__ import annotations

from vermilion.facts.entities import Kyc, Party
from vermilion.facts.events import PostRoles
from vermilion.facts.money import Money
from vermilion.simulate.plots.words import TRADE_WARNINGS, TRADE_WORDS
from vermilion.simulate.scene import DAY, SECOND, Scene

_GIFTS_A_DAY = 3


def early_gift(scene: Scene) -> None:
    """A unit is given away a second before it was held for a day."""
    scene.sale()
    scene.at(scene.since + DAY - scene.either(SECOND, 0 * SECOND))
    scene.transfer("gift", scene.buyer, scene.cast.person(), tests="PF-GIFT-01")


def early_regift(scene: Scene) -> None:
    """A gift is given on a second before it was held for five days."""
    donee = scene.cast.person()
    _owned(scene)
    scene.transfer("gift", scene.buyer, donee)
    scene.at(scene.since + 5 * DAY - scene.either(SECOND, 0 * SECOND))
    scene.transfer("gift", donee, scene.cast.person(), tests="PF-GIFT-02")


def many_gifts(scene: Scene) -> None:
    """A person gives away a fourth unit on one day; the twin, a third."""
    number = _GIFTS_A_DAY + scene.either(1, 0)
    for unit in range(1, number + 1):
        scene.sale(unit=unit)
    scene.at(scene.since + DAY)
    for unit in range(1, number):
        scene.transfer("gift", scene.buyer, scene.cast.person(), {"token": scene.unit(unit)})
    last = {"token": scene.unit(number)}
    scene.transfer("gift", scene.buyer, scene.cast.person(), last, tests="PF-GIFT-03")


def unverified_donee(scene: Scene) -> None:
    """A unit is given to somebody whom nobody identified, or whose document ended yesterday."""
    tomorrow = scene.day + DAY
    last_day = Kyc(status="verified", expires_on=tomorrow - scene.either(DAY, 0 * DAY))
    unchecked = scene.either(Kyc(status="pending"), scene.cast.verified())
    donee = scene.cast.person(kyc=scene.pick(unchecked, last_day))
    _owned(scene)
    scene.transfer("gift", scene.buyer, donee, tests="PF-GIFT-04 CN-N5-01")


def paid_gift(scene: Scene) -> None:
    """A fen is paid for a gift, or a dollar."""
    paid = scene.pick(Money(1, "CNY"), Money(100, "USD"))
    _owned(scene)
    consideration = scene.either(paid, Money(0, "CNY"))
    scene.transfer(
        "gift",
        scene.buyer,
        scene.cast.person(),
        {"consideration": consideration},
        tests="CN-N3-07",
    )


def paid_for_before(scene: Scene) -> None:
    """The recipient of a gift paid its giver seven days before but for a second."""
    donee: Party = scene.cast.person()
    scene.payment(donee, scene.buyer)
    paid = scene.since
    scene.sale()
    scene.at(paid + 7 * DAY - scene.either(SECOND, 0 * SECOND))
    scene.transfer("gift", scene.buyer, donee, tests="CN-N3-07")


def offered_in_public(scene: Scene) -> None:
    """Whoever gives a unit had posted that it was for sale; the twin warned of such posts."""
    text = scene.either(scene.pick(*TRADE_WORDS), scene.pick(*TRADE_WARNINGS))
    post = {
        "text": text,
        "purpose": "discussion",
        "parties": PostRoles(author=scene.buyer.id),
        "language": "zh",
    }
    scene.tell("post", post, tests="CN-AD-11")
    _owned(scene)
    scene.transfer("gift", scene.buyer, scene.cast.person(), tests="CN-N3-07")


def _owned(scene: Scene) -> None:
    """Let the scene's buyer buy a unit and hold it for a day."""
    scene.sale()
    scene.at(scene.since + DAY)
