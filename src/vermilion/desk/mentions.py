"""Say which things an event names or states, so that it is found by them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, cast

import msgspec

from vermilion.desk.know import stated_entities
from vermilion.facts.entities import Entity, collection_of
from vermilion.facts.events import STATED_BY, Event, event_type_of
from vermilion.store.index import Term

LINKS: dict[str, dict[str, str]] = {
    "party": {
        "controlled_by": "party",
        "control.controllers": "party",
        "identity": "party",
        "person": "party",
        "holds_for": "party",
        "beneficial": "party",
        "related_to": "party",
        "guardian_consents.guardian": "party",
        "wallets": "party",
    },
    "platform": {"operator": "party"},
    "work": {
        "author": "party",
        "licence_chain.licensor": "party",
        "licence_chain.licensee": "party",
        "relic.institution": "party",
    },
    "token": {
        "collection": "token",
        "series": "token",
        "whole": "token",
        "fraction_of": "token",
        "redeems": "token",
        "holds": "token",
        "work": "work",
        "issuer": "party",
    },
}
"""Fields of each kind of thing that name others, and of which kind those are."""

_STEPS = {
    kind: [(path, path.split("."), other) for path, other in paths.items()]
    for kind, paths in LINKS.items()
}
_NAMED = {
    "token": "token",
    "work": "work",
    "platform": "platform",
    "assignee": "party",
    "erased": "party",
}


class Link(NamedTuple):
    """What a thing's facts name: the path of the fact, and kind and id of the other thing."""

    path: str
    kind: str
    id: str


def links(kind: str, entity: Entity) -> Iterator[Link]:
    """Yield what a thing's facts name, the thing itself left out."""
    for path, steps, other in _STEPS[kind]:
        if getattr(entity, steps[0]):  # most are unknown or none
            for id in _at(entity, steps):
                if (other, id) != (kind, entity.id):
                    yield Link(path, other, id)
    collection = collection_of(entity.id) if kind == "token" else None
    if collection is not None:
        yield Link("collection", "token", collection)


def mentioned(event: Event) -> set[Term]:
    """Return the terms of every party, platform, work and token that an event names or states."""
    data: Any = event.data
    has_parties, named = _fields(cast("Any", type(data)))
    parties = data.parties if has_parties else None
    found: set[Term] = set()
    if parties is not None:
        found = {("party", id) for id in msgspec.structs.astuple(parties) if id is not None}
    for field, kind in named:
        value = getattr(data, field)
        if isinstance(value, str):
            found.add((kind, value))
            if field == "token" and (collection := collection_of(value)) is not None:
                found.add(("token", collection))
    event_type = event_type_of(event)
    if event_type == "loan":
        found.update(("token", id) for id in data.collateral or ())
    if data.inline is not None or event_type in STATED_BY:
        stated = stated_entities(data, event_type)
        found.update(stated)
        for (kind, _), entity in stated.items():
            found.update([(link.kind, link.id) for link in links(kind, entity)])
        if event.stage != "withdrawn":  # as in `standing_facts`
            found.update([statement_term(*key) for key in stated])
    return found


def thing_term(kind: str, id: str) -> Term:
    """Return the term of all judgements whose events name or state a thing."""
    return (kind, id)


def statement_term(kind: str, id: str) -> Term:
    """Return the term of all judgements whose events state facts about a thing that stand."""
    return ("states", kind, id)


@cache
def _fields(data: Any) -> tuple[bool, list[tuple[str, str]]]:
    """Return whether an event's data have roles, and which fields name one thing of which kind."""
    fields = frozenset(data.__struct_fields__)
    return "parties" in fields, [(one, kind) for one, kind in _NAMED.items() if one in fields]


def _at(value: Any, steps: list[str]) -> Iterator[str]:
    """Yield the ids at the end of a path of fields; lists on the way are gone through."""
    for number, step in enumerate(steps):
        value = getattr(value, step)
        if value is None:
            return
        if isinstance(value, list):
            if number + 1 < len(steps):
                for item in value:
                    yield from _at(item, steps[number + 1 :])
            else:
                yield from value
            return
    yield value
