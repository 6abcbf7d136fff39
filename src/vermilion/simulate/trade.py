"""What happens while the market is open, one event at a time, all of it within the rules."""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import get_args

from vermilion.facts.entities import Party, Token, Traded
from vermilion.facts.events import (
    Disclosure,
    DisclosureItem,
    Draw,
    Event,
    HoldingPurpose,
    Inline,
    Offer,
    OfferEvent,
    OfferRoles,
    Payment,
    PaymentEvent,
    PaymentRoles,
    Sale,
    SaleEvent,
    SaleRoles,
    Transfer,
    TransferEvent,
    TransferKind,
    TransferRoles,
)
from vermilion.facts.money import Money
from vermilion.simulate.people import kyc
from vermilion.simulate.releases import Collection, pick
from vermilion.simulate.sidelines import Sidelines
from vermilion.simulate.statements import Named, happened, statement
from vermilion.simulate.truth import Simulated
from vermilion.simulate.venues import Customer, Venue
from vermilion.simulate.withhold import Told, withheld
from vermilion.simulate.words import ADVERTISED
from vermilion.simulate.world import Owned, World

_INSTITUTIONS_PER_MILLE = 6
_REDUCED = 0.15
_CHEAPEST = 500
_RECENT = dt.timedelta(days=6)
_TOP_PRIZES = (20_000, 88_800, 500_000, 5_000_000)
DISCLOSED = Disclosure(items=list(get_args(DisclosureItem)), prominent=True, before_purchase=True)
"""What buyers must be told, told as it must be."""


class Trade:
    """Makes the next event of a world, whatever that may be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._number = 0
        self._at = world.venues[0]
        self._last: tuple[Customer, bool] | None = None
        self._selling: Collection | None = None
        self._coming: deque[Told[Token] | Collection] = deque()
        aside = Sidelines(world, self.named)
        shares = (
            (self._sale, 55),
            (self._transfer, 14),
            (self._mint, 3),
            (self._payment, 10),
            (self._offer, 5),
            (aside.post, 4),
            (self._party, 3),
            (aside.holding, 2),
            (self._release, 1),
            (self._platform, 1),
            (aside.loan, 1),
            (aside.product, 1),
        )
        self._makers = [make for make, share in shares for _ in range(share)]

    def next(self, moment: dt.datetime) -> Simulated:
        """Return the next event of the trade."""
        world = self.world
        self._last = None
        if self._coming:
            what = self._coming.popleft()
            if isinstance(what, Collection):
                return Simulated(self.offered(self._at, moment, what))
            return self.state(self._at, Told(what.entity, what.withheld), moment)
        made = self._makers[int(world.rng.random() * 100)](world.venue(), moment)
        return made if isinstance(made, Simulated) else Simulated(made)

    def state(self, venue: Venue, what: Told[Traded], moment: dt.datetime) -> Simulated:
        """Return the event by which a platform states an entity."""
        event = statement(what.entity, self.named(venue, moment))
        if what.withheld is None:
            return Simulated(event)
        return Simulated(event, withheld(event, what.entity.id, what.withheld))

    def took_place(self, event: Event) -> None:
        """Note what follows from the event given last: who owns what, and what is to be paid."""
        if isinstance(event, SaleEvent):
            self.world.unpaid.append((self._at, event))
            if self._selling is not None:
                self._selling.dealt = event.time
        if self._last is not None and isinstance(event, SaleEvent | TransferEvent):
            owner, given = self._last
            owned = Owned(self._at, event.data.token or "", owner, event.time)
            self.world.own(owned, given=given)

    def rebated(self, sale: Sale, price: int) -> None:
        """Note that the sale given last turns out to have been a deal at a lower price, in fen."""
        if self._selling is not None and self._selling.offer == sale.offer:
            self._selling.lowest = min(self._selling.lowest, price)

    def named(self, venue: Venue, moment: dt.datetime) -> Named:
        """Return the name of the next event of a platform."""
        self._at = venue
        self._number += 1
        return Named(f"e{self._number}", venue.place.slug, venue.platform.id, moment)

    def _sale(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        world = self.world
        collection = world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        purpose: HoldingPurpose | None = None
        if world.rng.random() * 1_000 < _INSTITUTIONS_PER_MILLE:
            house = world.institutions[int(world.rng.random() * len(world.institutions))]
            buyer: Customer | None = Customer(house.id, house.id)
            purpose = "marketing"
            had = collection.bought.get(house.id, 0)
            collection.bought[house.id] = had + 1
            if had >= collection.cap:
                buyer = None
        else:
            buyer = world.entitled(venue, collection)
        if buyer is None:
            # Those who were asked have their share; a new offer counts anew.
            return self.offered(venue, moment, collection)
        named = self.named(venue, moment)
        self._last = (buyer, False)
        self._selling = collection
        sale = Sale(
            token=world.unit(venue, collection),
            platform=named.platform,
            offer=collection.offer,
            parties=SaleRoles(seller=collection.issuer, buyer=buyer.id),
            price=collection.money,
            settlement=collection.settlement,
            mode=collection.mode,
            risk_notice_acknowledged=True,
            automated=False,
            purpose=purpose,
        )
        collection.lowest = min(collection.lowest, collection.price)
        return happened(SaleEvent, named, sale, f"{named.source}:sale:{named.id}")

    def _transfer(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        """Give a unit that was held long enough, or let a unit be won."""
        owned = self.world.take_owned(moment)
        recipient = owned and self.world.donee(owned.venue, owned.owner)
        if owned is None or recipient is None:
            return self._airdrop(venue, moment)
        self._last = (recipient, True)
        transfer = Transfer(
            kind="gift",
            token=owned.token,
            platform=owned.venue.platform.id,
            parties=TransferRoles(sender=owned.owner.id, recipient=recipient.id),
            acquired_at=owned.since,
        )
        return self._passed_on(owned.venue, moment, transfer)

    def _airdrop(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        collection = self.world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        winner = self.world.buyer(venue)
        self._last = (winner, False)
        transfer = Transfer(
            kind="airdrop",
            token=self.world.unit(venue, collection),
            platform=venue.platform.id,
            parties=TransferRoles(sender=collection.issuer, recipient=winner.id),
            draw=None if collection.mode == "fixed_price" else collection.offer,
        )
        return self._passed_on(venue, moment, transfer)

    def _mint(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        """Mint a unit to its issuer, with metadata of its own."""
        collection = self.world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        number = max(collection.minted, collection.issued) + 1
        if number > collection.size:
            return self._airdrop(venue, moment)
        collection.minted = number
        digest = f"{self.world.rng.getrandbits(256):064x}"
        unit = Token(
            id=f"{collection.id}/{number}", collection=collection.id, metadata_sha256=digest
        )
        kind: TransferKind = "mint"
        transfer = Transfer(
            kind=kind,
            token=unit.id,
            platform=venue.platform.id,
            parties=TransferRoles(sender=venue.platform.operator, recipient=collection.issuer),
            inline=Inline(tokens=[unit]),
        )
        return self._passed_on(venue, moment, transfer)

    def _passed_on(self, venue: Venue, moment: dt.datetime, transfer: Transfer) -> Event:
        named = self.named(venue, moment)
        return happened(TransferEvent, named, transfer, f"{named.source}:transfer:{named.id}")

    def _payment(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        if not self.world.unpaid:
            return self._sale(venue, moment)
        venue, sale = self.world.unpaid.popleft()
        bought = sale.data
        roles = bought.parties or SaleRoles()
        named = self.named(venue, moment)
        payment = Payment(
            parties=PaymentRoles(payer=roles.buyer, payee=roles.seller),
            settlement=bought.settlement,
            sale=sale.subject,
            platform=bought.platform,
        )
        return happened(PaymentEvent, named, payment, f"{named.source}:payment:{named.id}")

    def _offer(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        collection = self.world.collection(venue)
        if collection is None:
            return self._release(venue, moment)
        return self.offered(venue, moment, collection)

    def offered(self, venue: Venue, moment: dt.datetime, collection: Collection) -> Event:
        """Return an offer of a collection, which goes on sale with its first; some cut the price."""
        world = self.world
        compared: Money | None = None
        if collection.offer is None:
            world.put_on_sale(venue, collection)
        elif world.rng.random() < _REDUCED and _may_compare(collection, moment):
            compared = Money(min(collection.price, collection.lowest), "CNY")
            collection.cost(collection.price * 9 // 10)
        named = self.named(venue, moment)
        collection.offer = f"{named.source}:offer:{named.id}"
        collection.bought.clear()
        drawn = collection.mode in ("lottery", "blind_box")
        offer = Offer(
            token=collection.id,
            platform=named.platform,
            parties=OfferRoles(seller=collection.issuer),
            price=collection.money,
            compared_price=compared,
            mode=collection.mode,
            draw=self._draw(moment, collection.cap) if drawn else None,
            opens_at=moment,
            per_person_cap=collection.cap,
            disclosure=DISCLOSED,
            ad_texts=[pick(world.rng, ADVERTISED)],
        )
        return happened(OfferEvent, named, offer, collection.offer)

    def _draw(self, moment: dt.datetime, cap: int) -> Draw:
        rng = self.world.rng
        table = f"{rng.getrandbits(256):064x}"
        return Draw(
            terms_sha256=f"{rng.getrandbits(256):064x}",
            terms_published_at=moment - dt.timedelta(hours=1 + int(rng.random() * 48)),
            probabilities_published=True,
            values_published=True,
            published_table_sha256=table,
            used_table_sha256=table,
            top_prize=Money(pick(rng, _TOP_PRIZES), "CNY"),
            per_person_cap=cap,
        )

    def _party(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        """Sign up a buyer; where there are enough, verify one again."""
        world = self.world
        told = world.sign_up(venue)
        if told is None:
            told = Told(Party(id=world.buyer(venue).id, kyc=kyc(world.rng, world.span)))
        return self.state(venue, told, moment)

    def _release(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        """State a work; its collection is issued and offered next."""
        new = self.world.release(venue)
        self._coming.extend((new.token, new.collection))
        return self.state(venue, Told(new.work.entity, new.work.withheld), moment)

    def _platform(self, venue: Venue, moment: dt.datetime) -> Simulated | Event:
        return self.state(venue, Told(venue.platform), moment)


def _may_compare(collection: Collection, moment: dt.datetime) -> bool:
    """Say whether a price may be compared: it can be cut, and there was a deal this week."""
    dealt = collection.dealt
    return collection.price > _CHEAPEST and dealt is not None and moment - dealt < _RECENT
