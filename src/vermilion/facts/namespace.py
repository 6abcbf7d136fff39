"""What a rule may read on an event of each type: its data, its parties, and what stands about them.

A rule sees one flat namespace: the event's own fields (`price`), each role as the party in it
(`buyer`), all of them (`parties`), the entities that the event names (`token`, `work`,
`platform`) and the event itself (`event.date`).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from vermilion.facts.dates import AwareTime
from vermilion.facts.entities import Fields, Party, Platform, Token, Work
from vermilion.facts.events import EVENT_TYPES, Data, Stage, Statement

_ENVELOPE_FIELDS = frozenset(Statement.__struct_fields__) | frozenset(Data.__struct_fields__)
_ENTITY_FIELDS = frozenset({"token", "work", "platform", "party", "parties"})

OPTIONAL_ROLES = {
    "offer": frozenset({"issuer"}),
    "sale": frozenset({"issuer"}),
    "product": frozenset({"client"}),
}
"""Roles that count among the `parties` of an event type only where the event names them."""


ALIASES = {
    "sale": {"acquirer": "buyer"},
    "transfer": {"acquirer": "recipient"},
    "holding": {"acquirer": "holder"},
}
"""Further names of roles, so that one rule can speak of events that name the role differently."""


class EventFacts(Fields, frozen=True, kw_only=True):
    """The event itself as rules see it; `date` is the legal date in the rulebook's time zone.

    `subject` is the id of the business: the event's own id where none is stated.
    """

    date: dt.date
    time: AwareTime
    type: str
    stage: Stage
    source: str
    subject: str


class Source(msgspec.Struct, frozen=True):
    """Where a name of the namespace comes from, and its type."""

    origin: str
    """`data` for a field of the event, `known` for what the desk joins to it."""
    annotation: Any


@cache
def data_type(event_type: str) -> type[Data]:
    """Return the struct that an event type carries as `data`."""
    hints: type[Data] = get_type_hints(EVENT_TYPES[event_type])["data"]
    return hints


@cache
def roles(event_type: str) -> tuple[str, ...]:
    """Return the roles that parties can have in an event type, in their stated order."""
    hints = get_type_hints(data_type(event_type))
    if "parties" not in hints:
        return ()
    kinds = get_args(hints["parties"]) or (hints["parties"],)
    (named,) = (kind for kind in kinds if kind is not type(None))
    return tuple(named.__struct_fields__)


@cache
def namespace(event_type: str) -> dict[str, Source]:
    """Return every name that a rule may use on an event type."""
    hints = get_type_hints(data_type(event_type), include_extras=True)
    names = {
        field: Source("data", annotation)
        for field, annotation in hints.items()
        if field not in _ENVELOPE_FIELDS and field not in _ENTITY_FIELDS
    }
    names["event"] = Source("known", EventFacts)
    names |= {role: Source("known", Party) for role in roles(event_type)}
    if roles(event_type):
        names["parties"] = Source("known", list[Party])
    if "party" in hints:
        names["party"] = Source("known", Party)
        names["parties"] = Source("known", list[Party])
    if "token" in hints:
        names["token"] = Source("known", Token)
    if "token" in hints or "work" in hints:
        names["work"] = Source("known", Work)
    if "platform" in hints:
        names["platform"] = Source("known", Platform)
    return names


def nothing_known(kind: type[Any]) -> Any:
    """Return an entity of which nothing is known, not even its id."""
    return kind(id=None)


NO_PARTY: Party = nothing_known(Party)
NO_PLATFORM: Platform = nothing_known(Platform)
NO_WORK: Work = nothing_known(Work)
NO_TOKEN: Token = nothing_known(Token)


def counted_parties(event_type: str, named: frozenset[str]) -> tuple[str, ...]:
    """Return the roles that make up an event's `parties`, in stated order.

    A role that the event leaves unnamed counts as a party of whom nothing is known, save the
    optional ones.
    """
    optional = OPTIONAL_ROLES.get(event_type, frozenset())
    return tuple(role for role in roles(event_type) if role in named or role not in optional)
