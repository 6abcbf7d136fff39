"""What keeps the clean market clean, as far as it shows without any rulebook."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import pytest

from vermilion.facts.entities import Platform, Token, Work
from vermilion.facts.events import (
    Event,
    IssueEvent,
    OfferEvent,
    PartyEvent,
    PlatformEvent,
    PostEvent,
    SaleEvent,
    TransferEvent,
    WorkEvent,
)
from vermilion.simulate import MarketConfig, market
from vermilion.simulate.clock import china_date

_WEEK = dt.timedelta(days=7)
_FORBIDDEN = (
    "最佳",
    "国家级",
    "最高级",
    "升值",
    "回购",
    "稳赚",
    "保本",
    "二级市场",
    "转卖",
    "求购",
)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """A clean market in which sales are corrected, withdrawn, late and proposed."""
    config = MarketConfig(
        events=15_000, violation_rate=0, corrections=50, late=30, duplicates=20, proposed=30
    )
    return list(market(config))


@pytest.fixture(scope="module")
def person_of(events: list[Event]) -> dict[str, str]:
    """The person behind each account."""
    parties = [event.data.party for event in events if isinstance(event, PartyEvent)]
    return {party.id: party.identity for party in parties if party.identity}


@pytest.fixture(scope="module")
def sales(events: list[Event]) -> dict[str, SaleEvent]:
    """The sales by subject, as they stand in the end, withdrawn ones too."""
    return {event.subject or "": event for event in events if isinstance(event, SaleEvent)}


def test_nobody_buys_more_than_the_offer_allows(
    events: list[Event], sales: dict[str, SaleEvent], person_of: dict[str, str]
) -> None:
    """All accounts of a person together stay within the cap of each offer."""
    caps = {e.subject: e.data.per_person_cap for e in events if isinstance(e, OfferEvent)}
    bought: Counter[tuple[str, str | None]] = Counter()
    for sale in sales.values():
        assert sale.data.parties is not None
        bought[person_of[sale.data.parties.buyer or ""], sale.data.offer] += 1
    assert all(number <= (caps[offer] or 0) for (_, offer), number in bought.items())
    assert max(bought.values()) > 1


def test_nobody_pays_more_than_was_marked(events: list[Event], sales: dict[str, SaleEvent]) -> None:
    """No price is above the marked one, and no payment above the price."""
    marked = {e.subject: e.data.price for e in events if isinstance(e, OfferEvent)}
    for sale in sales.values():
        price, above = sale.data.price, marked[sale.data.offer]
        assert price is not None
        assert above is not None
        assert price.minor_units <= above.minor_units
        legs = [leg.amount.minor_units for leg in sale.data.settlement or () if leg.amount]
        assert sum(legs) == price.minor_units


def test_compared_prices_are_deals_of_the_week(events: list[Event]) -> None:
    """A compared price is not above any deal of the last seven days, and there was one."""
    deals: defaultdict[str, list[tuple[dt.datetime, int]]] = defaultdict(list)
    compared = 0
    for event in events:
        if isinstance(event, SaleEvent) and event.data.price:
            series = (event.data.token or "").rpartition("/")[0]
            deals[series].append((event.time, event.data.price.minor_units))
        elif isinstance(event, OfferEvent) and event.data.compared_price:
            compared += 1
            recent = [
                price for time, price in deals[event.data.token or ""] if time > event.time - _WEEK
            ]
            assert recent
            assert event.data.compared_price.minor_units <= min(recent)
    assert compared > 20


def test_editions_are_kept(events: list[Event], sales: dict[str, SaleEvent]) -> None:
    """No file and no collection is issued twice, and no more units are sold than there are."""
    once = {event.id: event for event in events}.values()
    issues = [event.data.token for event in once if isinstance(event, IssueEvent)]
    works = [event.data.work for event in events if isinstance(event, WorkEvent)]
    assert len({token.id for token in issues}) == len(issues)
    assert len({work.sha256 for work in works}) == len({work.id for work in works})
    sizes = {token.id: token.edition.size for token in issues if token.edition}
    units = Counter(
        token.rpartition("/")[0] for token in {sale.data.token or "" for sale in sales.values()}
    )
    assert all(number <= (sizes[series] or 0) for series, number in units.items())


def test_gifts_are_few_on_a_day(events: list[Event], person_of: dict[str, str]) -> None:
    """No person gives more than three units away on one day in China."""
    gifts: Counter[tuple[str, dt.date]] = Counter()
    for event in {e.id: e for e in events if isinstance(e, TransferEvent)}.values():
        if event.data.kind == "gift" and event.data.parties:
            gifts[person_of[event.data.parties.sender or ""], china_date(event.time)] += 1
    assert 0 < max(gifts.values()) <= 3


def test_units_differ_in_their_metadata(events: list[Event]) -> None:
    """Every minted unit has metadata of its own."""
    digests = {}
    for event in events:
        if isinstance(event, TransferEvent) and event.data.kind == "mint":
            assert event.data.inline is not None
            (unit,) = event.data.inline.tokens
            digests[unit.id] = unit.metadata_sha256
    assert len(set(digests.values())) == len(digests) > 100


def test_only_issuers_sell(events: list[Event], sales: dict[str, SaleEvent]) -> None:
    """Nobody resells: the seller is who issued the collection."""
    issuer = {e.data.token.id: e.data.token.issuer for e in events if isinstance(e, IssueEvent)}
    for sale in sales.values():
        assert sale.data.parties is not None
        assert sale.data.parties.seller == issuer[(sale.data.token or "").rpartition("/")[0]]


def test_texts_are_harmless(events: list[Event]) -> None:
    """Posts and advertising use none of the words that the law names."""
    texts = {event.data.text or "" for event in events if isinstance(event, PostEvent)}
    for event in events:
        if isinstance(event, OfferEvent):
            texts |= set(event.data.ad_texts or ())
    assert len(texts) > 10
    assert not [text for text in texts for word in _FORBIDDEN if word in text]


def test_everything_that_stands_is_stated(events: list[Event]) -> None:
    """Where nothing is withheld, parties, works, platforms and collections state their facts."""
    for event in events:
        match event:
            case PartyEvent() if event.data.party.kind:
                party = event.data.party
                assert None not in (party.kyc, party.lists_hit, party.identity, party.holds_for)
                assert party.kind == "organisation" or party.birth_date
            case WorkEvent():
                assert _unstated(event.data.work) <= {"licence", "relic"} | _FOUND_LATER
            case PlatformEvent():
                assert not _unstated(event.data.platform) - _FOUND_LATER
            case IssueEvent():
                derived = {"reach", "series", "whole", "collection"}
                of_units = {"metadata_sha256", "approval_number"}
                assert _unstated(event.data.token) - _FOUND_LATER == derived | of_units
            case _:
                pass


_FOUND_LATER = {
    *("subjects", "subject_approved", "map_approved", "review", "content_review", "restraints"),
    *("retention", "synthesis", "value_support", "price_band", "chain_record"),
    *("character", "scheme"),
}
"""What reviews and inventories say, which rules ask for only where it is stated."""


def _unstated(entity: Work | Platform | Token) -> set[str]:
    return {field for field in entity.__struct_fields__ if getattr(entity, field) is None}
