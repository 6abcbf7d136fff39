"""Types in words: what may stand in a field, and whether it may be unknown."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from vermilion.facts import entities, events

_PLAIN = {
    str: "text",
    int: "whole number",
    bool: "truth value",
    dt.date: "day",
    dt.datetime: "moment with offset",
}


class FieldWords(NamedTuple):
    """A field as a page shows it."""

    name: str
    type: str
    unknown: str


def fields(struct: type[msgspec.Struct]) -> Iterator[FieldWords]:
    """Yield the fields of a struct in stated order."""
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        if optional(hint):
            unknown = "yes"
        elif field.required:
            unknown = "no, required"
        else:
            unknown = "no; empty where absent"
            if isinstance(field.default, str):
                unknown = f"no; `{field.default}` where absent"
        yield FieldWords(field.name, in_words(hint), unknown)


def in_words(hint: Any) -> str:
    """Return what a type admits, in words, with links to the shapes and vocabularies."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if get_origin(arguments[0]) in {list, dict}:
            return f"{in_words(arguments[0])}, at most {hint.__metadata__[0].max_length}"
        limits = [text for meta in hint.__metadata__ if (text := _limits(meta))]
        return " ".join([in_words(arguments[0]), *limits])
    if origin in {Union, types.UnionType}:
        return " or ".join(in_words(one) for one in arguments if one is not types.NoneType)
    if origin is list:
        return f"list of {in_words(arguments[0])}"
    if origin is dict:
        return f"object of {in_words(arguments[1])} by path"
    if origin is Literal:
        name = vocabularies().get(arguments)
        return link(name) if name else "one of " + ", ".join(f"`{value}`" for value in arguments)
    return _PLAIN.get(hint) or link(hint.__name__)


def optional(hint: Any) -> bool:
    """Tell whether a field may be unknown."""
    return types.NoneType in get_args(hint)


def structs_in(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs that a type mentions."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for argument in get_args(hint):
        yield from structs_in(argument)


@cache
def vocabularies() -> dict[tuple[str, ...], str]:
    """Return the name of each closed vocabulary by its words."""
    named = (pair for module in (entities, events) for pair in vars(module).items())
    return {
        get_args(value): name
        for name, value in named
        if get_origin(value) is Literal and name != "Literal"
    }


def link(name: str) -> str:
    """Return a link to a heading of the same page."""
    return f"[{name}](#{name.lower()})"


def _limits(meta: msgspec.Meta) -> str:
    if meta.pattern is not None:
        return f"as `{meta.pattern.replace(chr(92) + 'Z', '$')}`"
    if meta.max_length is not None:
        return f"({meta.min_length or 0} to {meta.max_length})"
    if meta.ge is not None and meta.le is not None:
        return f"({meta.ge} to {meta.le})"
    return ""
