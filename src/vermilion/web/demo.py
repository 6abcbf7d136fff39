"""A made-up market to look at: some days of it at once, and then a day that goes on by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vermilion.desk.book import make_book
from vermilion.desk.loop.rows import business_of
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake import Received
from vermilion.simulate import LoopConfig, MarketConfig, Outcome, Platform
from vermilion.web.access import Access, Role
from vermilion.web.served import Served
from vermilion.web.service import Service

DAYS = 7
EVENTS = 4_000
FASTER = 60
"""A minute of the market takes a second."""

BOOK = """\
# A made-up platform; every name and number in it is invented.
rulebooks: [cn, permits]
two_people: [cause]
officers:
  - id: officer:li
  - id: officer:wang
"""

PEOPLE: tuple[tuple[str, Role, str | None], ...] = (
    ("li", "officer", "officer:li"),
    ("wang", "officer", "officer:wang"),
    ("chen", "reviewer", None),
    ("zhao", "auditor", None),
    ("admin", "admin", None),
)
"""Who may sign in: name, role, and for an officer the id in the profile."""

_CHINA = dt.timezone(dt.timedelta(hours=8))


class Keys(NamedTuple):
    """What opens the demo: one password for everybody, and a key for a program."""

    password: str
    key: str


def make_demo(book: Path) -> Keys:
    """Make a book with people and a key for it."""
    make_book(book, {"book.yaml": BOOK})
    access, password = Access(book), secrets.token_urlsafe(12)
    for name, role, officer in PEOPLE:
        access.add_person(name, role, password, officer=officer)
    return Keys(password, access.add_key("shop", "platform"))


class Demo:
    """Plays a market to a served book.

    Args:
        service: serves the book.
        last: the last day of the market, in China; yesterday if left out, so that none of it lies
            in the future.
    """

    def __init__(self, service: Service, last: dt.date | None = None) -> None:
        last = last or dt.datetime.now(_CHINA).date() - dt.timedelta(days=1)
        market = MarketConfig(
            events=EVENTS,
            days=DAYS,
            start=last - dt.timedelta(days=DAYS - 1),
            violation_rate=40,
            withheld=40,
        )
        self._service = service
        self._begins = dt.datetime.combine(last, dt.time(8), _CHINA)
        self._platform = Platform(LoopConfig(market=market, round_minutes=2))
        self._held: dict[tuple[str, str], Event] = {}

    async def run(self) -> None:
        """Play the days before at once and the last one as it goes on; return when it is over."""
        while await self._service.call(self._round):
            if self._platform.now > self._begins:
                await asyncio.sleep(self._platform.config.round_minutes * 60 / FASTER)

    def _round(self, served: Served) -> bool:
        """Submit what the platform sends next and tell it what came of it; False when all is over."""
        self._platform.told(self._outcomes(served, list(self._held.values())))
        sent = self._platform.send()
        served.desk.submit([Received(*canonical_form(one), "", 0) for one in sent])
        proposed = [one for one in sent if one.stage == "proposed"]
        self._platform.told(self._outcomes(served, proposed))
        return bool(sent)

    def _outcomes(self, served: Served, proposed: Sequence[Event]) -> Iterator[Outcome]:
        for event in proposed:
            name = (event.source, event.id)
            row = served.book.loop.rows.proposal(business_of(event))
            if row is None or row.name != name:
                self._held.pop(name, None)
                continue
            if row.standing == "held":
                self._held[name] = event
            else:
                self._held.pop(name, None)
            permit = row.permit
            if row.standing == "permitted" and permit is not None:
                yield Outcome(*name, "permitted", permit.nbf, permit.exp)
            elif row.standing in {"held", "denied", "refused"}:
                yield Outcome(*name, row.standing)
