"""Duplicates, late events, corrections and proposals: at their rates, told, and without harm."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from vermilion.facts.events import SaleEvent
from vermilion.simulate import MarketConfig, Simulated, simulated

from .samples import EVERYTHING


@pytest.fixture(scope="module")
def stream() -> list[Simulated]:
    """A market in which everything occurs that can."""
    return list(simulated(EVERYTHING))


def _told(stream: list[Simulated], pattern: str) -> list[tuple[int, Simulated]]:
    return [
        (place, one)
        for place, one in enumerate(stream)
        if one.truth and one.truth.pattern == pattern
    ]


def test_nothing_happens_unasked() -> None:
    """By default nothing comes twice or late, and nothing is corrected or proposed."""
    events = [event for event, _ in simulated(MarketConfig(events=3_000))]
    assert len({event.id for event in events}) == len(events)
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert {event.stage for event in events} == {"settled"}


def test_a_duplicate_is_an_earlier_line_again(stream: list[Simulated]) -> None:
    """An id occurs twice only where the second line is told to be a duplicate, and the same."""
    first: dict[tuple[str, str], Simulated] = {}
    again = 0
    for one in stream:
        key = (one.event.source, one.event.id)
        if key in first:
            assert one.truth
            assert one.truth.expect == "duplicate"
            assert one.event == first[key].event
            again += 1
        first.setdefault(key, one)
    assert again == len(_told(stream, "duplicate")) > 50


def test_only_late_events_and_duplicates_come_out_of_order(stream: list[Simulated]) -> None:
    """Without them time never goes back; a late event is late by two days at most."""
    latest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for event, told in stream:
        if told and told.pattern in ("late", "duplicate"):
            # A duplicate may follow its original at once; what is late is earlier than something.
            assert latest - dt.timedelta(days=2, hours=1) < event.time <= latest
            assert event.time < latest or told.pattern == "duplicate"
            continue
        assert event.time >= latest
        latest = event.time
    assert len(_told(stream, "late")) > 50


@pytest.mark.parametrize("what", ["corrected", "withdrawn"])
def test_what_is_put_right_names_its_subject(stream: list[Simulated], what: str) -> None:
    """A correction and a withdrawal have ids of their own and the subject of an earlier sale."""
    subjects: Counter[str | None] = Counter()
    found = 0
    for event, told in stream:
        if told and told.pattern == what:
            assert subjects[event.subject] == 1
            assert event.stage == ("withdrawn" if what == "withdrawn" else "settled")
            found += 1
        if isinstance(event, SaleEvent) and not (told and told.expect == "duplicate"):
            subjects[event.subject] += 1
    assert found > 30


def test_what_is_proposed_is_settled_soon(stream: list[Simulated]) -> None:
    """A proposed sale is followed within minutes by the settled one of the same subject."""
    proposed = {e.subject: e for e, _ in stream if e.stage == "proposed"}
    settled = {e.subject: e for e, _ in stream if e.stage == "settled" and e.subject in proposed}
    assert len(proposed) > 50
    assert len(settled) >= len(proposed) - 5
    for subject, event in settled.items():
        before = proposed[subject]
        assert dt.timedelta(0) < event.time - before.time <= dt.timedelta(minutes=11)
        assert event.data == before.data
