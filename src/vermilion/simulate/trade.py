"""What happens while the market is open, one event at a time, all of it within the rules."""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import get_args

from vermilion.facts.entities import Entity, Party
from vermilion.facts.events import (
    Disclosure,
    DisclosureItem,
    Event,
    Holding,
    HoldingEvent,
    HoldingPurpose,
    HoldingRoles,
    IssueEvent,
    Offer,
    OfferEvent,
    OfferRoles,
    Payment,
    PaymentEvent,
    PaymentRoles,
    Post,
    PostEvent,
    PostRoles,
    Sale,
    SaleEvent,
    SaleRoles,
    Transfer,
    TransferEvent,
    TransferKind,
    TransferRoles,
)
from vermilion.simulate.people import kyc
from vermilion.simulate.releases import Collection, pick
from vermilion.simulate.statements import Named, statement
from vermilion.simulate.venues import Venue
from vermilion.simulate.words import POSTS
from vermilion.simulate.world import Owned, World

_INSTITUTIONS_PER_MILLE = 6
_DISCLOSED = Disclosure(items=list(get_args(DisclosureItem)), prominent=True, before_purchase=True)
_ADVERTISED = ["原创数字藏品，限量发行，请理性收藏。"]


class Trade:
    """Makes the next event of a world, whatever that may be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._number = 0
        self._at = world.venues[0]
        self._coming: deque[Entity | Collection] = deque()
        self._issuing: Collection | None = None
        shares = (
            (self._sale, 56),
            (self._transfer, 16),
            (self._payment, 10),
            (self._offer, 5),
            (self._post, 5),
            (self._party, 4),
            (self._holding, 2),
            (self._release, 1),
            (self._platform, 1),
        )
        self._makers = [make for make, share in shares for _ in range(share)]

    def next(self, moment: dt.datetime) -> Event:
        """Return the next event of the trade."""
        if self._coming:
            what = self._coming.popleft()
            if not isinstance(what, Collection):
                return self.state(self._at, what, moment)
            # It is not on sale where its issue did not go through.
            if what in self._at.on_sale:
                return self._offered(self._at, moment, what)
        world = self.world
        return self._makers[int(world.rng.random() * 100)](world.venue(), moment)

    def state(self, venue: Venue, what: Entity, moment: dt.datetime) -> Event:
        """Return the event by which a platform states an entity."""
        id = self._next_id(venue)
        return statement(what, Named(id, venue.place.slug, venue.platform.id, moment))

    def took_place(self, event: Event) -> None:
        """Note what follows from the event given last, which broke nothing."""
        at, world = self._at, self.world
        if isinstance(event, SaleEvent):
            world.unpaid.append((at, event))
            self._own(event, "buyer")
        elif isinstance(event, TransferEvent):
            self._own(event, "recipient")
        elif isinstance(event, IssueEvent) and self._issuing is not None:
            world.put_on_sale(at, self._issuing)

    def _own(self, event: SaleEvent | TransferEvent, role: str) -> None:
        token, owner = event.data.token, getattr(event.data.parties, role)
        if token and owner:
            self.world.own(Owned(self._at, token, owner, event.time))

    def _next_id(self, venue: Venue) -> str:
        self._at = venue
        self._number += 1
        return f"e{self._number}"

    def _sale(self, venue: Venue, moment: dt.datetime) -> Event:
        world = self.world
        collection = world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        purpose: HoldingPurpose | None = None
        if world.rng.random() * 1_000 < _INSTITUTIONS_PER_MILLE:
            who = world.institutions[int(world.rng.random() * len(world.institutions))]
            buyer, purpose = who.id, "marketing"
        else:
            buyer = world.buyer(venue)
        id = self._next_id(venue)
        slug = venue.place.slug
        return SaleEvent(
            id=id,
            source=slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            subject=f"{slug}:sale:{id}",
            data=Sale(
                token=world.unit(venue, collection),
                platform=venue.platform.id,
                offer=collection.offer,
                parties=SaleRoles(seller=collection.issuer, buyer=buyer),
                price=collection.price,
                settlement=collection.settlement,
                purpose=purpose,
            ),
        )

    def _transfer(self, venue: Venue, moment: dt.datetime) -> Event:
        world = self.world
        kind: TransferKind = "gift"
        owned = world.take_owned(moment)
        if owned is None:
            collection = world.collection(venue)
            if collection is None:
                return self._release(venue, moment)
            kind, sender, since = "airdrop", collection.issuer, None
            token = world.unit(venue, collection)
        else:
            venue, token, sender, since = owned
        slug = venue.place.slug
        id = self._next_id(venue)
        recipient = world.buyer(venue, other_than=sender)
        return TransferEvent(
            id=id,
            source=slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            subject=f"{slug}:transfer:{id}",
            data=Transfer(
                kind=kind,
                token=token,
                platform=venue.platform.id,
                parties=TransferRoles(sender=sender, recipient=recipient),
                acquired_at=since,
            ),
        )

    def _payment(self, venue: Venue, moment: dt.datetime) -> Event:
        if not self.world.unpaid:
            return self._sale(venue, moment)
        venue, sale = self.world.unpaid.popleft()
        bought = sale.data
        roles = bought.parties or SaleRoles()
        slug = venue.place.slug
        id = self._next_id(venue)
        return PaymentEvent(
            id=id,
            source=slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            subject=f"{slug}:payment:{id}",
            data=Payment(
                parties=PaymentRoles(payer=roles.buyer, payee=roles.seller),
                settlement=bought.settlement,
                sale=sale.subject,
                platform=bought.platform,
            ),
        )

    def _offer(self, venue: Venue, moment: dt.datetime) -> Event:
        collection = self.world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        return self._offered(venue, moment, collection)

    def _offered(self, venue: Venue, moment: dt.datetime, collection: Collection) -> Event:
        slug = venue.place.slug
        id = self._next_id(venue)
        collection.offer = f"{slug}:offer:{id}"
        return OfferEvent(
            id=id,
            source=slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            subject=collection.offer,
            data=Offer(
                token=collection.id,
                platform=venue.platform.id,
                parties=OfferRoles(seller=collection.issuer),
                price=collection.price,
                mode=collection.mode,
                opens_at=moment,
                per_person_cap=5,
                disclosure=_DISCLOSED,
                ad_texts=_ADVERTISED,
            ),
        )

    def _post(self, venue: Venue, moment: dt.datetime) -> Event:
        language, text = pick(self.world.rng, POSTS)
        return PostEvent(
            id=self._next_id(venue),
            source=venue.place.slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            data=Post(
                text=text,
                parties=PostRoles(author=self.world.buyer(venue)),
                platform=venue.platform.id,
                language=language,
            ),
        )

    def _holding(self, venue: Venue, moment: dt.datetime) -> Event:
        owned = self.world.latest_owned()
        if owned is None:
            return self._sale(venue, moment)
        bought_by_house = owned.owner.startswith("corp:")
        return HoldingEvent(
            id=self._next_id(owned.venue),
            source=owned.venue.place.slug,
            time=moment,
            stage="settled",
            specversion="1.0",
            data=Holding(
                token=owned.token,
                parties=HoldingRoles(holder=owned.owner),
                quantity=1,
                purpose="marketing" if bought_by_house else None,
            ),
        )

    def _party(self, venue: Venue, moment: dt.datetime) -> Event:
        """Sign up a buyer; where there are enough, verify one again."""
        world = self.world
        who = world.sign_up(venue)
        if who is None:
            who = Party(id=world.buyer(venue), kyc=kyc(world.rng, world.span))
        return self.state(venue, who, moment)

    def _release(self, venue: Venue, moment: dt.datetime) -> Event:
        """State a work; its collection is issued and offered next."""
        new = self.world.release(venue)
        self._issuing = new.collection
        self._coming.extend((new.token, new.collection))
        return self.state(venue, new.work, moment)

    def _platform(self, venue: Venue, moment: dt.datetime) -> Event:
        return self.state(venue, venue.platform, moment)
