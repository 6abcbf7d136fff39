"""Write conditions in CEL, the Common Expression Language, for gateways and admission controllers.

CEL's own errors are the third truth value: `&&`, `||`, `exists` and `all` let an error pass only
where the other operands do not settle the outcome, as Kleene's logic does with unknown. So a fact
that is unknown must be *absent* from what CEL is given, not null: to read it is an error then, and
an evaluation that ends in an error has come out as unknown. The rule

    price.currency == "CNY" and known(purpose) and buyer.birth_date < event.date

comes to

    facts.price.currency == "CNY" && has(facts.purpose) && facts.buyer.birth_date < facts.event.date

over one map, `facts`, of the event's JSON facts by name: dates as `2026-03-01`, which as texts have
the order of days, times as RFC 3339, amounts as integers or digits, windows under `windows`.
CEL's integers have 64 bits: what exceeds them at run time is an error, and so unknown as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vermilion.errors import RulebookError
from vermilion.language import tree

FACTS = "facts"
"""The one variable of an exported condition."""
MAX_INTEGER = 2**63 - 1
"""Largest whole number of CEL."""

_SIGNS: Mapping[str, str] = {"not in": "in"}
_LOOSE = (tree.And, tree.Or, tree.Arithmetic)
"""What stands in brackets within something larger; the rest binds as tightly as is needed."""
# CEL's reserved words that Python has as names; `in` and the like cannot be bound.
_RESERVED = frozenset({"const", "function", "let", "loop", "namespace", "package", "var", "void"})


def cel(node: tree.Node, parameters: Mapping[str, Any]) -> str:
    """Return the CEL of a condition or value: true, false, or an error for unknown.

    Raises:
        RulebookError: CEL cannot say it: `matches`, or a number written out beyond 64 bits.
    """
    return _Writer(parameters).write(node)


class _Writer:
    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters

    def write(self, node: tree.Node) -> str:
        match node:
            case tree.Constant(value=constant):
                return _literal(constant)
            case tree.Parameter(name=name):
                return _literal(self.parameters[name])
            case tree.Values(values=words):
                return f"[{', '.join(map(_literal, words))}]"
            case tree.Path():
                return self._path(node)
            case tree.And(items=items):
                return " && ".join(map(self._inner, items))
            case tree.Or(items=items):
                return " || ".join(map(self._inner, items))
            case tree.Not(item=tree.Path() as fact):
                return f"!{self._path(fact)}"
            case tree.Not(item=item):
                return f"!({self.write(item)})"
            case tree.Compare():
                return self._comparison(node)
            case tree.Arithmetic(operator=operator, left=left, right=right):
                return f"{self._inner(left)} {operator} {self._inner(right)}"
            case _:
                return self._function(node)

    def _function(self, node: tree.Node) -> str:
        match node:
            case tree.Known(fact=tree.Path() as fact):
                return self._known(fact)
            case tree.Quantifier():
                return self._quantifier(node)
            case tree.Amount(money=money, currency=currency):
                of = self.write(money)
                right = f"{of}.currency == {_literal(currency)}"
                return f'({right} ? int({of}.amount) : int("other currency"))'
            case tree.Length(source=source):
                return f"size({self.write(source)})"
            case tree.Age(born=born, today=today):
                return _age(self.write(born), self.write(today))
            case tree.Matches():
                raise _unsayable(
                    "`matches`: terms, their borders and exceptions are looked for here"
                )
            case _:
                raise AssertionError(node)

    def _inner(self, node: tree.Node) -> str:
        text = self.write(node)
        return f"({text})" if isinstance(node, _LOOSE) else text

    def _comparison(self, node: tree.Compare) -> str:
        left, right = self._operand(node.left), self._operand(node.right)
        test = f"{left} {_SIGNS.get(node.operator, node.operator)} {right}"
        return f"!({test})" if node.operator == "not in" else test

    def _operand(self, node: tree.Node) -> str:
        text = self._inner(node)
        return f"timestamp({text})" if node.type.kind == "time" else text

    def _path(self, path: tree.Path) -> str:
        root = _variable(path.root) if path.bound else f"{FACTS}.{path.root}"
        return root + path.below

    def _known(self, fact: tree.Path) -> str:
        """Ask from the outside in: `has(a.b)` is an error where `a` is absent."""
        parts = self._path(fact).split(".")
        asked = [".".join(parts[: end + 1]) for end in range(1, len(parts))]
        return " && ".join(f"has({one})" for one in asked)

    def _quantifier(self, node: tree.Quantifier) -> str:
        macro = "exists" if node.kind == "any" else "all"
        body = self.write(node.body)
        return f"{self.write(node.source)}.{macro}({_variable(node.variable)}, {body})"


def _variable(name: str) -> str:
    return f"{name}_" if name in _RESERVED | {FACTS} else name


def _age(born: str, today: str) -> str:
    """Compare month and day where the years alone do not tell."""
    days = [f'timestamp({day} + "T00:00:00Z")' for day in (born, today)]
    (year, day), (this_year, this_day) = (
        (f"{at}.getFullYear()", f"{at}.getMonth() * 31 + {at}.getDayOfMonth()") for at in days
    )
    return f"({this_year} - {year} - ({this_day} < {day} ? 1 : 0))"


def _literal(constant: Any) -> str:
    match constant:
        case bool():
            return "true" if constant else "false"
        case int():
            if abs(constant) > MAX_INTEGER:
                raise _unsayable(f"the number {constant}: its integers have 64 bits")
            return str(constant)
        case _:
            return json.dumps(constant, ensure_ascii=False)


def _unsayable(what: str) -> RulebookError:
    return RulebookError("not_in_cel", f"CEL cannot say {what}")
