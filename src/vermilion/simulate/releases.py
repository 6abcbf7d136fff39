"""What is issued: a work with its licences, and the collection made of it."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from vermilion.facts.entities import (
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

_SIZES = (500, 1_000, 2_000, 5_000, 8_000, 10_000)
_KINDS: tuple[WorkKind, ...] = ("image", "image", "image", "video", "audio", "model_3d")
_RIGHTS: tuple[Right, ...] = ("reproduction", "distribution", "network_dissemination")
_YEAR = dt.timedelta(days=365)

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Collection:
    """A collection on sale: what a unit costs, how it is paid, and how many units are out."""

    id: str
    issuer: str
    price: Money
    settlement: list[PaymentLeg]
    mode: OfferMode
    size: int
    issued: int = 0
    offer: str | None = None


@dataclass(frozen=True)
class Release:
    """A new work, the token facts of its collection, and the collection as the market trades it."""

    work: Work
    token: Token
    collection: Collection = field(compare=False)


@dataclass(frozen=True)
class Place:
    """Where a release comes out: short name of the platform, payment channel, ways of selling."""

    slug: str
    channel: str
    modes: tuple[OfferMode, ...]


def release(rng: random.Random, span: Span, number: int, issuer: Issuer, place: Place) -> Release:
    """Return a release whose licences reach its issuer and cover its edition."""
    size = pick(rng, _SIZES)
    work = _work(rng, span, f"{place.slug}:work:{number}", issuer, size)
    token = Token(
        id=f"{place.slug}:main/dca:c{number}",
        work=work.id,
        issuer=issuer.party.id,
        underlying=["cultural_item"] if issuer.kind == "museum" else ["artwork"],
        redeemable_for=["physical_good"] if issuer.kind == "brand" else [],
        rights=["display", "private_use"],
        edition=Edition(limited=True, size=size),
        divisible=False,
        decimals=0,
        fraction_of=[],
        pooled=False,
        co_owned=False,
    )
    price = Money(pick(rng, PRICES), "CNY")
    leg = PaymentLeg(
        amount=price,
        instrument="third_party_payment",
        channel=place.channel,
        channel_licensed=True,
        funding="own_funds",
    )
    mode = pick(rng, place.modes)
    collection = Collection(token.id, issuer.party.id, price, [leg], mode, size)
    return Release(work, token, collection)


def _work(rng: random.Random, span: Span, id: str, issuer: Issuer, size: int) -> Work:
    holder = issuer.party.id
    links = 0 if issuer.kind == "artist" else int(rng.random() * 3)
    chain = [f"{id.replace(':work:', ':party:w')}-{step}" for step in range(links)]
    limit = None if rng.random() < 0.2 else size + size // 2
    relic = Relic(
        institution=holder,
        inventory_number=f"藏{int(rng.random() * 90_000) + 10_000}",
        grade="general",
        released_by="cultural_institution",
        data_kind="derivative_creation",
    )
    return Work(
        id=id,
        kind=pick(rng, _KINDS),
        sha256=f"{rng.getrandbits(256):064x}",
        title=f"{pick(rng, TITLES)}·{int(rng.random() * 900) + 100}",
        author=chain[0] if chain else holder,
        ai_generated=False,
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
