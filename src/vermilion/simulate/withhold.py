"""Facts that nobody stated: what a careless export leaves out."""

from __future__ import annotations

import random
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from vermilion.facts.entities import Party, Platform, Traded, Work
from vermilion.facts.events import Event, OfferEvent, SaleEvent
from vermilion.simulate.truth import Simulated, Truth

E = TypeVar("E", bound=Traded)

_OF_PERSON = ("kyc", "kyc", "birth_date", "lists_hit")
_OF_ORGANISATION = ("kyc", "controlled_by", "lists_hit")
_OF_WORK = ("licence_chain", "author", "depicts_relic")
_OF_TOKEN = ("underlying", "redeemable_for", "rights", "divisible")


class Told(NamedTuple, Generic[E]):
    """An entity as it is stated, and the path of the fact that was left out, if any."""

    entity: E
    withheld: str | None = None


def withhold_from_entity(rng: random.Random, entity: E, per_mille: int) -> Told[E]:
    """Return an entity, at the given rate without one fact that rules ask for."""
    if not per_mille or rng.random() * 1_000 >= per_mille:
        return Told(entity)
    kind, fields = _optional(entity)
    field = fields[int(rng.random() * len(fields))]
    without: E = msgspec.structs.replace(entity, **{field: None})
    return Told(without, f"{kind}.{field}")


def withhold_from_event(rng: random.Random, event: Event, per_mille: int) -> Simulated:
    """Return an event; a sale or offer, at a tenth of the rate, without one of its own facts."""
    if not per_mille or not isinstance(event, SaleEvent | OfferEvent):
        return Simulated(event)
    if rng.random() * 10_000 >= per_mille:
        return Simulated(event)
    kind, field = (
        ("sale", "settlement") if isinstance(event, SaleEvent) else ("offer", "disclosure")
    )
    data: Any = msgspec.structs.replace(event.data, **{field: None})
    left: Event = msgspec.structs.replace(event, data=data)
    told = withheld(left, event.subject or event.id, f"{kind}.{field}", {"cn": "review"})
    return Simulated(left, told)


def withheld(event: Event, entity: str, fact: str, verdict: dict[str, str] | None = None) -> Truth:
    """Return the truth of an event that leaves out a fact, its own or of what it states."""
    return Truth(
        source=event.source,
        id=event.id,
        pattern="withheld",
        side="withheld",
        verdict=verdict or {},
        entity=entity,
        fact=fact,
    )


def _optional(entity: Traded) -> tuple[str, tuple[str, ...]]:
    if isinstance(entity, Party):
        return "party", _OF_PERSON if entity.kind == "person" else _OF_ORGANISATION
    if isinstance(entity, Platform):
        return "platform", ("features",)
    return ("work", _OF_WORK) if isinstance(entity, Work) else ("token", _OF_TOKEN)
