"""The simulated market before the shipped rulebooks: what is told of it is what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.simulate import PATTERNS, SAMPLE, UNPLANTED, MarketConfig, Truth, write_market
from vermilion.simulate.truth import SAYS
from vermilion.simulate.write import EVENTS, TRUTH

from .samples import EVERYTHING

desk = pytest.importorskip("vermilion.desk.check")
rulebook = pytest.importorskip("vermilion.rulebook")

BOOKS = {"cn": "CN-", "platform": "PF-"}
"""The rulebooks that the truth speaks of, and how the ids of their rules begin."""

_Id = tuple[str, str]


class Checked:
    """A market, what is true of it, and what the rulebooks said."""

    def __init__(self, config: MarketConfig, folder: Path) -> None:
        write_market(folder, config)
        books = [rulebook.load_rulebook(rulebook.find_rulebook(name)) for name in BOOKS]
        self.rules = {one.rule.id: one.rule for book in books for one in book.rules}
        out = folder / "decisions.ndjson"
        request = desk.CheckRequest(files=[folder / EVENTS], rulebooks=books, out=out)
        self.summary = desk.check(request)
        self.decisions = [json.loads(line) for line in out.read_bytes().splitlines()]
        lines = (folder / TRUTH).read_bytes().splitlines()
        self.truth = [msgspec.json.decode(line, type=Truth) for line in lines]
        self.told: dict[_Id, Truth] = {
            (one.source, one.id): one for one in self.truth if one.expect != "duplicate"
        }

    def of(self, decision: dict[str, Any]) -> Truth | None:
        """Return what is true of the event of a decision."""
        return self.told.get((decision["event"]["source"], decision["event"]["id"]))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """A market that lacks no fact, in which everything else happens that can."""
    config = msgspec.structs.replace(EVERYTHING, events=8_000, violation_rate=130, withheld=0)
    return Checked(config, tmp_path_factory.mktemp("full"))


def _said(decision: dict[str, Any]) -> dict[str, str]:
    return {
        rule["id"]: rule["outcome"]
        for rule in decision["rules"]
        if rule["outcome"] in ("hit", "missing")
    }


def _meant(told: Truth | None, book: str) -> dict[str, str]:
    if told is None or told.expect == "duplicate":
        return {}
    return {
        rule: outcome
        for rule, outcome in told.expect.items()
        if outcome != "pass" and rule.startswith(BOOKS[book])
    }


def test_clean_events_pass(full: Checked) -> None:
    """Events of which nothing is told break nothing and lack nothing."""
    for decision in full.decisions:
        if full.of(decision) is None:
            assert (decision["event"], _said(decision), decision["missing"]) == (
                decision["event"],
                {},
                [],
            )


def test_rules_say_what_is_told(full: Checked) -> None:
    """On a planted event the rules hit that are told to, and no others."""
    off: dict[tuple[str, str], set[str]] = {}
    for decision in full.decisions:
        told = full.of(decision)
        if told is None:
            continue
        said, meant = _said(decision), _meant(told, decision["rulebook"]["id"])
        differing = {rule for rule in said | meant if said.get(rule) != meant.get(rule)}
        if differing:
            off.setdefault((told.pattern, told.side), set()).update(differing)
    assert off == {}


def test_rulebooks_say_what_is_told(full: Checked) -> None:
    """Verdicts are as told where the rules are."""
    for decision in full.decisions:
        told = full.of(decision)
        if told is not None:
            meant = told.verdict.get(decision["rulebook"]["id"])
            assert meant in (None, decision["verdict"]), told


def test_duplicates_are_found(full: Checked) -> None:
    """As many duplicates are found as were sent."""
    sent = sum(one.expect == "duplicate" for one in full.truth)
    assert full.summary.duplicate == sent > 0
    assert full.summary.rejected == 0


def test_every_rule_is_tested(full: Checked) -> None:
    """Each shipped rule has a pattern, and the simulator knows what it says."""
    tested = frozenset[str]().union(*(pattern.rules for pattern in PATTERNS))
    assert tested == full.rules.keys() == SAYS.keys()
    assert {id: rule.verdict for id, rule in full.rules.items()} == SAYS


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clean_market_passes(seed: int, tmp_path: Path) -> None:
    """Every event of a clean and fully stated market is allowed or not applicable."""
    checked = Checked(MarketConfig(seed=seed, events=3_000, violation_rate=0), tmp_path)
    assert {one["verdict"] for one in checked.decisions} == {"allow", "not_applicable"}
    assert not any(one["missing"] for one in checked.decisions)


def test_what_is_asked_for_was_withheld(tmp_path: Path) -> None:
    """Every question in the sample leads to a fact that is told to be withheld."""
    checked = Checked(SAMPLE, tmp_path)
    withheld = {(one.entity, one.fact) for one in checked.truth if one.pattern == "withheld"}
    questions = {
        (missing["entity"], ".".join(missing["fact"].split(".")[:2]))
        for one in checked.decisions
        if (told := checked.of(one)) is None or told.pattern in UNPLANTED
        for missing in one["missing"]
    }
    assert len(questions) > 5
    assert questions <= withheld
