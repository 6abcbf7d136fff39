"""What is issued: a work with its licences, and the collection made of it."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import msgspec

from vermilion.facts.entities import (
    AiLabel,
    CopyrightLicence,
    Edition,
    Relic,
    Right,
    Token,
    Work,
    WorkKind,
)
from vermilion.facts.events import OfferMode, PaymentLeg
from vermilion.facts.money import Money
from vermilion.simulate.people import Issuer, Span
from vermilion.simulate.words import TITLES

PRICES = (1_990, 2_990, 3_900, 5_900, 6_800, 9_900, 12_800, 16_800, 19_900)
"""Prices in fen, from 19.90 to 199.00 yuan."""

POINTS = 100
"""Fen of a price that points pay, where they pay any."""

_CAPS = (2, 3, 5)
_SIZES = (500, 1_000, 2_000, 5_000, 8_000, 10_000)
_KINDS: tuple[WorkKind, ...] = ("image", "image", "image", "video", "audio", "model_3d")
_RIGHTS: tuple[Right, ...] = ("reproduction", "distribution", "network_dissemination")
_AI_LABELS: tuple[AiLabel, ...] = ("visible", "metadata")
_MOST_LINKS = 4
_YEAR = dt.timedelta(days=365)

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Collection:
    """A collection on sale: what a unit costs, how it is paid, and how many units are out.

    INVARIANT: `price` never rises and `lowest` is the lowest price of any deal so far, so that a
    price compared with the lower of the two is never above the lowest deal of the last seven days.
    """

    id: str
    issuer: str
    price: int
    channel: str
    mode: OfferMode
    size: int
    cap: int
    with_points: bool
    settlement: list[PaymentLeg]
    money: Money
    lowest: int
    dealt: dt.datetime | None = None
    issued: int = 0
    minted: int = 0
    offer: str | None = None
    bought: dict[str, int] = field(default_factory=dict)
    """Units bought under the offer, by person."""

    def cost(self, price: int) -> None:
        """Set the price, in fen."""
        self.price = price
        self.money = Money(price, "CNY")
        self.settlement = settlement(price, self.channel, with_points=self.with_points)


@dataclass(frozen=True)
class Release:
    """A new work, the token facts of its collection, and the collection as the market trades it."""

    work: Work
    token: Token
    collection: Collection = field(compare=False)


@dataclass(frozen=True)
class Place:
    """Where a release comes out: name of the platform, payment channel, ways of selling, chain."""

    slug: str
    channel: str
    modes: tuple[OfferMode, ...]
    caip: str | None = None

    def account(self, number: int) -> str:
        """Return the id of a buyer: CAIP-10 on a public chain."""
        if self.caip is None:
            return f"{self.slug}:party:{number}"
        return f"{self.caip}:0x{number:040x}"

    def series(self, number: int) -> str:
        """Return the id of a collection: CAIP-19 without its units."""
        if self.caip is None:
            return f"{self.slug}:main/dca:c{number}"
        return f"{self.caip}/erc721:0x{number:040x}"


def settlement(price: int, channel: str, *, with_points: bool = False) -> list[PaymentLeg]:
    """Return how a price in fen is paid: through a licensed channel, in part by points."""
    points = POINTS if with_points and price > POINTS else 0
    legs = [
        PaymentLeg(
            amount=Money(price - points, "CNY"),
            instrument="third_party_payment",
            channel=channel,
            channel_licensed=True,
            funding="own_funds",
        )
    ]
    if points:
        legs.append(
            PaymentLeg(amount=Money(points, "CNY"), instrument="points", funding="own_funds")
        )
    return legs


def release(rng: random.Random, span: Span, number: int, issuer: Issuer, place: Place) -> Release:
    """Return a release whose licences reach its issuer and cover its edition."""
    size = pick(rng, _SIZES)
    work = _work(rng, span, f"{place.slug}:work:{number}", issuer, size)
    token = plain_token(place.series(number), work.id, issuer.party.id, size)
    if issuer.kind == "museum":
        token = msgspec.structs.replace(token, underlying=["cultural_item"])
    elif issuer.kind == "brand":
        token = msgspec.structs.replace(token, redeemable_for=["physical_good"])
    price = pick(rng, PRICES)
    with_points = rng.random() < 0.1
    return Release(
        work,
        token,
        Collection(
            id=token.id,
            issuer=issuer.party.id,
            price=price,
            channel=place.channel,
            mode=pick(rng, place.modes),
            size=size,
            cap=pick(rng, _CAPS),
            with_points=with_points,
            settlement=settlement(price, place.channel, with_points=with_points),
            money=Money(price, "CNY"),
            lowest=price,
        ),
    )


def plain_token(id: str, work: str, issuer: str, size: int) -> Token:
    """Return the facts of a limited edition of numbered units that convey nothing but the art."""
    return Token(
        id=id,
        work=work,
        issuer=issuer,
        underlying=["artwork"],
        redeemable_for=[],
        redeems=[],
        holds=[],
        rights=["display", "private_use"],
        edition=Edition(limited=True, size=size, fixed=True, numbered=True, own_metadata=True),
        divisible=False,
        decimals=0,
        fraction_of=[],
        pooled=False,
        co_owned=False,
        transferable_for_value=False,
    )


def derived_relic(museum: str, inventory_number: str) -> Relic:
    """Return a relic that a museum lets an artist work after."""
    return Relic(
        institution=museum,
        inventory_number=inventory_number,
        grade="general",
        released_by="cultural_institution",
        data_kind="derivative_creation",
        copy_method="photograph",
        approval_level="none",
        institution_authorised=True,
        creative_contribution=True,
    )


def _work(rng: random.Random, span: Span, id: str, issuer: Issuer, size: int) -> Work:
    holder = issuer.party.id
    links = 0 if issuer.kind == "artist" else int(rng.random() * (_MOST_LINKS + 1))
    chain = [f"{id.replace(':work:', ':party:w')}-{step}" for step in range(links)]
    limit = None if rng.random() < 0.2 else size + size // 2
    relic = derived_relic(holder, f"藏{int(rng.random() * 90_000) + 10_000}")
    by_machine = issuer.kind == "studio" and rng.random() < 0.4
    return Work(
        id=id,
        kind=pick(rng, _KINDS),
        sha256=f"{rng.getrandbits(256):064x}",
        title=f"{pick(rng, TITLES)}·{int(rng.random() * 900) + 100}",
        author=chain[0] if chain else holder,
        ai_generated=by_machine,
        ai_labels=list(_AI_LABELS) if by_machine else [],
        licence_chain=[
            CopyrightLicence(
                licensor=licensor,
                licensee=licensee,
                rights=list(_RIGHTS),
                territories=["CN"],
                edition_limit=limit,
                edition_unlimited=limit is None,
                valid_from=span.first - _YEAR,
                valid_until=span.last + 2 * _YEAR,
                document_sha256=f"{rng.getrandbits(256):064x}",
            )
            for licensor, licensee in pairwise((*chain, holder))
        ],
        depicts_relic=issuer.kind == "museum",
        relic=relic if issuer.kind == "museum" else None,
    )


def pick(rng: random.Random, options: tuple[T, ...]) -> T:
    """Return one of the options, each as likely."""
    return options[int(rng.random() * len(options))]
