"""Twenty rules over fifteen facts of a sale, once for each engine, and the plain Python oracle.

`$name` stands for a fact. What it becomes depends on the engine and on the form of its input: one
flat dictionary, or the event as JSON. Vermilion reads its own facts, so its texts are as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, Literal

Facts = Mapping[str, Any]
Decision = Literal["block", "review", "allow"]

LISTS = {
    "virtual_currencies": ("BTC", "ETH", "USDT"),
    "financial": ("security", "insurance", "loan", "receivable", "fund"),
}


@dataclass(frozen=True)
class Rule:
    """A rule in every language; the verdict holds where it is hit."""

    name: str
    verdict: Literal["block", "review"]
    python: Callable[[Facts], bool]
    vermilion: str
    zen: str
    jsonlogic: str
    cel: str
    cedar: str

    @property
    def reads(self) -> frozenset[str]:
        """The facts that the rule reads."""
        return frozenset(Template(self.zen).get_identifiers())


PATHS = {
    "currency": "data.price.currency",
    "amount": "data.price.amount",
    "instruments": "data.settlement[].instrument",
    "fundings": "data.settlement[].funding",
    "kyc": "buyer.kyc.status",
    "kind": "buyer.kind",
    "age": "ready.age",
    "consented": "ready.consented",
    "lists_hit": "buyer.lists_hit",
    "size": "token.edition.size",
    "serial": "token.edition.serial",
    "licensed": "work.licence.edition_limit",
    "underlying": "token.underlying",
    "features": "platform.features",
    "permission": "platform.chain.permission",
}
"""The fifteen facts, and where the event as JSON has them.

Age and the amount a guardian consented to are given ready-made to engines that have no calendar or
cannot look through a list; Vermilion works them out from birth date and consents.
"""

RULES = (
    Rule(
        "foreign_currency",
        "review",
        lambda f: f["currency"] != "CNY",
        'price.currency != "CNY"',
        '$currency != "CNY"',
        '{"!=": [$currency, "CNY"]}',
        '$currency != "CNY"',
        '$currency != "CNY"',
    ),
    Rule(
        "virtual_on_open_chain",
        "block",
        lambda f: f["currency"] in ("BTC", "ETH", "USDT") and f["permission"] == "permissionless",
        "price.currency in lists.virtual_currencies"
        ' and platform.chain.permission == "permissionless"',
        '$currency in ["BTC", "ETH", "USDT"] and $permission == "permissionless"',
        '{"and": [{"in": [$currency, ["BTC", "ETH", "USDT"]]},'
        ' {"==": [$permission, "permissionless"]}]}',
        '$currency in ["BTC", "ETH", "USDT"] && $permission == "permissionless"',
        '["BTC", "ETH", "USDT"].contains($currency) && $permission == "permissionless"',
    ),
    Rule(
        "large_amount",
        "review",
        lambda f: f["currency"] == "CNY" and f["amount"] > 5_000_000,
        'price.currency == "CNY" and amount(price, "CNY") > 5000000',
        '$currency == "CNY" and $amount > 5000000',
        '{"and": [{"==": [$currency, "CNY"]}, {">": [$amount, 5000000]}]}',
        '$currency == "CNY" && $amount > 5000000',
        '$currency == "CNY" && $amount > 5000000',
    ),
    Rule(
        "paid_in_virtual_currency",
        "block",
        lambda f: "virtual_currency" in f["instruments"],
        'any(leg.instrument == "virtual_currency" for leg in settlement)',
        '"virtual_currency" in $instruments',
        '{"in": ["virtual_currency", $instruments]}',
        '"virtual_currency" in $instruments',
        '$instruments.contains("virtual_currency")',
    ),
    Rule(
        "large_cash",
        "review",
        lambda f: "cash" in f["instruments"] and f["currency"] == "CNY" and f["amount"] > 100_000,
        'any(leg.instrument == "cash" for leg in settlement)'
        ' and price.currency == "CNY" and amount(price, "CNY") > 100000',
        '"cash" in $instruments and $currency == "CNY" and $amount > 100000',
        '{"and": [{"in": ["cash", $instruments]}, {"==": [$currency, "CNY"]},'
        ' {">": [$amount, 100000]}]}',
        '"cash" in $instruments && $currency == "CNY" && $amount > 100000',
        '$instruments.contains("cash") && $currency == "CNY" && $amount > 100000',
    ),
    Rule(
        "bought_on_credit",
        "block",
        lambda f: any(one in ("credit", "margin", "pledge") for one in f["fundings"]),
        'any(leg.funding in ["credit", "margin", "pledge"] for leg in settlement)',
        'some($fundings, # in ["credit", "margin", "pledge"])',
        '{"some": [$fundings, {"in": [{"var": ""}, ["credit", "margin", "pledge"]]}]}',
        '$fundings.exists(one, one in ["credit", "margin", "pledge"])',
        '$fundings.containsAny(["credit", "margin", "pledge"])',
    ),
    Rule(
        "buyer_unverified",
        "block",
        lambda f: f["kyc"] != "verified",
        'buyer.kyc.status != "verified"',
        '$kyc != "verified"',
        '{"!=": [$kyc, "verified"]}',
        '$kyc != "verified"',
        '$kyc != "verified"',
    ),
    Rule(
        "buyer_refused_identity",
        "review",
        lambda f: (
            f["kyc"] in ("failed", "expired") and f["currency"] == "CNY" and f["amount"] > 10_000
        ),
        'buyer.kyc.status in ["failed", "expired"]'
        ' and price.currency == "CNY" and amount(price, "CNY") > 10000',
        '$kyc in ["failed", "expired"] and $currency == "CNY" and $amount > 10000',
        '{"and": [{"in": [$kyc, ["failed", "expired"]]}, {"==": [$currency, "CNY"]},'
        ' {">": [$amount, 10000]}]}',
        '$kyc in ["failed", "expired"] && $currency == "CNY" && $amount > 10000',
        '["failed", "expired"].contains($kyc) && $currency == "CNY" && $amount > 10000',
    ),
    Rule(
        "organisation_abroad",
        "review",
        lambda f: f["kind"] == "organisation" and f["currency"] != "CNY",
        'buyer.kind == "organisation" and price.currency != "CNY"',
        '$kind == "organisation" and $currency != "CNY"',
        '{"and": [{"==": [$kind, "organisation"]}, {"!=": [$currency, "CNY"]}]}',
        '$kind == "organisation" && $currency != "CNY"',
        '$kind == "organisation" && $currency != "CNY"',
    ),
    Rule(
        "child",
        "block",
        lambda f: f["age"] < 8,
        "age(buyer.birth_date) < 8",
        "$age < 8",
        '{"<": [$age, 8]}',
        "$age < 8",
        "$age < 8",
    ),
    Rule(
        "minor_beyond_consent",
        "block",
        lambda f: f["currency"] == "CNY" and f["age"] < 18 and f["amount"] > f["consented"],
        'price.currency == "CNY" and age(buyer.birth_date) < 18 and not any('
        'amount(consent.limit, "CNY") >= amount(price, "CNY")'
        " for consent in buyer.guardian_consents)",
        '$currency == "CNY" and $age < 18 and $amount > $consented',
        '{"and": [{"==": [$currency, "CNY"]}, {"<": [$age, 18]}, {">": [$amount, $consented]}]}',
        '$currency == "CNY" && $age < 18 && $amount > $consented',
        '$currency == "CNY" && $age < 18 && $amount > $consented',
    ),
    Rule(
        "minor_at_blind_box",
        "block",
        lambda f: f["age"] < 18 and "blind_box" in f["features"],
        'age(buyer.birth_date) < 18 and "blind_box" in platform.features',
        '$age < 18 and "blind_box" in $features',
        '{"and": [{"<": [$age, 18]}, {"in": ["blind_box", $features]}]}',
        '$age < 18 && "blind_box" in $features',
        '$age < 18 && $features.contains("blind_box")',
    ),
    Rule(
        "buyer_on_a_list",
        "block",
        lambda f: "sanctions" in f["lists_hit"] or "wanted" in f["lists_hit"],
        '"sanctions" in buyer.lists_hit or "wanted" in buyer.lists_hit',
        '"sanctions" in $lists_hit or "wanted" in $lists_hit',
        '{"or": [{"in": ["sanctions", $lists_hit]}, {"in": ["wanted", $lists_hit]}]}',
        '"sanctions" in $lists_hit || "wanted" in $lists_hit',
        '$lists_hit.contains("sanctions") || $lists_hit.contains("wanted")',
    ),
    Rule(
        "beyond_licensed_edition",
        "block",
        lambda f: f["size"] > f["licensed"],
        "token.edition.size > work.licence.edition_limit",
        "$size > $licensed",
        '{">": [$size, $licensed]}',
        "$size > $licensed",
        "$size > $licensed",
    ),
    Rule(
        "serial_beyond_edition",
        "block",
        lambda f: f["serial"] > f["size"],
        "token.edition.serial > token.edition.size",
        "$serial > $size",
        '{">": [$serial, $size]}',
        "$serial > $size",
        "$serial > $size",
    ),
    Rule(
        "mass_edition",
        "review",
        lambda f: f["size"] > 10_000,
        "token.edition.size > 10000",
        "$size > 10000",
        '{">": [$size, 10000]}',
        "$size > 10000",
        "$size > 10000",
    ),
    Rule(
        "dear_for_its_edition",
        "review",
        lambda f: f["currency"] == "CNY" and f["amount"] > 100_000 + f["size"] * 2_000,
        'price.currency == "CNY" and amount(price, "CNY") > 100000 + token.edition.size * 2000',
        '$currency == "CNY" and $amount > 100000 + $size * 2000',
        '{"and": [{"==": [$currency, "CNY"]},'
        ' {">": [$amount, {"+": [100000, {"*": [$size, 2000]}]}]}]}',
        '$currency == "CNY" && $amount > 100000 + $size * 2000',
        '$currency == "CNY" && $amount > 100000 + $size * 2000',
    ),
    Rule(
        "financial_underlying",
        "block",
        lambda f: any(one in LISTS["financial"] for one in f["underlying"]),
        "any(one in lists.financial for one in token.underlying)",
        'some($underlying, # in ["security", "insurance", "loan", "receivable", "fund"])',
        '{"some": [$underlying, {"in": [{"var": ""},'
        ' ["security", "insurance", "loan", "receivable", "fund"]]}]}',
        '$underlying.exists(one, one in ["security", "insurance", "loan", "receivable", "fund"])',
        '$underlying.containsAny(["security", "insurance", "loan", "receivable", "fund"])',
    ),
    Rule(
        "exchange_trading",
        "block",
        lambda f: "order_book" in f["features"] or "continuous_auction" in f["features"],
        '"order_book" in platform.features or "continuous_auction" in platform.features',
        '"order_book" in $features or "continuous_auction" in $features',
        '{"or": [{"in": ["order_book", $features]}, {"in": ["continuous_auction", $features]}]}',
        '"order_book" in $features || "continuous_auction" in $features',
        '$features.contains("order_book") || $features.contains("continuous_auction")',
    ),
    Rule(
        "maker_on_open_chain",
        "review",
        lambda f: "market_maker" in f["features"] and f["permission"] == "permissionless",
        '"market_maker" in platform.features and platform.chain.permission == "permissionless"',
        '"market_maker" in $features and $permission == "permissionless"',
        '{"and": [{"in": ["market_maker", $features]}, {"==": [$permission, "permissionless"]}]}',
        '"market_maker" in $features && $permission == "permissionless"',
        '$features.contains("market_maker") && $permission == "permissionless"',
    ),
)

NAMES = tuple(rule.name for rule in RULES)
BLOCKING = frozenset(rule.name for rule in RULES if rule.verdict == "block")


def decide(hits: Sequence[str]) -> Decision:
    """Return the strongest verdict of the rules that were hit."""
    if not hits:
        return "allow"
    return "review" if BLOCKING.isdisjoint(hits) else "block"


def oracle(facts: Facts) -> tuple[Decision, list[str]]:
    """Return the right answer: decision, and the rules hit in stated order."""
    hits = [rule.name for rule in RULES if rule.python(facts)]
    return decide(hits), hits
