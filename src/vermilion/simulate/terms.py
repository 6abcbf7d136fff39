"""Patterns of price, payment, disclosure and way of trading."""

from __future__ import annotations

from typing import Any

import msgspec

from vermilion.facts.entities import Platform
from vermilion.facts.events import Disclosure, Event, Inline, PaymentLeg, PlatformEvent
from vermilion.facts.money import Money
from vermilion.simulate.scene import Scene, changed


def coin_price(event: Event, scene: Scene) -> Event:
    """The price is marked in ether or tether."""
    return changed(event, price=_coins(scene))


def coin_settlement(event: Event, scene: Scene) -> Event:
    """The price is paid in ether or tether."""
    coins = PaymentLeg(amount=_coins(scene), instrument="virtual_currency", funding="own_funds")
    return changed(event, settlement=[coins])


def foreign_money(event: Event, scene: Scene) -> Event:
    """The price is paid in dollars."""
    amount = Money(290 + 100 * (scene.number % 20), "USD" if scene.number % 3 else "HKD")
    return changed(event, settlement=[_leg(event, amount=amount)])


def unlicensed_channel(event: Event, scene: Scene) -> Event:
    """The money goes through a payment channel without a licence."""
    leg = _leg(event, channel=f"聚合通道{scene.ring + 1}", channel_licensed=False)
    return changed(event, settlement=[leg])


def incomplete_disclosure(event: Event, scene: Scene) -> Event:
    """Buyers are not told all that is owed to them, or not prominently."""
    told: Any = getattr(event.data, "disclosure", None) or Disclosure()
    if scene.number % 3 == 0:
        return changed(event, disclosure=msgspec.structs.replace(told, prominent=False))
    items = [item for item in told.items or () if item not in ("safety_and_risk", "after_sales")]
    return changed(event, disclosure=msgspec.structs.replace(told, items=items))


def central_trading(event: Event, scene: Scene) -> Event:
    """The platform matches orders."""
    exchange = Platform(
        id=f"jinshi{scene.ring + 1}:platform:main",
        operator=f"corp:party:jinshi{scene.ring + 1}",
        features=["fixed_price_sale", "order_book", "electronic_matching"],
    )
    if isinstance(event, PlatformEvent):
        return changed(event, platform=exchange)
    return changed(event, platform=exchange.id, inline=Inline(platforms=[exchange]))


def _coins(scene: Scene) -> Money:
    step = scene.number % 9 + 1
    return Money(step * 10**16, "ETH") if scene.number % 2 else Money(step * 3_000_000, "USDT")


def _leg(event: Event, **other: Any) -> PaymentLeg:
    legs: Any = getattr(event.data, "settlement", None)
    return msgspec.structs.replace(legs[0] if legs else PaymentLeg(), **other)
