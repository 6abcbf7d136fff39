"""Tell why a condition came out as it did, by walking its tree again over one event's facts.

The walk is the slow, obvious reading of the language. Tests hold the fused function against it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vermilion.facts.dates import age_on
from vermilion.language import tree
from vermilion.language.compile import amount_in

MAX_FACTS = 24
"""Most facts shown for one rule; a list of thousands is told by its first culprits."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@dataclass(frozen=True)
class Explanation:
    """A condition's value (None for unknown), the facts that decided it and those lacking.

    Of facts that could each clear an unknown condition alone, only the first in the text is named
    as lacking: `kind == "person" and age(birth_date) < 18` asks for the kind before the age.
    """

    value: Any
    facts: dict[str, Any] = field(default_factory=dict)
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


def explain(node: tree.Node, facts: Facts) -> Explanation:
    """Evaluate a condition and say which facts decided it, by their full paths.

    A condition states a wrong, so what is lacking is what it would take to make it false.
    """
    return _Walker(facts).walk(node, clear=False)


class _Walker:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.bound: dict[str, tuple[str, Any]] = {}

    def walk(self, node: tree.Node, *, clear: bool = False) -> Explanation:
        """Evaluate a node; `clear` is the value that would clear the whole condition."""
        match node:
            case tree.Constant(value=value) | tree.Values(values=value):
                return Explanation(value)
            case tree.Parameter(name=name):
                return Explanation(self.facts.parameters[name])
            case tree.Path():
                return self.path(node)
            case tree.Known(fact=fact):
                return self.known(self.walk(fact))
            case tree.Not(item=item):
                part = self.walk(item, clear=not clear)
                value = None if part.value is None else not part.value
                return Explanation(value, part.facts, part.missing)
            case tree.And(items=items):
                parts = [self.walk(item, clear=clear) for item in items]
                return _join(parts, decisive=False, clear=clear)
            case tree.Or(items=items):
                parts = [self.walk(item, clear=clear) for item in items]
                return _join(parts, decisive=True, clear=clear)
            case tree.Quantifier():
                return self.quantifier(node, clear=clear)
            case _:
                return self.strict(node)

    def strict(self, node: tree.Node) -> Explanation:
        """Evaluate what is unknown as soon as one of its parts is."""
        match node:
            case tree.Compare(operator=sign, left=left, right=right):
                return _apply(_OPERATORS[sign], self.walk(left), self.walk(right))
            case tree.Arithmetic(operator=sign, left=left, right=right):
                return _apply(_ARITHMETIC[sign], self.walk(left), self.walk(right))
            case tree.Age(born=born, today=today):
                return _apply(age_on, self.walk(born), self.walk(today))
            case tree.Length(source=source):
                return _apply(len, self.walk(source))
            case tree.Amount(money=money, currency=currency):
                part = self.walk(money)
                value = amount_in(part.value, currency)
                lacking = tuple(part.facts) if value is None else ()
                return Explanation(value, part.facts, part.missing or lacking)
            case _:
                raise AssertionError(node)

    def path(self, node: tree.Path) -> Explanation:
        label, value = (
            self.bound[node.root] if node.bound else (node.root, self.facts.roots.get(node.root))
        )
        for step in node.steps:
            value = None if value is None else getattr(value, step)
        if value is None:
            # What cannot be unknown by itself is lacking because of what it belongs to.
            askable = len(node.steps)
            while askable and not node.may_be_unknown[askable]:
                askable -= 1
            return Explanation(None, missing=(".".join((label, *node.steps[:askable])),))
        label = ".".join((label, *node.steps)) if node.steps else label
        return Explanation(value, {label: value} if label else {})

    def known(self, part: Explanation) -> Explanation:
        facts = part.facts or dict.fromkeys(part.missing, None)
        return Explanation(part.value is not None, facts)

    def quantifier(self, node: tree.Quantifier, *, clear: bool) -> Explanation:
        source = self.walk(node.source)
        if source.value is None:
            return Explanation(None, missing=source.missing)
        parts = []
        for position, element in enumerate(source.value):
            self.bound[node.variable] = (self.element_label(node.source, position), element)
            parts.append(self.walk(node.body, clear=clear))
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


def _apply(function: Callable[..., Any], *parts: Explanation) -> Explanation:
    facts = {label: value for part in parts for label, value in part.facts.items()}
    missing = tuple(dict.fromkeys(label for part in parts for label in part.missing))
    if any(part.value is None for part in parts):
        return Explanation(None, facts, missing)
    return Explanation(function(*(part.value for part in parts)), facts)


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
    found: dict[str, Any] = {}
    for part in parts:
        for label, value in part.facts.items():
            if len(found) < MAX_FACTS:
                found[label] = value
    return found
