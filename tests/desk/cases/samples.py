"""A small market with cases, and moments to look at them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.desk.cases import Case, CaseQuery, Cases
from vermilion.desk.desk import Desk
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import By, CaseEvent, CaseWork
from vermilion.intake import Received

from ..loop.samples import NOON, causes, of, price, resolution, sale, say

DOLLARS = price(100, "USD")
POUNDS = price(100, "GBP")
CAROL = "party.kyc.status carol"
"""What is asked of Carol, of whom nothing is known."""


def moment(hours: float = 0, days: float = 0) -> dt.datetime:
    """Return a moment so long after noon."""
    return dt.datetime.fromisoformat(NOON) + dt.timedelta(hours=hours, days=days)


def later(text: str | None) -> dt.datetime:
    """Return the moment that a text states."""
    assert text is not None
    return dt.datetime.fromisoformat(text)


def held_by_carol(desk: Desk, *ids: str, time: str = NOON) -> str:
    """Propose sales to Carol, each a business of its own, and return the cause that holds them."""
    say(desk, *(sale(id, time, subject=id, buyer="carol") for id in ids))
    return causes(desk)[CAROL]


def answered(desk: Desk, cause: str, time: str, *, until: str, action: str = "release") -> None:
    """Let two people answer a cause."""
    first = f"{action}-{time}"
    say(desk, resolution(first, time, "olga", cause=cause, until=until, action=action))
    confirms = {"source": "//officers", "id": first}
    say(desk, resolution(f"{first}-2", time, "oskar", confirms=confirms, action=action))


def one(cases: Cases, cause: str, now: dt.datetime) -> Case:
    """Return a case as it stands at a moment."""
    found = cases.case(cause, now)
    assert found is not None
    return found.case


def listed(cases: Cases, now: dt.datetime, **query: Any) -> list[Case]:
    """Return the cases that a query finds, page after page."""
    found, before = [], None
    while True:
        page = cases.page(CaseQuery(**(query | {"before": before})), now)
        found += page.items
        before = page.next
        if before is None:
            return found


def work_of(source: str, id: str, **data: Any) -> Received:
    """Return work on a case as anybody might submit it."""
    said = CaseWork(parties=By(by="eve"), **data)
    made = CaseEvent(
        id=id, source=source, time=moment(1), stage="settled", specversion="1.0", data=said
    )
    return Received(*canonical_form(made), "", 0)


def rows(desk: Desk) -> dict[bytes, bytes]:
    """Return the rows of all cases."""
    return dict(desk.book.state.rows.scan(b"c"))


__all__ = ["NOON", "causes", "of", "price", "resolution", "sale", "say"]
