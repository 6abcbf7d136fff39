"""Patterns of banks, brokers and funds: products, services and loans that touch collectibles."""

from __future__ import annotations

from typing import Any

from vermilion.facts.entities import PlatformFeature
from vermilion.facts.events import LoanPurpose, LoanRoles, ProductKind, ProductRoles
from vermilion.facts.money import Money
from vermilion.simulate.scene import Scene

_PRODUCTS: tuple[ProductKind, ...] = (
    "fund",
    "trust",
    "wealth_management",
    "structured_product",
    "insurance",
)
_SERVICES: tuple[ProductKind, ...] = (
    "settlement",
    "custody",
    "insurance",
    "lending",
    "marketing",
)
_BANNED: tuple[PlatformFeature, ...] = ("order_book", "standing_bid", "market_maker", "consignment")


def product_as_collectibles(scene: Scene) -> None:
    """Units of a financial product are issued as collectibles."""
    _product(scene, scene.pick(*_PRODUCTS), "CN-N1-03", issued_as_collectibles=scene.wrong)


def serves_exchange(scene: Scene) -> None:
    """A bank serves a platform that trades in a banned way."""
    feature: PlatformFeature = scene.either(scene.pick(*_BANNED), "lottery_sale")
    scene.platform = scene.cast.platform(features=["fixed_price_sale", feature])
    _product(scene, scene.pick(*_SERVICES), "CN-N3-08")


def fund_invests(scene: Scene) -> None:
    """A bank provides a product that invests in collectibles."""
    _product(scene, scene.pick(*_PRODUCTS), "CN-N6-05", invests_in_collectibles=scene.wrong)


def loan_to_buy(scene: Scene) -> None:
    """A bank lends money to buy collectibles with."""
    _loan(scene, "CN-N6-03", purpose=scene.either("buy_collectibles", "other"))


def pledged_collectibles(scene: Scene) -> None:
    """A bank lends against collectibles."""
    _loan(scene, "CN-N6-04", collateral=scene.either([scene.unit()], []))


def exchange_on_loan(scene: Scene) -> None:
    """A bank lends to a platform that trades in a banned way."""
    feature: PlatformFeature = scene.either(scene.pick(*_BANNED), "lottery_sale")
    scene.platform = scene.cast.platform(features=["fixed_price_sale", feature])
    _loan(scene, "CN-N6-04", purpose="fund_venue")


def _product(scene: Scene, kind: ProductKind, rule: str, **facts: Any) -> None:
    bank = scene.cast.company(memberships=[scene.pick("CBA", "SAC", "NIFA")])
    known: dict[str, Any] = {
        "kind": kind,
        "parties": ProductRoles(provider=bank.id),
        "issued_as_collectibles": False,
        "invests_in_collectibles": False,
    }
    scene.tell("product", known | facts, tests=rule)


def _loan(scene: Scene, rule: str, **facts: Any) -> None:
    bank = scene.cast.company(memberships=["CBA"])
    purpose: LoanPurpose = "other"
    known: dict[str, Any] = {
        "parties": LoanRoles(lender=bank.id, borrower=scene.buyer.id),
        "principal": Money(5_000_000, "CNY"),
        "purpose": purpose,
        "collateral": [],
    }
    scene.tell("loan", known | facts, tests=rule)
