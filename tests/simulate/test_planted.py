"""Planted violations: every pattern, on both sides, told truly, and nothing else touched."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import msgspec
import pytest

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import STATED_BY, event_type_of
from vermilion.simulate import (
    PATTERNS,
    SAMPLE,
    UNPLANTED,
    MarketConfig,
    Simulated,
    market,
    planted,
    simulated,
    truth,
)

from .samples import EVERYTHING


@pytest.fixture(scope="module")
def stream() -> list[Simulated]:
    """A market in which everything occurs that can."""
    return list(simulated(EVERYTHING))


def _expect(told: Any) -> dict[str, str]:
    return {} if told.expect == "duplicate" else told.expect


def test_clean_market_has_no_truth() -> None:
    """Where no violation is asked for, nothing is told."""
    assert not list(truth(MarketConfig(violation_rate=0)))


def test_every_pattern_is_planted_on_both_sides(stream: list[Simulated]) -> None:
    """A market of twenty thousand events holds each pattern, wrong and lawful."""
    sides = {(told.pattern, told.side) for _, told in stream if told}
    for pattern in PATTERNS:
        assert {(pattern.name, "wrong"), (pattern.name, "lawful")} <= sides


def test_sample_has_every_pattern() -> None:
    """The sample holds the wrong side of every pattern."""
    wrong = {told.pattern for told in truth(SAMPLE) if told.side == "wrong"}
    assert wrong == {pattern.name for pattern in PATTERNS}


@pytest.mark.parametrize("rate", [10, 100, 300])
def test_rate_is_kept(rate: int) -> None:
    """Of the events after the opening, about the share asked for is planted."""
    config = MarketConfig(events=6_000, violation_rate=rate)
    number = sum(told is not None for _, told in simulated(config))
    assert 0.7 * rate < number * 1_000 / config.events < 1.1 * rate


def test_all_views_are_of_one_market() -> None:
    """`market`, `planted` and `truth` tell of the same events."""
    both = list(simulated(SAMPLE))
    assert [event for event, _ in both] == list(market(SAMPLE))
    assert [told and told.pattern for _, told in both] == [name for _, name in planted(SAMPLE)]
    assert [told for _, told in both if told] == list(truth(SAMPLE))


def test_truth_names_its_event(stream: list[Simulated]) -> None:
    """A line of truth bears the source and id of its event."""
    assert all((event.source, event.id) == (told.source, told.id) for event, told in stream if told)


def test_truth_tells_what_a_pattern_is_about(stream: list[Simulated]) -> None:
    """The rules that a pattern names, and no others, are broken on its wrong side only."""
    tested: defaultdict[str, set[str]] = defaultdict(set)
    for _, told in stream:
        if told is None or told.pattern in UNPLANTED:
            continue
        lawful = {rule for rule, outcome in _expect(told).items() if outcome == "pass"}
        assert bool(lawful) <= (told.side == "lawful")
        tested[told.pattern] |= lawful
    assert tested == {pattern.name: pattern.rules for pattern in PATTERNS}


def test_lawful_twins_are_lawful(stream: list[Simulated]) -> None:
    """Under cn a lawful event is allowed; only what is divided is wrong with however few holders."""
    denied = Counter(
        told.pattern
        for _, told in stream
        if told and told.side == "lawful" and told.verdict.get("cn", "allow") == "deny"
    )
    assert set(denied) == {"too_many_holders"}


def test_planted_entities_stay_out_of_the_market(stream: list[Simulated]) -> None:
    """What travels inline with a planted event is never named by an event of the trade."""
    strange: set[str] = set()
    trade = []
    for event, _ in stream:
        if not event.id.startswith("x"):
            trade.append(event)
        elif event.data.inline:
            inline = event.data.inline
            kinds = (inline.parties, inline.platforms, inline.works, inline.tokens)
            strange |= {entity.id for kind in kinds for entity in kind}
    assert strange
    named = set(_texts([msgspec.to_builtins(event) for event in trade]))
    assert not strange & named


def test_planted_events_tell_whom_they_name(stream: list[Simulated]) -> None:
    """Parties and platforms of a planted event were told by it or by one before."""
    known: set[str] = set()
    for event, _ in stream:
        if not event.id.startswith("x"):
            continue
        data: Any = event.data
        if data.inline:
            known |= {one.id for one in (*data.inline.parties, *data.inline.platforms)}
        kind = STATED_BY.get(event_type_of(event))
        if kind:
            known.add(getattr(data, kind).id)
        roles = getattr(data, "parties", None)
        named = set(msgspec.to_builtins(roles).values()) if roles else set()
        platform = getattr(data, "platform", None)
        assert named | ({platform} if isinstance(platform, str) else set()) <= known


def test_patterns_can_be_chosen() -> None:
    """Only the patterns asked for are planted, and only by names that exist."""
    config = MarketConfig(events=2_000, patterns=("above_marked", "resale"))
    assert {told.pattern for told in truth(config)} == {"above_marked", "resale"}
    with pytest.raises(UsageError) as refused:
        list(market(MarketConfig(patterns=("absent",))))
    assert refused.value.code == "unknown_pattern"


def test_patterns_that_take_days_are_planted_where_they_end() -> None:
    """In a market of two days no pattern is begun that takes longer."""
    config = MarketConfig(events=4_000, days=2, violation_rate=100)
    longest = {pattern.name: pattern.days for pattern in PATTERNS}
    names = {told.pattern for told in truth(config)}
    assert names
    assert max(longest[name] for name in names) <= 1


def test_patterns_say_what_is_wrong() -> None:
    """Names occur once, and each pattern has a sentence and a rule."""
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)
    assert all(pattern.says.endswith(".") and pattern.rules for pattern in PATTERNS)


def test_withheld_facts_are_told() -> None:
    """Of an entity whose fact is withheld, the truth tells which, and the event lacks it."""
    config = MarketConfig(events=5_000, violation_rate=0, withheld=100)
    lacking = 0
    for event, told in simulated(config):
        if told is None:
            continue
        assert told.side == told.pattern == "withheld"
        kind, _, field = (told.fact or "").partition(".")
        data: Any = event.data
        entity = getattr(data, kind, None) if kind in STATED_BY.values() else data
        assert getattr(entity, field) is None
        assert told.entity in (getattr(entity, "id", None), event.subject)
        lacking += 1
    assert lacking > 20
    assert b"null" not in b"".join(map(canonical_bytes, market(config)))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
