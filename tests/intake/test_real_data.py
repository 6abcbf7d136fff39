"""The example mappings take every row of the public tables that they are made for."""

from __future__ import annotations

from collections import Counter

import pytest

from vermilion.facts.events import Sale, Transfer
from vermilion.intake import Received, load_mapping, read_events

from .samples import DATA, PROJECT


def events(name: str, table: str) -> list[Received]:
    """Return the events of a public table, all of whose rows must be taken; or skip the test."""
    path = DATA / table
    if not path.exists():
        pytest.skip(f"the public table is not at {path}")
    items = list(
        read_events(path, load_mapping(PROJECT / "examples" / "mappings" / f"{name}.yaml"))
    )
    received = [item for item in items if isinstance(item, Received)]
    assert len(received) == len(items)
    assert [item.line for item in received] == list(range(2, len(items) + 2))
    assert len({item.event.id for item in received}) == len(items)
    return received


def test_punks() -> None:
    """All 10,233 CryptoPunks rows are sales; nine have no price and 1,926 no buyer."""
    sales = [item.event.data for item in events("punks", "punks/punks_sales.csv")]
    assert len(sales) == 10_233
    assert all(isinstance(sale, Sale) for sale in sales)
    assert sum(sale.price is None for sale in sales if isinstance(sale, Sale)) == 9
    assert sum(sale.parties.buyer is None for sale in sales if isinstance(sale, Sale)) == 1_926
    prices = [s.price.minor_units for s in sales if isinstance(s, Sale) and s.price]
    assert sum(price >= 2**63 for price in prices) == 3_480


def test_mooncats() -> None:
    """Of 12,307 MoonCat rows the 2,099 with a price are sales, the others transfers."""
    found = [item.event.data for item in events("mooncats", "mooncats/mooncats_adopt.csv")]
    assert Counter(type(data) for data in found) == {Sale: 2_099, Transfer: 10_208}
    sales = [data for data in found if isinstance(data, Sale)]
    unsold = [data for data in found if isinstance(data, Transfer)]
    assert sum(sale.parties.seller is None for sale in sales) == 96
    wrapper = "mooncatrescue:contract:WMCR"
    assert sum(move.parties.recipient == wrapper for move in unsold) == 8_680
    assert sum(move.parties.sender == wrapper for move in unsold) == 320
