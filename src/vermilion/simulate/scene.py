"""Where a pattern is planted, and the tools to change an event without touching the clean one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec

from vermilion.facts.entities import Party, Token, Work
from vermilion.facts.events import Event, Inline, IssueEvent, event_type_of

_ACQUIRER = {"sale": "buyer", "transfer": "recipient", "payment": "payer", "holding": "holder"}


@dataclass(frozen=True)
class Scene:
    """Where a pattern is planted.

    Args:
        number: counts what was planted before, so that ids are new.
        day: the event's day in China.
        member: id of a member of a financial association.
        controlled: id of a company that such a member controls.
        museum: id of a museum.
    """

    number: int
    day: dt.date
    member: str
    controlled: str
    museum: str

    @property
    def ring(self) -> int:
        """Number of the ring of offenders at work; each is caught a few times, then gives way."""
        return self.number // 40


def changed(event: Event, **data: Any) -> Event:
    """Return the event with other data."""
    replaced = msgspec.structs.replace(event.data, **data)
    return msgspec.structs.replace(event, data=replaced)


def by(event: Event, who: Party | str, **data: Any) -> Event:
    """Return the event with another buyer, recipient, payer or holder, who travels along if new."""
    role = _ACQUIRER[event_type_of(event)]
    parties: Any = getattr(event.data, "parties", None)
    if isinstance(who, Party):
        data["inline"] = Inline(parties=[who])
        who = who.id
    return changed(event, parties=msgspec.structs.replace(parties, **{role: who}), **data)


def of(event: Event, scene: Scene, work: Work | None = None, **facts: Any) -> Event:
    """Return the event about another token, which differs from the clean one in the facts given."""
    works = [] if work is None else [work]
    if work is not None:
        facts["work"] = work.id
    if isinstance(event, IssueEvent):
        id = f"{event.data.token.id}x{scene.number}"
        token = msgspec.structs.replace(event.data.token, id=id, **facts)
        return changed(event, token=token, inline=Inline(works=works) if works else None)
    collection = collection_id(event)
    token = Token(id=f"{collection}/x{scene.number}", collection=collection, **facts)
    return changed(event, token=token.id, inline=Inline(tokens=[token], works=works))


def collection_id(event: Event) -> str:
    """Return the collection of an event's token: `platform:main/dca:c7` of `.../c7/12`."""
    named = getattr(event.data, "token", None)
    id = named if isinstance(named, str) else getattr(named, "id", "")
    return "/".join(str(id).split("/")[:2])


def issuer_of(event: Event) -> str:
    """Return who issued what an issue, offer or first sale is about."""
    parties: Any = getattr(event.data, "parties", None)
    return str(parties.issuer if isinstance(event, IssueEvent) else parties.seller)


def sold_by(event: Event, seller: str) -> Event:
    """Return the offer or sale with another seller."""
    parties: Any = getattr(event.data, "parties", None)
    return changed(event, parties=msgspec.structs.replace(parties, seller=seller))
