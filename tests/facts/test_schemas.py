"""The published JSON Schemas admit what the types admit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given

from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import EVENT_TYPES, Event, event_type_of

from .json_schema import accepts, resolve
from .strategies import events, values

SCHEMAS = {
    path.name.partition(".")[0]: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parents[2] / "docs/reference/schemas").glob("*.schema.json")
}

SALE: dict[str, Any] = {
    "specversion": "1.0",
    "type": "sale",
    "source": "//market.example/orders",
    "id": "A-1",
    "time": "2024-05-01T10:00:00+08:00",
    "stage": "settled",
    "data": {
        "parties": {"buyer": "market:user:1"},
        "price": {"amount": 1990, "currency": "CNY"},
        "settlement": [],
        "inline": {"parties": [{"id": "market:user:1", "residency": "CN"}]},
    },
}

EVENT = {"source": "//market.example/orders", "id": "A-1"}

BROKEN: dict[str, tuple[str, object]] = {
    "unknown field": ("prize", 1),
    "unknown field of the data": ("data.prize", 1),
    "unknown field further down": ("data.price.unit", "fen"),
    "naive time": ("time", "2024-05-01T10:00:00"),
    "empty id": ("id", ""),
    "long id": ("id", "a" * 513),
    "unknown stage": ("stage", "done"),
    "number for an id": ("data.token", 7),
    "fractional amount": ("data.price.amount", 19.9),
    "amount with leading zero": ("data.price.amount", "01"),
    "amount with trailing line break": ("data.price.amount", "1\n"),
    "amount of 39 digits": ("data.price.amount", 10**38),
    "amount of 39 digits as a text": ("data.price.amount", "1" + "0" * 38),
    "truth value for an amount": ("data.price.amount", True),
    "unlisted currency": ("data.price.currency", "RMB"),
    "leg by unknown instrument": ("data.settlement", [{"instrument": "cheque"}]),
    "party without id": ("data.inline.parties", [{"kind": "person"}]),
    "residency with line break": ("data.inline.parties", [{"id": "a", "residency": "CN\n"}]),
    "confidence of 101 percent": ("data.provenance", {"price": {"confidence": 101}}),
    "list of 257 parties": ("data.inline.parties", [{"id": "a"}] * 257),
    "provenance of 257 facts": ("data.provenance", {str(n): {} for n in range(257)}),
    "serial of nought": ("serial", 0),
    "null for a required field": ("source", None),
}


def test_each_event_type_has_a_schema() -> None:
    """There is one schema for each type and one for any event, and nothing else."""
    assert set(SCHEMAS) == {*EVENT_TYPES, "event"}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_portable(name: str) -> None:
    """A schema names its dialect and itself, resolves its references, and no pattern is Python's."""
    schema = SCHEMAS[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{name}.schema.json"
    assert schema["title"]
    assert all(resolve(reference, schema) for reference in found(schema, "$ref"))
    assert not [pattern for pattern in found(schema, "pattern") if r"\Z" in pattern]


@given(events())
def test_schemas_admit_every_event(event: Any) -> None:
    """What the types write, the type's own schema and the common one admit, and no other's."""
    plain = json.loads(canonical_bytes(event))
    admitting = {name for name, schema in SCHEMAS.items() if accepts(schema, plain)}
    assert admitting == {event_type_of(event), "event"}


@given(values(EVENT_TYPES["party"]))
def test_schemas_require_what_the_types_require(event: Any) -> None:
    """Without any one of its required fields an event is admitted by neither."""
    plain = json.loads(canonical_bytes(event))
    for field in ("specversion", "type", "id", "source", "time", "stage", "data"):
        rest = {key: value for key, value in plain.items() if key != field}
        assert not accepts(SCHEMAS["event"], rest)
        assert not readable(rest)


def test_schemas_admit_the_sale() -> None:
    """The sale that the broken ones are made from is sound."""
    assert accepts(SCHEMAS["sale"], SALE)
    assert readable(SALE)


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_schemas_reject_what_the_types_reject(what: str) -> None:
    """A fault that the decoder refuses, the schemas refuse too."""
    path, value = BROKEN[what]
    broken = json.loads(json.dumps(SALE))
    *above, last = path.split(".")
    inner = broken
    for step in above:
        inner = inner.setdefault(step, {})
    inner[last] = value
    assert not readable(broken)
    assert not accepts(SCHEMAS["sale"], broken)
    assert not accepts(SCHEMAS["event"], broken)


@pytest.mark.parametrize("named", [{}, {"event": None}, {"event": EVENT, "cause": "0" * 32}])
def test_schemas_reject_a_resolution_of_none_or_two(named: dict[str, object]) -> None:
    """As in the decoder, a resolution names exactly one thing, and null names nothing."""
    data = {"action": "release", "parties": {"by": "market:officer:1"}, "reason": "one family"}
    resolution = {**SALE, "type": "resolution", "data": {**data, "event": EVENT, "cause": None}}
    assert readable(resolution)
    assert accepts(SCHEMAS["resolution"], resolution)
    resolution["data"] = data | named
    assert not readable(resolution)
    assert not accepts(SCHEMAS["resolution"], resolution)


def readable(document: Any) -> bool:
    """Tell whether the decoder reads a document as an event."""
    try:
        msgspec.json.decode(json.dumps(document).encode(), type=Event)
    except msgspec.ValidationError:
        return False
    return True


def found(schema: Any, keyword: str) -> list[str]:
    """Return the texts that stand under a keyword anywhere in a schema."""
    if isinstance(schema, list):
        return [text for item in schema for text in found(item, keyword)]
    if not isinstance(schema, dict):
        return []
    here = [schema[keyword]] if isinstance(schema.get(keyword), str) else []
    return here + found(list(schema.values()), keyword)
