"""What surrounds the trade: posts, reports of holdings, loans and services of banks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from vermilion.facts.events import (
    Event,
    Holding,
    HoldingEvent,
    HoldingRoles,
    Loan,
    LoanEvent,
    LoanRoles,
    Post,
    PostEvent,
    PostRoles,
    Product,
    ProductEvent,
    ProductKind,
    ProductRoles,
)
from vermilion.facts.money import Money
from vermilion.simulate.releases import pick
from vermilion.simulate.statements import Named, happened
from vermilion.simulate.venues import Venue
from vermilion.simulate.words import POSTS
from vermilion.simulate.world import World

_SERVICES: tuple[ProductKind, ...] = ("settlement", "custody", "marketing", "other", "insurance")
_COMMERCIAL = ("advertisement", "sale")
_FEWEST_LENT, _MOST_LENT = 50_000, 5_000_000


class Sidelines:
    """Makes events that break nothing and change nothing.

    Args:
        world: who is there.
        named: names the next event of a platform.
    """

    def __init__(self, world: World, named: Callable[[Venue, dt.datetime], Named]) -> None:
        self._world = world
        self._named = named

    def post(self, venue: Venue, moment: dt.datetime) -> Event:
        """Publish a text: advertising by the platform's operator, the rest by its buyers."""
        world = self._world
        language, purpose, text = pick(world.rng, POSTS)
        commercial = purpose in _COMMERCIAL
        operator = venue.platform.operator
        post = Post(
            text=text,
            purpose=purpose,
            chain_partner_proof=True if commercial else None,
            parties=PostRoles(author=operator if commercial else world.buyer(venue).id),
            platform=venue.platform.id,
            language=language,
        )
        return happened(PostEvent, self._named(venue, moment), post)

    def holding(self, venue: Venue, moment: dt.datetime) -> Event:
        """Report who holds the unit that changed hands last."""
        owned = self._world.shown
        if owned is None:
            return self.post(venue, moment)
        of_house = owned.owner.id.startswith("corp:")
        holding = Holding(
            token=owned.token,
            parties=HoldingRoles(holder=owned.owner.id),
            quantity=1,
            purpose="marketing" if of_house else None,
        )
        return happened(HoldingEvent, self._named(owned.venue, moment), holding)

    def loan(self, venue: Venue, moment: dt.datetime) -> Event:
        """Lend to a company for its ordinary business, against nothing that is collectible."""
        world = self._world
        rng = world.rng
        loan = Loan(
            parties=LoanRoles(
                lender=pick(rng, tuple(world.members)).id,
                borrower=pick(rng, tuple(world.controlled)).id,
            ),
            principal=Money(
                _FEWEST_LENT * (1 + int(rng.random() * (_MOST_LENT // _FEWEST_LENT))), "CNY"
            ),
            purpose="other",
            collateral=[],
            platform=venue.platform.id,
        )
        return happened(LoanEvent, self._named(venue, moment), loan)

    def product(self, venue: Venue, moment: dt.datetime) -> Event:
        """Serve a platform that keeps to the rules."""
        world = self._world
        product = Product(
            kind=pick(world.rng, _SERVICES),
            parties=ProductRoles(
                provider=pick(world.rng, tuple(world.members)).id, client=venue.platform.operator
            ),
            issued_as_collectibles=False,
            invests_in_collectibles=False,
            platform=venue.platform.id,
        )
        return happened(ProductEvent, self._named(venue, moment), product)
