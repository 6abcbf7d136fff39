"""A small market whose proposals are allowed, held or denied as a test wants it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vermilion.desk.desk import Desk, Sealed
from vermilion.rulebook import Rulebook

from ..samples import desk_in, event, received, rule, rulebook, submit

NOON = "2026-03-10T12:00:00+08:00"
POLICY = {
    "instrument": "XX-OWN",
    "pinpoint": "art. 1",
    "essence": {"zh": "x", "en": "x"},
    "binding": "O",
    "tier": "A",
    "status": "draft",
}

HOUSE = rulebook(
    rule(
        "XX-LOOK",
        "sale",
        'price.currency == "USD"',
        verdict="review",
        citations=[POLICY],
    ),
    rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"', verdict="review", citations=[POLICY]),
    rule("XX-LAWFUL", "sale", 'price.currency == "GBP"', verdict="review"),
    rule("XX-DENY", "sale", 'price.currency == "EUR"', citations=[POLICY]),
    rule("XX-NOTE", "sale", 'mode == "lottery"', verdict="condition", on_missing="condition"),
    rule(
        "XX-BYPASS",
        "finding",
        'any(r != "serial_gap" for r in reasons)',
        citations=[POLICY],
    ),
    rule(
        "XX-GAP",
        "finding",
        'any(r == "serial_gap" for r in reasons)',
        verdict="review",
        citations=[POLICY],
    ),
)
"""Dollars and unverified buyers are held as policy, pounds by law, euros are denied, a lottery has a condition."""


def at(hours: float = 0, days: float = 0) -> str:
    """Return a moment so long after noon."""
    moment = dt.datetime.fromisoformat(NOON) + dt.timedelta(hours=hours, days=days)
    return moment.isoformat()


def price(amount: int = 100, currency: str = "CNY") -> dict[str, Any]:
    """Return a price."""
    return {"amount": amount, "currency": currency}


def sale(
    id: str,
    time: str = NOON,
    *,
    stage: str = "proposed",
    subject: str | None = "deal",
    buyer: str = "ann",
    envelope: dict[str, Any] | None = None,
    **data: Any,
) -> dict[str, Any]:
    """Return a sale of token `t:1` to a buyer by the shop, for 100 fen unless told."""
    facts = {"token": "t:1", "price": price(), "mode": "fixed_price"} | data
    parties = {"buyer": buyer, "seller": "shop"}
    made = event("sale", id, time, parties=parties, stage=stage, **facts)
    return made | ({"subject": subject} if subject else {}) | (envelope or {})


def settle(id: str, time: str, **changes: Any) -> dict[str, Any]:
    """Return a settled sale."""
    return sale(id, time, stage="settled", **changes)


def known(id: str, **facts: Any) -> dict[str, Any]:
    """Return a statement about a party, before everything else."""
    return event("party", f"about-{id}", at(days=-1), party={"id": id, **facts})


def resolution(
    id: str, time: str, by: str, *, stage: str = "settled", **data: Any
) -> dict[str, Any]:
    """Return a resolution: a release unless told otherwise."""
    facts = {"action": "release", "reason": "looked at it", "parties": {"by": by}} | data
    return event("resolution", id, time, stage=stage, source="//officers", **facts)


def of(id: str) -> dict[str, str]:
    """Return the name of an event."""
    return {"source": "//test", "id": id}


def ordinary(desk: Desk) -> None:
    """State that Ann is verified, and Bob not."""
    submit(
        desk,
        known("ann", kyc={"status": "verified"}),
        known("bob", kyc={"status": "pending"}),
    )


@contextmanager
def house(folder: Path, *rulebooks: Rulebook, **profile: Any) -> Iterator[Desk]:
    """Open a book with the house rules, or make one; a profile is written into a new one."""
    if profile and not (folder / "book.yaml").exists():
        with desk_in(folder):
            pass
        import json

        (folder / "book.yaml").write_text(json.dumps(profile))
    with desk_in(folder, *(rulebooks or (HOUSE,))) as desk:
        yield desk


def say(desk: Desk, *plain: dict[str, Any]) -> list[Sealed]:
    """Submit events one after the other, and return what was sealed of each."""
    answers = []
    for one in plain:
        (answer,) = desk.submit([received(one)])
        assert isinstance(answer, Sealed), answer
        answers.append(answer)
    return answers


def permitted(desk: Desk, *plain: dict[str, Any]) -> list[str]:
    """Submit events one after the other and return the ids of the proposals that got permits."""
    found = []
    for one in plain:
        say(desk, one)
        found += [permit.said.event.id for permit in desk.permits]
    return found


def accused(desk: Desk, *plain: dict[str, Any]) -> list[list[str]]:
    """Submit events one after the other and return the reasons of each finding."""
    found = []
    for one in plain:
        say(desk, one)
        found += [list(one.judged.event.data.reasons) for one in desk.findings]  # type: ignore[union-attr]
    return found


def void(desk: Desk, *plain: dict[str, Any]) -> list[str]:
    """Submit events one after the other and return why the last one, a resolution, is void."""
    last = say(desk, *plain)[-1]
    assert last.effect is not None
    return list(last.effect.void)


def causes(desk: Desk) -> dict[str, str]:
    """Return the causes under which something waits: digest by what is asked of whom."""
    return {
        f"{one.cause.fact} {one.cause.entity}": one.digest.hex()
        for one in desk.book.loop.rows.causes()
    }
