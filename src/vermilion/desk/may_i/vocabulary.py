"""Facts as answers name them: their types, and how they are asked for."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from vermilion.desk.may_i.plans import Plan
from vermilion.facts.entities import ENTITY_KINDS, Party
from vermilion.facts.money import Money
from vermilion.facts.namespace import data_type
from vermilion.rulebook import Profile

Kind = Literal[
    "yes_no",
    "choice",
    "choices",
    "number",
    "money",
    "date",
    "moment",
    "text",
    "long_text",
    "digest",
    "names",
    "texts",
    "rows",
]
"""How a fact is asked for: `names` are short texts, one a line; `rows` are lists of `parts`."""

OPERATOR = "operator"
"""The head of facts about whoever asks; they decide which norms bind and never a verdict."""

OF_OPERATOR = ("memberships", "roles", "territory")

NAMES = frozenset(
    {
        *("id", "token", "work", "platform", "issuer", "collection", "series", "whole"),
        *("identity", "person", "offer", "valid_from", "valid_until", "provenance"),
    }
)
"""What only tells things apart or ties them together; a plan settles it and nobody is asked."""

NOT_ASKED = frozenset(
    {
        # These are only held against the past, of which an interview knows nothing.
        *("token.metadata_sha256", "work.sha256"),
        # Only held against parties, which a plan calls by stand-ins.
        "platform.operator",
        # The table that is drawn from is not known before the draw.
        "offer.draw.used_table_sha256",
        # What reviews and registers find; rules judge it where it is stated.
        *("work.subjects", "work.subject_approved", "work.map_approved", "work.restraints"),
        *("token.chain_record.claimed", "token.chain_record.found"),
    }
)

_SHORT = 512
_DIGEST = "^[0-9a-f]{64}"


class Part(msgspec.Struct, frozen=True):
    """A field of one item in a list of `rows`."""

    name: str
    kind: Kind
    options: list[str]
    required: bool


def fact_type(plan: Plan, path: str) -> Any | None:
    """Return the type of a fact as answers name it, or None where a plan has no such fact.

    The first step is `token`, `work`, `platform`, a party of the plan, the type of one of its
    events, or `operator`.
    """
    head, *steps = path.split(".")
    if not steps or steps[0] in NAMES or (head == OPERATOR and steps[0] not in OF_OPERATOR):
        return None
    found = _walk(_root(plan, head), tuple(steps))
    is_whole = isinstance(found, type) and issubclass(found, msgspec.Struct) and found is not Money
    return None if is_whole else found


def may_ask(plan: Plan, path: str) -> bool:
    """Tell whether a plan's fact is for people to answer."""
    last = path.rpartition(".")[2]
    computed = last.startswith("known_")
    return path not in NOT_ASKED and not computed and fact_type(plan, path) is not None


def _root(plan: Plan, head: str) -> Any:
    if head == OPERATOR:
        return Profile
    if head in plan.things:
        return ENTITY_KINDS[head]
    if head in plan.parties:
        return Party
    return data_type(head) if head in {step.type for step in plan.steps} else None


@lru_cache(maxsize=4096)
def _walk(here: Any, steps: tuple[str, ...]) -> Any | None:
    for step in steps:
        if not (isinstance(here, type) and issubclass(here, msgspec.Struct)):
            return None
        found = _hints(here).get(step)
        if found is None:
            return None
        here = _known(found)
    return here


@lru_cache(maxsize=256)
def _hints(struct: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(struct, include_extras=True)


def _known(hint: Any) -> Any:
    """Return a type without `None`."""
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    return parts[0] if len(parts) == 1 and type(None) in typing.get_args(hint) else hint


@lru_cache(maxsize=1024)
def kind_of(hint: Any) -> Kind:
    """Return how a fact of some type is asked for."""
    info = _plain(inspect.type_info(hint))
    if isinstance(info, inspect.ListType):
        return _kind_of_list(_plain(info.item_type))
    if isinstance(info, inspect.StructType):
        return "money" if info.cls is Money else "rows"
    if isinstance(info, inspect.StrType):
        if info.pattern is not None and info.pattern.startswith(_DIGEST):
            return "digest"
        return "long_text" if (info.max_length or 0) > _SHORT else "text"
    kinds: dict[type[inspect.Type], Kind] = {
        inspect.BoolType: "yes_no",
        inspect.IntType: "number",
        inspect.LiteralType: "choice",
        inspect.DateType: "date",
        inspect.DateTimeType: "moment",
    }
    return kinds[type(info)]


def _kind_of_list(item: inspect.Type) -> Kind:
    if isinstance(item, inspect.LiteralType):
        return "choices"
    if isinstance(item, inspect.StructType):
        return "rows"
    return (
        "texts"
        if isinstance(item, inspect.StrType) and (item.max_length or 0) > _SHORT
        else "names"
    )


def _plain(info: inspect.Type) -> inspect.Type:
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info


@lru_cache(maxsize=1024)
def options_of(hint: Any) -> tuple[str, ...]:
    """Return the words that a fact can have as its value, in stated order; none where they are open."""
    return tuple(_literals(hint))


def _literals(hint: Any) -> Iterator[str]:
    if typing.get_origin(hint) is Literal:
        yield from typing.get_args(hint)
        return
    for part in typing.get_args(hint):
        yield from _literals(part)


@lru_cache(maxsize=256)
def parts_of(hint: Any) -> tuple[Part, ...]:
    """Return the fields of a list's items, where its items have fields."""
    if kind_of(hint) != "rows":
        return ()
    info = _plain(inspect.type_info(hint))
    if not isinstance(info, inspect.ListType):
        return ()
    item = _plain(info.item_type)
    if not isinstance(item, inspect.StructType):
        return ()
    hints = {field.name: _known(_hints(item.cls)[field.name]) for field in item.fields}
    return tuple(
        Part(
            field.name,
            kind_of(hints[field.name]),
            list(options_of(hints[field.name])),
            field.required,
        )
        for field in item.fields
    )
