"""Just enough of JSON Schema 2020-12 to hold the generated schemas against events."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
FORMATS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
}
SILENT = {"$schema", "$id", "$defs", "title", "description", "default"}
"""Keywords that admit everything."""


def accepts(schema: Schema, value: Any, root: Schema | None = None) -> bool:
    """Tell whether a schema admits a value; a keyword that is not known here is an error."""
    whole = schema if root is None else root
    return all(
        KEYWORDS[keyword](wanted, value, schema, whole)
        for keyword, wanted in schema.items()
        if keyword not in SILENT
    )


def resolve(reference: str, root: Schema) -> Schema:
    """Return the definition that a local reference names."""
    head, _, name = reference.rpartition("/")
    assert head == "#/$defs", reference
    found: Schema = root["$defs"][name]
    return found


def _is(wanted: str, value: Any) -> bool:
    return isinstance(value, TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _properties(wanted: Schema, value: Any, root: Schema) -> bool:
    return not isinstance(value, dict) or all(
        accepts(wanted[name], inner, root) for name, inner in value.items() if name in wanted
    )


def _additional(wanted: Schema | bool, value: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    further = [inner for name, inner in value.items() if name not in schema.get("properties", {})]
    if isinstance(wanted, bool):
        return wanted or not further
    return all(accepts(wanted, inner, root) for inner in further)


def _text(holds: Callable[[Any, str], object]) -> Callable[..., bool]:
    return lambda wanted, value, _schema, _root: not isinstance(value, str) or bool(holds(wanted, value))  # fmt: skip


def _number(holds: Callable[[int, int], bool]) -> Callable[..., bool]:
    return lambda wanted, value, _schema, _root: not _is("integer", value) or holds(wanted, value)


KEYWORDS: dict[str, Callable[..., bool]] = {
    "$ref": lambda wanted, value, _, root: accepts(resolve(wanted, root), value, root),
    "anyOf": lambda wanted, value, _, root: any(accepts(one, value, root) for one in wanted),
    "oneOf": lambda wanted, value, _, root: sum(accepts(one, value, root) for one in wanted) == 1,
    "enum": lambda wanted, value, _schema, _root: value in wanted,
    "type": lambda wanted, value, _schema, _root: _is(wanted, value),
    "properties": lambda wanted, value, _, root: _properties(wanted, value, root),
    "additionalProperties": _additional,
    "required": lambda wanted, value, _schema, _root: (
        not isinstance(value, dict) or set(wanted) <= set(value)
    ),
    "items": lambda wanted, value, _, root: (
        not isinstance(value, list) or all(accepts(wanted, inner, root) for inner in value)
    ),
    "minLength": _text(lambda wanted, text: len(text) >= wanted),
    "maxLength": _text(lambda wanted, text: len(text) <= wanted),
    "maxItems": lambda wanted, value, _schema, _root: (
        not isinstance(value, list) or len(value) <= wanted
    ),
    "maxProperties": lambda wanted, value, _schema, _root: (
        not isinstance(value, dict) or len(value) <= wanted
    ),
    # ECMA's `$` admits no trailing line break.
    "pattern": _text(lambda wanted, text: re.search(wanted.replace("$", r"\Z"), text)),
    "format": _text(lambda wanted, text: FORMATS[wanted].fullmatch(text)),
    "minimum": _number(lambda wanted, number: number >= wanted),
    "maximum": _number(lambda wanted, number: number <= wanted),
}
