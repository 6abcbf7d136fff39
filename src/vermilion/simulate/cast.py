"""Who and what takes part in a planted pattern: complete, lawful, and under ids of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

from vermilion.facts.entities import (
    Chain,
    CopyrightLicence,
    Kyc,
    Party,
    Platform,
    Points,
    Relic,
    Token,
    Traded,
    Work,
)
from vermilion.simulate.people import Span
from vermilion.simulate.releases import derived_relic, plain_token
from vermilion.simulate.venues import licences

_YEAR = dt.timedelta(days=365)
_ADULT = 34
_CAUGHT = 40
"""After how many patterns the platform and the houses of the offenders give way to others."""

EDITION = 1_000
LICENSED = 10_000
CHANNEL = "禾信支付"


class Cast:
    """Makes entities; whoever is made is told inline by the next event of the scene.

    Args:
        number: number of the scene, so that ids are new.
        span: first and last day of the market.
    """

    def __init__(self, number: int, span: Span) -> None:
        self.number = number
        self.ring = 1 + number // _CAUGHT
        self.slug = f"jinshi{self.ring}"
        self._span = span
        self._untold: list[Traded] = []
        self._made = 0

    def untold(self) -> list[Traded]:
        """Take whom and what nobody has told yet."""
        told, self._untold = self._untold, []
        return told

    def tell(self, entity: Any) -> Any:
        """Let the next event tell an entity."""
        self._untold.append(entity)
        return entity

    def id(self, kind: str) -> str:
        """Return a new id of the scene: `jinshi1:party:7-2`."""
        self._made += 1
        return f"{self.slug}:{kind}:{self.number}-{self._made}"

    def digest(self, name: object) -> str:
        """Return a SHA-256 that no other scene has."""
        return hashlib.sha256(f"{self.slug} {self.number} {name}".encode()).hexdigest()

    def platform(self, **facts: Any) -> Platform:
        """Return the ring's platform; one of its own where facts are given."""
        known: dict[str, Any] = {
            "id": self.id("platform") if facts else f"{self.slug}:platform:main",
            "operator": f"corp:party:{self.slug}",
            "licences": licences(50 + self.ring, self._span),
            "chain": Chain(
                name="金石链",
                filing_number=f"样例网信备{1_000 + self.ring}号",
                permission="permissioned",
            ),
            "features": ["fixed_price_sale", "gift"],
            "payment_channels": [CHANNEL],
            "filing_number_shown": True,
            "financing_offered": False,
            "points": Points(convertible=False, transferable=False, capped=True),
        }
        platform: Platform = self.tell(Platform(**(known | facts)))
        return platform

    def house(self, name: str) -> Party:
        """Return an organisation of the ring: its issuer, its museum or its bank."""
        return self.company(id=f"corp:party:{self.slug}-{name}", name=f"金石{self.ring}号{name}")

    def company(self, **facts: Any) -> Party:
        """Return a verified organisation that nobody controls."""
        id = facts.get("id") or self.id("party")
        known: dict[str, Any] = {
            "id": id,
            "kind": "organisation",
            "memberships": [],
            "controlled_by": [],
            "kyc": self.verified(),
            "lists_hit": [],
            "identity": id,
            "holds_for": [],
            "related_to": [],
        }
        party: Party = self.tell(Party(**(known | facts)))
        return party

    def person(self, **facts: Any) -> Party:
        """Return a verified adult who holds for nobody."""
        id = facts.get("id") or self.id("party")
        known: dict[str, Any] = {
            "id": id,
            "kind": "person",
            "controlled_by": [],
            "kyc": self.verified(),
            "birth_date": dt.date(self._span.first.year - _ADULT, 1 + self.number % 12, 15),
            "lists_hit": [],
            "identity": id,
            "holds_for": [],
            "related_to": [],
        }
        party: Party = self.tell(Party(**(known | facts)))
        return party

    def verified(self) -> Kyc:
        """Return a verification that outlasts the market."""
        return Kyc(status="verified", method="real_name", expires_on=self._span.last + 2 * _YEAR)

    def work(self, issuer: Party, **facts: Any) -> Work:
        """Return a work by people, licensed by its author to the issuer."""
        id = facts.get("id") or self.id("work")
        author = f"writer:party:{self.number}"
        known: dict[str, Any] = {
            "id": id,
            "kind": "image",
            "sha256": self.digest(id),
            "title": f"金石·{self.number}",
            "author": author,
            "ai_generated": False,
            "ai_labels": [],
            "licence_chain": [self.licence(author, issuer.id)],
            "depicts_relic": False,
        }
        work: Work = self.tell(Work(**(known | facts)))
        return work

    def relic(self, museum: Party, **facts: Any) -> Relic:
        """Return a relic as a lawful derivative shows it, but for the facts given."""
        known = derived_relic(museum.id, f"藏{100_000 + self.number}")
        named = {field: getattr(known, field) for field in known.__struct_fields__}
        return Relic(**(named | facts))

    def licence(self, licensor: str, licensee: str, **terms: Any) -> CopyrightLicence:
        """Return a licence that covers network use in China well beyond the market."""
        known: dict[str, Any] = {
            "rights": ["reproduction", "network_dissemination"],
            "territories": ["CN"],
            "edition_limit": LICENSED,
            "edition_unlimited": False,
            "valid_from": self._span.first - _YEAR,
            "valid_until": self._span.last + _YEAR,
        }
        return CopyrightLicence(licensor=licensor, licensee=licensee, **(known | terms))

    def collection(self, issuer: Party, work: Work, **facts: Any) -> Token:
        """Return the facts of a collection, lawful but for those given."""
        plain = plain_token(
            facts.get("id") or f"{self.slug}:main/dca:{self.number}-{self._next()}",
            work.id,
            issuer.id,
            EDITION,
        )
        named = {field: getattr(plain, field) for field in plain.__struct_fields__}
        token: Token = self.tell(Token(**(named | facts)))
        return token

    def _next(self) -> int:
        self._made += 1
        return self._made


def of_kind(entities: list[Traded], kind: type[Any]) -> Iterator[Any]:
    """Give the entities of one kind, the last one of each id."""
    return iter({one.id: one for one in entities if isinstance(one, kind)}.values())
