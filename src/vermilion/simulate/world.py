"""The market as it stands while it runs: who is there, what is on sale, who owns what.

Everything it keeps is bounded, however many events pass.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from vermilion.facts.entities import Party, Token, Traded, Work
from vermilion.facts.events import SaleEvent
from vermilion.simulate.clock import china_date
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.people import (
    Span,
    another_account,
    buyer,
    institutions,
    issuers,
    organisation,
)
from vermilion.simulate.releases import Collection, release
from vermilion.simulate.venues import Customer, Venue, venue
from vermilion.simulate.withhold import Told, withhold_from_entity
from vermilion.simulate.words import MEMBERS, VENUES

_EVENTS_PER_BUYER = 20
_FEWEST_BUYERS = 24
_BUYERS_EVERYWHERE = 3
_RELEASES_EVERYWHERE = 2
_OPENING_RELEASES = 12
_MOST_ON_SALE = 48
_MOST_OWNED = 4_096
_MOST_UNPAID = 512
_ACCOUNTS_PER_MILLE = 30
_TRIES = 4
_GIFTS_A_DAY = 2
_A_DAY = dt.timedelta(days=1)
_FIRST_HOLDING = dt.timedelta(days=1)
_DONEE_HOLDING = dt.timedelta(days=5)


class Owned(NamedTuple):
    """A unit that its owner may pass on, and since when it is theirs."""

    venue: Venue
    token: str
    owner: Customer
    since: dt.datetime


class Released(NamedTuple):
    """A new work and collection as they are stated, and the collection as it is traded."""

    work: Told[Work]
    token: Told[Token]
    collection: Collection


class World:
    """Builds the market's cast, and keeps up with what happens to it.

    Args:
        config: what to simulate.
        rng: the only source of chance.
    """

    def __init__(self, config: MarketConfig, rng: random.Random) -> None:
        self.rng = rng
        self.span = Span(config.start, config.start + _A_DAY * (config.days - 1))
        self.unpaid: deque[tuple[Venue, SaleEvent]] = deque(maxlen=_MOST_UNPAID)
        self.shown: Owned | None = None
        self._withheld = config.withheld
        self._bought: deque[Owned] = deque()
        self._given: deque[Owned] = deque()
        self._gifts: tuple[dt.date, dict[str, int]] = (config.start, {})
        self._buyers = self._releases = 0
        self._adult: Party | None = None
        wanted = max(config.events // _EVENTS_PER_BUYER, _FEWEST_BUYERS)
        self._most_buyers = min(config.max_buyers, wanted)
        self.venues = [venue(number, words, self.span) for number, words in enumerate(VENUES)]
        self._by_share = [
            one for one, words in zip(self.venues, VENUES, strict=True) for _ in range(words.share)
        ]
        self.issuers = issuers(rng, self.span)
        self.institutions = institutions(rng, self.span)
        self.members = self.institutions[: len(MEMBERS)]
        self.controlled = self.institutions[len(MEMBERS) :]

    def opening(self) -> Iterator[tuple[Venue, Told[Traded] | Collection]]:
        """Give who and what is there when the market opens, and what is then put on sale."""
        for one, words in zip(self.venues, VENUES, strict=True):
            id = one.platform.operator or words.slug
            yield one, self._told(organisation(self.rng, self.span, id, words.operator))
            told = withhold_from_entity(self.rng, one.platform, self._withheld)
            one.platform = told.entity
            yield one, Told(told.entity, told.withheld)
        for party in (*(issuer.party for issuer in self.issuers), *self.institutions):
            yield self.venues[0], self._told(party)
        early = max(self._most_buyers // 2, _BUYERS_EVERYWHERE * len(self.venues))
        for one in self._everywhere_then_by_share(early, _BUYERS_EVERYWHERE):
            new = self.sign_up(one)
            if new is not None:
                yield one, new
        for one in self._everywhere_then_by_share(_OPENING_RELEASES, _RELEASES_EVERYWHERE):
            work, token, collection = self.release(one)
            yield one, Told(work.entity, work.withheld)
            yield one, Told(token.entity, token.withheld)
            yield one, collection

    def venue(self) -> Venue:
        """Return a platform, larger ones more often."""
        return self._by_share[int(self.rng.random() * 100)]

    def sign_up(self, one: Venue) -> Told[Traded] | None:
        """Return a further account on a platform; None when there are enough."""
        if self._buyers >= self._most_buyers:
            return None
        self._buyers += 1
        id = one.place.account(self._buyers)
        if self._adult is not None and self.rng.random() * 1_000 < _ACCOUNTS_PER_MILLE:
            new = another_account(self.rng, self.span, id, self._adult)
        else:
            principal = one.buyers[-1].person if one.buyers else None
            identity = f"identity:party:{self._buyers}"
            new = buyer(self.rng, self.span, id, identity, principal)
            if new.self_supporting is None and not new.holds_for:
                self._adult = new
        one.buyers.append(Customer(id, new.identity or id))
        return self._told(new)

    def release(self, one: Venue) -> Released:
        """Return a further release on a platform; it is not on sale yet."""
        self._releases += 1
        issuer = self.issuers[int(self.rng.random() * len(self.issuers))]
        new = release(self.rng, self.span, self._releases, issuer, one.place)
        return Released(
            withhold_from_entity(self.rng, new.work, self._withheld),
            withhold_from_entity(self.rng, new.token, self._withheld),
            new.collection,
        )

    def put_on_sale(self, one: Venue, collection: Collection) -> None:
        """Let a collection be sold; the one that has been on sale longest may give way."""
        if len(one.on_sale) >= _MOST_ON_SALE:
            del one.on_sale[0]
        one.on_sale.append(collection)

    def collection(self, one: Venue) -> Collection | None:
        """Return a collection on sale on a platform, popular ones more often."""
        chance = self.rng.random()
        on_sale = one.on_sale
        return on_sale[int(chance * chance * len(on_sale))] if on_sale else None

    def unit(self, one: Venue, collection: Collection) -> str:
        """Take the next unit of a collection, and the collection off sale with its last."""
        collection.issued += 1
        if collection.issued >= collection.size:
            one.on_sale.remove(collection)
        return f"{collection.id}/{collection.issued}"

    def buyer(self, one: Venue) -> Customer:
        """Return a buyer on a platform, keen ones more often."""
        chance = self.rng.random()
        return one.buyers[int(chance * chance * len(one.buyers))]

    def donee(self, one: Venue, donor: Customer) -> Customer | None:
        """Return a buyer who is another person than the donor; None if none was found."""
        for _ in range(_TRIES):
            found = self.buyer(one)
            if found.person != donor.person:
                return found
        return None

    def entitled(self, one: Venue, collection: Collection) -> Customer | None:
        """Return a buyer who may have one more under the offer; None if none was found."""
        for _ in range(_TRIES):
            found = self.buyer(one)
            had = collection.bought.get(found.person, 0)
            if had < collection.cap:
                collection.bought[found.person] = had + 1
                return found
        return None

    def own(self, owned: Owned, *, given: bool) -> None:
        """Note that a unit is somebody's from now on; beyond a bound this is forgotten."""
        self.shown = owned
        queue = self._given if given else self._bought
        if len(queue) < _MOST_OWNED:
            queue.append(owned)

    def take_owned(self, moment: dt.datetime) -> Owned | None:
        """Take a unit that was held long enough to be given away, if its owner may give today."""
        for queue, holding in ((self._given, _DONEE_HOLDING), (self._bought, _FIRST_HOLDING)):
            if queue and moment - queue[0].since >= holding and self._may_give(queue[0], moment):
                return queue.popleft()
        return None

    def _may_give(self, owned: Owned, moment: dt.datetime) -> bool:
        today = china_date(moment)
        day, gifts = self._gifts
        if day != today:
            gifts = {}
            self._gifts = (today, gifts)
        person = owned.owner.person
        gifts[person] = gifts.get(person, 0) + 1
        return gifts[person] <= _GIFTS_A_DAY

    def _told(self, entity: Traded) -> Told[Traded]:
        return withhold_from_entity(self.rng, entity, self._withheld)

    def _everywhere_then_by_share(self, count: int, each: int) -> Iterator[Venue]:
        """Give platforms: each a few times, then larger ones more often."""
        for number in range(count):
            few = number < each * len(self.venues)
            yield self.venues[number // each] if few else self.venue()
