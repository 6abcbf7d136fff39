"""What a rule can still come to, whatever is answered to the questions that nobody has asked yet.

The walk over-approximates: what it says cannot happen cannot. It reads a rule as `language.explain`
does, and beside each value keeps the facts that may still change it, in the order of the text.
A fact that was asked and is not known stays unknown; a fact not asked may be anything, or unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from vermilion.facts.dates import age_on
from vermilion.language import Condition, Facts, tree
from vermilion.language.explain import ARITHMETIC, OPERATORS, amount_in
from vermilion.language.terms import terms_of

_ANY: frozenset[bool | None] = frozenset({True, False, None})
_INDEX = re.compile(r"\[\d+\]")

Found = str
"""`hit`, `missing`, `pass` or `not_applicable`."""


class Open(NamedTuple):
    """Which facts are not asked yet.

    Args:
        facts: returns the unasked facts on which the path that a rule reads rests. What is known at
            such a path can grow only.
        windows: by root, the nodes whose facts a window rests on.
    """

    facts: Callable[[str], tuple[str, ...]]
    windows: Mapping[str, Sequence[tree.Node]]


class Truth(NamedTuple):
    """What a condition can be, and the facts that may still decide it."""

    can: frozenset[bool | None]
    open: tuple[str, ...] = ()


class Value(NamedTuple):
    """What a value is known to be, and the facts that may still change it."""

    value: Any
    open: tuple[str, ...] = ()


class Possible(NamedTuple):
    """The outcomes that a rule can still have, and the facts that may still decide."""

    outcomes: frozenset[Found]
    open: tuple[str, ...]


def possible(condition: Condition, facts: Facts, unasked: Open) -> Possible:
    """Return what a rule can still come to."""
    walker = _Walker(facts, unasked)
    applies = Truth(frozenset({True}))
    if condition.applies is not None:
        applies = walker.truth(condition.applies)
    outcomes: set[Found] = set()
    if False in applies.can:
        outcomes.add("not_applicable")
    if None in applies.can:
        outcomes.add("missing")
    if True not in applies.can:
        return Possible(frozenset(outcomes), applies.open)
    violates = walker.truth(condition.violates)
    names: dict[bool | None, Found] = {True: "hit", None: "missing", False: "pass"}
    outcomes |= {names[one] for one in violates.can}
    return Possible(frozenset(outcomes), _union([applies.open, violates.open]))


class _Walker:
    def __init__(self, facts: Facts, unasked: Open) -> None:
        self.facts = facts
        self.unasked = unasked
        self.bound: dict[str, tuple[str, Any]] = {}

    def truth(self, node: tree.Node) -> Truth:
        """Return what a condition can be."""
        match node:
            case tree.And(items=items):
                return _joined([self.truth(item) for item in items], decisive=False)
            case tree.Or(items=items):
                return _joined([self.truth(item) for item in items], decisive=True)
            case tree.Not(item=item):
                part = self.truth(item)
                return Truth(frozenset(_opposite(one) for one in part.can), part.open)
            case tree.Known(fact=fact):
                return self.known(self.value(fact))
            case tree.Compare():
                return self.compare(node)
            case tree.Quantifier():
                return self.quantifier(node)
            case tree.Matches():
                return self.matches(node)
            case _:
                value, unasked = self.value(node)
                return Truth(_ANY, unasked) if unasked else Truth(frozenset({value}))

    def known(self, part: Value) -> Truth:
        if part.value is not None or not part.open:
            return Truth(frozenset({part.value is not None}))
        return Truth(frozenset({True, False}), part.open)

    def matches(self, node: tree.Matches) -> Truth:
        value, unasked = self.value(node.text)
        if unasked:
            return Truth(_ANY, unasked)
        if value is None:
            return Truth(frozenset({None}))
        return Truth(frozenset({bool(terms_of(node.terms.values, node.exceptions).found(value))}))

    def compare(self, node: tree.Compare) -> Truth:
        left, right = self.value(node.left), self.value(node.right)
        if any(one.value is None and not one.open for one in (left, right)):
            return Truth(frozenset({None}))
        if not left.open and not right.open:
            return Truth(frozenset({OPERATORS[node.operator](left.value, right.value)}))
        if not left.open and isinstance(right.value, list) and left.value in right.value:
            # A list that may still get longer already has it.
            return Truth(frozenset({node.operator == "in"}))
        return Truth(_ANY, _union([left.open, right.open]))

    def quantifier(self, node: tree.Quantifier) -> Truth:
        source = self.value(node.source)
        if source.value is None:
            return Truth(_ANY, source.open) if source.open else Truth(frozenset({None}))
        parts = []
        for position, element in enumerate(source.value):
            self.bound[node.variable] = (self.label(node.source, position), element)
            parts.append(self.truth(node.body))
        self.bound.pop(node.variable, None)
        if source.open:
            parts.append(Truth(_ANY, source.open))
        return _joined(parts, decisive=node.kind == "any")

    def label(self, source: tree.Node, position: int) -> str:
        if isinstance(source, tree.Path) and source.root in self.facts.names and not source.steps:
            return self.facts.names[source.root][position]
        # Items of a list are answered as a whole: nothing in them is asked for again.
        return ""

    def value(self, node: tree.Node) -> Value:
        """Return what a value is known to be."""
        match node:
            case tree.Constant(value=value):
                return Value(value)
            case tree.Values(values=values):
                return Value(values)
            case tree.Parameter(name=name):
                return Value(self.facts.parameters[name])
            case tree.Path():
                return self.path(node)
            case tree.Amount(money=money, currency=currency):
                return self.applied(lambda found: amount_in(found, currency), money)
            case tree.Length(source=source):
                return self.applied(len, source)
            case tree.Age(born=born, today=today):
                return self.applied(age_on, born, today)
            case tree.Arithmetic(operator=sign, left=left, right=right):
                return self.applied(ARITHMETIC[sign], left, right)
            case _:
                can, unasked = self.truth(node)
                return Value(None, unasked) if len(can) > 1 else Value(next(iter(can)))

    def applied(self, function: Callable[..., Any], *nodes: tree.Node) -> Value:
        parts = [self.value(node) for node in nodes]
        if any(part.value is None and not part.open for part in parts):
            return Value(None)
        unasked = _union([part.open for part in parts])
        return Value(None, unasked) if unasked else Value(function(*(part.value for part in parts)))

    def path(self, node: tree.Path) -> Value:
        if node.root.startswith("windows."):
            return self.window(node.root)
        if node.bound:
            label, value = self.bound[node.root]
        else:
            label, value = node.root, self.facts.roots.get(node.root)
        for step in node.steps:
            if value is None:
                break
            value = getattr(value, step)
        if node.bound and not label:
            return Value(value)
        read = label + (node.asked if value is None else node.below)
        if value is not None and not read.startswith("token.reach."):
            return Value(value)
        return Value(value, self.unasked.facts(_INDEX.sub("", read)))

    def window(self, root: str) -> Value:
        nodes = self.unasked.windows.get(root, ())
        unasked = _union([self.read(node) for node in nodes])
        return Value(None, unasked) if unasked else Value(self.facts.roots.get(root))

    def read(self, node: tree.Node) -> tuple[str, ...]:
        """Return the unasked facts that a node of a window reads."""
        return _union([self.path(one).open for one in tree.facts_read(node)])


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def _joined(parts: Sequence[Truth], *, decisive: bool) -> Truth:
    """Combine by Kleene's `or` (decisive True) or `and` (decisive False)."""
    sets = [part.can for part in parts]
    can: set[bool | None] = set()
    if any(decisive in one for one in sets):
        can.add(decisive)
    if not any(one == {decisive} for one in sets):
        if all((not decisive) in one for one in sets):
            can.add(not decisive)
        if any(None in one for one in sets) and all(one - {decisive} for one in sets):
            can.add(None)
    if len(can) == 1:
        return Truth(frozenset(can))
    return Truth(frozenset(can), _union([part.open for part in parts if len(part.can) > 1]))


def _union(facts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(facts)))
