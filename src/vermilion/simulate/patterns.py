"""What can be wrong with an event: one table of patterns, each a pure change to a clean event.

A planted event carries the parties, works, tokens and platforms that make it wrong inline, under
ids of their own, so that nothing else in the market is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vermilion.facts.events import Event
from vermilion.simulate import offenders, terms, wares
from vermilion.simulate.scene import Scene


@dataclass(frozen=True)
class Pattern:
    """A way of breaking a rule: its name, the event types it is planted in, and the change."""

    name: str
    event_types: frozenset[str]
    plant: Callable[[Event, Scene], Event]

    @property
    def says(self) -> str:
        """What is wrong, in a sentence."""
        return self.plant.__doc__ or self.name


_WARES = "issue offer sale"
_PEOPLE = "sale transfer"

_TABLE: tuple[tuple[Callable[[Event, Scene], Event], str], ...] = (
    (terms.coin_price, "offer sale"),
    (terms.coin_settlement, "sale payment"),
    (terms.foreign_money, "sale payment"),
    (terms.unlicensed_channel, "sale payment"),
    (terms.incomplete_disclosure, "offer"),
    (terms.central_trading, "platform offer sale"),
    (wares.financial_underlying, _WARES),
    (wares.promised_income, _WARES),
    (wares.split_token, _WARES),
    (wares.raw_relic_scan, "offer sale"),
    (wares.broken_licence, _WARES),
    (wares.edition_above_licence, _WARES),
    (offenders.unverified_buyer, _PEOPLE),
    (offenders.expired_identity, _PEOPLE),
    (offenders.listed_party, "sale transfer payment"),
    (offenders.member_invests, "sale holding"),
    (offenders.controlled_company_invests, "sale holding"),
    (offenders.child_buys, "sale"),
    (offenders.minor_without_consent, "sale"),
)

PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(plant.__name__, frozenset(types.split()), plant) for plant, types in _TABLE
)
"""Every pattern, in the order in which they are first planted."""


def patterns_by_type() -> dict[str, tuple[Pattern, ...]]:
    """Return the patterns that can be planted in each event type."""
    types = sorted(frozenset().union(*(pattern.event_types for pattern in PATTERNS)))
    return {type: tuple(p for p in PATTERNS if type in p.event_types) for type in types}
