"""The platform that works through permits, and its officers: the same every time, and well-formed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import (
    STATED_BY,
    Event,
    PartyEvent,
    PaymentEvent,
    ResolutionEvent,
    event_type_of,
)
from vermilion.simulate import (
    Held,
    LoopConfig,
    MarketConfig,
    Officers,
    Outcome,
    Platform,
    market,
)
from vermilion.simulate.altered import more_told, other
from vermilion.simulate.loop import ARCHIVE, COUNTER
from vermilion.simulate.serials import Numbers
from vermilion.simulate.ways import BYPASSES, UNUSUAL

CONFIG = LoopConfig(
    market=MarketConfig(events=2_500, days=7), bypasses=120, unusual=200, round_minutes=60
)
PERMIT = 86_400
CHANGES: Any = ("other_price", "other_party", "other_token", "other_terms")


def mostly(proposal: Event) -> Outcome:
    """Permit four proposals of five for a day, and hold or deny the fifth."""
    at = int(proposal.time.timestamp())
    number = sum(proposal.id.encode()) % 10
    if number > 1:
        return Outcome(proposal.source, proposal.id, "permitted", at, at + PERMIT)
    return Outcome(proposal.source, proposal.id, "held" if number else "denied")


def run(
    config: LoopConfig = CONFIG, answer: Callable[[Event], Outcome] = mostly
) -> tuple[Platform, list[Event]]:
    """Run a platform to its end, and return it with what it sent."""
    platform, sent = Platform(config), []
    while batch := platform.send():
        sent += batch
        platform.told(answer(one) for one in batch if one.stage == "proposed")
    return platform, sent


@pytest.fixture(scope="module")
def week() -> tuple[Platform, list[Event]]:
    """A week of some size."""
    return run()


def test_the_same_answers_lead_to_the_same_bytes() -> None:
    """A configuration and equal answers give the same events."""
    small = msgspec.structs.replace(CONFIG, market=MarketConfig(events=600, days=3))
    first, second = run(small)[1], run(small)[1]
    assert [*map(canonical_bytes, first)] == [*map(canonical_bytes, second)]


def test_every_way_is_gone(week: tuple[Platform, list[Event]]) -> None:
    """Each kind of bypass is planted, and each lawful kind beside it."""
    platform, sent = week
    reasons = {reason for one in platform.truth.values() for reason in one.reasons}
    assert reasons == {
        "no_permit",
        "early",
        "expired",
        "other_price",
        "other_party",
        "other_token",
        "other_terms",
        "used_twice",
    }
    kinds = Counter(one.kind for one in platform.truth.values())
    standings = {"though_held", "though_denied", "unproposed", "history", "imported"}
    assert standings <= set(kinds)
    planned = set(platform._planned)
    assert planned == {*BYPASSES, *UNUSUAL, "same"}
    assert Counter(one.stage for one in sent)["withdrawn"] > 0


def test_truth_is_told_of_all_that_needs_a_permit(week: tuple[Platform, list[Event]]) -> None:
    """Each settled event but statements has its truth, and nothing else has."""
    platform, sent = week
    settled = {
        (one.source, one.id)
        for one in sent
        if one.stage == "settled" and event_type_of(one) not in STATED_BY
    }
    assert set(platform.truth) == settled


def test_what_is_not_asked_for_is_not_accused(week: tuple[Platform, list[Event]]) -> None:
    """What never proposes, and what settled before the first proposal of its type, is clean."""
    platform, sent = week
    first: dict[tuple[str, str], dt.datetime] = {}
    for one in sent:
        if one.stage == "proposed":
            first.setdefault((one.source, event_type_of(one)), one.time)
    before = [
        one
        for one in sent
        if (one.source, one.id) in platform.truth
        and one.time < first.get((one.source, event_type_of(one)), one.time + dt.timedelta(1))
    ]
    assert any(one.source.endswith(ARCHIVE) for one in before)
    assert any(one.source.endswith(COUNTER) for one in before)
    assert {platform.truth[one.source, one.id].reasons for one in before} == {frozenset()}


def test_what_settles_names_its_business(week: tuple[Platform, list[Event]]) -> None:
    """What settles after a proposal carries its subject, or its id where it has none."""
    platform, sent = week
    proposed = {
        (one.source, event_type_of(one), one.subject or one.id)
        for one in sent
        if one.stage == "proposed"
    }
    unasked = {"unproposed", "history", "imported"}
    for one in sent:
        told = platform.truth.get((one.source, one.id))
        if told is not None and told.kind not in unasked:
            assert (one.source, event_type_of(one), one.subject) in proposed


def test_nothing_settles_but_on_an_outcome() -> None:
    """While no outcome is told, nothing that was proposed settles."""
    platform = Platform(CONFIG)
    sent = [one for _ in range(40) for one in platform.send()]
    assert any(one.stage == "proposed" for one in sent)
    kinds = {platform.truth[one.source, one.id].kind for one in sent if _true(platform, one)}
    assert kinds <= {"unproposed", "history", "imported"}


def _true(platform: Platform, event: Event) -> bool:
    return (event.source, event.id) in platform.truth


def test_numbers_are_given_once(week: tuple[Platform, list[Event]]) -> None:
    """A source numbers all that it sends, no number stands for two events, and some are left out."""
    platform, sent = week
    by_source: dict[str, dict[int, str]] = {}
    for one in sent:
        if one.source.endswith((COUNTER, ARCHIVE)):
            assert one.serial is not None
            known = by_source.setdefault(one.source, {}).setdefault(one.serial, one.id)
            assert known == one.id
    for source, lacking in platform.numbers.open().items():
        assert lacking.isdisjoint(by_source[source])
        assert min(by_source[source]) < min(lacking) <= max(lacking) < max(by_source[source])


def payment(number: int, at: int) -> Event:
    """Return a numbered event at an epoch second."""
    plain = {
        "specversion": "1.0",
        "type": "payment",
        "source": "//s",
        "id": f"{number}-{at}",
        "time": dt.datetime.fromtimestamp(at, dt.UTC).isoformat(),
        "stage": "settled",
        "serial": number,
        "data": {},
    }
    return msgspec.convert(plain, PaymentEvent)


class TestNumbers:
    """What should be told of a source's numbers."""

    def test_a_number_is_told_after_a_day(self) -> None:
        """A lacking number is told by an event a day after the one that passed it, not before."""
        numbers = Numbers()
        numbers.arrived([payment(4, 0), payment(7, 10), payment(8, 10 + 86_399)])
        assert not any(numbers.told.values())
        numbers.arrived([payment(5, 11), payment(9, 10 + 86_400)])
        assert numbers.told["//s"] == {6: "9-86410"}
        assert numbers.open() == {"//s": {6}}

    @given(st.permutations(range(1, 9)))
    def test_in_whatever_order(self, order: list[int]) -> None:
        """Whatever comes within the day fills its place, whether it was passed before or not."""
        numbers = Numbers()
        numbers.arrived([payment(number, at) for at, number in enumerate(order)])
        assert not any(numbers.told.values())
        assert numbers.open() == {}


@pytest.mark.parametrize("change", CHANGES)
def test_other_terms_differ_in_what_is_said(change: Any) -> None:
    """An altered event is well-formed and differs in one fact; without it, the fact is absent."""
    altered = 0
    for event in market(MarketConfig(events=1_500)):
        if event_type_of(event) in STATED_BY:
            continue
        for dropped in (False, True):
            found = other(event, change, dropped=dropped)
            if found is None:
                continue
            altered += 1
            before, after = msgspec.to_builtins(event.data), msgspec.to_builtins(found.data)
            assert sum(before[key] != after.get(key) for key in before) == 1
            assert set(after) <= set(before)
            assert not dropped or len(after) < len(before)
            msgspec.json.decode(canonical_bytes(found), type=Event)
    assert altered > 100


def test_more_told_changes_nothing_that_was_said() -> None:
    """What tells more keeps every fact as it was."""
    for event in market(MarketConfig(events=400)):
        if event_type_of(event) in STATED_BY:
            continue
        before: Any = msgspec.to_builtins(event.data)
        after: Any = msgspec.to_builtins(more_told(event).data)
        assert after != before
        for key, value in before.items():
            assert after[key] == value or after[key] | value == after[key]


class TestOfficers:
    """Two people, who answer by turns."""

    NOW = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)

    def held(self, count: int) -> list[Held]:
        """Return events that are held, each by a cause of its own."""
        return [Held("//s", f"p{n}", (f"{n:032x}",), ("buyer",)) for n in range(count)]

    def test_they_do_everything(self) -> None:
        """Releases, refusals, endings and all that does nothing occur in a week."""
        officers = Officers()
        for day in range(6):
            officers.review(self.NOW + dt.timedelta(days=day), self.held(20))
        assert set(officers.expect.values()) == {
            "waits",
            "frees",
            "stops",
            "ends",
            "same_person",
            "other_action",
            "no_end",
            "too_long",
            "party_to_event",
            "nothing_held",
            "nothing_to_confirm",
        }

    def test_a_cause_takes_both(self) -> None:
        """What frees or stops a cause confirms what another person said."""
        officers = Officers()
        made = officers.review(self.NOW, self.held(20))
        said = {one.id: one.data for one in made if isinstance(one, ResolutionEvent)}
        confirming = [
            one
            for id, one in said.items()
            if officers.expect["office", id] in {"frees", "stops"} and one.event is None
        ]
        assert confirming
        for one in confirming:
            assert one.confirms is not None
            assert one.parties.by != said[one.confirms.id].parties.by

    def test_what_is_freed_and_stopped_is_told(self) -> None:
        """No event is foreseen to be freed and stopped at once, and only held ones are."""
        officers = Officers()
        held = self.held(20)
        officers.review(self.NOW, held)
        names = {one.name for one in held}
        assert officers.freed
        assert officers.stopped
        assert officers.freed | officers.stopped < names
        assert officers.freed.isdisjoint(officers.stopped)

    def test_a_front_is_stated_first(self) -> None:
        """Who acts through an account of a party's is stated before."""
        officers = Officers()
        made = officers.review(self.NOW, self.held(24)) + officers.review(self.NOW, self.held(24))
        stated: set[str] = set()
        fronts = 0
        for one in made:
            if isinstance(one, PartyEvent):
                stated.add(one.data.party.id)
            elif isinstance(one, ResolutionEvent) and "front" in one.data.parties.by:
                fronts += 1
                assert one.data.parties.by in stated
        assert fronts
