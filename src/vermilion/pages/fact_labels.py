"""What each fact is called and which words it can have, looked up by walking a path through the types of `facts`."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from vermilion.facts.entities import ENTITY_KINDS, Party
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.money import Money
from vermilion.facts.namespace import EventFacts
from vermilion.pages.codes import PLACES, ROLES
from vermilion.pages.fact_words import FACT_WORDS
from vermilion.rulebook import Words

_OF_RULES = {**ENTITY_KINDS, "parties": Party, "event": EventFacts}
_INDEX = re.compile(r"\[[^\]]*\]")
_PAST = Words("过往记录（事件到达过迟）", "history (the event came too late)")
_EARLIER = Words(
    "此前的相关事件（如对应的发售）", "earlier event that it refers to (such as its offer)"
)
_NO_FIELDS = {"event.history": _PAST, "event.earlier": _EARLIER}
"""What may be lacking though it is no fact of the vocabulary."""


_USUAL = {
    "Kyc.method": frozenset({"real_name"}),
    "Licence.type": frozenset({"blockchain_filing", "online_culture", "value_added_telecom"}),
    **dict.fromkeys(
        ("Party.residency", "CopyrightLicence.territories", "LicenceReach.territories"),
        frozenset(PLACES),
    ),
}
"""Words by which open facts usually tell something: in the shipped lists, or in ISO 3166."""


@lru_cache(maxsize=4096)
def fact_label(path: str) -> Words:
    """Return what a fact such as `work.licence_chain` or `sale.parties.buyer` is called.

    The first step is a kind of entity, an event type, a role, or `parties` or `event` as rules
    name them; list indices are ignored.
    A path that the vocabulary does not know is returned as it stands.
    """
    if path in _NO_FIELDS:
        return _NO_FIELDS[path]
    head, steps = _split(path)
    if head in ROLES:
        return _of_role(ROLES[head], steps) or Words(path, path)
    for root in _roots(head):
        label = _walk(root, steps)
        if label is not None:
            return label
    return Words(path, path)


@lru_cache(maxsize=4096)
def known_values(path: str) -> frozenset[str]:
    """Return the words that a fact can have as its value, or usually has where they are open."""
    head, steps = _split(path)
    for root in [Party] if head in ROLES else _roots(head):
        here: object = root
        usual: frozenset[str] = frozenset()
        for step in steps:
            holder = struct_in(here)
            here = _hints(holder).get(step) if holder else None
            usual = _USUAL.get(f"{holder.__name__}.{step}", frozenset()) if holder else usual
        if here is not root and here is not None:
            return usual | frozenset(_literals(here))
    return frozenset()


def _split(path: str) -> tuple[str, list[str]]:
    head, _, tail = _INDEX.sub("", path).partition(".")
    return head, tail.split(".") if tail else []


def _literals(hint: object) -> Iterator[str]:
    """Give the words of the literals in an annotation, structs not entered."""
    if typing.get_origin(hint) is typing.Literal:
        yield from typing.get_args(hint)
    for part in typing.get_args(hint):
        if typing.get_origin(hint) is not typing.Literal:
            yield from _literals(part)


def _roots(kind: str) -> list[type[msgspec.Struct]]:
    """Return the types in which a path of this kind may start: the entity, data, envelope."""
    roots: list[type[msgspec.Struct]] = []
    if kind in _OF_RULES:
        roots.append(_OF_RULES[kind])
    if kind in EVENT_TYPES:
        envelope = EVENT_TYPES[kind]
        roots += [_hints(envelope)["data"], envelope]
    return roots


def _of_role(role: Words, steps: list[str]) -> Words | None:
    if not steps:
        return role
    label = _walk(ENTITY_KINDS["party"], steps)
    return label and Words(f"{role.zh}的{label.zh}", f"{role.en}'s {label.en}")


def _walk(root: type[msgspec.Struct], steps: list[str]) -> Words | None:
    """Return the label of the last step; a part of an amount also names the amount."""
    label: Words | None = None
    here: type[msgspec.Struct] | None = root
    for step in steps:
        if here is None:
            return None
        own = next((w for c in here.__mro__ if (w := FACT_WORDS.get(f"{c.__name__}.{step}"))), None)
        if own is None or step not in here.__struct_fields__:
            return None
        if here is Money and label is not None:
            own = Words(f"{label.zh}的{own.zh}", f"{own.en} of the {label.en}")
        label, here = own, struct_in(_hints(here)[step])
    return label


@lru_cache(maxsize=256)
def _hints(cls: type[msgspec.Struct]) -> dict[str, typing.Any]:
    return typing.get_type_hints(cls)


def struct_in(hint: object) -> type[msgspec.Struct] | None:
    """Return the Struct that an annotation holds, looking through lists, maps and `| None`."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint
    return next((s for part in typing.get_args(hint) if (s := struct_in(part))), None)
