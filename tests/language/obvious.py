"""The rule language once more, in the most obvious way: three-valued recursion over Python's `ast`.

It shares nothing with the product but the facts, and knows no types.
"""

from __future__ import annotations

import ast
import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPARE = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
CALCULATE = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
}


def evaluate(text: str, names: dict[str, Any]) -> Any:
    """Return what a text comes to; None where that is unknown."""
    return value(ast.parse(text, mode="eval").body, names)


def value(node: ast.AST, names: dict[str, Any]) -> Any:
    """Return what a node comes to; None where that is unknown."""
    match node:
        case ast.Constant():
            return node.value
        case ast.List():
            return [value(item, names) for item in node.elts]
        case ast.Name():
            return names[node.id]
        case ast.Attribute():
            owner = value(node.value, names)
            if owner is None:
                return None
            return owner[node.attr] if isinstance(owner, dict) else getattr(owner, node.attr)
        case ast.BoolOp(op=ast.And()):
            return every(value(part, names) for part in node.values)
        case ast.BoolOp(op=ast.Or()):
            return some(value(part, names) for part in node.values)
        case ast.UnaryOp(op=ast.Not()):
            part = value(node.operand, names)
            return None if part is None else not part
        case ast.UnaryOp(op=ast.USub()):
            return -value(node.operand, names)
        case ast.Compare():
            terms = [value(term, names) for term in (node.left, *node.comparators)]
            return every(
                None if a is None or b is None else COMPARE[type(op)](a, b)
                for a, op, b in zip(terms, node.ops, terms[1:], strict=False)
            )
        case ast.BinOp():
            a, b = value(node.left, names), value(node.right, names)
            return None if a is None or b is None else CALCULATE[type(node.op)](a, b)
        case ast.Call(func=ast.Name(id=function), args=args):
            return call(function, args, names)
    raise AssertionError(ast.dump(node))


def call(function: str, args: list[ast.expr], names: dict[str, Any]) -> Any:
    """Return what a function comes to."""
    if function in {"any", "all"}:
        (generator,) = args
        return quantify(function, generator, names)
    first = value(args[0], names)
    if function == "known":
        return first is not None
    if first is None:
        return None
    if function == "len":
        return len(first)
    if function == "amount":
        return int(first.amount) if first.currency == value(args[1], names) else None
    assert function == "age"
    return birthdays(first, names["event"].date)


def quantify(kind: str, generator: Any, names: dict[str, Any]) -> bool | None:
    """Hold a condition against every element of a list."""
    (loop,) = generator.generators
    elements = value(loop.iter, names)
    if elements is None:
        return None
    found = [value(generator.elt, names | {loop.target.id: element}) for element in elements]
    return some(found) if kind == "any" else every(found)


def some(parts: Iterable[bool | None]) -> bool | None:
    """Kleene's or."""
    found = list(parts)
    return True if True in found else None if None in found else False


def every(parts: Iterable[bool | None]) -> bool | None:
    """Kleene's and."""
    found = list(parts)
    return False if False in found else None if None in found else True


def birthdays(born: dt.date, day: dt.date) -> int:
    """Count the birthdays completed by a day; 29 February falls on 1 March in common years."""
    completed = day.year - born.year
    try:
        birthday = born.replace(year=day.year)
    except ValueError:
        birthday = dt.date(day.year, 3, 1)
    return completed if birthday <= day else completed - 1
