"""Prove that conditions cannot come out as wanted, whatever the facts are.

    wanted     price.currency == "CNY" true, amount(price, "USD") > 5 true
    proof      no price does both: none in CNY, none in USD, none in another currency

What is wanted is taken apart into tests of single facts: `and`, `or` and `not` by Kleene's tables,
`any` and `all` by what one element and what every element must be like. `edges` gives the values,
the unknown one among them, that stand for all values of a fact; where none passes all tests, that
way is closed. What relates two facts is taken for possible. So whatever is said to be impossible
is, and much that is impossible is not said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NamedTuple

from vermilion.language import facts_read, tree
from vermilion.language.types import BOOL, INT, STR
from vermilion.rulebook.edges import Test, test_of, values_of

Wanted = Literal["true", "false", "not true", "not false"]
"""What a condition is to come out as; the last two leave room for unknown."""

MOST_STEPS = 2_000
"""Most parts looked at for one proof; beyond, nothing is said."""

_ELEMENT = " "
"""A variable that no author can have named."""
_MEETS: Mapping[Wanted, frozenset[bool | None]] = {
    "true": frozenset({True}),
    "false": frozenset({False}),
    "not true": frozenset({False, None}),
    "not false": frozenset({True, None}),
}
_FLIPPED: Mapping[Wanted, Wanted] = {
    "true": "false",
    "false": "true",
    "not true": "not false",
    "not false": "not true",
}


class Goal(NamedTuple):
    """A condition, and what it is to come out as."""

    node: tree.Node
    wanted: Wanted


class _All(NamedTuple):
    """Goals of which all are needed."""

    parts: tuple[Goal, ...]


class _One(NamedTuple):
    """Goals of which one is enough."""

    parts: tuple[Goal, ...]


class _Element(NamedTuple):
    """What one element of a list, or each, must be like."""

    source: str
    variable: str
    goal: Goal

    def named(self, name: str) -> Goal:
        """Return the goal for an element of that name."""
        return Goal(_renamed(self.goal.node, self.variable, name), self.goal.wanted)


@dataclass(frozen=True)
class _Held:
    """What one way of having everything as wanted asks of the facts."""

    tests: Mapping[str, tuple[tuple[Test, Wanted], ...]] = field(default_factory=dict)
    some: tuple[_Element, ...] = ()
    every: tuple[_Element, ...] = ()
    within: tuple[_Element, ...] = ()


class _TooMuchError(Exception):
    """The search was given up."""


class Prover:
    """Proves with the values that parameters have on a day.

    Args:
        parameters: values of the rulebook's parameters.
        naturals: facts that are never below 0.
        given: by fact, the only values that it can have.
    """

    def __init__(
        self,
        parameters: Mapping[str, Any],
        naturals: frozenset[str] = frozenset(),
        given: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.parameters = parameters
        self.naturals = naturals
        self.given = given or {}
        self._steps = 0

    def impossible(self, *goals: Goal) -> bool:
        """Tell whether it is proven that no facts bring all of these about."""
        self._steps = 0
        try:
            return not self._possible(goals, _Held())
        except _TooMuchError:
            return False

    def _possible(self, goals: Sequence[Goal | _One], start: _Held) -> bool:
        """Take goals apart, and where one of several is enough, try each in turn."""
        held: _Held | None = start
        left, choices = list(goals), list[_One]()
        while left and held is not None:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise _TooMuchError
            goal = left.pop()
            found = goal if isinstance(goal, _One) else self._taken_apart(goal, held)
            match found:
                case _All(parts) | _One((_,) as parts):
                    left += parts
                case _One():
                    choices.append(found)
                case _:
                    held = found
        if held is None:
            return False
        if not choices:
            return self._elements_possible(held)
        first, *others = sorted(choices, key=lambda one: len(one.parts))
        return any(self._possible([*others, part], held) for part in first.parts)

    def _taken_apart(self, goal: Goal, held: _Held) -> _All | _One | _Held | None:
        """Return the goals that make up one, or what is held with it; None if it cannot be."""
        node, wanted = goal
        positive = wanted in {"true", "not false"}
        match node:
            case tree.Not(item=item):
                return _All((Goal(item, _FLIPPED[wanted]),))
            case tree.And(items=items) | tree.Or(items=items):
                parts = tuple(Goal(item, wanted) for item in items)
                return _All(parts) if positive is isinstance(node, tree.And) else _One(parts)
            case tree.Quantifier(kind="all", body=body):
                some = replace(node, kind="any", body=tree.Not(BOOL, body.nullable, body))
                return _All((Goal(some, _FLIPPED[wanted]),))
            case tree.Quantifier(source=tree.Path() as source):
                return self._of_elements(node, source, wanted, held)
            case tree.Compare(operator="in", left=left, right=tree.Path() as source) if (
                not left.nullable
            ):
                return _All((Goal(_any_equal(left, source), wanted),))
            case tree.Compare(operator="not in", left=left, right=tree.Path()) if not left.nullable:
                return _All((Goal(replace(node, operator="in"), _FLIPPED[wanted]),))
            case _:
                return self._tested(node, wanted, held)

    def _of_elements(
        self, node: tree.Quantifier, source: tree.Path, wanted: Wanted, held: _Held
    ) -> _All | _One | _Held | None:
        """Hold what one element is like, or each; or that the list is unknown."""
        known = tree.Known(BOOL, nullable=False, fact=source)
        if source.nullable and wanted in {"not true", "not false"}:
            never = (False,) * (len(source.steps) + 1)
            certain = tree.Path(source.type, False, source.root, source.steps, never, source.bound)
            told = replace(node, source=certain)
            return _One((Goal(known, "false"), Goal(told, wanted)))
        element = _Element(str(source), node.variable, Goal(node.body, wanted))
        if wanted in {"true", "not false"}:
            length = tree.Length(INT, source.nullable, source)
            one = tree.Constant(INT, nullable=False, value=1)
            there = tree.Compare(BOOL, source.nullable, ">=", length, one)
            return self._tested(there, "true", replace(held, some=(*held.some, element)))
        more = replace(held, every=(*held.every, element))
        return self._tested(known, "true", more) if source.nullable else more

    def _elements_possible(self, held: _Held) -> bool:
        """Tell whether each element that must be there can be, under what holds of each.

        One that is looked at already, and asks for another like itself, is taken for possible:
        else there would be no end to elements that each ask for the next.
        """
        for element in held.some:
            if element in held.within:
                continue
            inner = replace(held, some=(), within=(*held.within, element))
            name = f"{element.source}[{len(held.within)}]"
            alike = [one.named(name) for one in held.every if one.source == element.source]
            if not self._possible([element.named(name), *alike], inner):
                return False
        return True

    def _tested(self, node: tree.Node, wanted: Wanted, held: _Held) -> _Held | None:
        """Hold a test as well; None where no value of its fact passes all."""
        test = test_of(node, self.parameters)
        found = self._with(held, test, wanted)
        if test.relates and wanted in {"true", "false"} and not isinstance(node, tree.Quantifier):
            # How two facts lie is known only where both are.
            for path in facts_read(node, bound=True):
                if path.nullable and found is not None:
                    known = tree.Known(BOOL, nullable=False, fact=path)
                    found = self._with(found, test_of(known, self.parameters), "true")
        return found

    def _with(self, held: _Held, test: Test, wanted: Wanted) -> _Held | None:
        tests = (*held.tests.get(test.key, ()), (test, wanted))
        values = self.given.get(test.key)
        if values is None:
            values = tuple(values_of([one for one, _ in tests], self.naturals))
        for value in values:
            if all(one.says(value) in _MEETS[asked] for one, asked in tests):
                return replace(held, tests={**held.tests, test.key: tests})
        return None


def _any_equal(word: tree.Node, source: tree.Path) -> tree.Node:
    """Return that a list holds a word, as what one of its elements is like."""
    element = tree.Path(STR, False, _ELEMENT, (), (False,), bound=True)
    body = tree.Compare(BOOL, False, "==", element, word)
    return tree.Quantifier(BOOL, source.nullable, "any", _ELEMENT, source, body)


def _renamed(node: Any, old: str, new: str) -> Any:
    """Return a tree in which a quantified variable has another name."""
    if isinstance(node, tree.Path):
        if not (node.bound and node.root == old):
            return node
        return tree.Path(node.type, node.nullable, new, node.steps, node.may_be_unknown, True)
    changed = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, tree.Node):
            changed[part.name] = _renamed(value, old, new)
        elif isinstance(value, tuple) and value and isinstance(value[0], tree.Node):
            changed[part.name] = tuple(_renamed(item, old, new) for item in value)
    return replace(node, **changed) if changed else node
