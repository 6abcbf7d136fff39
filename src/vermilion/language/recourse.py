"""What would make a rule pass: from its tree and an event's facts, the smallest changes that do.

    violates_if  price.currency != "CNY" or amount(price, "CNY") > 100
    price        5.00 USD
    found        {price: currency is CNY, amount at most 100}

The tree is walked with the value that is wanted of each node. `and` that must be true, and `or`
that must be false, need all their parts, the others any one. What already is as wanted is kept so:
its requirements go along, and count for nothing until another part needs the same fact changed.

Every alternative that is returned was put among the facts, and the condition explained again; and
no change in it can be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from vermilion.language.compile import Condition
from vermilion.language.explain import Facts, explain
from vermilion.language.places import Place, below, label_of, put, value_at, with_values
from vermilion.language.requirements import Requirement, example, summed_up
from vermilion.language.wanted import ANY_FACT, Policy, Search, Wanted

MOST = 8
"""Most alternatives returned."""
MOST_TRIED = 64
"""Most alternatives put among the facts and looked at again."""

Way = Literal["change", "add", "supply", "past"]
"""How a change comes about: another value of what is known; one more element of a list; a fact
stated that was unknown; or, for a number over past events, only by waiting or doing less."""


class Needed(NamedTuple):
    """A requirement, and the part of the fact that it is on, such as `.valid_until`; else empty."""

    part: str
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Change:
    """One fact to be changed.

    `example` is one value that meets the requirements, `now` the present one. Of a list of things
    `element` says whether the requirements are on one more of them, or on each; then `example` is
    such a thing.
    """

    fact: str
    way: Way
    requirements: tuple[Needed, ...]
    example: Any
    now: Any
    element: Literal["one", "each"] | None
    place: Place


Alternative = tuple[Change, ...]
Outcome = Literal["found", "nothing can", "not found"]


@dataclass(frozen=True, slots=True)
class Recourse:
    """What would make a rule pass.

    `outcome` is `found`; or `nothing can`, where every way would have to change a fact that nobody
    can, of which `held_by` names some; or `not found`, where the search was given up.
    """

    outcome: Outcome
    alternatives: tuple[Alternative, ...]
    held_by: tuple[str, ...] = ()


def recourse(
    condition: Condition, facts: Facts, event_type: str, policy: Policy = ANY_FACT
) -> Recourse:
    """Return the smallest alternative sets of changes under which a rule passes.

    The rule is hit or unknown on the facts. It passes where its violation becomes False; or where
    its scope does, by facts with which the policy lets the scope be left, or that were unknown.
    """
    found = _Found(condition, facts, event_type, policy)
    found.look()
    if not found.accepted:
        found.look_further()
    if found.accepted:
        return Recourse("found", found.minimal())
    outcome: Outcome = "not found" if found.search.incomplete else "nothing can"
    return Recourse(outcome, (), tuple(found.search.blocked))


def applied(facts: Facts, alternative: Alternative, event_type: str) -> Facts:
    """Return the facts with an alternative's examples put among them."""
    return with_values(facts, {one.place: one.example for one in alternative}, event_type)


class _Found:
    """The alternatives that were seen to clear the rule."""

    def __init__(self, condition: Condition, facts: Facts, event_type: str, policy: Policy) -> None:
        self.condition = condition
        self.facts = facts
        self.event_type = event_type
        self.search = Search(facts, policy)
        self.accepted: list[dict[Place, Change]] = []
        self.tried = 0

    def look(self) -> None:
        wanted = self.search.clears(self.condition)
        for one in sorted(wanted, key=lambda one: (len(one.changed), one.past)):
            if len(self.accepted) >= MOST or self.tried >= MOST_TRIED:
                self.search.incomplete = True
                break
            self.consider(one)

    def look_further(self) -> None:
        """Make one change first, and look again from there: some facts fit one another only so."""
        for step in self.search.first_steps:
            first = self.changes(step)
            if first is None:
                continue
            facts = applied(self.facts, tuple(first.values()), self.event_type)
            rest = _Found(self.condition, facts, self.event_type, self.search.policy)
            rest.look()
            for more in rest.accepted:
                if not first.keys() & more.keys():
                    self.accept(first | more, leaving=False)

    def consider(self, one: Wanted) -> None:
        if any(known.keys() < one.changed for known in self.accepted):
            return
        changes = self.changes(one)
        if changes is None or any(_covers(known, changes) for known in self.accepted):
            return
        self.accept(changes, leaving=one.leaving)

    def accept(self, changes: dict[Place, Change], *, leaving: bool) -> None:
        """Take over what clears the rule when tried, without changes that it does not take."""
        self.tried += 1
        if not self.passes(changes, leaving=leaving):
            self.search.incomplete = True
            return
        for place in list(changes):
            fewer = {other: change for other, change in changes.items() if other != place}
            if self.passes(fewer, leaving=leaving):
                changes = fewer
        if not any(_covers(known, changes) for known in self.accepted):
            self.accepted.append(changes)

    def minimal(self) -> tuple[Alternative, ...]:
        """Return what was accepted, but for sets that hold a smaller one."""
        found = [
            one
            for one in self.accepted
            if not any(two.keys() < one.keys() for two in self.accepted)
        ]
        return tuple(tuple(one.values()) for one in sorted(found, key=len))

    def passes(self, changes: Mapping[Place, Change], *, leaving: bool) -> bool:
        """Tell whether the rule comes out passed, or not applicable where its scope may be left."""
        facts = applied(self.facts, tuple(changes.values()), self.event_type)
        applies = self.condition.applies
        within = True if applies is None else explain(applies, facts).value
        if within is not True:
            return leaving and within is False
        return explain(self.condition.violates, facts).value is False

    def changes(self, one: Wanted) -> dict[Place, Change] | None:
        """Return the changes by place; None where the requirements contradict one another."""
        units: dict[Place, list[Place]] = {}
        for place in one.needs:
            unit = self.search.unit(place)
            if unit in one.changed:
                units.setdefault(unit, []).append(place)
        found = {}
        for unit, places in units.items():
            change = self.change(unit, places, one)
            if change is None:
                return None
            found[unit] = change
        return found

    def change(self, unit: Place, places: Sequence[Place], one: Wanted) -> Change | None:
        search = self.search
        now = value_at(self.facts, unit)
        value, needed = now, []
        for place in sorted(places):
            kind, tests = search.kinds[place], one.needs[place]
            present = value_at(self.facts, place)
            fitting = present
            if not all(test.holds(present) for test in tests):
                fitting = example(kind, present, tests)
                if fitting is None:
                    return None
                value = put(value, search.kinds.get(unit, kind), place[len(unit) :], fitting)
            elif place[-1] == "currency" and len(places) > 1 and unit == place[:-1]:
                continue  # an amount is told with its currency
            part = label_of(("", *place[len(unit) :]))
            needed += [Needed(part, test) for test in summed_up(tests, kind)]
        element = search.elements.get(unit)
        parts = [one for one in needed if one.requirement.kind != "known"] or needed
        fact = unit[:-1] if element else unit
        told = {need.part for need in parts}
        if len(told) == 1 and not element:
            fact = (*fact, *(step for step in parts[0].part.split(".") if step))
            parts = [Needed("", need.requirement) for need in parts]
        return Change(label_of(fact), self.way(unit), tuple(parts), value, now, element, unit)

    def way(self, unit: Place) -> Way:
        if value_at(self.facts, unit) is not None:
            return "past" if str(unit[0]).startswith("windows.") else "change"
        listed = unit in self.search.elements and value_at(self.facts, unit[:-1]) is not None
        return "add" if listed else "supply"


def _covers(known: Mapping[Place, Change], other: Mapping[Place, Change]) -> bool:
    """Tell whether other changes of the same facts are but a narrower form of known ones."""
    return known.keys() == other.keys() and all(
        need.requirement.holds(_part(other[place].example, need.part, change))
        for place, change in known.items()
        for need in change.requirements
    )


def _part(value: Any, part: str, change: Change) -> Any:
    """Return the part of an example that a requirement is on."""
    steps = part.removeprefix(".").split(".") if part else []
    if not steps and change.fact != label_of(change.place) and not change.element:
        steps = [change.fact.rpartition(".")[2]]
    return below(value, tuple(steps))
