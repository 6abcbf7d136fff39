"""JSON Schemas (2020-12) of events and of rulebooks' files, from the types that decode them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from reference.markdown import effect
from vermilion.facts.events import EVENT_TYPES, Event
from vermilion.facts.money import CURRENCY_CODES, MAX_MINOR_UNITS
from vermilion.rulebook.schema import SHAPES, portable, schema_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


_NAMED_BY_A_RESOLUTION = {"event": "object", "cause": "string", "confirms": "object"}
"""Of these it states exactly one, which its annotations do not say."""


def documents() -> dict[str, str]:
    """Return the schema files by name: of each event type, of any of them, of rulebooks' files."""
    found = {f"{name}.schema.json": _of_type(name) for name in EVENT_TYPES}
    found["event.schema.json"] = _of_any()
    found |= {f"rules/{name}.schema.json": schema_of(name) for name in SHAPES}
    return {
        name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for name, schema in found.items()
    }


def _of_type(name: str) -> Schema:
    struct = EVENT_TYPES[name]
    _, components = msgspec.json.schema_components([struct])
    shapes = _sharpened(components)
    own = shapes.pop(struct.__name__)
    return _heading(name, effect(struct.__doc__)) | _without_words(own) | {"$defs": shapes}


def _of_any() -> Schema:
    (union,), components = msgspec.json.schema_components([Event])
    shapes = _sharpened(components)
    return _heading("event", "Any event") | {"anyOf": union["anyOf"], "$defs": shapes}


def _heading(name: str, title: str) -> Schema:
    return {"$schema": DIALECT, "$id": f"{name}.schema.json", "title": title}


def _without_words(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in {"title", "description"}}


def _sharpened(components: Schema) -> Schema:
    shapes: Schema = portable(dict(sorted(components.items())))
    if "Money" in shapes:
        shapes["Money"]["properties"] |= _money_properties()
    if "Resolution" in shapes:
        shapes["Resolution"]["oneOf"] = [
            {"required": [name], "properties": {name: {"type": kind}}}
            for name, kind in _NAMED_BY_A_RESOLUTION.items()
        ]
    return shapes


def _money_properties() -> Schema:
    """Return what `Money` checks by itself and its annotations do not say."""
    digits = len(str(MAX_MINOR_UNITS))
    return {
        "amount": {
            "anyOf": [
                {"type": "integer", "minimum": -MAX_MINOR_UNITS, "maximum": MAX_MINOR_UNITS},
                {"type": "string", "pattern": f"^(0|-?[1-9][0-9]{{0,{digits - 1}}})$"},
            ]
        },
        "currency": {"enum": sorted(CURRENCY_CODES)},
    }
