"""The platforms of the simulated market: licensed, filed, without central trading."""

from __future__ import annotations

from dataclasses import dataclass, field

from vermilion.facts.entities import Chain, Licence, Platform
from vermilion.facts.events import OfferMode
from vermilion.simulate.people import Span, corporate
from vermilion.simulate.releases import Collection, Place
from vermilion.simulate.words import VenueWords


@dataclass(slots=True, eq=False)
class Venue:
    """A platform, who buys there, and what is on sale."""

    platform: Platform
    place: Place
    buyers: list[str] = field(default_factory=list)
    on_sale: list[Collection] = field(default_factory=list)


def venue(number: int, words: VenueWords, span: Span) -> Venue:
    """Return a platform that nobody has signed up to yet."""
    platform = Platform(
        id=f"{words.slug}:platform:main",
        operator=corporate(f"{words.slug}-operator"),
        licences=[
            Licence(
                type=name,
                number=f"样例{number + 1:02d}-{kind}",
                valid_from=span.first.replace(year=span.first.year - 2, day=1),
                valid_until=span.last.replace(year=span.last.year + 3, day=1),
            )
            for kind, name in enumerate(("增值电信业务经营许可证", "网络文化经营许可证"), 1)
        ],
        chain=Chain(
            name=words.chain,
            filing_number=f"样例网信备{number + 1:04d}号",
            permission="permissioned",
        ),
        features=list(words.features),
        payment_channels=[words.channel],
    )
    return Venue(platform, Place(words.slug, words.channel, _modes(words)))


def _modes(words: VenueWords) -> tuple[OfferMode, ...]:
    modes: list[OfferMode] = ["fixed_price", "fixed_price"]
    if "lottery_sale" in words.features:
        modes.append("lottery")
    if "blind_box" in words.features:
        modes.append("blind_box")
    return tuple(modes)
