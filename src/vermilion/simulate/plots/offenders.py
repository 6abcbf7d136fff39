"""Patterns of who takes part: unidentified, listed, or financial."""

from __future__ import annotations

from vermilion.facts.entities import (
    Association,
    Kyc,
    KycStatus,
    Party,
    UnderlyingClass,
)
from vermilion.facts.events import HoldingPurpose, HoldingRoles
from vermilion.simulate.scene import DAY, Scene


def unverified_buyer(scene: Scene) -> None:
    """Nobody checked who the buyer or winner is."""
    status: KycStatus = scene.pick("none", "pending", "failed", "expired")
    kyc = scene.either(Kyc(status=status), scene.cast.verified())
    _acquires(scene, scene.cast.person(kyc=kyc), "CN-N5-01")


def expired_identity(scene: Scene) -> None:
    """The identity document expired yesterday; today is its last day."""
    kyc = Kyc(status="verified", expires_on=scene.either(scene.day - DAY, scene.day))
    _acquires(scene, scene.cast.person(kyc=kyc), "CN-N5-01")


def listed_party(scene: Scene) -> None:
    """The buyer, winner or payer stands on a sanctions list."""
    who = scene.cast.person(lists_hit=scene.either(["样例制裁名单"], []))
    _acquires(scene, who, "CN-N5-03")
    scene.payment(who, scene.issuer, tests="CN-N5-03")


def controlled_by_listed(scene: Scene) -> None:
    """The buyer is a company that a listed person controls through another one."""
    owner = scene.cast.person(lists_hit=scene.either(["样例制裁名单"], []))
    between = scene.cast.company(controlled_by=[owner.id])
    buyer = scene.cast.company(controlled_by=[between.id])
    scene.sale({"purpose": "own_issue"}, buyer=buyer, tests="CN-N5-03")


def member_invests(scene: Scene) -> None:
    """A bank or broker buys or holds collectibles as an investment."""
    association: Association = scene.pick("CBA", "SAC", "NIFA")
    if scene.pick(True, False):
        purpose: HoldingPurpose = scene.either("investment", "marketing")
        _invests(scene, scene.cast.company(memberships=[association]), purpose)
    else:
        joined = scene.either(association, "CCIA")
        _invests(scene, scene.cast.company(memberships=[joined]), "investment")


def controlled_company_invests(scene: Scene) -> None:
    """A company that a bank or broker controls buys or holds collectibles as an investment."""
    association: Association = scene.pick("CBA", "SAC", "NIFA")
    bank = scene.cast.company(memberships=scene.either([association], []))
    between = scene.cast.company(controlled_by=[bank.id])
    _invests(scene, scene.cast.company(controlled_by=[between.id]), "investment")


def fund_with_collectibles(scene: Scene) -> None:
    """A bank holds a share in a fund that holds a collectible; the twin's holds bonds only."""
    inside: UnderlyingClass = scene.either("artwork", "security")
    content = scene.cast.collection(scene.issuer, scene.work, underlying=[inside])
    fund = scene.cast.collection(scene.issuer, scene.work, underlying=["fund"], holds=[content.id])
    bank = scene.cast.company(memberships=[scene.pick("CBA", "SAC", "NIFA")])
    _reports(scene, bank, fund.id, "investment")


def _acquires(scene: Scene, who: Party, rule: str) -> None:
    """Buy, and win."""
    scene.sale(buyer=who, tests=rule)
    scene.transfer("airdrop", scene.issuer, who, {"token": scene.unit(2)}, tests=rule)


def _invests(scene: Scene, who: Party, purpose: HoldingPurpose) -> None:
    """Buy, and report the holding."""
    scene.sale({"purpose": purpose}, buyer=who, tests="CN-N6-01")
    _reports(scene, who, scene.unit(), purpose)


def _reports(scene: Scene, holder: Party, token: str, purpose: HoldingPurpose) -> None:
    holding = {
        "token": token,
        "parties": HoldingRoles(holder=holder.id),
        "quantity": 1,
        "purpose": purpose,
    }
    scene.tell("holding", holding, tests="CN-N6-01")
