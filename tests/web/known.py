"""A market in which all is known: its statements, a sale that may go ahead, and a stranger."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import STATED_BY, Event, SaleEvent, event_type_of
from vermilion.simulate import MarketConfig, market

SOURCE = "//market.example/orders"
STRANGER = "market:party:mei"


@cache
def _market() -> tuple[list[Event], SaleEvent]:
    """Return what a clean market states and offers before its first sale, and that sale."""
    events = list(market(MarketConfig(events=600, violation_rate=0)))
    sale = next(one for one in events if isinstance(one, SaleEvent) and one.stage == "settled")
    kinds = {*STATED_BY, "offer"}
    before = [one for one in events if event_type_of(one) in kinds and one.time <= sale.time]
    return before, sale


def statements() -> list[dict[str, Any]]:
    """Return what the market states and offers before the sale."""
    return [_plain(one) for one in _market()[0]]


def lawful(id: str, buyer: str | None = None) -> dict[str, Any]:
    """Return a proposed sale under an id of its own that nothing speaks against."""
    event = _plain(_market()[1])
    event |= {"id": id, "subject": f"order-{id}", "stage": "proposed"}
    event["source"] = SOURCE
    if buyer is not None:
        event["data"]["parties"]["buyer"] = buyer
    return event


def stranger() -> dict[str, Any]:
    """Return a buyer of whom all is known like of the lawful one, but not who it is."""
    before, sale = _market()
    buyer = sale.data.parties.buyer if sale.data.parties else None
    party = next(
        _plain(one)
        for one in before
        if event_type_of(one) == "party" and _plain(one)["data"]["party"]["id"] == buyer
    )
    party |= {"id": "mei", "subject": None}
    party["data"]["party"] |= {"id": STRANGER, "kyc": None}
    return party


def _plain(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(canonical_bytes(event))
    return found
