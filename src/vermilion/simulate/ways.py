"""What a permitted business comes to: it settles as it should, or passes its permit by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from vermilion.facts.events import Event
from vermilion.simulate.altered import Change, more_told, other

if TYPE_CHECKING:
    from vermilion.simulate.loop import Platform

_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
_SECOND, _TINY = dt.timedelta(seconds=1), dt.timedelta(milliseconds=1)


@dataclass(slots=True, eq=False)
class Business:
    """What is proposed as one business, and what came of it so far.

    `event` is what the market would have had settle. A permit holds from `nbf` up to `exp`, in
    epoch seconds. `then` is done once there is a permit, in place of one of the ways below.
    """

    event: Event
    proposal: Event
    standing: str = "sent"
    nbf: int = 0
    exp: int = 0
    settled: Event | None = None
    settlements: int = 0
    then: Callable[[], object] | None = None

    @property
    def name(self) -> tuple[str, str]:
        """Source and id of the last proposal."""
        return self.proposal.source, self.proposal.id

    @property
    def begins(self) -> dt.datetime:
        """First moment at which the permit holds."""
        return dt.datetime.fromtimestamp(self.nbf, dt.UTC)

    @property
    def ends(self) -> dt.datetime:
        """First moment at which the permit holds no more."""
        return dt.datetime.fromtimestamp(self.exp, dt.UTC)


def _always(_platform: Platform, _business: Business) -> bool:
    return True


@dataclass(frozen=True)
class Way:
    """How a business goes on, and where it can."""

    plan: Callable[[Platform, Business], object]
    possible: Callable[[Platform, Business], bool] = _always


def _same(platform: Platform, business: Business) -> None:
    platform.settle(business, "same")


def _more(platform: Platform, business: Business) -> None:
    """Settle, and tell what was left open."""
    platform.settle(business, "more", event=more_told(business.proposal))


def _unused(_platform: Platform, _business: Business) -> None:
    """Leave a permit as it is."""


def _first_moment(platform: Platform, business: Business) -> None:
    platform.settle(business, "first_moment", at=business.begins)


def _last_moment(platform: Platform, business: Business) -> None:
    platform.settle(business, "last_moment", at=business.ends - _TINY)


def _late(platform: Platform, business: Business) -> None:
    """Arrive late, under a number that fills its gap in time."""
    platform.settle(business, "late", late=20 * _HOUR)


def _very_late(platform: Platform, business: Business) -> None:
    """Arrive so late that the number was told as left out."""
    platform.settle(business, "very_late", late=28 * _HOUR)


def _again(platform: Platform, business: Business) -> None:
    """Settle, and send the same event twice."""
    moment = platform.settle(business, "again")
    platform.plan(moment + _HOUR, lambda: [business.settled] if business.settled else [])


def _withdrawn_unsettled(platform: Platform, business: Business) -> None:
    platform.plan(platform.soon(), partial(platform.withdraw, business))


def _withdrawn_settled(platform: Platform, business: Business) -> None:
    moment = platform.settle(business, "same")
    platform.plan(moment + _HOUR, partial(platform.withdraw, business))


def _corrected(platform: Platform, business: Business) -> None:
    """Correct what settled within the permit's time."""
    moment = platform.settle(business, "same")
    at = max(moment, min(moment + _HOUR, business.ends - _TINY))
    platform.settle(business, "correction", at=at, corrects=True)


def _corrected_late(platform: Platform, business: Business) -> None:
    """Correct what settled after the permit's time, and tell more."""
    platform.settle(business, "same")
    event = more_told(business.proposal)
    platform.settle(business, "late_correction", at=business.ends, event=event, corrects=True)


def _reduced(platform: Platform, business: Business) -> None:
    """Propose at a lower price before anything settles, and settle at that."""
    _propose_cheaper(platform, business, lambda: platform.settle(business, "reduced"))


def _amended(platform: Platform, business: Business) -> None:
    """Settle, propose at a lower price, and correct what settled as is then permitted."""
    moment = platform.settle(business, "same")
    then = partial(platform.settle, business, "amended", corrects=True)
    _propose_cheaper(platform, business, then, moment + _MINUTE)


def _propose_cheaper(
    platform: Platform,
    business: Business,
    then: Callable[[], object],
    at: dt.datetime | None = None,
) -> None:
    cheaper = other(business.proposal, "other_price")
    if cheaper is not None:
        step = partial(platform.propose_anew, business, cheaper, then)
        platform.plan(at or platform.soon(), step)


def _has_price(_platform: Platform, business: Business) -> bool:
    return other(business.proposal, "other_price") is not None


def _replaced(platform: Platform, business: Business) -> None:
    """Propose at a lower price, and settle at the one that was permitted first."""
    first = business.proposal
    then = partial(platform.settle, business, "replaced", "other_price", event=first)
    _propose_cheaper(platform, business, then)


def _expired(platform: Platform, business: Business) -> None:
    platform.settle(business, "expired", "expired", at=business.ends)


def _long_expired(platform: Platform, business: Business) -> None:
    at = business.ends + 9 * _HOUR
    event = other(business.proposal, "other_terms")
    reasons = ["expired"] if event is None else ["expired", "other_terms"]
    platform.settle(business, "long_expired", *reasons, at=at, event=event)


def _early(platform: Platform, business: Business) -> None:
    platform.settle(business, "early", "early", at=business.begins - _SECOND)


def _may_be_early(platform: Platform, business: Business) -> bool:
    gate = platform.gate(business.proposal.source, business.proposal)
    return gate is not None and gate < business.nbf


def _twice(platform: Platform, business: Business) -> None:
    moment = platform.settle(business, "same")
    at = max(moment, min(moment + _HOUR, business.ends - _TINY))
    platform.settle(business, "twice", "used_twice", at=at)


def _stray_correction(platform: Platform, business: Business) -> None:
    """Settle a second time, as the correction of something else."""
    moment = platform.settle(business, "same")
    at = max(moment, min(moment + _HOUR, business.ends - _TINY))
    platform.settle(business, "stray_correction", "used_twice", at=at, corrects="something-else")


def _wrong_correction(platform: Platform, business: Business) -> None:
    """Settle, and correct the price to one that nobody permitted."""
    moment = platform.settle(business, "same")
    event = other(business.proposal, "other_price")
    at = moment + 2 * _HOUR
    platform.settle(business, "wrong_correction", "other_price", at=at, event=event, corrects=True)


def _after_withdrawal(platform: Platform, business: Business) -> None:
    moment = platform.within(business)
    platform.plan(moment, partial(platform.withdraw, business))
    platform.settle(business, "after_withdrawal", "no_permit", at=moment + _MINUTE)


def _otherwise(*changes: Change, dropped: bool = False) -> Way:
    """Return the way to settle on other terms, or without them."""

    def altered(business: Business) -> Event | None:
        event: Event | None = business.proposal
        for change in changes:
            event = event and other(event, change, dropped=dropped)
        return event

    def plan(platform: Platform, business: Business) -> None:
        kind = "+".join(changes) + (" dropped" if dropped else "")
        platform.settle(business, kind, *changes, event=altered(business))

    return Way(plan, lambda _, business: altered(business) is not None)


USUAL = {"same": Way(_same)}
"""How nearly everything settles."""

UNUSUAL = {
    "more": Way(_more),
    "unused": Way(_unused),
    "first_moment": Way(_first_moment),
    "last_moment": Way(_last_moment),
    "late": Way(_late),
    "very_late": Way(_very_late),
    "again": Way(_again),
    "withdrawn_unsettled": Way(_withdrawn_unsettled),
    "withdrawn_settled": Way(_withdrawn_settled),
    "corrected": Way(_corrected),
    "corrected_late": Way(_corrected_late),
    "reduced": Way(_reduced, _has_price),
    "amended": Way(_amended, _has_price),
}
"""How the rest settles that should not be found."""

BYPASSES = {
    "other_price": _otherwise("other_price"),
    "other_party": _otherwise("other_party"),
    "other_token": _otherwise("other_token"),
    "other_terms": _otherwise("other_terms"),
    "no_price": _otherwise("other_price", dropped=True),
    "no_party": _otherwise("other_party", dropped=True),
    "other_price_and_token": _otherwise("other_price", "other_token"),
    "replaced": Way(_replaced, _has_price),
    "expired": Way(_expired),
    "long_expired": Way(_long_expired),
    "early": Way(_early, _may_be_early),
    "twice": Way(_twice),
    "stray_correction": Way(_stray_correction),
    "wrong_correction": Way(_wrong_correction, _has_price),
    "after_withdrawal": Way(_after_withdrawal),
}
"""How a permit is passed by."""
