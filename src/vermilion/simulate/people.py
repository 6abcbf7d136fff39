"""Who takes part: operators, issuers, financial institutions and buyers, all properly identified."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import msgspec

from vermilion.facts.entities import Association, ConsentPurpose, GuardianConsent, Kyc, Party
from vermilion.facts.money import Money
from vermilion.simulate.words import CONTROLLED, ISSUERS, MEMBERS, IssuerKind

_MINORS_PER_MILLE = 25
_NOMINEES_PER_MILLE = 10
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
        identity=id,
        holds_for=[],
        related_to=[],
    )


def person(
    rng: random.Random, span: Span, id: str, birth_date: dt.date, identity: str | None = None
) -> Party:
    """Return a verified person born on a day, of an identity of their own unless one is given."""
    return Party(
        id=id,
        kind="person",
        controlled_by=[],
        kyc=kyc(rng, span),
        birth_date=birth_date,
        residency="CN",
        lists_hit=[],
        identity=identity or id,
        holds_for=[],
        related_to=[],
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


def buyer(rng: random.Random, span: Span, id: str, identity: str, principal: str | None) -> Party:
    """Return a person who may buy: of age, or a minor with a guardian's consents or own wages.

    Some who are of age hold for the principal, where one is given.
    """
    if rng.random() * 1_000 >= _MINORS_PER_MILLE:
        adult = person(rng, span, id, _born(rng, span, 18, 70), identity)
        if principal is None or rng.random() * 1_000 >= _NOMINEES_PER_MILLE:
            return adult
        return msgspec.structs.replace(adult, holds_for=[principal])
    works = rng.random() < 0.3
    purposes: list[ConsentPurpose] = ["data_processing", "blind_box"]
    if not works:
        purposes.append("purchase")
    return msgspec.structs.replace(
        person(rng, span, id, _born(rng, span, 16 if works else 14, 17), identity),
        self_supporting=works,
        guardian_consents=[_consent(f"{identity}g", purposes, span)],
    )


def another_account(rng: random.Random, span: Span, id: str, holder: Party) -> Party:
    """Return a further account of a person of age."""
    birth_date = holder.birth_date or span.first
    return person(rng, span, id, birth_date, holder.identity)


def _consent(guardian: str, purposes: list[ConsentPurpose], span: Span) -> GuardianConsent:
    return GuardianConsent(
        guardian=guardian,
        purposes=purposes,
        limit=Money(30_000, "CNY"),
        valid_from=span.first - 30 * _DAY,
        valid_until=span.last + 30 * _DAY,
    )


def _born(rng: random.Random, span: Span, youngest: int, eldest: int) -> dt.date:
    """Return a birth date that makes someone at least `youngest` on the first day."""
    years = youngest + int(rng.random() * (eldest - youngest + 1))
    newest = dt.date(span.first.year - years, span.first.month, min(span.first.day, 28))
    return newest - _DAY * int(rng.random() * 365)
