"""Static types of the rule language, read off the facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from vermilion.facts.entities import ENTITY_KINDS
from vermilion.facts.money import CURRENCY_CODES, Money
from vermilion.facts.namespace import namespace

Kind = Literal["bool", "int", "str", "date", "time", "money", "list", "struct"]


@dataclass(frozen=True)
class Type:
    """A static type: its kind, the element of a list, the struct behind it, its vocabulary."""

    kind: Kind
    element: Type | None = None
    struct: type[msgspec.Struct] | None = None
    values: frozenset[str] | None = None

    def __str__(self) -> str:
        match self.kind:
            case "list":
                return f"list of {self.element}"
            case "struct":
                return self.struct.__name__.lower() if self.struct else "facts"
            case "str":
                return "text"
            case "int":
                return "whole number"
            case "bool":
                return "truth value"
            case _:
                return self.kind


BOOL = Type("bool")
INT = Type("int")
STR = Type("str")
DATE = Type("date")
TIME = Type("time")
MONEY = Type("money", struct=Money)


@dataclass(frozen=True)
class Field:
    """A readable fact: its type and whether it may be unknown."""

    type: Type
    nullable: bool


def list_of(element: Type) -> Type:
    """Return the type of a list with such elements."""
    return Type("list", element=element)


@cache
def fields_of(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """Return the facts that a rule may read on a struct, in stated order."""
    if struct is Money:
        return {"currency": Field(Type("str", values=CURRENCY_CODES), nullable=False)}
    info = inspect.type_info(struct)
    if not isinstance(info, inspect.StructType):
        return {}
    entity = struct in ENTITY_KINDS.values()
    found = {}
    for field in info.fields:
        readable = _field(field.type)
        if readable is not None:
            # An entity of which nothing is known has no id either.
            unknown_id = entity and field.name == "id"
            found[field.name] = Field(readable.type, readable.nullable or unknown_id)
    return found


@cache
def roots_of(event_type: str) -> dict[str, Field]:
    """Return the names that a rule may use on an event type, with their types."""
    found = {}
    for name, source in namespace(event_type).items():
        readable = _field(inspect.type_info(source.annotation))
        if readable is not None:
            found[name] = readable
    return found


def _field(info: inspect.Type) -> Field | None:
    if isinstance(info, inspect.UnionType):
        known = [member for member in info.types if not isinstance(member, inspect.NoneType)]
        only = _type(known[0]) if len(known) == 1 else None
        return Field(only, nullable=info.includes_none) if only else None
    found = _type(info)
    return Field(found, nullable=False) if found else None


def _type(info: inspect.Type) -> Type | None:
    match info:
        case inspect.BoolType():
            return BOOL
        case inspect.IntType():
            return INT
        case inspect.StrType():
            return STR
        case inspect.DateType():
            return DATE
        case inspect.DateTimeType():
            return TIME
        case inspect.LiteralType(values=values):
            return Type("str", values=frozenset(str(value) for value in values))
        case inspect.ListType(item_type=item):
            element = _type(item)
            return list_of(element) if element else None
        case inspect.StructType(cls=cls):
            return MONEY if cls is Money else Type("struct", struct=cls)
        case inspect.Metadata(type=inner):
            return _type(inner)
        case _:
            return None


def type_of_constant(value: Any) -> Type | None:
    """Return the type of a literal, a parameter value or a list of rules' constants."""
    match value:
        case bool():
            return BOOL
        case int():
            return INT
        case str():
            return STR
        case dt.datetime():
            return TIME
        case dt.date():
            return DATE
        case tuple() | list():
            return list_of(STR)
        case _:
            return None
