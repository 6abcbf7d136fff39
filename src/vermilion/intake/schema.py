"""The vocabulary's types as data: what may stand where, in the words of the people who supply it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable

_PATTERNS = {
    r"^[A-Z]{2}\Z": "two capital letters such as `CN`",
    r"^[0-9a-f]{64}\Z": "64 lower-case hexadecimal digits",
}
_PLAIN: dict[type, str] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "a time with its offset such as `2024-05-01T10:00:00+08:00`",
    inspect.DateType: "a date such as `2024-05-01`",
    inspect.DictType: "an object",
    # The amount of a sum of money is the one field that is written in either of two ways.
    inspect.UnionType: "a whole number of minor units, as a number or as digits in quotes",
}


@lru_cache(maxsize=64)
def event_schema(event_type: str) -> inspect.StructType:
    """Return the schema of an event type; its `type` field is not among the fields."""
    schema = inspect.type_info(EVENT_TYPES[event_type])
    assert isinstance(schema, inspect.StructType)  # noqa: S101  (event types are structs)
    return schema


def known(schema: inspect.Type | None) -> inspect.Type | None:
    """Return what a field holds when its value is known: null is taken out of the choice."""
    if isinstance(schema, inspect.UnionType):
        types = [t for t in schema.types if not isinstance(t, inspect.NoneType)]
        return known(types[0]) if len(types) == 1 else schema
    return schema


def fields_of(schema: inspect.Type | None) -> dict[str, inspect.Field]:
    """Return the fields of an object by name; nothing for any other schema."""
    schema = known(schema)
    if isinstance(schema, inspect.StructType):
        return {field.encode_name: field for field in schema.fields}
    return {}


def item_of(schema: inspect.Type | None) -> inspect.Type | None:
    """Return the schema of a list's items or of the values under free names."""
    schema = known(schema)
    if isinstance(schema, inspect.ListType):
        return schema.item_type
    return schema.value_type if isinstance(schema, inspect.DictType) else None


def is_money(schema: inspect.Type | None) -> bool:
    """Say whether a schema is an amount with its currency."""
    schema = known(schema)
    return isinstance(schema, inspect.StructType) and schema.cls is Money


def choices(schema: inspect.Type | None) -> list[str]:
    """Return the values of a closed vocabulary, or none where any value is allowed."""
    schema = known(schema)
    return [str(v) for v in schema.values] if isinstance(schema, inspect.LiteralType) else []


def in_words(schema: inspect.Type | None) -> str:
    """Say what a field holds."""
    schema = known(schema)
    match schema:
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(f"`{value}`" for value in values)
        case inspect.StrType(pattern=str(pattern)):
            return _PATTERNS.get(pattern, "text of a fixed form")
        case inspect.StrType(max_length=int(longest)):
            return f"text of at most {longest:,} characters"
        case inspect.IntType(ge=int(low), le=int(high)):
            return f"a whole number from {low} to {high}"
        case inspect.ListType(item_type=item):
            return f"a list, each item {in_words(item)}"
        case inspect.StructType(fields=fields):
            return "an object with " + ", ".join(f"`{field.encode_name}`" for field in fields)
        case _:
            return _PLAIN.get(type(schema), "something else")


class Slot:
    """A place that a mapping fills: what it may hold, and whether a constant fits there."""

    def __init__(self, hint: Any, wrap: Callable[[Any], Any], schema: inspect.Type | None) -> None:
        self._hint = hint
        self._wrap = wrap
        self.schema = known(schema)

    def fields(self) -> dict[str, inspect.Field]:
        """Return the fields that may stand here."""
        return fields_of(self.schema)

    def field(self, name: str) -> Slot:
        """Return the place of a field, which must be one of `fields`."""
        assert isinstance(self.schema, inspect.StructType)  # noqa: S101  (only objects have fields)
        hints = {f.encode_name: f.type for f in msgspec.structs.fields(self.schema.cls)}
        return Slot(hints[name], lambda value: value, self.fields()[name].type)

    def item(self) -> Slot:
        """Return the place of an item of the list, or of a value under a free name, that is here."""
        if isinstance(self.schema, inspect.ListType):
            return Slot(self._hint, lambda value: self._wrap([value]), item_of(self.schema))
        return Slot(self._hint, lambda value: self._wrap({"": value}), item_of(self.schema))

    def is_money(self) -> bool:
        """Say whether an amount with its currency stands here."""
        return is_money(self.schema)

    def choices(self) -> list[str]:
        """Return the closed vocabulary of this place, if it has one."""
        return choices(self.schema)

    def check(self, value: object) -> None:
        """Raise what the decoder raises if a constant cannot stand here."""
        msgspec.convert(self._wrap(value), self._hint)


def event_slot(event_type: str) -> Slot:
    """Return the place of a whole event of a type."""
    cls = EVENT_TYPES[event_type]
    return Slot(cls, lambda value: value, event_schema(event_type))
