"""Plans that people come with, each as the events it would bring about and what it implies."""

from __future__ import annotations

from typing import Any

import msgspec

from vermilion.errors import UsageError
from vermilion.rulebook import Words
from vermilion.rulebook.model import OperatorRole

COLLECTIBLE = "may-i:token:1"
WORK = "may-i:work:1"
PLATFORM = "may-i:platform:1"
"""What things are called in a plan's events; the names say nothing about them."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a plan would bring about: its type, who takes part, and what it names.

    `roles` gives for each role the party as answers call it; one party may have several roles.
    """

    type: str
    roles: dict[str, str] = {}
    things: list[str] = []


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A starting point: what somebody wants to do, and which facts that alone implies.

    `role` is what the person who asks is to the law. `implied` are facts by path, as answers are.
    """

    id: str
    title: Words
    sentence: Words
    role: OperatorRole
    steps: list[Step]
    implied: dict[str, Any] = {}

    @property
    def parties(self) -> list[str]:
        """The parties as answers call them, in order of first mention."""
        return list(dict.fromkeys(one for step in self.steps for one in step.roles.values()))

    @property
    def things(self) -> list[str]:
        """Which of `token`, `work` and `platform` the plan names."""
        named = {thing for step in self.steps for thing in step.things}
        return [thing for thing in ("token", "work", "platform") if thing in named]


_THINGS = ["token", "work", "platform"]
_RELEASE = [
    Step(type="issue", roles={"issuer": "issuer"}, things=_THINGS),
    Step(type="offer", roles={"issuer": "issuer", "seller": "issuer"}, things=_THINGS),
]
"""Whoever issues a collectible also puts it up for sale."""

_ALL = [
    Plan(
        id="museum_relic",
        title=Words("博物馆发布文物影像", "A museum releases images of a relic"),
        sentence=Words(
            "文博单位把馆藏文物的扫描、照片或拓片做成数字藏品发售。",
            "A heritage institution offers scans, photographs or rubbings of a relic as collectibles.",
        ),
        role="museum",
        steps=_RELEASE,
        implied={
            "issuer.kind": "organisation",
            "work.depicts_relic": True,
            "work.relic.released_by": "cultural_institution",
        },
    ),
    Plan(
        id="brand_cards",
        title=Words("品牌限量发售数字卡片", "A brand sells a limited set of cards"),
        sentence=Words(
            "品牌方以一口价限量发售数字藏品，例如 5,000 张卡片。",
            "A brand sells a limited number of collectibles at a fixed price, such as 5,000 cards.",
        ),
        role="brand",
        steps=_RELEASE,
        implied={
            "issuer.kind": "organisation",
            "token.edition.limited": True,
            "offer.mode": "fixed_price",
        },
    ),
    Plan(
        id="artist_work",
        title=Words("艺术家发售自己的作品", "An artist sells works of their own"),
        sentence=Words(
            "艺术家本人发行并发售自己创作的作品。",
            "An artist issues and offers works of their own making.",
        ),
        role="artist",
        steps=_RELEASE,
        implied={"issuer.kind": "person", "work.author": "may-i:party:issuer"},
    ),
    Plan(
        id="goods_token",
        title=Words("发售可兑换实物的藏品", "Collectibles that can be redeemed for goods"),
        sentence=Words(
            "发行方发售可兑换酒、门票或其他商品的数字藏品。",
            "An issuer sells collectibles that are redeemed for liquor, tickets or other goods.",
        ),
        role="issuer",
        steps=_RELEASE,
        implied={"issuer.kind": "organisation"},
    ),
    Plan(
        id="blind_box",
        title=Words("以盲盒方式发售", "Selling by blind box"),
        sentence=Words(
            "发行方以盲盒方式发售数字藏品，购买者事先不知道抽到哪一款。",
            "An issuer sells collectibles in blind boxes; buyers learn afterwards which one they got.",
        ),
        role="issuer",
        steps=_RELEASE,
        implied={"issuer.kind": "organisation", "offer.mode": "blind_box"},
    ),
    Plan(
        id="resale_market",
        title=Words("平台开放二级市场", "A platform opens a resale market"),
        sentence=Words(
            "平台让用户之间转卖数字藏品。",
            "A platform lets its users resell collectibles to each other.",
        ),
        role="platform",
        steps=[Step(type="platform", things=["platform"])],
    ),
    Plan(
        id="secured_loan",
        title=Words("以藏品作担保放贷", "A loan secured on collectibles"),
        sentence=Words(
            "银行或其他机构以数字藏品为担保向客户放贷。",
            "A bank or another institution lends to a client against collectibles as collateral.",
        ),
        role="bank",
        steps=[
            Step(
                type="loan",
                roles={"lender": "lender", "borrower": "borrower"},
                things=["platform"],
            )
        ],
        implied={"lender.kind": "organisation", "loan.collateral": [COLLECTIBLE]},
    ),
    Plan(
        id="financial_product",
        title=Words("涉及藏品的金融产品或服务", "A financial product around collectibles"),
        sentence=Words(
            "金融机构提供投向藏品、以藏品形式发行，或者为藏品平台配套的产品或服务。",
            "An institution offers a product that invests in collectibles or is issued as such, or a service to their venues.",
        ),
        role="bank",
        steps=[Step(type="product", roles={"provider": "provider"}, things=["platform"])],
        implied={"provider.kind": "organisation"},
    ),
    Plan(
        id="company_purchase",
        title=Words("机构购买藏品", "A company buys collectibles"),
        sentence=Words(
            "企业或金融机构在平台上购买数字藏品。",
            "A company or financial institution buys collectibles on a platform.",
        ),
        role="bank",
        steps=[Step(type="sale", roles={"seller": "seller", "buyer": "buyer"}, things=_THINGS)],
        implied={"buyer.kind": "organisation"},
    ),
    Plan(
        id="advertisement",
        title=Words("在社交平台投放广告", "An advertisement on a social platform"),
        sentence=Words(
            "在社交平台发布数字藏品的广告。",
            "An advertisement for collectibles is published on a social platform.",
        ),
        role="social_platform",
        steps=[Step(type="post", roles={"author": "author"})],
        implied={"post.purpose": "advertisement"},
    ),
]

PLANS: dict[str, Plan] = {plan.id: plan for plan in _ALL}
"""The starting points, by id, in the order in which they are offered."""


def plan_of(id: str) -> Plan:
    """Return a plan by its id.

    Raises:
        UsageError: `plan_unknown`.
    """
    if id not in PLANS:
        raise UsageError(
            "plan_unknown", f"there is no plan `{id}`", help=f"choose one of {', '.join(PLANS)}"
        )
    return PLANS[id]
