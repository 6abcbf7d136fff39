"""A scene in which a pattern is played: events with a cast of their own, and what is true of them."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any, TypeVar

from vermilion.facts.entities import Party, Platform, Token, Work
from vermilion.facts.events import (
    EVENT_TYPES,
    STATED_BY,
    Event,
    Inline,
    IssueRoles,
    OfferRoles,
    PaymentRoles,
    SaleRoles,
    TransferRoles,
)
from vermilion.facts.money import Money
from vermilion.facts.namespace import data_type
from vermilion.simulate.cast import CHANNEL, Cast, of_kind
from vermilion.simulate.clock import china_date
from vermilion.simulate.people import Span
from vermilion.simulate.releases import settlement
from vermilion.simulate.statements import Named, happened
from vermilion.simulate.trade import DISCLOSED
from vermilion.simulate.truth import Outcome, Simulated, Truth, verdicts
from vermilion.simulate.words import ADVERTISED

PRICE = 9_900
CAP = 5
DAY, HOUR, SECOND = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(seconds=1)
_APART = 3 * SECOND

T = TypeVar("T")


class Scene:
    """Plays the events of one pattern, in order, a few seconds apart.

    An event is clean unless told otherwise: `tests` names the rules that a wrong event breaks and
    its lawful twin does not, `lacks` those that a wrong event leaves without a fact, `breaks` those
    broken on either side.

    Args:
        pattern: name of the pattern.
        number: number of the scene; ids are made of it.
        moment: when the scene begins.
        span: first and last day of the market.
        wrong: which side is played.
        variant: how often both sides were played before; picks one way of many.
    """

    def __init__(
        self,
        *,
        pattern: str,
        number: int,
        moment: dt.datetime,
        span: Span,
        wrong: bool,
        variant: int,
    ) -> None:
        self.wrong = wrong
        self.variant = variant
        self.now = moment.replace(microsecond=0) + SECOND
        self.cast = Cast(number, span)
        self.played: list[Simulated] = []
        self.offer_id: str | None = None
        self._pattern = pattern
        self._last: Event | None = None

    @property
    def day(self) -> dt.date:
        """The day in China."""
        return china_date(self.now)

    @property
    def since(self) -> dt.datetime:
        """Time of the last event."""
        return self.now if self._last is None else self._last.time

    def pick(self, *options: T) -> T:
        """Return one of the options, by turns; both sides get the same."""
        return options[self.variant % len(options)]

    def either(self, wrong: T, lawful: T) -> T:
        """Return what belongs to the side that is played."""
        return wrong if self.wrong else lawful

    def at(self, moment: dt.datetime) -> None:
        """Let the next event happen at a moment, unless that has passed."""
        self.now = max(moment, self.now)

    def turns(self, years: int, *, tomorrow: bool = False) -> dt.date:
        """Return the birth date of somebody who becomes so old today, or tomorrow."""
        birthday = self.day + DAY if tomorrow else self.day
        try:
            return birthday.replace(year=birthday.year - years)
        except ValueError:
            # Born on 29 February: a year is completed on 1 March of a common year.
            return dt.date(birthday.year - years, *((3, 1) if tomorrow else (2, 28)))

    @cached_property
    def platform(self) -> Platform:
        """Where the scene plays."""
        return self.cast.platform()

    @cached_property
    def issuer(self) -> Party:
        """Who issues and sells first."""
        return self.cast.house("文化")

    @cached_property
    def museum(self) -> Party:
        """A museum."""
        return self.cast.house("博物馆")

    @cached_property
    def buyer(self) -> Party:
        """Who buys, receives or posts."""
        return self.cast.person()

    @cached_property
    def work(self) -> Work:
        """The work behind the collection."""
        return self.cast.work(self.issuer)

    @cached_property
    def goods(self) -> Token:
        """The collection that is traded."""
        return self.cast.collection(self.issuer, self.work)

    def unit(self, number: int = 1) -> str:
        """Return the id of a unit of the collection."""
        return f"{self.goods.id}/{number}"

    def state(self, entity: Party | Platform | Work, **rules: str) -> Event:
        """State a party, platform or work."""
        kind = type(entity).__name__.lower()
        return self._play(kind, {kind: entity}, rules)

    def issue(self, token: Token | None = None, **rules: str) -> Event:
        """Issue a collection."""
        token = token or self.goods
        roles = IssueRoles(issuer=token.issuer)
        return self._play(
            "issue", {"token": token, "parties": roles, "platform": self.platform.id}, rules
        )

    def offer(
        self,
        data: dict[str, Any] | None = None,
        *,
        again: bool = False,
        seller: str | None = None,
        **rules: str,
    ) -> Event:
        """Offer the collection, or state the last offer again; later sales are under it."""
        if not again:
            self.offer_id = self.cast.id("offer")
        known: dict[str, Any] = {
            "token": self.goods.id,
            "platform": self.platform.id,
            "parties": OfferRoles(seller=seller or self.goods.issuer),
            "price": Money(PRICE, "CNY"),
            "mode": "fixed_price",
            "opens_at": self.now,
            "per_person_cap": CAP,
            "disclosure": DISCLOSED,
            "ad_texts": list(ADVERTISED[:1]),
        }
        return self._play("offer", known | (data or {}), rules, self.offer_id)

    def sale(
        self,
        data: dict[str, Any] | None = None,
        *,
        buyer: Party | None = None,
        seller: str | None = None,
        unit: int = 1,
        **rules: str,
    ) -> Event:
        """Sell a unit under the last offer; makes a lawful offer first where there is none."""
        who = buyer or self.buyer
        if self.offer_id is None:
            self.offer()
        price: Money = (data or {}).get("price", Money(PRICE, "CNY"))
        known: dict[str, Any] = {
            "token": self.unit(unit),
            "platform": self.platform.id,
            "offer": self.offer_id,
            "parties": SaleRoles(seller=seller or self.goods.issuer, buyer=who.id),
            "price": price,
            "settlement": settlement(price.minor_units, CHANNEL),
            "mode": "fixed_price",
            "risk_notice_acknowledged": True,
            "automated": False,
        }
        return self._play("sale", known | (data or {}), rules, self.cast.id("sale"))

    def transfer(
        self,
        kind: str,
        sender: Party,
        recipient: Party,
        data: dict[str, Any] | None = None,
        **rules: str,
    ) -> Event:
        """Pass the first unit on, unless told which."""
        known: dict[str, Any] = {
            "kind": kind,
            "token": self.unit(),
            "platform": self.platform.id,
            "parties": TransferRoles(sender=sender.id, recipient=recipient.id),
        }
        return self._play("transfer", known | (data or {}), rules, self.cast.id("transfer"))

    def payment(
        self, payer: Party, payee: Party, data: dict[str, Any] | None = None, **rules: str
    ) -> Event:
        """Pay."""
        known: dict[str, Any] = {
            "parties": PaymentRoles(payer=payer.id, payee=payee.id),
            "settlement": settlement(PRICE, CHANNEL),
            "platform": self.platform.id,
        }
        return self._play("payment", known | (data or {}), rules, self.cast.id("payment"))

    def tell(self, kind: str, data: dict[str, Any], **rules: str) -> Event:
        """Play an event of another type; on the scene's platform, where it names one."""
        if "platform" in data_type(kind).__struct_fields__:
            data = {"platform": self.platform.id} | data
        return self._play(kind, data, rules)

    def _play(
        self, kind: str, data: dict[str, Any], rules: dict[str, str], subject: str | None = None
    ) -> Event:
        named = Named(f"x{self.cast.number}-{len(self.played) + 1}", self.cast.slug, "", self.now)
        stated = data_type(kind)(**data, inline=self._inline(kind, data))
        event: Any = happened(EVENT_TYPES[kind], named, stated, subject)
        self.played.append(Simulated(event, self._truth(event, **rules)))
        self._last = event
        self.now += _APART
        made: Event = event
        return made

    def _inline(self, kind: str, data: dict[str, Any]) -> Inline | None:
        """Return what the event has to tell beside its subject."""
        subject = data.get(STATED_BY.get(kind, ""))
        untold = [one for one in self.cast.untold() if one is not subject]
        if not untold:
            return None
        return Inline(
            parties=list(of_kind(untold, Party)),
            platforms=list(of_kind(untold, Platform)),
            works=list(of_kind(untold, Work)),
            tokens=list(of_kind(untold, Token)),
        )

    def _truth(
        self, event: Event, tests: str = "", breaks: str = "", lacks: str = ""
    ) -> Truth | None:
        if not (tests or breaks or lacks):
            return None
        expect: dict[str, Outcome] = {
            **dict.fromkeys(tests.split(), self.either("hit", "pass")),
            **dict.fromkeys(lacks.split(), self.either("missing", "pass")),
            **dict.fromkeys(breaks.split(), "hit"),
        }
        return Truth(
            source=event.source,
            id=event.id,
            pattern=self._pattern,
            side="wrong" if self.wrong else "lawful",
            expect=expect,
            verdict=verdicts(expect),
        )
