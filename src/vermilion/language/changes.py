"""The changes that bring a way about: one for each fact, with a value that would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from vermilion.language.leaves import Leaves
from vermilion.language.places import Place, below, label_of, put, value_at
from vermilion.language.requirements import Requirement, example, meets, summed_up
from vermilion.language.ways import Way

Means = Literal["change", "add", "supply", "past"]
"""How a change comes about: another value of what is known; one more element of a list; a fact
stated that was unknown; or, for a number over past events, only by waiting or doing less."""


class Needed(NamedTuple):
    """A requirement, and the part of the fact that it is on, such as `.valid_until`; else empty.

    `steps` lead to what it is on from the change's place.
    """

    part: str
    requirement: Requirement
    steps: Place


@dataclass(frozen=True, slots=True)
class Change:
    """One fact to be changed.

    `example` is one value that meets the requirements, `now` the present one. Of a list of things
    `element` says whether the requirements are on one more of them, or on each; then `example` is
    such a thing.
    """

    fact: str
    way: Means
    requirements: tuple[Needed, ...]
    example: Any
    now: Any
    element: Literal["one", "each"] | None
    place: Place


def changes_of(of: Leaves, way: Way) -> dict[Place, Change] | None:
    """Return the changes by place; None where the requirements contradict one another."""
    units: dict[Place, list[Place]] = {}
    for place in way.needs:
        unit = of.unit(place)
        if unit in way.changed:
            units.setdefault(unit, []).append(place)
    found = {}
    for unit, places in units.items():
        change = _change(of, unit, sorted(places), way)
        if change is None:
            return None
        found[unit] = change
    return found


def _change(of: Leaves, unit: Place, places: Sequence[Place], way: Way) -> Change | None:
    now = value_at(of.facts, unit)
    value, needed = now, []
    for place in places:
        kind, tests = of.kinds[place], way.needs[place]
        below_unit = place[len(unit) :]
        present = below(now, below_unit)
        if not meets(present, tests):
            fitting = example(kind, present, tests)
            if fitting is None:
                return None
            try:
                value = put(value, of.kinds.get(unit, kind), below_unit, fitting)
            except ValueError:  # the thing refuses it, as an amount does an unknown currency
                return None
        elif len(places) > 1 and below_unit == ("currency",):
            continue  # an amount is told with its currency
        part = label_of(("", *below_unit))
        needed += [Needed(part, test, below_unit) for test in summed_up(tests, kind)]
    element = of.elements.get(unit)
    needed = [one for one in needed if one.requirement.kind != "known"] or needed
    fact = unit[:-1] if element else unit
    if not element and needed[0].part and len({one.part for one in needed}) == 1:
        fact += needed[0].steps
        needed = [one._replace(part="") for one in needed]
    return Change(label_of(fact), _means(of, unit, now), tuple(needed), value, now, element, unit)


def _means(of: Leaves, unit: Place, now: Any) -> Means:
    if now is not None:
        return "past" if str(unit[0]).startswith("windows.") else "change"
    listed = unit in of.elements and value_at(of.facts, unit[:-1]) is not None
    return "add" if listed else "supply"


def covers(known: Mapping[Place, Change], other: Mapping[Place, Change]) -> bool:
    """Tell whether other changes of the same facts are but a narrower form of known ones."""
    return known.keys() == other.keys() and all(
        need.requirement.holds(below(other[place].example, need.steps))
        for place, change in known.items()
        for need in change.requirements
    )
