"""What happens to clean events on their way: they come twice, late, are corrected or withdrawn.

None of it breaks a rule: whatever is put right stays within the offer that it was made under.
"""

from __future__ import annotations

import datetime as dt
import random

import msgspec

from vermilion.facts.events import Event, PaymentEvent, PostEvent, Sale, SaleEvent
from vermilion.facts.money import Money
from vermilion.simulate.agenda import Agenda
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.trade import Trade
from vermilion.simulate.truth import Simulated, Truth, of_event
from vermilion.simulate.world import World

COUNTER = "/counter"
"""What follows a platform's source where it sells by proposals."""

_MOST_LATE = dt.timedelta(days=2)
_LATER = dt.timedelta(hours=20)
_SETTLES = dt.timedelta(minutes=10)
_REBATE = 100
_DEAREST_REBATE = 1_000


class Mishaps:
    """Sends the events of a trade on their way.

    Args:
        config: how often what happens.
        world: the market.
        agenda: where what arrives later is planned.
    """

    def __init__(self, config: MarketConfig, world: World, agenda: Agenda) -> None:
        self._rng: random.Random = world.rng
        self._world = world
        self._agenda = agenda
        self._rates = (config.late, config.proposed, config.corrections, config.duplicates)

    def next(self, trade: Trade, moment: dt.datetime) -> Simulated:
        """Return the next event of the trade as it arrives; what it leaves behind is planned."""
        made = trade.next(moment)
        if not any(self._rates) or made.truth is not None or self._agenda.full:
            trade.took_place(made.event)
            return made
        if isinstance(made.event, SaleEvent | PaymentEvent | PostEvent) and self._is(0):
            self._arrives_late(made.event, moment)
            made = trade.next(moment)
        if isinstance(made.event, SaleEvent) and made.truth is None:
            if self._is(1):
                return self._proposed(made.event, moment)
            if self._is(2):
                self._put_right(made.event, trade)
                return made
        trade.took_place(made.event)
        if made.truth is None and self._is(3):
            self._comes_again(made.event, moment)
        return made

    def _is(self, which: int) -> bool:
        rate = self._rates[which]
        return rate > 0 and self._rng.random() * 1_000 < rate

    def _within(self, most: dt.timedelta) -> dt.timedelta:
        """Return a span of whole milliseconds, from one second on."""
        longest = int(most.total_seconds() * 1_000)
        return dt.timedelta(milliseconds=1_000 + int(self._rng.random() * (longest - 1_000)))

    def _arrives_late(self, event: Event, moment: dt.datetime) -> None:
        arrives = moment + self._within(_MOST_LATE)
        self._agenda.add(arrives, Simulated(event, of_event(event, "late", "allow")))

    def _comes_again(self, event: Event, moment: dt.datetime) -> None:
        told = Truth(
            source=event.source, id=event.id, pattern="duplicate", side="lawful", expect="duplicate"
        )
        self._agenda.add(moment + self._within(_LATER), Simulated(event, told))

    def _proposed(self, event: SaleEvent, moment: dt.datetime) -> Simulated:
        """Propose a sale at the counter, which proposes all that it sells; it settles in minutes."""
        event = msgspec.structs.replace(event, source=f"{event.source}{COUNTER}")
        settles = moment + self._within(_SETTLES)
        settled = msgspec.structs.replace(event, id=f"{event.id}-2", time=settles)
        self._agenda.add(settles, Simulated(settled))
        return Simulated(msgspec.structs.replace(event, stage="proposed"))

    def _put_right(self, event: SaleEvent, trade: Trade) -> None:
        """Plan the correction of a sale, or its withdrawal; its unit is not passed on."""
        moment = event.time + self._within(_LATER)
        again = msgspec.structs.replace(event, id=f"{event.id}-2", time=moment, corrects=event.id)
        price = event.data.price
        if self._rng.random() < 0.5 or price is None or price.minor_units < _DEAREST_REBATE:
            again = msgspec.structs.replace(again, stage="withdrawn", corrects=None)
            told = of_event(again, "withdrawn", "not_applicable")
        else:
            paid = price.minor_units - _REBATE
            trade.rebated(event.data, paid)
            again = msgspec.structs.replace(again, data=_cheaper(event.data, paid))
            told = of_event(again, "corrected", "allow")
        self._agenda.add(moment, Simulated(again, told))


def _cheaper(sale: Sale, price: int) -> Sale:
    legs = list(sale.settlement or [])
    paid = legs[0].amount
    if paid is not None:
        less = Money(paid.minor_units - _REBATE, "CNY")
        legs[0] = msgspec.structs.replace(legs[0], amount=less)
    return msgspec.structs.replace(sale, price=Money(price, "CNY"), settlement=legs)
