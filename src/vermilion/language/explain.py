"""Tell why a condition came out as it did, by walking its tree again over one event's facts.

The walk is the slow, obvious reading of the language. Tests hold the fused function against it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vermilion.facts.dates import age_on
from vermilion.facts.money import Money
from vermilion.language import tree
from vermilion.language.terms import terms_of

MAX_FACTS = 24
"""Most facts shown for one rule; a list of thousands is told by its first culprits."""

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
"""What each comparison says of two known values."""

ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """A condition's value (None for unknown), the facts that decided it and those lacking.

    Of facts that could each clear an unknown condition alone, only the first in the text is named
    as lacking: `kind == "person" and age(birth_date) < 18` asks for the kind before the age.
    """

    value: Any
    facts: dict[str, Any] = {}
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a condition is evaluated over.

    Args:
        roots: facts by root name.
        parameters: values of the rulebook's parameters on the day.
        names: for a list root, what its elements are called (`parties` by role).
    """

    roots: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


def amount_in(money: Money | None, currency: str) -> int | None:
    """Return minor units in a currency; None where the money is unknown or in another one."""
    if money is None or money.currency != currency:
        return None
    return money.minor_units


def explain(node: tree.Node, facts: Facts) -> Explanation:
    """Evaluate a condition and say which facts decided it, by their full paths.

    A condition states a wrong, so what is lacking is what it would take to make it false.
    """
    return _Walker(facts).walk(node, False)


class _Walker:
    """Evaluates nodes; `clear` is the value that would clear the whole condition."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.bound: dict[str, tuple[str, Any]] = {}

    def walk(self, node: tree.Node, clear: bool) -> Explanation:
        return _METHODS[type(node)](self, node, clear)

    def constant(self, node: tree.Constant, _: bool) -> Explanation:
        return Explanation(node.value)

    def values(self, node: tree.Values, _: bool) -> Explanation:
        return Explanation(node.values)

    def parameter(self, node: tree.Parameter, _: bool) -> Explanation:
        return Explanation(self.facts.parameters[node.name])

    def path(self, node: tree.Path, _: bool) -> Explanation:
        if node.bound:
            label, value = self.bound[node.root]
        else:
            label, value = node.root, self.facts.roots.get(node.root)
        for step in node.steps:
            if value is None:
                break
            value = getattr(value, step)
        if value is None:
            return Explanation(None, {}, (label + node.asked,))
        label += node.below
        return Explanation(value, {label: value} if label else {})

    def known(self, node: tree.Known, clear: bool) -> Explanation:
        part = self.walk(node.fact, clear)
        facts = part.facts or dict.fromkeys(part.missing)
        return Explanation(part.value is not None, facts)

    def matches(self, node: tree.Matches, clear: bool) -> Explanation:
        """Show the terms that were found and not the text: it may be long, and it is somebody's."""
        part = self.walk(node.text, clear)
        if part.value is None:
            return part
        found = terms_of(node.terms.values, node.exceptions).found(part.value)
        facts = {label: list(found) for label in part.facts} if found else {}
        return Explanation(bool(found), facts)

    def negation(self, node: tree.Not, clear: bool) -> Explanation:
        part = self.walk(node.item, not clear)
        value = None if part.value is None else not part.value
        return Explanation(value, part.facts, part.missing)

    def conjunction(self, node: tree.And, clear: bool) -> Explanation:
        return _join([self.walk(item, clear) for item in node.items], decisive=False, clear=clear)

    def disjunction(self, node: tree.Or, clear: bool) -> Explanation:
        return _join([self.walk(item, clear) for item in node.items], decisive=True, clear=clear)

    def compare(self, node: tree.Compare, clear: bool) -> Explanation:
        left, right = self.walk(node.left, clear), self.walk(node.right, clear)
        return _apply(OPERATORS[node.operator], left, right)

    def arithmetic(self, node: tree.Arithmetic, clear: bool) -> Explanation:
        left, right = self.walk(node.left, clear), self.walk(node.right, clear)
        return _apply(ARITHMETIC[node.operator], left, right)

    def age(self, node: tree.Age, clear: bool) -> Explanation:
        return _apply(age_on, self.walk(node.born, clear), self.walk(node.today, clear))

    def length(self, node: tree.Length, clear: bool) -> Explanation:
        return _apply(len, self.walk(node.source, clear))

    def amount(self, node: tree.Amount, clear: bool) -> Explanation:
        part = self.walk(node.money, clear)
        value = amount_in(part.value, node.currency)
        lacking = tuple(part.facts) if value is None else ()
        return Explanation(value, part.facts, part.missing or lacking)

    def quantifier(self, node: tree.Quantifier, clear: bool) -> Explanation:
        source = self.walk(node.source, clear)
        if source.value is None:
            return Explanation(None, {}, source.missing)
        parts = []
        for position, element in enumerate(source.value):
            self.bound[node.variable] = (self.element_label(node.source, position), element)
            parts.append(self.walk(node.body, clear))
        self.bound.pop(node.variable, None)
        joined = _join(parts, decisive=node.kind == "any", clear=clear)
        return Explanation(joined.value, joined.facts or source.facts, joined.missing)

    def element_label(self, source: tree.Node, position: int) -> str:
        if not isinstance(source, tree.Path):
            return ""
        if source.root in self.facts.names and not source.steps:
            return self.facts.names[source.root][position]
        label = self.bound[source.root][0] if source.bound else source.root
        return ".".join((label, *source.steps)) + f"[{position}]"


_METHODS: dict[type[tree.Node], Callable[[_Walker, Any, bool], Explanation]] = {
    tree.Constant: _Walker.constant,
    tree.Values: _Walker.values,
    tree.Parameter: _Walker.parameter,
    tree.Path: _Walker.path,
    tree.Known: _Walker.known,
    tree.Matches: _Walker.matches,
    tree.Not: _Walker.negation,
    tree.And: _Walker.conjunction,
    tree.Or: _Walker.disjunction,
    tree.Compare: _Walker.compare,
    tree.Arithmetic: _Walker.arithmetic,
    tree.Age: _Walker.age,
    tree.Length: _Walker.length,
    tree.Amount: _Walker.amount,
    tree.Quantifier: _Walker.quantifier,
}


def _apply(
    function: Callable[..., Any], a: Explanation, b: Explanation | None = None
) -> Explanation:
    if b is None:
        return Explanation(None if a.value is None else function(a.value), a.facts, a.missing)
    facts = a.facts if not b.facts else b.facts if not a.facts else {**a.facts, **b.facts}
    if a.value is None or b.value is None:
        return Explanation(None, facts, tuple(dict.fromkeys(a.missing + b.missing)))
    return Explanation(function(a.value, b.value), facts)


def _join(parts: Sequence[Explanation], *, decisive: bool, clear: bool) -> Explanation:
    """Combine by Kleene's `or` (decisive True) or `and` (decisive False)."""
    culprits = [part for part in parts if part.value is decisive]
    if culprits:
        return Explanation(decisive, _facts(culprits))
    lacking = [part for part in parts if part.value is None]
    if lacking:
        if decisive is clear:
            return Explanation(None, _facts(parts), lacking[0].missing)
        missing = tuple(dict.fromkeys(label for part in lacking for label in part.missing))
        return Explanation(None, _facts(parts), missing)
    return Explanation(not decisive, _facts(parts))


def _facts(parts: Sequence[Explanation]) -> dict[str, Any]:
    parts = [part for part in parts if part.facts]
    if len(parts) < 2 and (not parts or len(parts[0].facts) <= MAX_FACTS):
        return parts[0].facts if parts else {}
    found: dict[str, Any] = {}
    for part in parts:
        for label, value in part.facts.items():
            if len(found) < MAX_FACTS:
                found[label] = value
    return found
