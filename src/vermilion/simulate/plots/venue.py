"""Patterns of the platform: how it lets people trade, what it offers them, its filing."""

from __future__ import annotations

import msgspec

from vermilion.facts.entities import Licence, Platform, PlatformFeature
from vermilion.simulate.scene import DAY, Scene

_CENTRAL: tuple[PlatformFeature, ...] = (
    "order_book",
    "call_auction",
    "continuous_auction",
    "electronic_matching",
    "market_maker",
    "anonymous_trading",
)
_STANDING: tuple[PlatformFeature, ...] = ("standing_bid", "consignment", "continuous_listing")
_ORDINARY: tuple[PlatformFeature, ...] = ("lottery_sale", "blind_box")


def central_trading(scene: Scene) -> None:
    """The platform matches orders, or trades in another central way."""
    _with_feature(scene, scene.pick(*_CENTRAL), "CN-N3-01")


def standing_trade(scene: Scene) -> None:
    """The platform keeps standing bids, or sells on its users' behalf."""
    _with_feature(scene, scene.pick(*_STANDING), "CN-N3-02")


def financing_platform(scene: Scene) -> None:
    """The platform offers its users money to buy with."""
    scene.platform = scene.cast.platform(financing_offered=scene.wrong)
    scene.sale(tests="CN-N6-02")
    scene.payment(scene.buyer, scene.issuer, tests="CN-N6-02")


def lapsed_filing(scene: Scene) -> None:
    """The filing of the platform's chain ended yesterday, begins tomorrow, or there is none."""
    filing, *others = scene.cast.platform().licences or []
    held = scene.pick(
        [_lapsed(scene, filing), *others],
        [_to_come(scene, filing), *others],
        scene.either(others, [filing, *others]),
    )
    _stated(scene, scene.cast.platform(licences=held), "CN-LC-01")


def lapsed_licence(scene: Scene) -> None:
    """A licence of the platform ended yesterday, begins tomorrow, or there is none."""
    which = scene.pick(1, 2)
    held = list(scene.cast.platform().licences or [])
    lapsed, to_come = _lapsed(scene, held[which]), _to_come(scene, held[which])
    held[which] = scene.pick(lapsed, lapsed, to_come, to_come, held[which], held[which])
    if scene.wrong and scene.pick(False, False, False, False, True, True):
        del held[which]
    _stated(scene, scene.cast.platform(licences=held), "CN-LC-03")


def hidden_filing(scene: Scene) -> None:
    """The platform does not show its filing number."""
    _stated(scene, scene.cast.platform(filing_number_shown=not scene.wrong), "CN-LC-01")


def resale(scene: Scene) -> None:
    """A buyer offers a unit for sale, which the platform allows to issuers only."""
    scene.sale()
    seller = scene.either(scene.buyer, scene.issuer).id
    scene.offer({"token": scene.unit()}, seller=seller, tests="PF-RESALE-01")


def _lapsed(scene: Scene, licence: Licence) -> Licence:
    """Return the licence as if yesterday had been its last day; the twin, today."""
    ended = scene.day - scene.either(DAY, 0 * DAY)
    return msgspec.structs.replace(licence, valid_until=ended)


def _to_come(scene: Scene, licence: Licence) -> Licence:
    """Return the licence as if tomorrow were its first day; the twin, today."""
    begins = scene.day + scene.either(DAY, 0 * DAY)
    return msgspec.structs.replace(licence, valid_from=begins)


def _with_feature(scene: Scene, wrong: PlatformFeature, rule: str) -> None:
    feature = scene.either(wrong, scene.pick(*_ORDINARY))
    features: list[PlatformFeature] = ["fixed_price_sale", feature]
    _stated(scene, scene.cast.platform(features=features), rule)
    scene.sale(tests=rule)


def _stated(scene: Scene, platform: Platform, rule: str) -> None:
    """State the platform, and offer on it; both test the rule."""
    scene.platform = platform
    scene.state(platform, tests=rule)
    scene.offer(tests=rule)
