"""Coverage tells what cases and a history reach of each rule, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from vermilion.desk.backtest.course import Judged
from vermilion.desk.backtest.coverage import Coverage, RuleCoverage, coverage
from vermilion.desk.backtest.history import judged_files
from vermilion.desk.backtest.model import EventName
from vermilion.rulebook import Engine, Profile, Rulebook

from .samples import CN, rule, rulebook, sale, simulated, write_lines

COIN = rule("XX-COIN", "sale", 'price.currency == "ETH"')


def case(kind: str, expect: str, currency: str | None = None, at: str = "2022-07-05") -> Any:
    """Return a case of a sale at a price in a currency."""
    facts = {} if currency is None else {"price": {"amount": 5, "currency": currency}}
    return {"kind": kind, "event": "sale", "at": at, "facts": facts, "expect": expect}


CASES = [
    case("comply", "pass", "CNY"),
    case("violate", "hit", "ETH"),
    case("missing", "missing"),
    case("day_before", "not_applicable", "ETH", "2019-12-31"),
    case("day_of", "hit", "ETH", "2020-01-01"),
]


def covered(folder: Path, made: Rulebook, *events: object) -> Coverage:
    """Return the coverage of a rulebook over some events."""
    engine = Engine(made, Profile())
    path = write_lines(folder / "events.ndjson", *events)  # type: ignore[arg-type]
    judged = (one for one in judged_files([engine], [path]) if isinstance(one, Judged))
    named = ((EventName(one.event.source, one.event.id), one.ruled[0].ruling) for one in judged)
    return coverage(engine, named)


def of(found: Coverage, rule: str) -> RuleCoverage:
    """Return what is said of a rule."""
    return next(one for one in found.rules if one.rule == rule)


def test_cases(tmp_path: Path) -> None:
    """Cases that come out count under their outcome; what none reaches, and failures, are noted."""
    whole = COIN | {"id": "XX-R-01", "cases": CASES}
    lacking = COIN | {"id": "XX-R-02", "cases": CASES[:1]}
    failing = COIN | {"id": "XX-R-03", "cases": [case("violate", "hit", "CNY")]}
    found = coverage(Engine(rulebook(whole, lacking, failing), Profile()), None)
    assert found.events is None
    assert of(found, "XX-R-01").cases == {
        "hit": 2,
        "unknown": 1,
        "passed": 1,
        "not_applicable": 1,
    }
    assert of(found, "XX-R-01").notes == []
    assert of(found, "XX-R-01").history is None
    assert of(found, "XX-R-02").notes == [
        "no_case_hit",
        "no_case_unknown",
        "no_case_not_applicable",
    ]
    assert "case_fails" in of(found, "XX-R-03").notes


def test_history(tmp_path: Path) -> None:
    """A rule that never applied, never hit, or always lacked a fact is named, with examples."""
    found = covered(
        tmp_path,
        rulebook(
            rule("XX-HIT", "sale", 'buyer.id == "b"'),
            rule("XX-DRY", "sale", 'buyer.id == "nobody"'),
            rule("XX-BLIND", "sale", "buyer.self_supporting"),
            rule("XX-FAR", "post", "known(text)"),
            rule("XX-OFF", "sale", 'buyer.id == "b"', mode="off"),
        ),
        sale("1"),
        sale("2", buyer="c"),
    )

    def seen(rule: str) -> list[str]:
        return [one for one in of(found, rule).notes if not one.startswith("no_case")]

    assert found.events == 2
    assert seen("XX-HIT") == []
    assert of(found, "XX-HIT").history == {
        "hit": 1,
        "unknown": 0,
        "passed": 1,
        "not_applicable": 0,
    }
    assert of(found, "XX-HIT").examples == {
        "hit": [EventName("//test", "1")],
        "passed": [EventName("//test", "2")],
    }
    assert seen("XX-DRY") == ["never_hit"]
    assert seen("XX-BLIND") == ["never_hit", "always_unknown"]
    assert seen("XX-FAR") == ["never_applied"]
    assert of(found, "XX-OFF").history is None


def test_a_market_adds_up(tmp_path: Path) -> None:
    """Over a simulated market each rule's outcomes add up to the events, and cases reach all."""
    market = simulated(150)
    found = covered(tmp_path, CN, *market)
    for one in found.rules:
        if one.history is not None:
            assert sum(one.history.values()) == len(market)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Coverage) == found
