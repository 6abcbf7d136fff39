"""Read the facts that a condition names, and tell which of them may be suggested to be changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from vermilion.language import tree
from vermilion.language.explain import Facts
from vermilion.language.places import Place
from vermilion.language.types import INT, MONEY, Type


@dataclass(frozen=True)
class Policy:
    """Which facts may be suggested to be changed.

    Args:
        fixed: names of fields and roots that nobody can honestly change once they are known; what
            is unknown may always be stated.
        leaving: names of fields by which the scope of a rule may be left; None for any.
    """

    fixed: frozenset[str] = frozenset()
    leaving: frozenset[str] | None = None


ANY_FACT = Policy()
"""Every fact may be suggested to be changed."""


class Leaf(NamedTuple):
    """A value of the tree, where it lies if it is a fact, and whether anything is stated there."""

    place: Place | None
    value: Any
    kind: Type
    given: bool = True


class Leaves:
    """The facts of one event as a condition reads them, and what was learnt of their places."""

    def __init__(self, facts: Facts, policy: Policy) -> None:
        self.facts = facts
        self.policy = policy
        self.kinds: dict[Place, Type] = {}
        self.elements: dict[Place, Literal["one", "each"]] = {}
        self.bound: dict[str, tuple[Place | None, Any]] = {}
        self.leaving = False
        """Whether it is the scope of the rule that is to become False."""
        self._money: set[Place] = set()

    def leaf(self, node: tree.Node, *, whole: bool = False) -> Leaf:
        """Return a value; the text of a quantified variable is no fact of its own unless `whole`."""
        match node:
            case tree.Path():
                return self._fact(node, whole=whole)
            case tree.Constant(value=value):
                return Leaf(None, value, node.type)
            case tree.Values(values=values):
                return Leaf(None, values, node.type)
            case tree.Parameter(name=name):
                return Leaf(None, self.facts.parameters[name], node.type)
            case _:
                raise TypeError(type(node).__name__)

    def _fact(self, path: tree.Path, *, whole: bool) -> Leaf:
        place: Place | None
        steps = path.steps
        if path.bound:
            place, value = self.bound[path.root]
            if not steps and path.type.kind != "struct" and not whole:
                place = None
        else:
            place, value = (path.root,), self.facts.roots.get(path.root)
        for step in steps:
            value = None if value is None else getattr(value, step)
        if place is None:
            return Leaf(None, value, path.type)
        place += steps
        self.kinds[place] = path.type
        if steps and steps[-1] == "currency":
            self._money.add(place)
            self.kinds.setdefault(place[:-1], MONEY)
        return Leaf(place, value, path.type, value is not None)

    def part_of_money(self, money: Leaf, step: str, value: Any, kind: Type) -> Leaf:
        """Return the currency, or the amount, of money."""
        part = (*(money.place or ()), step)
        self._money.add(part)
        self.kinds[part] = kind
        return Leaf(part, value, kind, money.given)

    def elements_of(self, source: Leaf) -> Iterator[tuple[Place | None, Any]]:
        """Give the elements of a list with their places; a party's is its role."""
        names = self.facts.names.get(str(source.place[0])) if source.place else None
        for position, element in enumerate(source.value or ()):
            if source.place is None:
                yield None, element
            elif names is not None and len(source.place) == 1:
                yield (names[position],), element
            else:
                place = (*source.place, position)
                if source.kind.element is not None:
                    self.kinds[place] = source.kind.element
                yield place, element

    def unit(self, place: Place) -> Place:
        """Return the fact that a place is part of: a new element of a list, money, or itself."""
        if self.elements:
            for length in range(2, len(place) + 1):
                if place[:length] in self.elements:
                    return place[:length]
        return place[:-1] if place in self._money else place

    def may_change(self, leaf: Leaf) -> bool:
        """Tell whether another value may be suggested."""
        place = leaf.place
        if place is None:
            return False
        if not leaf.given:
            return True
        if not self.policy.fixed.isdisjoint(place):
            return False
        if str(place[0]).startswith("windows."):
            return leaf.kind == INT
        leaving = self.policy.leaving
        return not self.leaving or leaving is None or not leaving.isdisjoint(place)
