"""Tests of single facts, and the few values that stand for all that a fact can have.

A fact can be told apart only where some test of it changes: at a number and beside it, by a named
word or any other, by being unknown. Values at these edges therefore stand for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vermilion.facts.money import CURRENCY_CODES
from vermilion.language import tree
from vermilion.language.explain import OPERATORS
from vermilion.language.linear import compares, line, number_facts
from vermilion.language.types import INT

_OTHER = "\0"
"""A text that no rule names: conditions cannot hold it."""
_KINDS = {"int": "number", "date": "number", "list": "length", "str": "text", "money": "money"}


class Test(NamedTuple):
    """What a condition says of one fact.

    `key` names the fact, or how two facts lie to one another; `edges` are the values where what it
    says may change; `says` tells what it says of a value, None for unknown.
    """

    key: str
    kind: str
    nullable: bool
    edges: frozenset[Any]
    says: Callable[[Any], bool | None]

    @property
    def relates(self) -> bool:
        """Tell whether it is about more than one fact, or more than single facts can show."""
        return self.kind in {"order", "whole"}


def values_of(tests: Sequence[Test], naturals: frozenset[str]) -> Iterator[Any]:
    """Give values that stand for all values of the fact that some tests are about.

    Args:
        tests: tests of one fact.
        naturals: facts that are never below 0.
    """
    first = tests[0]
    edges = frozenset[Any]().union(*(one.edges for one in tests))
    if first.nullable:
        yield None
    match first.kind:
        case "constant" | "text":
            yield from edges
        case "number":
            yield from (one for one in _beside(edges) if one >= 0 or first.key not in naturals)
        case "length":
            yield from (one for one in _beside(edges) if one >= 0)
        case "money":
            named = {one for one in edges if isinstance(one, str)}
            amounts = _beside(one for one in edges if isinstance(one, int))
            others = sorted(CURRENCY_CODES - named)[:1]
            yield from ((code, amount) for code in (*named, *others) for amount in amounts)
        case "order":
            yield from (0,) if edges else (-1, 0, 1)
        case _:
            yield from (True, False)


def _beside(edges: Iterable[int]) -> set[int]:
    return {0, *(edge + step for edge in edges for step in (-1, 0, 1))}


def test_of(node: tree.Node, parameters: Mapping[str, Any]) -> Test:
    """Return what a condition without `and`, `or`, `not` says of one fact, or of how two lie."""
    match node:
        case tree.Constant(value=value):
            return _constant(value)
        case tree.Known(fact=tree.Path() as fact):
            return _of_path(fact, (), lambda value: value is not None)
        case tree.Path():
            return _of_path(node, (), lambda value: value)
        case tree.Matches(text=text, terms=terms):
            return _whole(f"matches({_label(text)}, {terms.name})", node)
        case tree.Compare():
            return _comparison(node, parameters)
        case _:
            return _whole(_label(node), node)


def _constant(value: Any) -> Test:
    return Test(repr(value), "constant", False, frozenset({value}), lambda one: one)


def _whole(key: str, node: tree.Node) -> Test:
    """Return a test of which nothing is known but that it is true, false or, maybe, unknown."""
    return Test(key, "whole", node.nullable, frozenset(), lambda one: one)


def _of_path(path: tree.Path, edges: Iterable[Any], says: Callable[[Any], bool | None]) -> Test:
    """Return a test of a fact. Money is one fact: of its currency and amount at once."""
    if path.steps[-1:] == ("currency",) and path.type.values == CURRENCY_CODES:
        key = ".".join((path.root, *path.steps[:-1]))
        return Test(
            key, "money", path.nullable, frozenset(edges), lambda value: says(value and value[0])
        )
    kind = _KINDS.get(path.type.kind, "truth")
    if kind == "text":
        edges = path.type.values or {*edges, _OTHER}
    return Test(str(path), kind, path.nullable, frozenset(edges), says)


def _comparison(node: tree.Compare, parameters: Mapping[str, Any]) -> Test:
    left, right = (_fixed(one, parameters) for one in (node.left, node.right))
    compare = OPERATORS[node.operator]
    facts = {*number_facts(left), *number_facts(right)} if left.type == INT else set()
    if len(facts) == 1:
        found = _of_number(node, facts.pop(), parameters)
        if found is not None:
            return found
    match left, right:
        case (
            (tree.Constant(value=a) | tree.Values(values=a)),
            (tree.Constant(value=b) | tree.Values(values=b)),
        ):
            return _constant(compare(a, b))
        case tree.Path() as path, (tree.Constant(value=word) | tree.Values(values=word)):
            return _of_path(path, _words(word), lambda one: _known(compare, one, word))
        case tree.Constant(value=word), tree.Path(type=kind) as path if kind.kind != "list":
            return _of_path(path, _words(word), lambda one: _known(compare, word, one))
        case _:
            return _order(node, left, right)


def _fixed(node: tree.Node, parameters: Mapping[str, Any]) -> tree.Node:
    """Return a parameter as the constant that it is on the day."""
    if isinstance(node, tree.Parameter):
        return tree.Constant(node.type, nullable=False, value=parameters[node.name])
    return node


def _words(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _known(compare: Callable[[Any, Any], bool], a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else compare(a, b)


def _of_number(node: tree.Compare, fact: tree.Node, parameters: Mapping[str, Any]) -> Test | None:
    """Return a comparison that reads one number as a test of where that number lies."""
    difference = tree.Arithmetic(INT, node.nullable, "-", node.left, node.right)
    found = line(difference, fact, {}, parameters)
    if found is None:
        return None
    edge = -found.rest // found.slope if found.slope else 0

    def says(number: int | None) -> bool | None:
        if number is None:
            return None
        return compares(node.operator, found.slope * number + found.rest)

    match fact:
        case tree.Amount(money=tree.Path() as money, currency=code):
            return _of_path(
                money,
                (edge, code),
                lambda value: says(value[1]) if value and value[0] == code else None,
            )
        case tree.Length(source=tree.Path() as path) | tree.Age(born=tree.Path() as path):
            return _of_path(path, (edge,), says)
        case tree.Path():
            return _of_path(fact, (edge,), says)
        case _:
            return None


def _order(node: tree.Compare, left: tree.Node, right: tree.Node) -> Test:
    """Return how two values lie to one another, of which nothing else is known."""
    a, b = _label(left), _label(right)
    if node.operator in {"in", "not in"}:
        says = _is_in if node.operator == "in" else _is_not_in
        return Test(f"{a} in {b}", "whole", node.nullable, frozenset(), says)
    sign = 1 if a <= b else -1
    edges = frozenset({0} if a == b else ())

    def lies(order: int | None) -> bool | None:
        return None if order is None else compares(node.operator, sign * order)

    return Test(f"{min(a, b)} ~ {max(a, b)}", "order", node.nullable, edges, lies)


def _is_in(value: bool | None) -> bool | None:
    return value


def _is_not_in(value: bool | None) -> bool | None:
    return None if value is None else not value


def _label(node: tree.Node) -> str:
    """Name a part of a condition, the same for equal parts."""
    match node:
        case tree.Path():
            return str(node)
        case tree.Values(values=values):
            return repr(sorted(set(values)))
        case _:
            return repr(node)
