"""What reaches SQL as a column, what such a column is called, and how large its numbers can be.

A column holds a fact of one value, or what is computed in Python because SQL engines do not say it
alike: whether any element of a list satisfies a condition, whether a text holds a term, an age.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from typing import Any, Literal

from vermilion.language import tree
from vermilion.language.simplify import OfAge
from vermilion.language.types import INT, fields_of

ColumnType = Literal["boolean", "bigint", "decimal", "text"]

MAX_BIGINT = 2**63 - 1
"""Largest whole number of 64 bits."""
MAX_DECIMAL = 10**38 - 1
"""Largest whole number of DECIMAL(38,0), the widest that DuckDB and Spark share."""
MAX_FACT = 2**53
"""Largest whole number that a fact may state, save amounts and windows."""
MAX_AGE = 10_000
"""More than the years between any two dates."""
MAX_WORDS = 1_000
"""Words that are written out in SQL; a longer list is looked through in Python."""

_SCALARS = frozenset({"bool", "int", "str", "date", "time"})
_WINDOW = "windows."
# Quotes and backslashes are escaped in ways that differ, and Spark puts variables in for `${`.
_STRANGE = re.compile(r"['\\$]")
_MEANINGLESS = frozenset({"type", "nullable", "may_be_unknown", "below", "asked"})
_DIGITS = 16


def is_plain(text: str) -> bool:
    """Tell whether a text between single quotes is that text in every dialect."""
    return text.isprintable() and _STRANGE.search(text) is None


def is_sayable(node: tree.Node) -> bool:
    """Tell whether a value of a simplified tree can be said in SQL, over columns."""
    match node:
        case tree.Constant(value=str() as text):
            return is_plain(text)
        case tree.Constant() | tree.Amount() | tree.Length() | tree.Age():
            return magnitude(node) <= MAX_DECIMAL
        case tree.Values(values=words):
            return len(words) <= MAX_WORDS and all(map(is_plain, words))
        case tree.Path():
            return node.type.kind in _SCALARS
        case tree.Arithmetic(left=left, right=right):
            return magnitude(node) <= MAX_DECIMAL and is_sayable(left) and is_sayable(right)
        case _:
            return False


def magnitude(node: tree.Node) -> int:
    """Return what the absolute value of a whole number cannot exceed; 0 for what is none."""
    match node:
        case tree.Constant(value=value):
            return abs(value) if node.type == INT else 0
        case tree.Arithmetic(operator="*", left=left, right=right):
            return magnitude(left) * magnitude(right)
        case tree.Arithmetic(left=left, right=right):
            return magnitude(left) + magnitude(right)
        case tree.Amount():
            return MAX_DECIMAL
        case tree.Age():
            return MAX_AGE
        case tree.Path(root=root) if root.startswith(_WINDOW):
            return MAX_DECIMAL
        case _:
            return MAX_FACT


def column_type(leaf: tree.Node) -> ColumnType:
    """Return the type of a column.

    A date is the ordinal of its day (1 is 0001-01-01), a time the microseconds since 1970 in UTC,
    both `bigint`. `decimal` is DECIMAL(38,0); its values may as well be stored as BIGINT where
    they fit.
    """
    match leaf.type.kind:
        case "bool":
            return "boolean"
        case "str":
            return "text"
        case "int" if magnitude(leaf) > MAX_BIGINT:
            return "decimal"
        case _:
            return "bigint"


def age_of(node: OfAge) -> tree.Age:
    """Return the age that a test of it reads."""
    return tree.Age(INT, node.apart.nullable, node.apart.born, node.apart.today)


def currency_of(money: tree.Path) -> tree.Path:
    """Return the currency of money: it is known where the money is."""
    kind = fields_of(money.type.struct)["currency"].type if money.type.struct else money.type
    unknown = (*money.may_be_unknown, False)
    steps = (*money.steps, "currency")
    return tree.Path(kind, money.nullable, money.root, steps, unknown, money.bound)


def column_name(leaf: tree.Node) -> str:
    """Return what a column is called: the same for the same content, and another for any other.

    A fact is called by its path, `f_buyer__kyc__status`; an amount, age or length by what it is of;
    anything else by its kind and a digest of all that it says, the words of its lists included.
    """
    match leaf:
        case tree.Path():
            prefix, of = "f", leaf
        case tree.Amount(money=tree.Path() as of, currency=currency):
            prefix = f"amount_{currency.lower()}_"
        case tree.Age(born=tree.Path() as of, today=tree.Path(root="event")):
            prefix = "age_"
        case tree.Length(source=tree.Path() as of):
            prefix = "len_"
        case tree.Known(fact=tree.Path() as of):
            prefix = "known_"
        case _:
            return _name_by_digest(leaf)
    return f"{prefix}_{'__'.join((*of.root.split('.'), *of.steps))}"


def _name_by_digest(leaf: tree.Node) -> str:
    said = json.dumps(_said(leaf))
    digest = hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]
    return f"{type(leaf).__name__.lower()}__{digest}"


def _said(value: Any) -> Any:
    """Return all that a node says, whatever its lists are called."""
    match value:
        case tree.Node():
            unsaid = _MEANINGLESS | ({"name"} if isinstance(value, tree.Values) else set())
            parts = [part.name for part in fields(value) if part.name not in unsaid]
            return [type(value).__name__, *(_said(getattr(value, part)) for part in parts)]
        case tuple():
            return [_said(item) for item in value]
        case _:
            return [type(value).__name__, str(value)]
