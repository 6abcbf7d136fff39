"""Where a fact lies among an event's facts, and those facts with another value put there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from vermilion.facts.money import Money
from vermilion.language.explain import Facts
from vermilion.language.requirements import blank
from vermilion.language.types import Type, fields_of, roots_of

Place = tuple[str | int, ...]
"""A root, and the fields and positions walked from it; a position past the end is a new element."""


def value_at(facts: Facts, place: Place) -> Any:
    """Return the value at a place; None where it is unknown."""
    return below(facts.roots.get(str(place[0])), place[1:])


def below(value: Any, steps: Place) -> Any:
    """Return what lies some steps below a thing; None where it is unknown."""
    for step in steps:
        if value is None:
            return None
        if isinstance(step, int):
            value = value[step] if step < len(value) else None
        elif step == "amount" and isinstance(value, Money):
            value = value.minor_units
        else:
            value = getattr(value, step)
    return value


def label_of(place: Place) -> str:
    """Return what a place is called, as an explanation calls it."""
    found = str(place[0])
    for step in place[1:]:
        found += f"[{step}]" if isinstance(step, int) else f".{step}"
    return found


def with_values(facts: Facts, values: Mapping[Place, Any], event_type: str) -> Facts:
    """Return the facts with other values at some places; the lists of parties follow their roles."""
    roots, fields = dict(facts.roots), roots_of(event_type)
    for place in sorted(values):
        root = str(place[0])
        field = fields.get(root)
        kind = None if field is None else field.type
        roots[root] = put(roots.get(root), kind, place[1:], values[place])
    for name, elements in facts.names.items():
        if name in roots:
            roots[name] = [roots.get(one) for one in elements]
    return Facts(roots, facts.parameters, facts.names)


def put(holder: Any, kind: Type | None, steps: Place, value: Any) -> Any:
    """Return a thing with another value at some steps below it; what was unknown is made."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        items, element = list(holder or ()), kind.element if kind else None
        if step < len(items):
            items[step] = put(items[step], element, rest, value)
        else:
            items.append(put(None, element, rest, value))
        return items
    if holder is None:
        holder = blank(kind)  # type: ignore[arg-type]
    if not isinstance(holder, Money):
        struct: type[msgspec.Struct] = type(holder)
        inner = fields_of(struct)[step].type
        value = put(getattr(holder, step), inner, rest, value)
    return msgspec.structs.replace(holder, **{step: value})
