"""What facts must be like for a condition to come out as wanted: every way, the smallest first."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.language import tree
from vermilion.language.compile import Condition
from vermilion.language.explain import Facts
from vermilion.language.leaves import Leaf, Policy
from vermilion.language.places import label_of
from vermilion.language.requirements import (
    DAY,
    KNOWN,
    SECOND,
    Requirement,
    RequirementKind,
    TermList,
    example,
)
from vermilion.language.simplify import NEGATED
from vermilion.language.wanted_lists import Lists
from vermilion.language.wanted_numbers import number_ways
from vermilion.language.ways import FREE, Way, Ways

_TURNED: dict[tree.Operator, tree.Operator] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""What an operator becomes when its sides change places; the others stay."""


class Search(Ways):
    """Walks a condition's tree over one event's facts."""

    def __init__(self, facts: Facts, policy: Policy) -> None:
        super().__init__(facts, policy)
        self._lists = Lists(self, self.ways)

    def clears(self, condition: Condition) -> list[Way]:
        """Return the ways in which a rule passes."""
        stays = FREE if condition.applies is None else self.ways(condition.applies, True)
        found = self.together([stays, self.ways(condition.violates, False)])
        if condition.applies is None:
            return found
        self.leaving = True
        left = self.ways(condition.applies, False)
        self.leaving = False
        return found + [Way(one.needs, one.changed, one.size, leaving=True) for one in left]

    def ways(self, node: tree.Node, want: bool) -> list[Way]:
        """Return the ways in which a condition comes out as wanted."""
        match node:
            case tree.Compare():
                return self._compare(node, node.operator if want else NEGATED[node.operator])
            case tree.And(items=items) | tree.Or(items=items):
                parts = (self.ways(item, want) for item in items)
                both = isinstance(node, tree.And) is want
                return self.together(parts) if both else self.any(parts)
            case tree.Not(item=item):
                return self.ways(item, not want)
            case tree.Known():
                return self._known(node, want)
            case tree.Path():
                return self.need(self.leaf(node), Requirement("one of", (want,)))
            case tree.Quantifier():
                return self._lists.quantifier(node, want)
            case tree.Matches():
                test = Requirement("a term of" if want else "no term of", TermList.of(node))
                return self.need(self.leaf(node.text, whole=True), test)
            case tree.Constant(value=value):
                return FREE if value is want else []
            case _:
                raise TypeError(type(node).__name__)

    def _known(self, node: tree.Known, want: bool) -> list[Way]:
        leaf = self.leaf(node.fact)
        if want:
            return FREE if leaf.value is not None else self.need(leaf, *KNOWN)
        if leaf.value is not None or leaf.place is None:
            self.blocked[label_of(leaf.place or ("?",))] = None
            return []
        if self.unit(leaf.place) in self.elements:  # a thing that is proposed is stated in full
            return []
        return [Way({leaf.place: (Requirement("unknown"),)})]

    def _compare(self, node: tree.Compare, operator: tree.Operator) -> list[Way]:
        if operator in {"in", "not in"}:
            return self._membership(operator == "in", self.leaf(node.left), self.leaf(node.right))
        if node.left.type.kind == "int":
            return number_ways(self, operator, node.left, node.right)
        return self._values(operator, self.leaf(node.left), self.leaf(node.right))

    def _values(self, operator: tree.Operator, a: Leaf, b: Leaf) -> list[Way]:
        """Fit each side to the other."""
        if a.value is None and b.value is None:
            some = example(a.kind, None, KNOWN)
            return self.together(
                [self.need(b, Requirement("one of", (some,))), self.need(a, _than(operator, some))]
            )
        found = []
        for one, other, sign in ((a, b, operator), (b, a, _TURNED.get(operator, operator))):
            if other.value is not None and (self.may_change(one) or not self.may_change(other)):
                found += self._with(other, self.need(one, _than(sign, other.value)))
        return found

    def _membership(self, inside: bool, one: Leaf, many: Leaf) -> list[Way]:
        if one.place is None and many.place is None:
            return FREE if (one.value in many.value) is inside else []
        contains: RequirementKind = "contains one of" if inside else "contains none of"
        found = []
        if many.value is None and one.value is None:
            some = example(one.kind, None, KNOWN)
            return self.together(
                [
                    self.need(one, Requirement("one of", (some,))),
                    self.need(many, Requirement(contains, (some,))),
                ]
            )
        movable = self.may_change(many)
        if many.value is not None and (self.may_change(one) or not movable):
            test = Requirement("one of" if inside else "none of", tuple(many.value))
            found += self._with(many, self.need(one, test))
        if one.value is not None and movable:
            found += self._with(one, self.need(many, Requirement(contains, (one.value,))))
        return found

    def _with(self, other: Leaf, found: list[Way]) -> list[Way]:
        """Keep the other side of a comparison as it is."""
        if not found or not self.may_change(other):
            return found
        value = tuple(other.value) if isinstance(other.value, list) else other.value
        return self.together([found, self.need(other, Requirement("stays", value))])


def _than(operator: tree.Operator, value: Any) -> Requirement:
    """Return what a value must be like to compare so with another; dates and times have neighbours."""
    step = SECOND if isinstance(value, dt.datetime) else DAY
    match operator:
        case "==":
            return Requirement("one of", (value,))
        case "!=":
            return Requirement("none of", (value,))
        case "<=":
            return Requirement("at most", value)
        case ">=":
            return Requirement("at least", value)
        case "<":
            return Requirement("at most", value - step)
        case _:
            return Requirement("at least", value + step)
