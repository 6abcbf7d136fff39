"""Who takes part: operators, issuers, financial institutions and buyers, all properly identified."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from vermilion.facts.entities import Association, GuardianConsent, Kyc, Party
from vermilion.facts.money import Money
from vermilion.simulate.words import CONTROLLED, ISSUERS, MEMBERS, IssuerKind

_MINORS_PER_MILLE = 25
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """First and last day of a market."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Issuer:
    """Who issues, and what kind of house that is."""

    party: Party
    kind: IssuerKind


def kyc(rng: random.Random, span: Span) -> Kyc:
    """Return a verification that outlasts the market."""
    return Kyc(
        status="verified",
        method="real_name",
        expires_on=span.last + _DAY * (200 + int(rng.random() * 1_500)),
    )


def organisation(
    rng: random.Random,
    span: Span,
    id: str,
    name: str,
    *,
    memberships: tuple[Association, ...] = (),
    controlled_by: tuple[str, ...] = (),
) -> Party:
    """Return a verified organisation of which everything that rules ask is known."""
    return Party(
        id=id,
        kind="organisation",
        name=name,
        memberships=list(memberships),
        controlled_by=list(controlled_by),
        kyc=kyc(rng, span),
        residency="CN",
        lists_hit=[],
    )


def person(rng: random.Random, span: Span, id: str, birth_date: dt.date) -> Party:
    """Return a verified person born on a day."""
    return Party(
        id=id,
        kind="person",
        controlled_by=[],
        kyc=kyc(rng, span),
        birth_date=birth_date,
        residency="CN",
        lists_hit=[],
    )


def corporate(local: str) -> str:
    """Return the id of an organisation that is known by it on every platform."""
    return f"corp:party:{local}"


def issuers(rng: random.Random, span: Span) -> list[Issuer]:
    """Return who issues: museums, brands and studios, and artists as persons."""
    return [
        Issuer(
            organisation(rng, span, corporate(local), name)
            if name
            else person(rng, span, corporate(local), _born(rng, span, 28, 60)),
            kind,
        )
        for local, name, kind in ISSUERS
    ]


def institutions(rng: random.Random, span: Span) -> list[Party]:
    """Return members of the financial associations, then companies that they control."""
    members = [
        organisation(rng, span, corporate(local), name, memberships=(association,))
        for local, name, association in MEMBERS
    ]
    return members + [
        organisation(rng, span, corporate(local), name, controlled_by=(corporate(above),))
        for local, name, above in CONTROLLED
    ]


def buyer(rng: random.Random, span: Span, id: str) -> Party:
    """Return a person who may buy: of age, or a minor with a consent or with own wages."""
    if rng.random() * 1_000 >= _MINORS_PER_MILLE:
        return person(rng, span, id, _born(rng, span, 18, 70))
    works = rng.random() < 0.3
    birth_date = _born(rng, span, 16 if works else 14, 17)
    return Party(
        id=id,
        kind="person",
        controlled_by=[],
        kyc=kyc(rng, span),
        birth_date=birth_date,
        self_supporting=works,
        guardian_consents=[] if works else [_consent(f"{id}g", span)],
        residency="CN",
        lists_hit=[],
    )


def _consent(guardian: str, span: Span) -> GuardianConsent:
    return GuardianConsent(
        guardian=guardian,
        purposes=["purchase"],
        limit=Money(30_000, "CNY"),
        valid_from=span.first - 30 * _DAY,
        valid_until=span.last + 30 * _DAY,
    )


def _born(rng: random.Random, span: Span, youngest: int, eldest: int) -> dt.date:
    """Return a birth date that makes someone at least `youngest` on the first day."""
    years = youngest + int(rng.random() * (eldest - youngest + 1))
    newest = dt.date(span.first.year - years, span.first.month, min(span.first.day, 28))
    return newest - _DAY * int(rng.random() * 365)
