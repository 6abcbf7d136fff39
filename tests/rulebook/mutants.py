"""Small wrongs put into a condition, to see whether a rule's cases notice them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from vermilion.language import Condition, Node, tree
from vermilion.rulebook import LoadedRule, Rulebook, run_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

FLIPPED: dict[tree.Operator, tuple[tree.Operator, ...]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "in": ("not in",),
    "not in": ("in",),
}


def mutants(node: Node) -> Iterator[Node]:
    """Yield a tree with one part dropped, one comparison flipped, or one `any` made `all`."""
    match node:
        case tree.And(items=items) | tree.Or(items=items):
            for index in range(len(items)):
                yield dataclasses.replace(node, items=items[:index] + items[index + 1 :])
        case tree.Not(item=item):
            yield item
        case tree.Compare(operator=operator):
            for other in FLIPPED[operator]:
                yield dataclasses.replace(node, operator=other)
        case tree.Quantifier(kind=kind):
            yield dataclasses.replace(node, kind="all" if kind == "any" else "any")
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tree.Node):
            for changed in mutants(value):
                yield dataclasses.replace(node, **{field.name: changed})
        elif isinstance(value, tuple):
            yield from _within(node, field.name, value)


def _within(node: Node, name: str, items: tuple[Any, ...]) -> Iterator[Node]:
    for index, item in enumerate(items):
        if isinstance(item, tree.Node):
            for changed in mutants(item):
                whole = (*items[:index], changed, *items[index + 1 :])
                yield dataclasses.replace(node, **{name: whole})


def mutated(loaded: LoadedRule) -> Iterator[LoadedRule]:
    """Yield a rule with the same small wrong in its condition on every event type."""
    events = list(loaded.conditions)
    for part in ("applies", "violates"):
        nodes = [getattr(condition, part) for condition in loaded.conditions.values()]
        if nodes[0] is None:
            continue
        for changed in zip(*map(mutants, nodes), strict=True):
            yield LoadedRule(
                loaded.rule,
                {
                    event: dataclasses.replace(loaded.conditions[event], **{part: node})
                    for event, node in zip(events, changed, strict=True)
                },
            )


def survives(rulebook: Rulebook, loaded: LoadedRule) -> bool:
    """Tell whether every case of a rule still comes out as expected."""
    alone = Rulebook(rulebook.document, (loaded,))
    return not any(result.problems for result in run_cases(alone))


def shown(node: Node) -> str:
    """Write a tree roughly as text, to name a mutant that survived."""
    match node:
        case tree.And(items=items):
            return "(" + " and ".join(map(shown, items)) + ")"
        case tree.Or(items=items):
            return "(" + " or ".join(map(shown, items)) + ")"
        case tree.Not(item=item):
            return f"not {shown(item)}"
        case tree.Compare(operator=operator, left=left, right=right):
            return f"{shown(left)} {operator} {shown(right)}"
        case tree.Quantifier(kind=kind, variable=variable, source=source, body=body):
            return f"{kind}({shown(body)} for {variable} in {shown(source)})"
        case tree.Known(fact=fact):
            return f"known({shown(fact)})"
        case tree.Path():
            return str(node)
        case tree.Constant(value=value):
            return repr(value)
        case tree.Values(name=name, values=values):
            return f"lists.{name}" if name else repr(list(values))
        case tree.Parameter(name=name):
            return f"params.{name}"
        case _:
            return type(node).__name__.lower() + "(…)"


def survivors(rulebook: Rulebook, loaded: LoadedRule) -> list[str]:
    """Return the wrongs in a rule that none of its cases notices."""
    return [
        " | ".join(
            shown(node)
            for node in _nodes(next(iter(changed.conditions.values())))
            if node is not None
        )
        for changed in mutated(loaded)
        if survives(rulebook, changed)
    ]


def _nodes(condition: Condition) -> tuple[Node | None, Node]:
    return condition.applies, condition.violates
