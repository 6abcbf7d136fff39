"""The market as it stands while it runs: who is there, what is on sale, who owns what.

Everything it keeps is bounded, however many events pass.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from vermilion.facts.entities import Entity, Party
from vermilion.facts.events import SaleEvent
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.people import Span, buyer, institutions, issuers, organisation
from vermilion.simulate.releases import Collection, Release, release
from vermilion.simulate.venues import Venue, venue
from vermilion.simulate.withhold import E, withhold_from_entity
from vermilion.simulate.words import MEMBERS, VENUES

_EVENTS_PER_BUYER = 20
_FEWEST_BUYERS = 24
_OPENING_RELEASES = 12
_MOST_ON_SALE = 48
_MOST_OWNED = 4_096
_MOST_UNPAID = 512
_A_DAY = dt.timedelta(days=1)


class Owned(NamedTuple):
    """A unit that its owner may pass on, and since when it is theirs."""

    venue: Venue
    token: str
    owner: str
    since: dt.datetime


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
        self._withheld = config.withheld
        self._owned: deque[Owned] = deque()
        self._buyers = self._releases = 0
        wanted = max(config.events // _EVENTS_PER_BUYER, _FEWEST_BUYERS)
        self._most_buyers = min(config.max_buyers, wanted)
        self.venues = [venue(number, words, self.span) for number, words in enumerate(VENUES)]
        self._by_share = [
            one for one, words in zip(self.venues, VENUES, strict=True) for _ in range(words.share)
        ]
        self.issuers = issuers(rng, self.span)
        self.museums = [one.party for one in self.issuers if one.kind == "museum"]
        self.institutions = institutions(rng, self.span)
        self.members = self.institutions[: len(MEMBERS)]
        self.controlled = self.institutions[len(MEMBERS) :]

    def opening(self) -> Iterator[tuple[Venue, Entity]]:
        """Give who and what is there when the market opens, parties before works and tokens."""
        for one, words in zip(self.venues, VENUES, strict=True):
            id = one.platform.operator or words.slug
            yield one, self._told(organisation(self.rng, self.span, id, words.operator))
            one.platform = self._told(one.platform)
            yield one, one.platform
        for party in (*(issuer.party for issuer in self.issuers), *self.institutions):
            yield self.venues[0], self._told(party)
        early = self._most_buyers // 2
        for one in self._everywhere_then_by_share(early):
            new = self.sign_up(one)
            if new is not None:
                yield one, new
        for one in self._everywhere_then_by_share(_OPENING_RELEASES):
            issued = self.release(one)
            yield one, issued.work
            yield one, issued.token
            self.put_on_sale(one, issued.collection)

    def venue(self) -> Venue:
        """Return a platform, larger ones more often."""
        return self._by_share[int(self.rng.random() * 100)]

    def sign_up(self, one: Venue) -> Party | None:
        """Return a further buyer of a platform; None when there are enough."""
        if self._buyers >= self._most_buyers:
            return None
        self._buyers += 1
        id = f"{one.place.slug}:party:{self._buyers}"
        one.buyers.append(id)
        return self._told(buyer(self.rng, self.span, id))

    def release(self, one: Venue) -> Release:
        """Return a further release on a platform; it is not on sale yet."""
        self._releases += 1
        issuer = self.issuers[int(self.rng.random() * len(self.issuers))]
        new = release(self.rng, self.span, self._releases, issuer, one.place)
        return Release(self._told(new.work), self._told(new.token), new.collection)

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

    def buyer(self, one: Venue, *, other_than: str | None = None) -> str:
        """Return a buyer on a platform, keen ones more often."""
        chance = self.rng.random()
        index = int(chance * chance * len(one.buyers))
        found = one.buyers[index]
        return one.buyers[index - 1] if found == other_than else found

    def own(self, owned: Owned) -> None:
        """Note that a unit is somebody's from now on; beyond a bound this is forgotten."""
        if len(self._owned) < _MOST_OWNED:
            self._owned.append(owned)

    def take_owned(self, moment: dt.datetime) -> Owned | None:
        """Take the unit that was held longest, if that is a day or more."""
        if self._owned and moment - self._owned[0].since >= _A_DAY:
            return self._owned.popleft()
        return None

    def latest_owned(self) -> Owned | None:
        """Return the unit that changed hands last."""
        return self._owned[-1] if self._owned else None

    def _told(self, entity: E) -> E:
        return withhold_from_entity(self.rng, entity, self._withheld)

    def _everywhere_then_by_share(self, count: int) -> Iterator[Venue]:
        """Give platforms: each three times, then larger ones more often."""
        for number in range(count):
            yield self.venues[number // 3] if number < 3 * len(self.venues) else self.venue()
