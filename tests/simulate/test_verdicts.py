"""The simulated market before the Chinese rulebook: clean is clean, and each pattern is caught."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from vermilion.simulate import PATTERNS, SAMPLE, MarketConfig, planted, write_events

desk = pytest.importorskip("vermilion.desk.check")
rulebook = pytest.importorskip("vermilion.rulebook")

CAUGHT_BY = {
    "coin_price": "CN-N4-01",
    "coin_settlement": "CN-N4-02",
    "foreign_money": "CN-FX-01",
    "unlicensed_channel": "CN-PAY-01",
    "incomplete_disclosure": "CN-DS-01",
    "central_trading": "CN-N3-01",
    "financial_underlying": "CN-N1-01",
    "promised_income": "CN-N1-02",
    "split_token": "CN-N2-01",
    "raw_relic_scan": "CN-RL-01",
    "broken_licence": "CN-IP-01",
    "edition_above_licence": "CN-IP-01",
    "unverified_buyer": "CN-N5-01",
    "expired_identity": "CN-N5-01",
    "listed_party": "CN-N5-03",
    "member_invests": "CN-N6-01",
    "controlled_company_invests": "CN-N6-01",
    "child_buys": "CN-MN-01",
    "minor_without_consent": "CN-MN-01",
}


def _decisions(config: MarketConfig, folder: Path) -> list[dict[str, Any]]:
    file, out = folder / "market.ndjson", folder / "decisions.ndjson"
    write_events(file, config)
    cn = rulebook.load_rulebook(rulebook.find_rulebook("cn"))
    summary = desk.check(desk.CheckRequest(files=[file], rulebooks=[cn], out=out))
    assert (summary.judged, summary.rejected) == (config.events, 0)
    return [json.loads(line) for line in out.read_bytes().splitlines()]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clean_market_passes(seed: int, tmp_path: Path) -> None:
    """Every event of a clean and fully stated market is allowed or not applicable."""
    config = MarketConfig(seed=seed, events=4_000, violation_rate=0)
    decisions = _decisions(config, tmp_path)
    assert {decision["verdict"] for decision in decisions} == {"allow", "not_applicable"}
    assert not any(decision["missing"] for decision in decisions)


def test_each_pattern_breaks_its_rule_and_no_other(tmp_path: Path) -> None:
    """A planted event hits the one rule that it breaks, and other events hit none."""
    config = MarketConfig(seed=5, events=6_000, violation_rate=100)
    names = {event.id: name for event, name in planted(config)}
    hits: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for decision in _decisions(config, tmp_path):
        hit = [rule["id"] for rule in decision["rules"] if rule["outcome"] == "hit"]
        hits[names[decision["event"]["id"]]][" ".join(hit)] += 1
    assert {name: set(found) for name, found in hits.items()} == {None: {""}} | {
        name: {rule} for name, rule in CAUGHT_BY.items()
    }
    assert set(CAUGHT_BY) == {pattern.name for pattern in PATTERNS}


def test_sample_asks_few_questions(tmp_path: Path) -> None:
    """In the sample the reviews come down to a short list of missing facts of several kinds."""
    decisions = _decisions(SAMPLE, tmp_path)
    reviews = sum(decision["verdict"] == "review" for decision in decisions)
    questions = {(m["fact"], m["entity"]) for d in decisions for m in d["missing"]}
    assert reviews >= 5 * len(questions) > 0
    assert len({fact for fact, _ in questions}) >= 5
