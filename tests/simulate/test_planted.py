"""Planted violations and withheld facts: as many as asked for, labelled, and nothing else touched."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import (
    Event,
    IssueEvent,
    PartyEvent,
    PlatformEvent,
    WorkEvent,
    event_type_of,
)
from vermilion.simulate import PATTERNS, SAMPLE, MarketConfig, Pattern, Scene, market, planted

_SCENE = Scene(
    number=7,
    day=dt.date(2024, 2, 29),
    member="corp:party:linjiang-bank",
    controlled="corp:party:linjiang-culture",
    museum="corp:party:jiangzuo-museum",
)


@pytest.fixture(scope="module")
def clean() -> dict[str, Event]:
    """One clean event of each type, the last one of a market."""
    return {event_type_of(event): event for event in market(MarketConfig(violation_rate=0))}


def test_clean_market_has_no_pattern() -> None:
    """Where no violation is asked for, none is planted."""
    assert not any(name for _, name in planted(MarketConfig(violation_rate=0)))


def test_sample_has_every_pattern() -> None:
    """The sample holds every pattern several times, in about the share asked for."""
    counts = Counter(name for _, name in planted(SAMPLE) if name)
    assert set(counts) == {pattern.name for pattern in PATTERNS}
    assert min(counts.values()) >= 3
    assert 0.7 < counts.total() * 1_000 / SAMPLE.events / SAMPLE.violation_rate < 1.1


@pytest.mark.parametrize("rate", [10, 100, 1_000])
def test_rate_is_kept(rate: int) -> None:
    """Of the sales, the share asked for is planted."""
    names = [
        name
        for event, name in planted(MarketConfig(events=4_000, violation_rate=rate))
        if event_type_of(event) == "sale"
    ]
    share = sum(name is not None for name in names) * 1_000 / len(names)
    assert 0.5 * rate < share < 1.5 * rate


def test_planted_market_is_the_market() -> None:
    """`market` and `planted` give the same events."""
    assert [event for event, _ in planted(SAMPLE)] == list(market(SAMPLE))


def test_patterns_are_planted_in_their_types_only() -> None:
    """A pattern occurs in no other event type than its own."""
    types = {pattern.name: pattern.event_types for pattern in PATTERNS}
    for event, name in planted(MarketConfig(events=4_000, violation_rate=300)):
        assert name is None or event_type_of(event) in types[name]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_planting_is_pure(pattern: Pattern, clean: dict[str, Event]) -> None:
    """Planting leaves the clean event as it is, keeps its identity, and gives the same each time."""
    for event_type in pattern.event_types:
        event = clean[event_type]
        before = canonical_bytes(event)
        wrong = pattern.plant(event, _SCENE)
        assert wrong == pattern.plant(event, _SCENE) != event
        assert canonical_bytes(event) == before
        assert (wrong.source, wrong.id, wrong.time) == (event.source, event.id, event.time)


def test_patterns_say_what_is_wrong() -> None:
    """Names occur once, and each pattern has a sentence."""
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)
    assert all(pattern.says.endswith(".") for pattern in PATTERNS)


def test_planted_entities_stay_out_of_the_market() -> None:
    """What travels inline with a planted event is never named by a clean one."""
    stream = list(planted(MarketConfig(events=4_000, violation_rate=200)))
    strange: set[str] = set()
    for event, name in stream:
        inline = event.data.inline
        if name and inline:
            kinds = (inline.parties, inline.platforms, inline.works, inline.tokens)
            strange |= {entity.id for kind in kinds for entity in kind}
    assert strange
    clean = b"\n".join(canonical_bytes(event) for event, name in stream if not name)
    assert not [id for id in strange if f'"{id}"'.encode() in clean]


def test_full_market_states_everything() -> None:
    """Where nothing is withheld, every party, work, platform and collection states its facts."""
    for event in market(MarketConfig(events=3_000, violation_rate=0)):
        match event:
            case PartyEvent():
                assert event.data.party.kyc
            case WorkEvent():
                assert event.data.work.licence_chain is not None
            case PlatformEvent():
                assert event.data.platform.features
            case IssueEvent():
                assert event.data.token.rights
            case _:
                pass


def test_withheld_facts_are_few_and_of_entities() -> None:
    """Facts are withheld from about the share of new entities asked for."""
    config = MarketConfig(events=20_000, violation_rate=0, withheld=100)
    works = [event.data.work for event in market(config) if isinstance(event, WorkEvent)]
    lacking = [w for w in works if None in (w.author, w.licence_chain, w.depicts_relic)]
    assert 0.04 < len(lacking) / len(works) < 0.2
