"""The market as it stands while it runs: platforms, buyers, collections on sale, who owns what.

Everything it keeps is bounded, however many events pass.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from vermilion.facts.entities import Chain, Entity, Licence, Party, Platform
from vermilion.facts.events import SaleEvent, OfferMode
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.people import Issuer, Span, buyer, institutions, issuers, organisation
from vermilion.simulate.releases import Collection, Place, Release, release
from vermilion.simulate.withhold import withhold
from vermilion.simulate.words import MEMBERS, VENUES, VenueWords

_EVENTS_PER_BUYER = 20
_FEWEST_BUYERS = 24
_OPENING_RELEASES = 12
_ON_SALE = 48
_OWNED = 4_096
_UNPAID = 512
_A_DAY = dt.timedelta(days=1)


class Owned(NamedTuple):
    """A unit that its owner may pass on, and since when it is theirs."""

    venue: Venue
    token: str
    owner: str
    since: dt.datetime


@dataclass(slots=True, eq=False)
class Venue:
    """A platform, who buys there, and what is on sale."""

    platform: Platform
    place: Place
    buyers: list[str] = field(default_factory=list)
    on_sale: list[Collection] = field(default_factory=list)


class World:
    """Builds the market's cast, and keeps up with what happens to it.

    Args:
        config: what to simulate.
        rng: the only source of chance.
    """

    def __init__(self, config: MarketConfig, rng: random.Random) -> None:
        self.rng = rng
        self.span = Span(config.start, config.start + _A_DAY * (config.days - 1))
        self.unpaid: deque[tuple[Venue, SaleEvent]] = deque(maxlen=_UNPAID)
        self._withheld = config.withheld
        self._owned: deque[Owned] = deque()
        self._buyers = self._releases = 0
        wanted = max(config.events // _EVENTS_PER_BUYER, _FEWEST_BUYERS)
        self._most_buyers = min(config.max_buyers, wanted)
        self.venues = [_venue(number, words) for number, words in enumerate(VENUES)]
        self._by_share = [v for v, w in zip(self.venues, VENUES, strict=True) for _ in range(w.share)]
        self.issuers = issuers(rng, self.span)
        self.institutions = institutions(rng, self.span)

    @property
    def scene_ids(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Ids of association members, of companies they control, and of museums."""
        ids = tuple(party.id for party in self.institutions)
        museums = tuple(one.party.id for one in self.issuers if one.kind == "museum")
        return ids[: len(MEMBERS)], ids[len(MEMBERS) :], museums

    def opening(self) -> list[tuple[Venue, Entity]]:
        """State who and what is there when the market opens, in an order that may be judged."""
        stated: list[tuple[Venue, Entity]] = []
        for venue, words in zip(self.venues, VENUES, strict=True):
            operator = organisation(
                self.rng, self.span, venue.platform.operator or words.slug, words.operator
            )
            venue.platform = self._told(venue.platform)
            stated += [(venue, operator), (venue, venue.platform)]
        first = self.venues[0]
        stated += [(first, self._told(issuer.party)) for issuer in self.issuers]
        stated += [(first, party) for party in self.institutions]
        for number in range(max(self._most_buyers // 2, len(self.venues))):
            venue = self.venues[number] if number < len(self.venues) else self.venue()
            stated.append((venue, self._sign_up(venue)))
        for number in range(_OPENING_RELEASES):
            venue = self.venues[number] if number < len(self.venues) else self.venue()
            new = self.release(venue)
            self.put_on_sale(venue, new.collection)
            stated += [(venue, new.work), (venue, new.token)]
        return stated
