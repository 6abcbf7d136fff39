"""Write conditions as SQL that means the same on DuckDB and Spark, unknowns included.

SQL's own three-valued logic is Kleene's: a fact that is unknown is NULL, and so is what is computed
or compared with it. The condition

    token.edition.size > 100 and price.currency == "CNY" and not known(purpose)
    and any(leg.instrument == "cash" for leg in settlement)

comes to

    ((f_token__edition__size > 100) AND (f_purpose IS NULL) AND (f_price__currency = 'CNY')
    AND quantifier__7973267e68d896f4)

over columns that `leaves` lists, `column_name` names and `reader` fills. Only what engines are
known to say alike is written: AND, OR, NOT, comparisons, IN, IS NULL, CASE, sums and products
of whole numbers that cannot exceed 38 digits, CAST to them, and plain literals. Whatever else a
rule says is a column, computed in Python.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vermilion.errors import RulebookError
from vermilion.language import tree
from vermilion.language.compile import Condition
from vermilion.language.simplify import OfAge, simplify
from vermilion.language.sql_columns import (
    MAX_AGE,
    MAX_BIGINT,
    ColumnType,
    age_of,
    column_name,
    column_type,
    currency_of,
    is_sayable,
    magnitude,
)
from vermilion.language.sql_reader import ReaderFunction, microseconds, reader

__all__ = [
    "HIT",
    "NOT_APPLICABLE",
    "PASSED",
    "UNKNOWN",
    "ColumnType",
    "ReaderFunction",
    "column_name",
    "column_type",
    "leaves",
    "microseconds",
    "outcome",
    "predicate",
    "reader",
    "value",
]

HIT, UNKNOWN, PASSED, NOT_APPLICABLE = range(4)
"""What `outcome` gives."""

_SIGNS: Mapping[tree.Operator, str] = {"==": "=", "!=": "<>", "in": "IN", "not in": "NOT IN"}


def leaves(node: tree.Node, parameters: Mapping[str, Any]) -> tuple[tree.Node, ...]:
    """Return the parts of a condition or value that reach SQL as columns, without repeats.

    Raises:
        RulebookError: a value cannot be said in SQL.
    """
    writer = _Writer()
    writer.any(simplify(node, parameters))
    return tuple(writer.leaves)


def predicate(node: tree.Node, parameters: Mapping[str, Any]) -> str:
    """Return the SQL of a condition over its columns: true, false, or NULL for unknown."""
    return _Writer().condition(simplify(node, parameters))


def value(node: tree.Node, parameters: Mapping[str, Any]) -> str:
    """Return the SQL of a value over its columns, NULL where it is unknown.

    Dates and times are numbers, as `column_type` says.

    Raises:
        RulebookError: it is a list or a thing, a number that may exceed 38 digits, or a text with
            quotes, backslashes, dollar signs or characters that are not seen.
    """
    return _Writer().value(simplify(node, parameters))


def outcome(condition: Condition, parameters: Mapping[str, Any]) -> str:
    """Return the SQL of a rule's outcome: `HIT`, `UNKNOWN`, `PASSED` or `NOT_APPLICABLE`.

    It is never NULL; a scope that is unknown makes the outcome unknown, as `compile.fuse` has it.
    """
    violates = predicate(condition.violates, parameters)
    verdict = (
        f"CASE WHEN {violates} THEN {HIT} WHEN NOT {violates} THEN {PASSED} ELSE {UNKNOWN} END"
    )
    if condition.applies is None:
        return verdict
    applies = predicate(condition.applies, parameters)
    return (
        f"CASE WHEN {applies} THEN {verdict} "
        f"WHEN NOT {applies} THEN {NOT_APPLICABLE} ELSE {UNKNOWN} END"
    )


class _Writer:
    """Writes simplified trees, and remembers the columns that it named."""

    def __init__(self) -> None:
        self.leaves: dict[tree.Node, None] = {}

    def any(self, node: tree.Node) -> str:
        return self.condition(node) if node.type.kind == "bool" else self.value(node)

    def condition(self, node: tree.Node) -> str:
        match node:
            case tree.Constant(value=truth):
                return _literal(truth)
            case tree.And(items=items):
                return f"({' AND '.join(self.condition(item) for item in items)})"
            case tree.Or(items=items):
                return f"({' OR '.join(self.condition(item) for item in items)})"
            case tree.Not(item=tree.Known() as known):
                return self._known(known, "IS NULL") or f"(NOT {self._column(known)})"
            case tree.Not(item=OfAge(years=years) as test):
                return f"({self._column(age_of(test))} < {_years(years)})"
            case tree.Not(item=item):
                return f"(NOT {self.condition(item)})"
            case tree.Known():
                return self._known(node, "IS NOT NULL") or self._column(node)
            case OfAge(years=years):
                return f"({self._column(age_of(node))} >= {_years(years)})"
            case tree.Compare(left=left, right=right) if is_sayable(left) and is_sayable(right):
                return self._comparison(node)
            case _:
                return self._column(node)

    def _known(self, node: tree.Known, test: str) -> str | None:
        """Ask a column of the fact itself, if there is one; a free text need not travel for it."""
        fact = node.fact
        if isinstance(fact, tree.Path) and fact.type.kind == "money":
            fact = currency_of(fact)
        if not is_sayable(fact) or (fact.type.kind == "str" and fact.type.values is None):
            return None
        return f"({self._column(fact)} {test})"

    def _comparison(self, node: tree.Compare) -> str:
        left, sign = self.value(node.left), _SIGNS.get(node.operator, node.operator)
        match node.right:
            case tree.Values(values=()):
                return f"({left} {'=' if node.operator == 'not in' else '<>'} {left})"
            case tree.Values(values=words):
                return f"({left} {sign} ({', '.join(map(_literal, dict.fromkeys(words)))}))"
            case right:
                return f"({left} {sign} {self.value(right)})"

    def value(self, node: tree.Node) -> str:
        if not is_sayable(node) or node.type.kind == "list":
            raise RulebookError("not_in_sql", f"a {node.type} such as this cannot be said in SQL")
        match node:
            case tree.Constant(value=constant):
                return _literal(constant)
            case tree.Arithmetic(operator=operator):
                wide = magnitude(node) > MAX_BIGINT
                return f"({self._term(node.left, wide)} {operator} {self._term(node.right, wide)})"
            case _:
                return self._column(node)

    def _term(self, node: tree.Node, wide: bool) -> str:
        """Write a number as part of a calculation, of 38 digits or of 64 bits.

        Two literals would be calculated with in 32 bits, two columns in 64.
        """
        text = self.value(node)
        if isinstance(node, tree.Constant):
            return f"CAST({text} AS {'DECIMAL(38,0)' if wide else 'BIGINT'})"
        is_wide = isinstance(node, tree.Arithmetic) and magnitude(node) > MAX_BIGINT
        return f"CAST({text} AS DECIMAL(38,0))" if wide and not is_wide else text

    def _column(self, leaf: tree.Node) -> str:
        self.leaves[leaf] = None
        return column_name(leaf)


def _literal(constant: Any) -> str:
    match constant:
        case bool():
            return "TRUE" if constant else "FALSE"
        case int():
            return _number(constant)
        case dt.datetime():
            return _number(microseconds(constant))
        case dt.date():
            return _number(constant.toordinal())
        case _:
            return f"'{constant}'"


def _years(years: int) -> str:
    """Write a number of years; any beyond the ages that there are comes to the same."""
    return _number(max(-MAX_AGE, min(years, MAX_AGE)))


def _number(number: int) -> str:
    return str(number) if abs(number) <= MAX_BIGINT else f"CAST('{number}' AS DECIMAL(38,0))"
