"""Facts that nobody stated: what a careless export leaves out."""

from __future__ import annotations

import random
from typing import Any, TypeVar

import msgspec

from vermilion.facts.entities import Entity, Party, Platform, Work
from vermilion.facts.events import Event, OfferEvent, SaleEvent

E = TypeVar("E", bound=Entity)

_OF_PERSON = ("kyc", "kyc", "birth_date", "lists_hit")
_OF_ORGANISATION = ("kyc", "controlled_by", "lists_hit")
_OF_WORK = ("licence_chain", "author", "depicts_relic")
_OF_TOKEN = ("underlying", "redeemable_for", "rights", "divisible")


def withhold_from_entity(rng: random.Random, entity: E, per_mille: int) -> E:
    """Return an entity, at the given rate without one fact that rules ask for."""
    if not per_mille or rng.random() * 1_000 >= per_mille:
        return entity
    found: E = _without(rng, entity, _optional(entity))
    return found


def withhold_from_event(rng: random.Random, event: Event, per_mille: int) -> Event:
    """Return an event; a sale or offer, at a tenth of the rate, without one of its own facts."""
    if not per_mille or not isinstance(event, SaleEvent | OfferEvent):
        return event
    if rng.random() * 10_000 >= per_mille:
        return event
    field = "settlement" if isinstance(event, SaleEvent) else "disclosure"
    return msgspec.structs.replace(event, data=_without(rng, event.data, (field,)))


def _optional(entity: Entity) -> tuple[str, ...]:
    if isinstance(entity, Party):
        return _OF_PERSON if entity.kind == "person" else _OF_ORGANISATION
    if isinstance(entity, Platform):
        return ("features",)
    return _OF_WORK if isinstance(entity, Work) else _OF_TOKEN


def _without(rng: random.Random, whole: Any, fields: tuple[str, ...]) -> Any:
    field = fields[int(rng.random() * len(fields))]
    return msgspec.structs.replace(whole, **{field: None})
