"""A small simulated book to look at, and a served application over it.

`python -m tests.web.console.samples FOLDER PORT` serves it for looking at it in a browser.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from litestar import Litestar

from vermilion.desk.book import Book, make_book
from vermilion.desk.cases import CaseQuery, Cases
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.loop.answer import answer
from vermilion.desk.loop.rows import business_of
from vermilion.desk.open import desk_of
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import By, Event, Resolution
from vermilion.intake import Received
from vermilion.simulate import LoopConfig, MarketConfig, Outcome, Platform
from vermilion.web.access import Access
from vermilion.web.access.passwords import Cost
from vermilion.web.app import app_of
from vermilion.web.settings import ServeSettings

PASSWORD = "a long sentence of cinnabar 7"
PEOPLE = {
    "olga": "officer",
    "otto": "officer",
    "rui": "reviewer",
    "ana": "auditor",
    "root": "admin",
}
CHEAP = Cost(2**4, 1, 1)

BOOK = {
    "book.yaml": "operator: 三星数藏\nrulebooks: [cn, permits, platform]\nmemberships: [NIFA]\n"
}


def build(folder: Path, events: int = 260, days: int = 3) -> None:
    """Make a book of some days in which a platform proposed, people answered, and much waits."""
    make_book(folder, BOOK)
    start = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days + 1)
    market = MarketConfig(
        seed=7, events=events, start=start, days=days, violation_rate=120, withheld=120
    )
    platform = Platform(LoopConfig(market=market, history=6, bypasses=60, round_minutes=120))
    with Book.open(folder) as book:
        desk = desk_of(book)
        while sent := platform.send():
            platform.told(list(_outcomes(desk, sent)))
        _work(desk)
    people(folder)


def _outcomes(desk: Desk, sent: Iterable[Event]) -> Iterator[Outcome]:
    answers = desk.submit([Received(*canonical_form(one), "", 1) for one in sent])
    permits = {(one.said.event.source, one.said.event.id): one.said for one in desk.permits}
    for one in answers:
        if not isinstance(one, Sealed) or one.judged.event.stage != "proposed":
            continue
        event = one.judged.event
        said = permits.get((event.source, event.id))
        if said is not None:
            yield Outcome(event.source, event.id, "permitted", said.nbf, said.exp)
            continue
        row = desk.book.loop.rows.proposal(business_of(event))
        if row is not None and row.standing in {"held", "denied", "refused"}:
            yield Outcome(event.source, event.id, row.standing)


def _work(desk: Desk) -> None:
    """Let people work on the first cases: notes, a file, an answer by two, and one that waits."""
    cases = Cases(desk)
    causes = [one.cause for one in cases.page(CaseQuery(limit=6)).items]
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=20)
    if len(causes) < 3:
        return
    cases.assign(causes[0], "olga", "rui")
    cases.note(causes[0], "rui", "已向平台索取授权书原件。\nThe platform promised it for Monday.")
    cases.attach(causes[0], "rui", "授权书.pdf", "application/pdf", b"%PDF-1.4 a licence")
    for cause in causes[1:3]:
        said = Resolution(
            action="release",
            parties=By(by="olga"),
            reason="licence seen on paper",
            cause=cause,
            until=until,
        )
        first = answer(desk, said)
        if cause == causes[2]:
            confirms = {"source": "vermilion:resolutions", "id": first.id}
            second = msgspec.convert(
                {
                    "action": "release",
                    "parties": {"by": "otto"},
                    "reason": "seen too",
                    "confirms": confirms,
                },
                Resolution,
            )
            answer(desk, second)


def people(folder: Path) -> None:
    """Let somebody of each role sign in, and make a key."""
    access = Access(folder, cost=CHEAP)
    for name, role in PEOPLE.items():
        access.add_person(name, role, PASSWORD, officer=name if role == "officer" else None)
    access.add_key("shop", "platform", sources=["https://shop.example/counter"])
    access.close()


def in_days(days: int) -> str:
    """Return the day so many days from now."""
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)).isoformat()


def app(folder: Path) -> Litestar:
    """Return the application over a book."""
    return app_of(folder, ServeSettings())


if __name__ == "__main__":
    import uvicorn

    place = Path(sys.argv[1])
    if not place.exists():
        build(place, 2_000, 20)
    uvicorn.run(app(place), port=int(sys.argv[2]), log_level="warning")
