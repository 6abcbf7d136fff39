"""A mapping, loaded and checked: which events each row of a foreign table becomes."""

from __future__ import annotations

from typing import Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from vermilion.intake.id_numbers import IdNumber


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A value read from one column.

    Args:
        name: the column's heading; in JSON a key, or keys joined by dots.
        zone: the time zone of times that state no offset.
        decimals: digits after the point of an amount in major units, such as 2 in `19.90`.
        split: what separates the items of a list.
        values: what each text of the column means in the vocabulary; any other is refused.
        id_number: what an identity number in the column is read as.
    """

    name: str
    zone: ZoneInfo | None = None
    decimals: int | None = None
    split: str | None = None
    values: dict[str, str | int | bool] | None = None
    holds: Literal["text", "integer", "boolean", "time", "amount"] = "text"
    id_number: IdNumber | None = None


class Const(msgspec.Struct, frozen=True):
    """A value that the mapping states itself."""

    value: object


class Template(msgspec.Struct, frozen=True):
    """Text with columns in it; unknown if one of them is."""

    parts: tuple[str, ...]
    """Text and column names by turns, beginning and ending with text."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the text."""
        return self.parts[1::2]


class Object(msgspec.Struct, frozen=True):
    """Fields by name; unknown if a mandatory one is, or all are."""

    fields: dict[str, Node]
    mandatory: frozenset[str] = frozenset()


class Array(msgspec.Struct, frozen=True):
    """Items of a list; unknown ones are left out, and if all are then so is the list."""

    items: tuple[Node, ...]


Node = Column | Const | Template | Object | Array


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a column must be for an event to be emitted; exactly one of the tests is set."""

    column: str
    present: bool | None = None
    among: frozenset[str] | None = None
    not_among: frozenset[str] | None = None


class Emit(msgspec.Struct, frozen=True):
    """One event that a row may become: its type, the conditions, and its fields but `source`."""

    type: str
    when: tuple[Condition, ...]
    event: Object


Encoding = Literal["utf-8", "gb18030"]
"""How a table's text is written; GB18030 holds GBK and GB 2312."""

Delimiter = Literal[",", ";", "\t", "|"]
"""What separates the columns of a table."""


Format = Literal["csv", "ndjson", "json", "parquet", "arrow"]
"""What a table is; that it is Parquet or Arrow is seen from the file, whatever is said."""

FORMATS: tuple[Format, ...] = get_args(Format)


class Mapping(msgspec.Struct, frozen=True):
    """How the rows of one kind of table become events."""

    file: str
    source: str
    format: Format
    nulls: dict[str, frozenset[str]]
    emit: tuple[Emit, ...]
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","

    def columns(self) -> dict[str, str]:
        """Return every column that the mapping names, with the place that first names it."""
        return self.used() | dict.fromkeys(self.nulls, "nulls")

    def amounts(self) -> list[str]:
        """Return every column that amounts of money are read from."""
        return [
            name
            for emit in self.emit
            for name, place in columns_in(emit.event, "")
            if place.endswith(".amount")
        ]

    def used(self) -> dict[str, str]:
        """Return every column on which the events depend, with the place that first uses it."""
        found: dict[str, str] = {}
        for number, emit in enumerate(self.emit):
            for condition in emit.when:
                found.setdefault(condition.column, f"emit[{number}].when")
            for name, place in columns_in(emit.event, f"emit[{number}]"):
                found.setdefault(name, place)
        return found


def columns_in(node: Node, place: str) -> list[tuple[str, str]]:
    """Return the columns that a value is made of, with the places where they are named."""
    match node:
        case Column(name=name):
            return [(name, place)]
        case Template():
            return [(name, place) for name in node.columns]
        case Object(fields=fields):
            return [
                pair
                for name, inner in fields.items()
                for pair in columns_in(inner, f"{place}.{name}")
            ]
        case Array(items=items):
            return [
                pair
                for index, inner in enumerate(items)
                for pair in columns_in(inner, f"{place}[{index}]")
            ]
        case Const():
            return []
