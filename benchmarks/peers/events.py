"""Seeded events in the three forms that engines take: flat facts, JSON, and Vermilion's structs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import msgspec

from vermilion.facts.entities import Party, Platform, Token, Work
from vermilion.facts.events import Sale
from vermilion.facts.namespace import EventFacts

TODAY_YEAR = 2026
_EVENT = {
    "date": f"{TODAY_YEAR}-03-29",
    "time": f"{TODAY_YEAR}-03-29T04:00:00Z",
    "type": "sale",
    "stage": "proposed",
    "source": "x:platform:7",
    "subject": "x:sale:7",
}
_FEATURES = ("fixed_price_sale", "lottery_sale", "blind_box", "gift", "consignment")
_TRADING = ("order_book", "continuous_auction", "market_maker", "anonymous_trading")
_INSTRUMENTS = ("bank_transfer", "third_party_payment", "e_cny", "cash", "virtual_currency")
_FUNDINGS = ("own_funds", "instalment", "credit", "margin", "pledge")
_HARMLESS = ("artwork", "cultural_item", "ticket", "membership", "physical_good")


class Joined(msgspec.Struct, frozen=True):
    """A sale with what is known about it, as the desk hands it over; other keys are passed over."""

    event: EventFacts
    data: Sale
    buyer: Party
    token: Token
    work: Work
    platform: Platform

    def arguments(self) -> tuple[Sale, dict[str, Any]]:
        """Return what a fused function takes: the event's data, and the facts joined to it."""
        return self.data, {
            "event": self.event,
            "buyer": self.buyer,
            "token": self.token,
            "work": self.work,
            "platform": self.platform,
        }


def facts(count: int, seed: int) -> list[dict[str, Any]]:
    """Return the facts of that many sales; each rule is hit by some of them."""
    rng = random.Random(seed)
    return [_facts(rng) for _ in range(count)]


def _facts(rng: random.Random) -> dict[str, Any]:
    legs = 1 if rng.random() < 0.8 else 2
    age = rng.randint(4, 17) if rng.random() < 0.06 else rng.randint(18, 80)
    size = rng.choices((1, 10, 100, 1_000, 8_000, 20_000), (4, 8, 20, 40, 25, 3))[0]
    features = rng.sample(_FEATURES, rng.randint(1, 3))
    if rng.random() < 0.06:
        features += rng.sample(_TRADING, rng.randint(1, 3))
    return {
        "currency": rng.choices(("CNY", "USD", "USDT", "ETH"), (94, 3, 2, 1))[0],
        "amount": int(10 ** rng.uniform(2, 6.8)),
        "instruments": rng.choices(_INSTRUMENTS, (30, 30, 30, 7, 3), k=legs),
        "fundings": rng.choices(_FUNDINGS, (90, 6, 2, 1, 1), k=legs),
        "kyc": rng.choices(("verified", "pending", "failed", "expired"), (94, 2, 2, 2))[0],
        "kind": "organisation" if rng.random() < 0.2 else "person",
        "age": age,
        "consented": rng.choice((0, 20_000, 1_000_000)) if age < 18 else 0,
        "lists_hit": rng.choices(("sanctions", "wanted", "pep"), k=rng.random() < 0.04),
        "size": size,
        "serial": rng.randint(1, size) + (size if rng.random() < 0.02 else 0),
        "licensed": size if rng.random() < 0.97 else size - 1,
        "underlying": [rng.choice(("security", "fund") if rng.random() < 0.03 else _HARMLESS)],
        "features": features,
        "permission": "permissionless" if rng.random() < 0.1 else "permissioned",
    }


def as_json(facts: dict[str, Any]) -> bytes:
    """Write facts as the event that states them; a fact that is lacking or null is left out.

    A price is stated whole or not at all, so without its amount the currency is unknown too.
    """
    known = {name: value for name, value in facts.items() if value is not None}
    legs = zip_longest(known.get("instruments", ()), known.get("fundings", ()))
    price = _some(known, amount="amount", currency="currency")
    buyer: dict[str, Any] = {"id": "x:party:7", **_some(known, kind="kind", lists_hit="lists_hit")}
    buyer["kyc"] = _some(known, status="kyc")
    if "age" in known:
        buyer["birth_date"] = f"{TODAY_YEAR - known['age']}-02-11"
    if "consented" in known:
        buyer["guardian_consents"] = _consents(known["consented"])
    edition = _some(known, size="size", serial="serial")
    event = {
        "event": {name: _EVENT[name] for name in EventFacts.__struct_fields__},
        "data": {
            **({"price": price} if len(price) == 2 else {}),
            "settlement": [_some({"i": i, "f": f}, instrument="i", funding="f") for i, f in legs],
        },
        "buyer": buyer,
        "token": {"id": "x:token:7", "edition": edition, **_some(known, underlying="underlying")},
        "work": {"id": "x:work:7", "licence": _some(known, edition_limit="licensed")},
        "platform": {
            "id": "x:platform:7",
            "chain": _some(known, permission="permission"),
            **_some(known, features="features"),
        },
        "ready": _some(known, age="age", consented="consented"),
    }
    return msgspec.json.encode(event)


def _some(known: dict[str, Any], **fields: str) -> dict[str, Any]:
    return {field: known[name] for field, name in fields.items() if known.get(name) is not None}


def _consents(limit: int) -> list[dict[str, Any]]:
    if not limit:
        return []
    money = {"amount": limit, "currency": "CNY"}
    return [{"guardian": "x:party:8", "purposes": ["purchase"], "limit": money}]


def written(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """Write several events."""
    return [as_json(event) for event in events]
