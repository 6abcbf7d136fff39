"""Patterns of price and payment."""

from __future__ import annotations

from typing import Any

import msgspec

from vermilion.facts.entities import FundingSource, Points
from vermilion.facts.events import PaymentLeg
from vermilion.facts.money import Money
from vermilion.simulate.cast import CHANNEL
from vermilion.simulate.releases import settlement
from vermilion.simulate.scene import DAY, PRICE, SECOND, Scene

_YUAN = Money(PRICE, "CNY")
_ON_CREDIT: tuple[FundingSource, ...] = ("credit", "instalment", "margin", "pledge")


def coin_price(scene: Scene) -> None:
    """The price is marked in ether or tether."""
    scene.offer({"price": scene.either(_coins(scene), _YUAN)}, tests="CN-N4-01")


def foreign_price(scene: Scene) -> None:
    """The price is marked in dollars."""
    scene.offer({"price": scene.either(_dollars(scene), _YUAN)}, tests="CN-N4-01")


def coin_settlement(scene: Scene) -> None:
    """The price is paid in ether or tether."""
    if scene.pick(True, False):
        leg = scene.either(
            PaymentLeg(amount=_YUAN, instrument="virtual_currency", funding="own_funds"), _leg()
        )
        scene.sale({"settlement": [leg]}, tests="CN-N4-02")
    else:
        coins = PaymentLeg(amount=_coins(scene), instrument="virtual_currency", funding="own_funds")
        _pays(scene, scene.either(coins, _leg()), "CN-N4-02")


def foreign_money(scene: Scene) -> None:
    """The price is paid in dollars."""
    _pays(scene, scene.either(_leg(amount=_dollars(scene)), _leg()), "CN-FX-01")


def unlicensed_channel(scene: Scene) -> None:
    """The money goes through a payment channel without a licence."""
    channel = f"聚合通道{scene.cast.ring}"
    unlicensed = _leg(channel=channel, channel_licensed=False)
    by_bank = _leg(instrument="bank_transfer", channel=channel, channel_licensed=False)
    _is_paid(scene, scene.either(unlicensed, scene.pick(by_bank, _leg())), "CN-PAY-01")


def bought_on_credit(scene: Scene) -> None:
    """The price is paid on credit, by instalments, on margin or against a pledge."""
    funding = scene.either(scene.pick(*_ON_CREDIT), "own_funds")
    _is_paid(scene, _leg(funding=funding), "CN-N6-02")


def loose_points(scene: Scene) -> None:
    """Part of the price is paid in points that are as good as money."""
    proper = {"convertible": False, "transferable": False, "capped": True}
    loose: dict[str, Any] = scene.pick(
        {"convertible": True}, {"transferable": True}, {"capped": False}
    )
    scene.platform = scene.cast.platform(points=Points(**(proper | scene.either(loose, {}))))
    legs = settlement(PRICE, CHANNEL, with_points=True)
    scene.sale({"settlement": legs}, tests="CN-N4-03")
    scene.payment(scene.buyer, scene.issuer, {"settlement": legs}, tests="CN-N4-03")


def above_marked(scene: Scene) -> None:
    """The buyer is charged a fen more than was marked."""
    scene.sale({"price": Money(PRICE + scene.either(1, 0), "CNY")}, tests="CN-PR-02")


def added_charge(scene: Scene) -> None:
    """The buyer pays a fen more than the price."""
    leg = _leg(amount=Money(PRICE + scene.either(1, 0), "CNY"))
    scene.sale({"settlement": [leg]}, tests="CN-PR-02")


def inflated_comparison(scene: Scene) -> None:
    """A price is compared with one that is a fen above the lowest deal, or in dollars."""
    scene.sale()
    if scene.pick(True, False):
        compared = Money(PRICE + scene.either(1, 0), "CNY")
    else:
        compared = scene.either(_dollars(scene), _YUAN)
    scene.offer(
        {"price": Money(PRICE - 1_000, "CNY"), "compared_price": compared}, tests="CN-PR-01"
    )


def forgotten_deal(scene: Scene) -> None:
    """A price is compared with one above a deal that is seven days old but for a second."""
    cheap = Money(PRICE - 2_000, "CNY")
    scene.sale({"price": cheap, "settlement": settlement(cheap.minor_units, CHANNEL)})
    low = scene.since
    scene.at(low + 2 * DAY)
    scene.sale(buyer=scene.cast.person(), unit=2)
    scene.at(low + 7 * DAY - scene.either(SECOND, 0 * SECOND))
    scene.offer({"price": Money(PRICE - 1_000, "CNY"), "compared_price": _YUAN}, tests="CN-PR-01")


def unrecorded_offer(scene: Scene) -> None:
    """A sale names an offer that nobody recorded, so that nobody knows what was marked."""
    if scene.wrong:
        scene.offer_id = scene.cast.id("offer")
    scene.sale(lacks="CN-PR-02 CN-P2-03")


def old_deal(scene: Scene) -> None:
    """With no deal for seven days, a price is compared with one a fen above the last deal."""
    scene.sale()
    scene.at(scene.since + 7 * DAY)
    compared = Money(PRICE + scene.either(1, 0), "CNY")
    scene.offer(
        {"price": Money(PRICE - 1_000, "CNY"), "compared_price": compared}, tests="CN-PR-01"
    )


def _is_paid(scene: Scene, leg: PaymentLeg, rule: str) -> None:
    """Buy, and report the payment."""
    scene.sale({"settlement": [leg]}, tests=rule)
    _pays(scene, leg, rule)


def _pays(scene: Scene, leg: PaymentLeg, rule: str) -> None:
    scene.payment(scene.buyer, scene.issuer, {"settlement": [leg]}, tests=rule)


def _leg(**other: Any) -> PaymentLeg:
    return msgspec.structs.replace(settlement(PRICE, CHANNEL)[0], **other)


def _coins(scene: Scene) -> Money:
    step = scene.variant % 9 + 1
    return scene.pick(Money(step * 10**16, "ETH"), Money(step * 3_000_000, "USDT"))


def _dollars(scene: Scene) -> Money:
    return Money(1_290 + 100 * (scene.variant % 20), scene.pick("USD", "HKD"))
