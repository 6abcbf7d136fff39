"""Rewrite a condition's tree so that it costs less to run and means the same, unknowns included.

    not (a and b)                              not a or not b
    all(a for x in xs)                         not any(not a for x in xs)
    any(x in ["a", "b"] for x in texts)        Overlap(texts, a, b)
    "a" in texts or "b" in texts               Overlap(texts, a, b)
    age(born) < params.adult                   not OfAge(born, 18)
    matches(...) and any(...) and price > 1    price > 1 and any(...) and matches(...)

Kleene's `and` and `or` commute, associate and obey De Morgan's laws, so the outcome stays. The
nodes defined here exist between this module and `writer` only; parameters are put in as constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

from vermilion.language import tree
from vermilion.language.types import BOOL, INT

NEGATED: Mapping[tree.Operator, tree.Operator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "not in": "in",
}
_TURNED: Mapping[tree.Operator, tree.Operator] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}


@dataclass(frozen=True, slots=True)
class Overlap(tree.Node):
    """Whether a list of texts holds any of some words."""

    texts: tree.Node
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Within(tree.Node):
    """Whether a list of texts holds nothing but some words."""

    texts: tree.Node
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearsApart(tree.Node):
    """The difference of two dates' years, which is the age or one more."""

    born: tree.Node
    today: tree.Node


@dataclass(frozen=True, slots=True)
class OfAge(tree.Node):
    """Whether so many years of age are complete."""

    apart: YearsApart
    years: int


class Effort(IntEnum):
    """What it takes to evaluate a condition; in `and` and `or`, less comes first."""

    NUMBERS = 0
    TEXTS = 1
    LOOP = 2
    SEARCH = 3


def effort(node: tree.Node) -> Effort:
    """Return the greatest effort in a simplified tree, in which the last part takes the most."""
    match node:
        case tree.And(items=items) | tree.Or(items=items):
            return effort(items[-1])
        case tree.Matches():
            return Effort.SEARCH
        case tree.Quantifier():
            own = Effort.LOOP
        case Overlap() | Within():
            own = Effort.TEXTS
        case tree.Compare(left=left) if left.type.kind not in {"int", "bool"}:
            own = Effort.TEXTS
        case _:
            own = Effort.NUMBERS
    return max([own, *(effort(child) for child in tree.children(node))])


def simplify(node: tree.Node, parameters: Mapping[str, Any]) -> tree.Node:
    """Return a tree that means the same; `Not` stands before single tests only."""
    if isinstance(node, tree.Parameter):
        return tree.Constant(node.type, nullable=False, value=parameters[node.name])
    match _rebuilt(node, parameters):
        case tree.Not(item=item):
            return _negation(item)
        case tree.And() | tree.Or() as junction:
            return _junction(type(junction), junction.items)
        case tree.Compare() as compare:
            return _comparison(compare)
        case tree.Quantifier(kind="all") as every:
            body = _negation(every.body)
            return _negation(_quantifier(replace(every, kind="any", body=body)))
        case tree.Quantifier() as some:
            return _quantifier(some)
        case other:
            return other


def _rebuilt(node: tree.Node, parameters: Mapping[str, Any]) -> tree.Node:
    """Return the node with its children simplified."""
    found: dict[str, Any] = {}
    for part in fields(node):
        match getattr(node, part.name):
            case tree.Node() as child:
                found[part.name] = simplify(child, parameters)
            case (tree.Node(), *_) as children:
                found[part.name] = tuple(simplify(child, parameters) for child in children)
    return replace(node, **found) if found else node


def _negation(node: tree.Node) -> tree.Node:
    match node:
        case tree.Not(item=item):
            return item
        case tree.And(items=items):
            return _junction(tree.Or, [_negation(item) for item in items])
        case tree.Or(items=items):
            return _junction(tree.And, [_negation(item) for item in items])
        case tree.Compare(operator=operator):
            return replace(node, operator=NEGATED[operator])
        case _:
            return tree.Not(BOOL, node.nullable, node)


def _junction(kind: type[tree.And | tree.Or], items: Sequence[tree.Node]) -> tree.Node:
    """Join conditions: nested ones of the same kind in one, overlaps in one, the cheap first."""
    flat: list[tree.Node] = []
    for item in items:
        flat += (
            item.items if isinstance(item, tree.And | tree.Or) and type(item) is kind else [item]
        )
    joined = sorted(_overlaps_joined(kind, flat), key=effort)
    if len(joined) == 1:
        return joined[0]
    return kind(BOOL, any(item.nullable for item in joined), tuple(joined))


def _overlaps_joined(kind: type[tree.And | tree.Or], items: Sequence[tree.Node]) -> list[tree.Node]:
    """Join what looks into one list: `"a" in f or "b" in f`, `"a" not in f and "b" not in f`."""
    words: dict[tree.Node, set[str]] = {}
    rest = []
    for item in items:
        match item:
            case Overlap() as overlap if kind is tree.Or:
                words.setdefault(overlap.texts, set()).update(overlap.words)
            case tree.Not(item=Overlap() as overlap) if kind is tree.And:
                words.setdefault(overlap.texts, set()).update(overlap.words)
            case _:
                rest.append(item)
    joined: list[tree.Node] = [_overlap(texts, found) for texts, found in words.items()]
    return rest + (joined if kind is tree.Or else [_negation(one) for one in joined])


def _overlap(texts: tree.Node, words: Iterable[str]) -> tree.Node:
    return Overlap(BOOL, texts.nullable, texts, tuple(sorted(words)))


def _comparison(node: tree.Compare) -> tree.Node:
    match node:
        case tree.Compare(operator="in", left=tree.Constant(value=word), right=tree.Path()):
            return _overlap(node.right, [word])
        case tree.Compare(operator="not in", left=tree.Constant(value=word), right=tree.Path()):
            return _negation(_overlap(node.right, [word]))
        case tree.Compare(operator=operator, left=tree.Constant()) if operator in _TURNED:
            turned = replace(node, operator=_TURNED[operator], left=node.right, right=node.left)
            return turned if isinstance(node.right, tree.Constant) else _comparison(turned)
        case tree.Compare(left=tree.Age() as age, right=tree.Constant(value=years)):
            return _age_against(age, node.operator, years)
        case _:
            return node


def _age_against(age: tree.Age, operator: tree.Operator, years: int) -> tree.Node:
    apart = YearsApart(INT, age.nullable, age.born, age.today)

    def complete(more: int) -> tree.Node:
        return OfAge(BOOL, age.nullable, apart, years + more)

    match operator:
        case ">=":
            return complete(0)
        case ">":
            return complete(1)
        case "<":
            return _negation(complete(0))
        case "<=":
            return _negation(complete(1))
        case "==":
            return _junction(tree.And, [complete(0), _negation(complete(1))])
        case _:
            return _junction(tree.Or, [_negation(complete(0)), complete(1)])


def _quantifier(node: tree.Quantifier) -> tree.Node:
    """Return `any` over the words of a list as one test, where it is no more than that."""
    match node.body:
        case tree.Compare(left=tree.Path(root=root, steps=()), right=right) if (
            root == node.variable and not node.body.nullable
        ):
            words = _words(right)
        case _:
            return node
    if words is None:
        return node
    match node.body.operator:
        case "in" | "==":
            return _overlap(node.source, words)
        case "not in" | "!=":
            return _negation(Within(BOOL, node.source.nullable, node.source, words))
        case _:
            return node


def _words(node: tree.Node) -> tuple[str, ...] | None:
    match node:
        case tree.Values(values=words):
            return tuple(sorted(set(words)))
        case tree.Constant(value=str() as word):
            return (word,)
        case _:
            return None
