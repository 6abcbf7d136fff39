"""The platforms of the simulated market: licensed, filed, without central trading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from vermilion.facts.entities import Chain, Licence, Platform, Points
from vermilion.facts.events import OfferMode
from vermilion.simulate.people import Span, corporate
from vermilion.simulate.releases import Collection, Place
from vermilion.simulate.words import VenueWords

LICENCES = ("blockchain_filing", "online_culture", "value_added_telecom")
"""What a platform holds: the filing of its chain, and two licences."""


class Customer(NamedTuple):
    """An account that buys, and the person behind it."""

    id: str
    person: str


@dataclass(slots=True, eq=False)
class Venue:
    """A platform, who buys there, and what is on sale."""

    platform: Platform
    place: Place
    buyers: list[Customer] = field(default_factory=list)
    on_sale: list[Collection] = field(default_factory=list)


def licences(number: int, span: Span) -> list[Licence]:
    """Return the licences of a platform, in force beyond the market."""
    return [
        Licence(
            type=name,
            number=f"样例{number:02d}-{kind}",
            valid_from=span.first.replace(year=span.first.year - 2, day=1),
            valid_until=span.last.replace(year=span.last.year + 3, day=1),
        )
        for kind, name in enumerate(LICENCES, 1)
    ]


def venue(number: int, words: VenueWords, span: Span) -> Venue:
    """Return a platform that nobody has signed up to yet."""
    platform = Platform(
        id=f"{words.slug}:platform:main",
        operator=corporate(f"{words.slug}-operator"),
        licences=licences(number + 1, span),
        chain=Chain(
            name=words.chain,
            filing_number=f"样例网信备{number + 1:04d}号",
            permission="permissioned",
        ),
        features=list(words.features),
        payment_channels=[words.channel],
        filing_number_shown=True,
        financing_offered=False,
        points=Points(convertible=False, transferable=False, capped=True),
    )
    return Venue(platform, Place(words.slug, words.channel, _modes(words), words.caip))


def _modes(words: VenueWords) -> tuple[OfferMode, ...]:
    modes: list[OfferMode] = ["fixed_price", "fixed_price"]
    if "lottery_sale" in words.features:
        modes.append("lottery")
    if "blind_box" in words.features:
        modes.append("blind_box")
    return tuple(modes)
