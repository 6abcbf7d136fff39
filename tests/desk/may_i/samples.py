"""Rulebooks to ask, values to answer with, and an interview played to its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from vermilion.desk.may_i import UNKNOWN, Outcome, Plan, next_question, outcome
from vermilion.desk.may_i.looking import look
from vermilion.desk.may_i.vocabulary import fact_type, kind_of, options_of
from vermilion.rulebook import Engine, Profile, find_rulebook, load_rulebook

CN = [Engine(load_rulebook(find_rulebook("cn")), Profile(roles=[]))]
AT = dt.datetime(2026, 6, 1, 4, tzinfo=dt.UTC)

YUAN = {"amount": 1_990, "currency": "CNY"}
ETHER = {"amount": 5, "currency": "ETH"}

_LICENCES = [
    {"type": type, "number": "1", "valid_from": "2020-01-01", "valid_until": until}
    for type in ("blockchain_filing", "online_culture", "value_added_telecom")
    for until in ("2030-01-01",)
]

GOOD: dict[str, Any] = {
    "token.underlying": ["artwork"],
    "token.redeemable_for": [],
    "token.rights": ["display", "private_use"],
    "token.divisible": False,
    "token.decimals": 0,
    "token.fraction_of": [],
    "token.pooled": False,
    "token.co_owned": False,
    "token.transferable_for_value": False,
    "token.edition.size": 5_000,
    "token.edition.fixed": True,
    "token.edition.numbered": True,
    "token.edition.own_metadata": True,
    "work.depicts_relic": False,
    "work.ai_generated": False,
    "work.licence.unbroken": True,
    "work.licence.in_force": True,
    "work.licence.rights": ["network_dissemination"],
    "work.licence.territories": ["CN"],
    "work.licence.edition_unlimited": False,
    "work.licence.edition_limit": 5_000,
    "issuer.kyc.status": "verified",
    "issuer.kyc.expires_on": "2030-01-01",
    "issuer.lists_hit": [],
    "issuer.control.lists_hit": [],
    "platform.features": ["fixed_price_sale", "gift"],
    "platform.licences": _LICENCES,
    "platform.filing_number_shown": True,
    "offer.price": YUAN,
    "offer.ad_texts": ["今日开售，限量五千份。"],
    "offer.compared_price": UNKNOWN,
    "offer.disclosure.items": [
        *("business_address", "contact", "quantity_and_quality", "price_and_fees"),
        *("performance", "safety_and_risk", "after_sales", "civil_liability"),
    ],
    "offer.disclosure.prominent": True,
    "offer.disclosure.before_purchase": True,
    "operator.memberships": [],
}
"""What a brand that does everything right would answer about its 5,000 cards."""


def verdicts(found: Outcome) -> list[str]:
    """Return the verdict of each rulebook."""
    return [one.verdict for one in found.rulebooks]


def played(
    plan: Plan, known: Mapping[str, Any], *, everything: bool = False
) -> tuple[list[str], Outcome]:
    """Answer every question from what is known, the rest with `unknown`; return what was asked."""
    answers: dict[str, Any] = {}
    while question := next_question(plan, answers, CN, at=AT, everything=everything):
        answers[question.fact] = known.get(question.fact, UNKNOWN)
    return list(answers), outcome(plan, answers, CN, at=AT, everything=everything)


def universe(plan: Plan) -> list[str]:
    """Return every fact that could ever be asked of a plan."""
    seen = look(plan, {}, CN, AT)
    return list(dict.fromkeys(fact for one in seen.prospects for fact in one.facts))


def values(plan: Plan, fact: str) -> st.SearchStrategy[Any]:
    """Return answers that a person could give, those that rules look for among them."""
    hint = fact_type(plan, fact)
    match kind_of(hint):
        case "yes_no":
            return st.booleans()
        case "choice":
            return st.sampled_from(options_of(hint))
        case "choices":
            return st.lists(st.sampled_from(options_of(hint)), max_size=3, unique=True)
        case "number":
            return st.sampled_from([0, 1, 200, 5_000])
        case "money":
            return st.sampled_from(
                [
                    YUAN,
                    ETHER,
                    {"amount": 0, "currency": "CNY"},
                    {"amount": 6_000_000, "currency": "CNY"},
                    {"amount": 1, "currency": "USD"},
                ]
            )
        case "date":
            return st.sampled_from(["2015-01-01", "2026-05-31", "2026-06-01", "2030-01-01"])
        case "moment":
            return st.sampled_from(["2026-05-01T00:00:00+08:00", "2026-07-01T00:00:00+08:00"])
        case "text" | "long_text":
            return st.sampled_from(_TEXTS)
        case "texts":
            return st.lists(st.sampled_from(_TEXTS), max_size=2)
        case "names":
            return st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True)
        case "digest":
            return st.sampled_from(["a" * 64, "b" * 64])
        case "rows":
            return st.lists(st.sampled_from(_ROWS[fact.rpartition(".")[2]]), max_size=4)


_TEXTS = ["今日开售", "稳赚不赔", "国家级大师力作", "升值空间大", "高价回收，求购私聊"]
_LEGS = [
    {"amount": YUAN, "instrument": "bank_transfer", "funding": "own_funds"},
    {"amount": ETHER, "instrument": "virtual_currency"},
    {"amount": YUAN, "instrument": "third_party_payment", "channel_licensed": True},
    {"amount": YUAN, "instrument": "points", "funding": "credit"},
    {"instrument": "third_party_payment"},
]
_CONSENTS = [
    {
        "guardian": "g",
        "purposes": ["purchase", "data_processing"],
        "limit": YUAN,
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    },
    {"guardian": "g", "purposes": ["blind_box"]},
]
_ROWS: dict[str, list[dict[str, Any]]] = {
    "licences": [*_LICENCES, {"type": "other"}, {"type": "online_culture", "number": "2"}],
    "settlement": _LEGS,
    "guardian_consents": _CONSENTS,
}
