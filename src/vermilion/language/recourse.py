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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vermilion.language.changes import Change, changes_of, covers
from vermilion.language.compile import Condition
from vermilion.language.explain import Facts, explain
from vermilion.language.leaves import ANY_FACT, Policy
from vermilion.language.places import Place, with_values
from vermilion.language.wanted import Search
from vermilion.language.ways import Way

MOST = 8
"""Most alternatives returned."""
MOST_TRIED = 64
"""Most alternatives put among the facts and looked at again."""

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
        for one in sorted(wanted, key=lambda one: (one.size, one.past)):
            if len(self.accepted) >= MOST or self.tried >= MOST_TRIED:
                self.search.incomplete = True
                break
            self.consider(one)

    def look_further(self) -> None:
        """Make one change first, and look again from there: some facts fit one another only so."""
        for step in self.search.first_steps:
            first = changes_of(self.search, step)
            if first is None:
                continue
            facts = applied(self.facts, tuple(first.values()), self.event_type)
            rest = _Found(self.condition, facts, self.event_type, self.search.policy)
            rest.look()
            for more in rest.accepted:
                if not first.keys() & more.keys():
                    self.accept(first | more, leaving=False)

    def consider(self, one: Way) -> None:
        if any(known.keys() < one.changed for known in self.accepted):
            return
        changes = changes_of(self.search, one)
        if changes is None or any(covers(known, changes) for known in self.accepted):
            return
        self.accept(changes, leaving=one.leaving)

    def accept(self, changes: dict[Place, Change], *, leaving: bool) -> None:
        """Take over what clears the rule when tried, without changes that it does not take."""
        self.tried += 1
        if not self.passes(changes, leaving=leaving):
            self.search.incomplete = True
            return
        for place in list(changes) if len(changes) > 1 else ():
            fewer = {other: change for other, change in changes.items() if other != place}
            if self.passes(fewer, leaving=leaving):
                changes = fewer
        if not any(covers(known, changes) for known in self.accepted):
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
