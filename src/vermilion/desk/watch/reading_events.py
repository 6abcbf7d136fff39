"""What an event says in the canonical tables.

Only what settled counts. A later settled event of a business stands in place of the earlier one,
and none once it is withdrawn: which events those are is written beside, and found out at the end.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.desk.watch.reading_ids import collection_by_id, has_many, is_nobody
from vermilion.desk.watch.reading_staged import Staged
from vermilion.facts.entities import Token
from vermilion.facts.events import (
    EVENT_TYPES,
    Event,
    IssueEvent,
    NoticeEvent,
    OfferEvent,
    PartyEvent,
    PaymentEvent,
    PlatformEvent,
    PostEvent,
    ProductEvent,
    SaleEvent,
    TransferEvent,
    event_type_of,
    validity,
)
from vermilion.facts.money import Money
from vermilion.intake.items import Fault

ANNOUNCING = frozenset({"advertisement", "sale", "information"})
"""Purposes of a post that announces something; a discussion does not."""

_SERVICES = {"custody": "custody", "lending": "lending"}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)

NO_TOKEN = Fault(
    "token_unknown",
    "the event does not say which token it is about, so that no history can hold it",
    "state `data.token`",
    "data.token",
)
NEGATIVE = Fault(
    "amount_negative",
    "the amount is below zero, and nobody trades for less than nothing",
    "state what was paid as an amount of zero or more, and a refund as an event of its own",
)


class EventRows:
    """Takes events over into canonical tables.

    Args:
        staged: where rows are written.
    """

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self.taken = self.other = 0

    def take(self, event: Event, position: int) -> Fault | None:
        """Take an event over, and return why that cannot be, if so.

        Args:
            event: of any type and stage; what no canonical table holds is counted as `other`.
            position: its place among all that is read.
        """
        if event.stage == "proposed" or not isinstance(event, _READ):
            self.other += 1
            return None
        if event.stage == "withdrawn":
            self._business(event, position, withdrawn=True)
            self.other += 1
            return None
        fault = self._settled(event, position)
        if fault is None:
            self.taken += 1
            if event.subject is not None and event.subject != event.id:
                self._business(event, position, withdrawn=False)
        return fault

    def _settled(self, event: Event, position: int) -> Fault | None:
        name = (event.source, event.id, milliseconds(event.time), position)
        self._inline(event, position)
        match event:
            case SaleEvent():
                return self._sale(event, name)
            case TransferEvent():
                return self._transfer(event, name)
            case PaymentEvent():
                return self._payment(event, name)
            case OfferEvent():
                return self._offer(event, name)
            case PostEvent() | NoticeEvent():
                self._news(event, name)
            case IssueEvent():
                self._issue(event, name)
            case PlatformEvent():
                begins, ends = _valid(event)
                self._label(event.data.platform.id, "platform", begins, ends)
                self._label(event.data.platform.operator, "platform", begins, ends)
            case PartyEvent():
                self._wallets(event.data.party.id, event.data.party.wallets)
            case ProductEvent():
                self._product(event)
        return None

    def _business(self, event: Event, position: int, *, withdrawn: bool) -> None:
        subject = event.subject or event.id
        kind = event_type_of(event)
        self._staged.add("businesses", (event.source, event.id, kind, subject, position, withdrawn))

    def _sale(self, event: SaleEvent, name: tuple[Any, ...]) -> Fault | None:
        data = event.data
        parties = data.parties
        between = (parties.seller, parties.buyer) if parties else (None, None)
        return self._move(name, "sale", data.token, between, (data.price, data.platform))

    def _transfer(self, event: TransferEvent, name: tuple[Any, ...]) -> Fault | None:
        data = event.data
        parties = data.parties
        sender, recipient = (parties.sender, parties.recipient) if parties else (None, None)
        kind, paid = "transfer", data.consideration
        if data.kind == "mint" or is_nobody(sender):
            kind, sender = "mint", None
        elif data.kind == "burn" or is_nobody(recipient):
            kind, recipient = "burn", None
        elif paid is not None and paid.minor_units > 0:
            kind = "sale"  # something was given for it after all
            if event.subject is None or event.subject == event.id:
                self._business(event, name[3], withdrawn=False)
        if kind != "sale":
            paid = None
        return self._move(name, kind, data.token, (sender, recipient), (paid, data.platform))

    def _move(
        self,
        name: tuple[Any, ...],
        kind: str,
        token: str | None,
        between: tuple[str | None, str | None],
        how: tuple[Money | None, str | None],
    ) -> Fault | None:
        if token is None:
            return NO_TOKEN
        price, platform = how
        if price is not None and price.minor_units < 0:
            return NEGATIVE.of("data.price")
        collection, many = collection_by_id(token), has_many(token)
        traded = (*name, kind, collection, token, *between, 1, many)
        self._staged.add("moves", (*traded, *_money(price), platform, None))
        return None

    def _payment(self, event: PaymentEvent, name: tuple[Any, ...]) -> Fault | None:
        """Write what was paid, a row for each currency; further ones add it to the id."""
        data = event.data
        sums: dict[str, int] = {}
        for leg in data.settlement or ():
            if leg.amount is not None:
                if leg.amount.minor_units < 0:
                    return NEGATIVE.of("data.settlement")
                currency = leg.amount.currency
                sums[currency] = sums.get(currency, 0) + leg.amount.minor_units
        parties = data.parties
        between = (parties.payer, parties.payee) if parties else (None, None)
        source, id, *when = name
        amounts = [(amount, currency) for currency, amount in sums.items()]
        for number, paid in enumerate(amounts or [(None, None)], 1):
            own = id if number == 1 else f"{id}#{paid[1]}"
            self._staged.add("payments", (source, own, *when, *between, *paid, None))
        return None

    def _offer(self, event: OfferEvent, name: tuple[Any, ...]) -> Fault | None:
        data = event.data
        if data.token is None:
            return NO_TOKEN
        if data.price is not None and data.price.minor_units < 0:
            return NEGATIVE.of("data.price")
        issuer = data.parties and data.parties.issuer
        seller = (data.parties and data.parties.seller) or issuer
        ends = data.closes_at and milliseconds(data.closes_at)
        collection = collection_by_id(data.token)
        row = (*name, collection, data.token, seller, *_money(data.price), ends, data.platform)
        self._staged.add("listings", row)
        cap = data.per_person_cap
        if cap is None and data.draw is not None:
            cap = data.draw.per_person_cap
        if cap is not None:
            self._staged.add("issues", (*name, collection, issuer, None, cap))
        return None

    def _news(self, event: PostEvent | NoticeEvent, name: tuple[Any, ...]) -> None:
        data = event.data
        if isinstance(event, PostEvent):
            told = event.data.purpose in ANNOUNCING
        else:
            told = event.data.step == "published"
        if told and data.token is not None:
            self._staged.add("news", (*name, collection_by_id(data.token), data.token))

    def _issue(self, event: IssueEvent, name: tuple[Any, ...]) -> None:
        data = event.data
        token = data.token
        issuer = (data.parties and data.parties.issuer) or token.issuer
        collection = token.collection or collection_by_id(token.id)
        supply = token.edition and token.edition.size
        self._staged.add("issues", (*name, collection, issuer, supply, None))
        self._label(issuer, "issuer", *_valid(event))
        self._collection(token, name[3])

    def _product(self, event: ProductEvent) -> None:
        data = event.data
        if data.kind in _SERVICES and data.parties is not None:
            self._label(data.parties.provider, _SERVICES[data.kind], *_valid(event))

    def _inline(self, event: Event, position: int) -> None:
        inline = event.data.inline
        if inline is None:
            return
        for token in inline.tokens:
            self._collection(token, position)
        for platform in inline.platforms:
            self._label(platform.id, "platform", milliseconds(event.time), None)
            self._label(platform.operator, "platform", milliseconds(event.time), None)
        for party in inline.parties:
            self._wallets(party.id, party.wallets)

    def _collection(self, token: Token, position: int) -> None:
        if token.collection is not None:
            self._staged.add("collections", (token.id, token.collection, position))

    def _wallets(self, party: str, wallets: list[str] | None) -> None:
        for wallet in wallets or ():
            self._staged.add("wallets", (party, wallet))

    def _label(self, party: str | None, role: str, begins: int, ends: int | None) -> None:
        if party is not None:
            self._staged.add("accounts", (party, role, begins, ends))


_READ = (
    SaleEvent
    | TransferEvent
    | PaymentEvent
    | OfferEvent
    | PostEvent
    | NoticeEvent
    | IssueEvent
    | PlatformEvent
    | PartyEvent
    | ProductEvent
)

READ_TYPES = frozenset(name for name, one in EVENT_TYPES.items() if issubclass(one, _READ))
"""Types of events that a canonical table may hold something of."""


def milliseconds(moment: dt.datetime) -> int:
    """Return a moment in epoch milliseconds, what is finer cut off."""
    return (moment - _EPOCH) // _MILLISECOND


def _valid(event: Event) -> tuple[int, int | None]:
    begins, ends = validity(event)
    return milliseconds(begins), None if ends is None else milliseconds(ends)


def _money(money: Money | None) -> tuple[int | None, str | None]:
    return (None, None) if money is None else (money.minor_units, money.currency)
