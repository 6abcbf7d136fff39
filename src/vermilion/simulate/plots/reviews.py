"""Patterns of what reviews and registers say of works, tokens, parties and platforms."""

from __future__ import annotations

from typing import Any

import msgspec

from vermilion.facts.entities import (
    AccountCheck,
    Chain,
    ChainRecord,
    ContentReview,
    Licence,
    PriceBand,
    Restraint,
    Retention,
    RightsReview,
    Synthesis,
    ValueSupport,
)
from vermilion.facts.events import NoticeRoles, ProductRoles
from vermilion.facts.money import Money
from vermilion.simulate.scene import DAY, PRICE, Scene

_ALIKE = 8_500
_MULTIPLE = 3
_KEPT = Retention(
    identity_months=120,
    transaction_months=120,
    trade_information_months=36,
    network_log_months=6,
    content_months=6,
    reconstructable=True,
    deletes_when_due=True,
)


def careless_review(scene: Scene) -> None:
    """What a work shows, or whose it is, was not looked at as it should have been."""
    rights = RightsReview(initial_proof=True, similarity_bp=_ALIKE, watermark_mismatch=False)
    wrong: dict[str, Any] = scene.pick(
        {"initial_proof": False}, {"similarity_bp": _ALIKE + 1}, {"watermark_mismatch": True}
    )
    content = scene.pick(
        ContentReview(done=True, hits=["示例"]), ContentReview(done=False, hits=[])
    )
    scene.work = scene.cast.work(
        scene.issuer,
        review=scene.either(msgspec.structs.replace(rights, **wrong), rights),
        content_review=scene.either(content, ContentReview(done=True, hits=[])),
        subjects=["map", scene.pick("hero_or_martyr", "state_symbol", "state_leader")],
        subject_approved=not scene.wrong,
        map_approved=not scene.wrong,
    )
    scene.goods = scene.cast.collection(
        scene.issuer, scene.work, synthesis=_synthesis(sold=scene.wrong)
    )
    scene.issue(tests="CN-IP-02 CN-CT-01 CN-CT-03 CN-CT-04 CN-N2-04")


def unsupported_price(scene: Scene) -> None:
    """The price is far above what supports it and out of its band; nothing is found on chain."""
    ceiling = Money(scene.either(PRICE - 1, PRICE), "CNY")
    supported = Money(PRICE // _MULTIPLE + scene.either(-1, 0), "CNY")
    scene.goods = scene.cast.collection(
        scene.issuer,
        scene.work,
        value_support=ValueSupport(documented=True, supported_value=supported),
        price_band=PriceBand(low=Money(1, "CNY"), high=ceiling),
        chain_record=ChainRecord(claimed=True, found=not scene.wrong),
    )
    scene.offer(tests="CN-P2-01 CN-P2-02 CN-LC-04")
    scene.sale(tests="CN-P2-02 CN-LC-04")


def traded_fragments(scene: Scene) -> None:
    """Tokens are put together from fragments that are sold."""
    scene.goods = scene.cast.collection(
        scene.issuer, scene.work, synthesis=_synthesis(sold=scene.wrong)
    )
    scene.transfer("synthesis", scene.issuer, scene.buyer, tests="CN-N2-06")


def restrained_work(scene: Scene) -> None:
    """A work is dealt in though it is taken down and a court decided against it."""
    last = scene.either(scene.day, scene.day - DAY)
    scene.work = scene.cast.work(
        scene.issuer,
        restraints=[
            Restraint(kind="takedown", valid_from=scene.day - DAY, valid_until=last),
            Restraint(kind="adverse_decision", valid_from=scene.day - DAY, valid_until=last),
        ],
    )
    scene.issue(tests="CN-IP-04 CN-IP-06")
    scene.transfer("airdrop", scene.issuer, scene.buyer, tests="CN-IP-05")


def unlicensed_auction(scene: Scene) -> None:
    """A platform without a licence for it holds an auction."""
    licences = scene.cast.platform().licences or []
    auction = Licence(type="auction", number=f"样例拍卖{scene.cast.number}号")
    scene.platform = scene.cast.platform(licences=scene.either(licences, [*licences, auction]))
    scene.offer({"mode": "auction"}, tests="CN-N3-04")


def loose_platform(scene: Scene) -> None:
    """A platform trades forwards, runs on an open chain, and keeps its records badly."""
    kept = msgspec.structs.replace(
        _KEPT,
        **scene.pick({"identity_months": 119}, {"transaction_months": 119}),
        **scene.pick({"network_log_months": 5}, {"trade_information_months": 35}),
        deletes_when_due=False,
    )
    plain = scene.cast.platform()
    opened = Chain(name="示例公链", permission="permissionless")
    scene.platform = scene.cast.platform(
        features=[
            "gift",
            scene.either(scene.pick("forward_contract", "option_contract"), "blind_box"),
        ],
        chain=scene.either(opened, plain.chain),
        retention=scene.either(kept, _KEPT),
    )
    scene.state(scene.platform, tests="CN-N3-03 CN-LC-02 CN-N5-02 CN-N5-07 CN-N5-08")


def barred_name(scene: Scene) -> None:
    """A company bears a barred word in its name or scope; its account is somebody else's."""
    name = scene.either(scene.pick("金石稳定币", "金石文化"), "金石文化")
    scope = scene.either("加密资产技术服务", "文化艺术交流")
    company = scene.cast.company(
        registered_name=name,
        business_scope=scope,
        account_check=AccountCheck(duplicate=scene.wrong, fictitious=False),
    )
    scene.state(company, tests="CN-NM-01 CN-N5-06")


def derivative_product(scene: Scene) -> None:
    """A broker offers a derivative on collectibles."""
    broker = scene.cast.company(memberships=[])
    product = {
        "kind": "derivative",
        "parties": ProductRoles(provider=broker.id),
        "issued_as_collectibles": False,
        "invests_in_collectibles": scene.wrong,
    }
    scene.tell("product", product, tests="CN-N3-10")


def suspicious_trade(scene: Scene) -> None:
    """What surveillance found waits for somebody; the twin's finding was closed with its reason."""
    seen = scene.pick(
        {
            "structuring": "CN-N5-04",
            "wash_trade": "CN-PR-03",
            "holder_count": "CN-N3-12",
            "statistical_sign": "CN-PR-06",
        },
        {
            "price_surge": "CN-P2-04",
            "hidden_matching": "CN-N3-11",
            "limit_evasion": "CN-P2-05",
            "dormant_awakening": "CN-P2-06",
        },
    )
    for pattern, rule in seen.items():
        found = {
            "kind": "pattern",
            "pattern": pattern,
            "detector": "simulated",
            "score": 90,
            "disposition": scene.either("open", "closed"),
            "disposition_reason": scene.either(None, "已核实，未见异常"),
        }
        scene.tell("finding", found, tests=rule)


def late_answer(scene: Scene) -> None:
    """A complaint of a breach is acted upon too late, an objection is answered too late."""
    kind, step, rule = scene.pick(
        ("objection", "answered", "CN-N5-05"), ("rights_complaint", "acted", "CN-IP-03")
    )
    notice = {
        "kind": kind,
        "parties": NoticeRoles(notifier=scene.buyer.id),
        "work": scene.work.id,
        "initial_proof": True,
    }
    scene.tell("notice", notice | {"step": scene.either(step, "published")}, tests=rule)


def _synthesis(*, sold: bool) -> Synthesis:
    return Synthesis(
        fragments_sold=sold,
        fragments_transferable_for_value=False,
        recipe_published=True,
        recipe_fixed=True,
    )
