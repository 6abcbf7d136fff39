"""Solve a comparison of whole numbers for one of them, the others given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vermilion.facts.dates import age_on
from vermilion.language import tree
from vermilion.language.requirements import DAY, KNOWN, Requirement, Requirements


class Line(NamedTuple):
    """A number that grows by `slope` with each unit of another one, from `rest` on."""

    slope: int
    rest: int


def number_facts(node: tree.Node) -> Iterator[tree.Node]:
    """Give the parts of a numeric expression that are read off the facts."""
    match node:
        case tree.Arithmetic(left=left, right=right):
            yield from number_facts(left)
            yield from number_facts(right)
        case tree.Path() | tree.Amount() | tree.Length() | tree.Age():
            yield node
        case _:
            pass


def line(
    node: tree.Node,
    free: tree.Node | None,
    values: Mapping[tree.Node, int | None],
    parameters: Mapping[str, Any],
) -> Line | None:
    """Return an expression as a line over one of its facts; None where it is none, or unknown."""
    match node:
        case tree.Constant(value=value):
            return Line(0, value)
        case tree.Parameter(name=name):
            return Line(0, parameters[name])
        case tree.Arithmetic(operator=sign, left=left, right=right):
            a, b = (line(part, free, values, parameters) for part in (left, right))
            return None if a is None or b is None else _joined(sign, a, b)
        case _ if node == free:
            return Line(1, 0)
        case _:
            value = values[node]
            return None if value is None else Line(0, value)


def _joined(sign: str, a: Line, b: Line) -> Line | None:
    match sign:
        case "+":
            return Line(a.slope + b.slope, a.rest + b.rest)
        case "-":
            return Line(a.slope - b.slope, a.rest - b.rest)
        case _ if a.slope and b.slope:
            return None
        case _:
            return Line(a.slope * b.rest + b.slope * a.rest, a.rest * b.rest)


_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def solved(operator: str, of: Line) -> Requirements | None:
    """Return what a number must be like for its line to compare so with 0; None if it cannot be."""
    slope, rest = of
    if slope == 0:
        return KNOWN if compares(operator, rest) else None
    if slope < 0:
        operator, slope, rest = _MIRRORED[operator], -slope, -rest
    whole, left = divmod(-rest, slope)
    match operator:
        case ">=":
            return (Requirement("at least", whole + (left > 0)),)
        case ">":
            return (Requirement("at least", whole + 1),)
        case "<=":
            return (Requirement("at most", whole),)
        case "<":
            return (Requirement("at most", whole - (left == 0)),)
        case "==":
            return None if left else (Requirement("one of", (whole,)),)
        case _:
            return KNOWN if left else (Requirement("none of", (whole,)),)


def compares(operator: str, number: int) -> bool:
    """Tell whether a number compares so with 0."""
    return {
        "==": number == 0,
        "!=": number != 0,
        "<": number < 0,
        "<=": number <= 0,
        ">": number > 0,
        ">=": number >= 0,
    }[operator]


def ranges(tests: Requirements) -> Iterator[tuple[int | None, int | None]]:
    """Give the ranges, both ends included and None for open, that requirements on a number allow."""
    (test,) = tests
    edge = test.operand
    match test.kind:
        case "at least":
            yield edge, None
        case "at most":
            yield None, edge
        case "one of":
            yield edge[0], edge[0]
        case "stays":
            yield edge, edge
        case "none of":
            yield None, edge[0] - 1
            yield edge[0] + 1, None
        case _:
            yield None, None


def lengths(tests: Requirements) -> Iterator[Requirements]:
    """Give the ways in which a list has a length that satisfies requirements on it."""
    for least, most in ranges(tests):
        if most is None or most >= 0:
            shorter = () if least is None else (Requirement("no shorter than", least),)
            longer = () if most is None else (Requirement("no longer than", most),)
            yield (*shorter, *longer) or KNOWN


def births(tests: Requirements, today: dt.date) -> Iterator[Requirements]:
    """Give the ways in which a date of birth makes an age that satisfies requirements on it."""
    for least, most in ranges(tests):
        latest = None if least is None else last_birth_of_age(least, today)
        too_old = None if most is None else last_birth_of_age(most + 1, today)
        if (least is not None and latest is None) or (most is not None and too_old is None):
            continue
        young = () if latest is None else (Requirement("at most", latest),)
        old = () if too_old is None else (Requirement("at least", too_old + DAY),)
        yield (*young, *old) or KNOWN


def last_birth_of_age(years: int, today: dt.date) -> dt.date | None:
    """Return the last date of birth at which so many years are complete; None outside the calendar."""
    year = today.year - years
    if not 2 <= year <= 9998:
        return None
    day = dt.date(year, today.month, min(today.day, 28))
    while age_on(day + DAY, today) >= years:
        day += DAY
    return day
