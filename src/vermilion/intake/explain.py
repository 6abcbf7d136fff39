"""Why a value is no event: the decoder's complaint, said in the words of whoever supplies the data."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import inspect

from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.money import CURRENCY_CODES
from vermilion.intake.items import Fault, did_you_mean, out_of_range, shown
from vermilion.intake.schema import choices, event_schema, fields_of, in_words, is_money, item_of

_PATH = re.compile(r"(?s)(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?\Z")
_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_NAMED = re.compile(r"(?s)Object (?:missing required|contains unknown) field `(.*)`\Z")
_OUTSIDE = re.compile(r"moment out of range in `(.*)`\Z")
_SAME_CURRENCY = {"RMB": "CNY", "CNH": "CNY", "人民币": "CNY", "元": "CNY", "XBT": "BTC"}


class Place(msgspec.Struct, frozen=True):
    """A place in an event: its dotted path, what may stand there, what does, and in what."""

    path: str
    schema: inspect.Type | None
    value: object
    parent: inspect.Type | None = None

    def step(self, name: str | int, schema: inspect.Type | None) -> Place:
        """Return the place one name or index further down."""
        value = self.value
        if isinstance(name, int):
            inner = value[name] if isinstance(value, list) and name < len(value) else None
            return Place(f"{self.path}[{name}]", schema, inner, self.schema)
        inner = value.get(name) if isinstance(value, dict) else None
        return Place(f"{self.path}.{name}" if self.path else name, schema, inner, self.schema)


def explain(document: Any, complaint: str) -> Fault:
    """Say why a JSON value is not an event.

    Args:
        document: the value, without repeated keys.
        complaint: the decoder's message, which names a path.
    """
    if not isinstance(document, dict):
        return Fault("wrong_type", "the line is not an object", "write each event as `{...}`")
    name = document.get("type")
    if name is None:
        return _missing(Place("", None, document), "type")
    if not isinstance(name, str) or name not in EVENT_TYPES:
        return _unknown_type(name)
    match = _PATH.match(complaint)
    what, path = (match["what"], match["path"] or "") if match else (complaint, "")
    return _classify(what, _locate(Place("", event_schema(name), document), path))


def _locate(place: Place, path: str) -> Place:
    """Follow the decoder's path; it does not say which free name it means, so each is tried."""
    for step in _STEP.finditer(path):
        if (name := step["name"]) is not None:
            field = fields_of(place.schema).get(name)
            place = place.step(name, field.type if field else None)
        elif step["index"] is not None:
            place = place.step(int(step["index"]), item_of(place.schema))
        else:
            place = place.step(_wrong_key(place), item_of(place.schema))
    return place


def _wrong_key(place: Place) -> str:
    item = item_of(place.schema)
    for key, value in place.value.items() if isinstance(place.value, dict) else ():
        try:
            msgspec.convert(value, item.cls if isinstance(item, inspect.StructType) else Any)
        except msgspec.ValidationError:
            return str(key)
    return "…"


def _classify(what: str, place: Place) -> Fault:
    named = _NAMED.match(what)
    if named and what.startswith("Object missing"):
        return _missing(place, named[1])
    if named:
        return _unknown_field(place, named[1])
    if outside := _OUTSIDE.match(what):
        moment = place.step(outside[1], None)
        return out_of_range(moment.value).of(moment.path)
    if is_money(place.schema) or is_money(place.parent):
        return _money(what, place)
    if "timezone component" in what:
        return _fault(
            place, "time_naive", "has no offset from UTC", "add the offset, such as `+08:00` or `Z`"
        )
    if what.startswith("Invalid RFC3339"):
        return _fault(place, "time_invalid", "is not a time or date that exists")
    if what.startswith("Invalid enum value"):
        near = did_you_mean(str(place.value), choices(place.schema))
        return _fault(
            place,
            "unknown_value",
            "is not in the list of allowed values",
            f"did you mean `{near}`?" if near else None,
        )
    if "of length" in what:
        return _length(what, place)
    if "matching regex" in what:
        return _fault(place, "text_form", "does not have the form of this field")
    if "out of range" in what or re.match(r"Expected `int` [<>]", what):
        return _fault(place, "number_out_of_range", "is outside the range of this field")
    return _fault(place, "wrong_type", "is not what this field holds")


def _length(what: str, place: Place) -> Fault:
    if isinstance(place.value, list | dict):
        return _fault(
            place,
            "list_too_long",
            f"holds {len(place.value):,} items",
            f"give at most {what.rpartition(' ')[2]}; check that the export repeats none",
        )
    if ">=" in what:
        return _fault(place, "text_empty", "is empty", "leave the field out where it is unknown")
    return _fault(place, "text_too_long", "is too long")


def _fault(place: Place, code: str, why: str, remedy: str | None = None) -> Fault:
    value = "null" if place.value is None else shown(_brief(place.value))
    field = place.path or None
    return Fault(code, f"{value} {why}", remedy or f"give {in_words(place.schema)}", field)


def _brief(value: object) -> str:
    match value:
        case dict():
            return "{...}"
        case list():
            return "[...]"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _missing(place: Place, name: str) -> Fault:
    field = fields_of(place.schema).get(name)
    holds = f": {in_words(field.type)}" if field else ""
    return Fault(
        "missing_field",
        f"`{name}` is not stated, and without it nothing can be decided",
        f"add `{name}`{holds}",
        place.step(name, None).path,
    )


def _unknown_field(place: Place, name: str) -> Fault:
    options = [*fields_of(place.schema), *(["type"] if not place.path else [])]
    near = did_you_mean(name, options)
    listed = ", ".join(f"`{option}`" for option in options)
    return Fault(
        "unknown_field",
        f"{shown(name)} is not a field of {f'`{place.path}`' if place.path else 'this event'}",
        f"did you mean `{near}`?" if near else f"the fields are {listed}",
        place.step(name, None).path,
    )


def _unknown_type(name: object) -> Fault:
    near = did_you_mean(str(name), EVENT_TYPES)
    listed = ", ".join(f"`{option}`" for option in EVENT_TYPES)
    return Fault(
        "unknown_event_type",
        f"{shown(_brief(name))} is not a type of event",
        f"did you mean `{near}`?" if near else f"the types are {listed}",
        "type",
    )


def _money(what: str, place: Place) -> Fault:
    """Explain a fault of an amount or currency; the decoder complains of the object around them."""
    money = place.value if is_money(place.schema) else None
    if isinstance(money, dict) and what.startswith("unknown currency"):
        currency = money.get("currency")
        near = _SAME_CURRENCY.get(str(currency), str(currency).upper())
        known = f"write `{near}`" if near in CURRENCY_CODES else "give an ISO 4217 code"
        reason = f"{shown(currency)} is not a known currency"
        return Fault("currency_unknown", reason, known, f"{place.path}.currency")
    remedy = "give a whole number of minor units (fen, cents, wei) of at most 38 digits"
    if isinstance(money, dict):
        amount = shown(money.get("amount"))
        return Fault(
            "money_invalid", f"{amount} is not an exact amount", remedy, f"{place.path}.amount"
        )
    if place.path.endswith(".amount"):
        if "out of range" in what:
            return _fault(place, "number_out_of_range", "is larger than any amount", remedy)
        return _fault(place, "money_invalid", "is not an exact amount", remedy)
    return _fault(place, "wrong_type", "is not what this field holds")
