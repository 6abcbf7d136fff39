"""A small rulebook to play with: as a document, and as a folder of files."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from vermilion.rulebook import Document, Rulebook, check_document

if TYPE_CHECKING:
    from pathlib import Path

QUOTE = "不得以外币计价"


def words(text: str) -> dict[str, str]:
    """Return one text in two languages."""
    return {"zh": f"{text}（中文）", "en": text}


def instrument(id: str = "XX-LAW", **changes: Any) -> dict[str, Any]:
    """Return a statute in force from 2020 on that addresses everybody in XX."""
    return {
        "id": id,
        "title": words("the law"),
        "issuer": words("the assembly"),
        "in_force": {"from": "2020-01-01"},
        "addressees": {"territory": "XX", "text": words("everybody")},
    } | changes


def citation(instrument: str = "XX-LAW", **changes: Any) -> dict[str, Any]:
    """Return a citation of a statute's clause, with its words."""
    return {
        "instrument": instrument,
        "pinpoint": "art. 1",
        "quote": QUOTE,
        "quote_sha256": hashlib.sha256(QUOTE.encode()).hexdigest(),
        "binding": "S",
        "tier": "A",
        "status": "draft",
    } | changes


def rule(id: str = "XX-R-01", **changes: Any) -> dict[str, Any]:
    """Return a rule on sales that refuses virtual currency."""
    return {
        "id": id,
        "version": 1,
        "title": words("no coins"),
        "applies_to": ["sale"],
        "violates_if": "price.currency in lists.coins",
        "verdict": "deny",
        "citations": [citation()],
        "reason": words("the price is in {price.currency}"),
        "remedy": words("state it in local money"),
    } | changes


def case(kind: str, at: str, expect: str, currency: str | None = None, **more: Any) -> Any:
    """Return a case of a sale at a price in a currency."""
    facts = {} if currency is None else {"price": {"amount": 5, "currency": currency}}
    return {"kind": kind, "event": "sale", "at": at, "facts": facts, "expect": expect} | more


FIVE_CASES = [
    case("comply", "2022-07-05", "pass", "CNY"),
    case("violate", "2022-07-05", "hit", "ETH"),
    case("missing", "2022-07-05", "missing", missing=["price"]),
    case("day_before", "2019-12-31", "not_applicable", "ETH"),
    case("day_of", "2020-01-01", "hit", "ETH", alive=["XX-LAW"]),
]


def plain(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a whole rulebook as plain data."""
    return copy.deepcopy(
        {
            "rulebook": {
                "id": "xx",
                "title": words("rules of XX"),
                "territory": "XX",
                "time_zone": "Asia/Shanghai",
                "version": 1,
            },
            "instruments": [instrument()],
            "lists": {
                "coins": {"title": words("coins"), "source": "XX-LAW", "values": ["ETH", "BTC"]}
            },
            "parameters": {
                "cap": {
                    "title": words("cap"),
                    "values": [{"from": "2020-01-01", "value": 100, "source": "policy"}],
                }
            },
            "rules": list(rules) or [rule()],
        }
        | changes
    )


def book(*rules: dict[str, Any], **changes: Any) -> Rulebook:
    """Return a checked rulebook."""
    return check_document(msgspec.convert(plain(*rules, **changes), Document))


def write(folder: Path, data: dict[str, Any] | None = None) -> Path:
    """Write a rulebook as a folder of files and return the folder."""
    data = plain() if data is None else data
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    for name in ("rulebook", "instruments", "lists", "parameters"):
        _write(folder / f"{name}.yaml", data[name])
    for entry in data["rules"]:
        _write(folder / "rules" / f"{entry['id']}.yaml", entry)
    return folder


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
