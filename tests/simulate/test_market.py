"""The simulated market: the same every time, well-formed, in order, of the size asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from typing import Any

import msgspec
import pytest

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.entities import Party
from vermilion.facts.events import (
    EVENT_TYPES,
    Event,
    IssueEvent,
    OfferEvent,
    PartyEvent,
    PaymentEvent,
    SaleEvent,
    TransferEvent,
    event_type_of,
)
from vermilion.simulate import SAMPLE, MarketConfig, market
from vermilion.simulate.clock import CHINA

from .samples import EVERYTHING

_DIGEST = """\
import hashlib
from vermilion.facts.canonical import canonical_bytes
from vermilion.simulate import SAMPLE, market
print(hashlib.sha256(b"\\n".join(map(canonical_bytes, market(SAMPLE)))).hexdigest())
"""


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """A clean market of some size."""
    return list(market(MarketConfig(events=5_000, violation_rate=0)))


def _digest(config: MarketConfig) -> str:
    return hashlib.sha256(b"\n".join(map(canonical_bytes, market(config)))).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_same_bytes_in_every_process(hash_seed: str) -> None:
    """A configuration gives the same bytes in other processes, whatever their hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == _digest(SAMPLE)


def test_another_seed_is_another_market() -> None:
    """Seeds pick different markets."""
    assert _digest(MarketConfig(seed=1)) != _digest(MarketConfig(seed=2))


@pytest.mark.parametrize(
    "config", [SAMPLE, EVERYTHING, MarketConfig(violation_rate=1_000, withheld=1_000)]
)
def test_events_decode_strictly(config: MarketConfig) -> None:
    """Every event is read back from its bytes as it was, with unknown fields refused."""
    decoder = msgspec.json.Decoder(Event)
    for event in market(config):
        assert decoder.decode(canonical_bytes(event)) == event


@pytest.mark.parametrize("size", [0, 1, 30, 700])
def test_size_is_exact(size: int) -> None:
    """A market has as many events as were asked for, even fewer than its opening has."""
    assert len(list(market(MarketConfig(events=size)))) == size


def test_ids_are_unique_and_time_never_goes_back(events: list[Event]) -> None:
    """Ids occur once, and events come in order of time."""
    assert len({event.id for event in events}) == len(events)
    times = [event.time for event in events]
    assert times == sorted(times)


def test_days_are_kept() -> None:
    """All events lie on the days asked for, as counted in China, the last day included."""
    config = MarketConfig(start=dt.date(2024, 2, 29), days=3, events=2_000)
    days = {event.time.astimezone(CHINA).date() for event in market(config)}
    assert days == {dt.date(2024, 2, 29), dt.date(2024, 3, 1), dt.date(2024, 3, 2)}


def test_evenings_are_busier_than_nights(events: list[Event]) -> None:
    """Trade follows the hours of the day in China."""
    hours = Counter(
        event.time.astimezone(CHINA).hour for event in events if isinstance(event, SaleEvent)
    )
    assert hours[20] > 5 * hours[4]


def test_proportions(events: list[Event]) -> None:
    """Sales are about half of all events, and every type occurs."""
    types = Counter(map(event_type_of, events))
    assert 0.45 < types["sale"] / len(events) < 0.62
    assert 0.10 < types["transfer"] / len(events) < 0.20
    assert set(types) == set(EVENT_TYPES) - {
        "list",
        "notice",
        "resolution",
        "finding",
        "case",
        "access",
        "erasure",
    }


def test_what_is_traded_was_stated_before(events: list[Event]) -> None:
    """Sellers, buyers, collections and offers of a sale were stated by earlier events."""
    known: set[str | None] = set()
    for event in events:
        if isinstance(event, PartyEvent):
            known.add(event.data.party.id)
        elif isinstance(event, IssueEvent):
            known.add(event.data.token.id)
        elif isinstance(event, OfferEvent):
            assert event.data.token in known
            known.add(event.subject)
        elif isinstance(event, SaleEvent):
            token = event.data.token or ""
            roles = event.data.parties
            assert roles is not None
            named = {roles.seller, roles.buyer, token.rpartition("/")[0], event.data.offer}
            assert named <= known


def test_a_unit_is_sold_once_and_given_by_its_owner(events: list[Event]) -> None:
    """No unit is sold twice; only who has a unit long enough gives it away, to somebody else."""
    owner: dict[str, tuple[str | None, dt.datetime]] = {}
    given: set[str] = set()
    for event in events:
        if isinstance(event, SaleEvent):
            assert event.data.token not in owner
            assert event.data.parties is not None
            owner[event.data.token or ""] = event.data.parties.buyer, event.time
        elif isinstance(event, TransferEvent) and event.data.kind != "mint":
            roles, token = event.data.parties, event.data.token or ""
            assert roles is not None
            if event.data.kind == "gift":
                assert owner[token] == (roles.sender, event.data.acquired_at)
                held = event.time - owner[token][1]
                assert held >= dt.timedelta(days=5 if token in given else 1)
                given.add(token)
            assert roles.sender != roles.recipient
            owner[token] = roles.recipient, event.time
    assert len(given) > 100


def test_payments_settle_a_sale_once(events: list[Event]) -> None:
    """A payment names an earlier sale, by its buyer, for its price, and no sale is paid twice."""
    sales = {event.subject: event.data for event in events if isinstance(event, SaleEvent)}
    payments = [event.data for event in events if isinstance(event, PaymentEvent)]
    assert len({payment.sale for payment in payments}) == len(payments)
    for payment in payments:
        sale = sales[payment.sale]
        assert payment.parties is not None
        assert sale.parties is not None
        assert payment.parties.payer == sale.parties.buyer
        assert payment.settlement == sale.settlement


def test_minors_have_consents(events: list[Event]) -> None:
    """There are buyers under age, each of fourteen or more and with a guardian's consent."""
    parties: list[Party] = [e.data.party for e in events if isinstance(e, PartyEvent)]
    minors = [p for p in parties if p.birth_date and p.birth_date > dt.date(2008, 3, 2)]
    assert minors
    assert all(p.birth_date <= dt.date(2012, 3, 2) for p in minors if p.birth_date)
    assert all(p.guardian_consents for p in minors)


def test_some_persons_have_several_accounts_and_some_hold_for_others() -> None:
    """Several accounts name one identity, and there are nominees."""
    config = MarketConfig(events=10_000, violation_rate=0)
    parties = [e.data.party for e in market(config) if isinstance(e, PartyEvent)]
    identities = Counter(p.identity for p in parties if p.identity)
    assert max(identities.values()) > 1
    assert any(p.holds_for for p in parties)


def test_buyers_are_capped() -> None:
    """A market has no more buyers than allowed."""
    config = MarketConfig(events=3_000, max_buyers=24)
    stated = {e.data.party.id for e in market(config) if isinstance(e, PartyEvent)}
    assert len([id for id in stated if not id.startswith("corp:")]) == 24


@pytest.mark.parametrize(
    "wrong", [{"events": -1}, {"days": 0}, {"violation_rate": 1_001}, {"withheld": -1}]
)
def test_impossible_configurations_are_refused(wrong: dict[str, Any]) -> None:
    """A number out of range is refused by name."""
    with pytest.raises(UsageError) as refused:
        MarketConfig(**wrong)
    assert refused.value.where == next(iter(wrong))


def test_memory_does_not_grow_with_the_market() -> None:
    """Twice as many events take about as much memory, though everything happens to them."""
    peaks = []
    for size in (15_000, 30_000):
        config = msgspec.structs.replace(EVERYTHING, events=size, max_buyers=100)
        tracemalloc.start()
        for _ in market(config):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] < 30_000_000
