"""Patterns of what is issued: its substance, its rights, its units and how many there are."""

from __future__ import annotations

from typing import Any

from vermilion.facts.entities import ConveyedRight, Edition, UnderlyingClass
from vermilion.simulate.cast import EDITION
from vermilion.simulate.scene import CAP, Scene

_FINANCIAL: tuple[UnderlyingClass, ...] = (
    "precious_metal",
    "security",
    "insurance",
    "loan",
    "receivable",
    "fund",
    "other_financial",
)
_ORDINARY: tuple[UnderlyingClass, ...] = ("ticket", "membership", "game_item", "cultural_item")
_RETURNS: tuple[ConveyedRight, ...] = (
    "buy_back",
    "dividend",
    "guaranteed_price",
    "profit_share",
    "income",
    "interest",
)
_USES: tuple[ConveyedRight, ...] = ("commercial_use", "access", "redemption")


def financial_underlying(scene: Scene) -> None:
    """The collectible stands for gold or another financial asset."""
    other = scene.either(scene.pick(*_FINANCIAL), scene.pick(*_ORDINARY))
    _through_the_market(scene, "CN-N1-01", underlying=["artwork", other])


def financial_redemption(scene: Scene) -> None:
    """The collectible may be redeemed for gold or another financial asset."""
    other = scene.either(scene.pick(*_FINANCIAL), "physical_good")
    _through_the_market(scene, "CN-N1-01", redeemable_for=[other])


def financial_chain(scene: Scene) -> None:
    """The collectible may be redeemed for a voucher that may be redeemed for a financial asset."""
    last = scene.either(scene.pick(*_FINANCIAL), scene.pick(*_ORDINARY))
    asset = scene.cast.collection(scene.issuer, scene.work, underlying=[last])
    voucher = scene.cast.collection(scene.issuer, scene.work, redeems=[asset.id])
    link = scene.pick("redeems", "holds")
    _through_the_market(scene, "CN-N1-01", **{link: [voucher.id]})


def promised_income(scene: Scene) -> None:
    """The collectible promises a return."""
    right = scene.either(scene.pick(*_RETURNS), scene.pick(*_USES))
    _through_the_market(scene, "CN-N1-02", rights=["display", right])


def split_token(scene: Scene) -> None:
    """The collectible is divisible, pooled, owned in common, or a fraction of another."""
    ways: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({"decimals": 1}, {"decimals": 0}),
        ({"divisible": True, "decimals": 4}, {"divisible": False}),
        ({"fraction_of": [scene.cast.id("whole")]}, {"fraction_of": []}),
        ({"pooled": True}, {"pooled": False}),
        ({"co_owned": True}, {"co_owned": False}),
    )
    wrong, lawful = scene.pick(*ways)
    _through_the_market(scene, "CN-N2-01", **scene.either(wrong, lawful))


def interchangeable_units(scene: Scene) -> None:
    """The units have no numbers, or share their metadata, so that none is itself."""
    field = scene.pick("numbered", "own_metadata")
    edition = _edition(**{field: not scene.wrong})
    _goods(scene, edition=edition)
    scene.issue(tests="CN-N2-02")
    scene.offer()
    scene.sale(tests="CN-N2-02")


def copied_metadata(scene: Scene) -> None:
    """A second unit is minted with the metadata of the first."""
    digest = scene.cast.digest("metadata")
    near = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    _mint(scene, 1, digest)
    if scene.pick(True, False):
        _mint(scene, 2, scene.either(digest, near), tests="CN-N2-02")
    else:
        _mint(scene, scene.either(2, 1), digest, tests="CN-N2-02")


def open_edition(scene: Scene) -> None:
    """The size of the edition is left open."""
    _goods(scene, edition=_edition(fixed=not scene.wrong))
    scene.issue(tests="CN-N2-03")


def reminted_file(scene: Scene) -> None:
    """A file that was issued before is issued again as another collection."""
    scene.issue()
    digest = scene.work.sha256 or ""
    near = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    copy = scene.cast.work(scene.issuer, sha256=scene.either(digest, near))
    scene.issue(scene.cast.collection(scene.issuer, copy), tests="CN-N2-03")


def raised_edition(scene: Scene) -> None:
    """An edition is stated again with one unit more than first said."""
    scene.issue()
    size = scene.either(EDITION + 1, EDITION)
    again = scene.cast.collection(
        scene.issuer, scene.work, id=scene.goods.id, edition=_edition(size=size)
    )
    scene.issue(again, tests="CN-N2-03")


def oversold_edition(scene: Scene) -> None:
    """The issuer sells one unit more than the edition has."""
    _goods(scene, edition=_edition(size=scene.either(2, 3)))
    scene.issue()
    scene.offer()
    for number in (1, 2):
        scene.sale(buyer=scene.cast.person(), unit=number)
    scene.sale(buyer=scene.cast.person(), unit=3, tests="CN-N2-05")


def real_asset(scene: Scene) -> None:
    """A right in a real thing may be sold on, and nobody approved it."""
    asset: UnderlyingClass = scene.pick("physical_good", "real_estate")
    facts: dict[str, Any] = {
        "underlying": [asset],
        "rights": ["ownership"],
        "transferable_for_value": True,
    }
    lawful: tuple[dict[str, Any], ...] = (
        {"approval_number": f"样例批{scene.cast.number}号"},
        {"transferable_for_value": False},
        {"rights": ["display"]},
    )
    _through_the_market(scene, "CN-N42-01", **(facts | scene.either({}, scene.pick(*lawful))))


def _goods(scene: Scene, **facts: Any) -> None:
    scene.goods = scene.cast.collection(scene.issuer, scene.work, **facts)


def _through_the_market(scene: Scene, rule: str, **facts: Any) -> None:
    """Issue, offer and sell a collection; each of the three tests the rule."""
    _goods(scene, **facts)
    scene.issue(tests=rule)
    scene.offer({"per_person_cap": CAP}, tests=rule)
    scene.sale(tests=rule)


def _mint(scene: Scene, number: int, digest: str, **rules: str) -> None:
    unit = scene.cast.tell(
        type(scene.goods)(id=scene.unit(number), collection=scene.goods.id, metadata_sha256=digest)
    )
    operator = scene.cast.company(id=scene.platform.operator)
    scene.transfer("mint", operator, scene.issuer, {"token": unit.id}, **rules)


def _edition(**facts: Any) -> Edition:
    known: dict[str, Any] = {
        "limited": True,
        "size": EDITION,
        "fixed": True,
        "numbered": True,
        "own_metadata": True,
    }
    return Edition(**(known | facts))
