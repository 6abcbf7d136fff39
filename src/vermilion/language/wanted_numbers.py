"""Ways in which two numbers compare as wanted: each fact that they are made of fitted to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from vermilion.facts.dates import age_on
from vermilion.facts.money import Money
from vermilion.language import tree
from vermilion.language.explain import amount_in
from vermilion.language.leaves import Leaf
from vermilion.language.linear import Line, births, compares, lengths, line, number_facts, solved
from vermilion.language.places import label_of
from vermilion.language.requirements import Requirement, Requirements
from vermilion.language.types import INT, fields_of
from vermilion.language.ways import FREE, Way, Ways

_CURRENCY = fields_of(Money)["currency"].type


class _Number(NamedTuple):
    """A number of a comparison, the fact behind it, and its value; for an age also the day."""

    node: tree.Node
    leaf: Leaf
    value: int | None
    today: Any = None


def number_ways(of: Ways, operator: tree.Operator, left: tree.Node, right: tree.Node) -> list[Way]:
    """Return the ways in which two numbers compare so."""
    facts = dict.fromkeys((*number_facts(left), *number_facts(right)))
    numbers = {node: _number(of, node) for node in facts}
    movable = [node for node, one in numbers.items() if of.may_change(one.leaf)]
    values = {node: one.value for node, one in numbers.items()}
    if not movable:
        difference = _difference(of, left, right, None, values)
        if difference is not None and compares(operator, difference.rest):
            return FREE
        places = (one.leaf.place for one in numbers.values())
        of.blocked |= {label_of(place): None for place in places if place is not None}
        return []
    lacking = [node for node in movable if values[node] is None]
    assumed = values | dict.fromkeys(lacking[:-1], 0)
    found: list[Way] = []
    for free in lacking[-1:] or movable:
        difference = _difference(of, left, right, free, assumed)
        if difference is None:
            of.incomplete = True
            continue
        tests = solved(operator, difference)
        if tests is None:
            continue
        kept = [
            _ways(of, numbers[node], _kept(assumed[node], known=node not in lacking))
            for node in movable
            if node != free
        ]
        found += of.together([*kept, _ways(of, numbers[free], tests)])
    return of.fewest(found)


def _kept(value: int | None, *, known: bool) -> Requirements:
    return (Requirement("stays", value) if known else Requirement("one of", (value,)),)


def _difference(
    of: Ways,
    left: tree.Node,
    right: tree.Node,
    free: tree.Node | None,
    values: Mapping[tree.Node, int | None],
) -> Line | None:
    parameters = of.facts.parameters
    a, b = (line(side, free, values, parameters) for side in (left, right))
    return None if a is None or b is None else Line(a.slope - b.slope, a.rest - b.rest)


def _number(of: Ways, node: tree.Node) -> _Number:
    match node:
        case tree.Amount(money=money, currency=currency):
            leaf = of.leaf(money)
            return _Number(node, leaf, amount_in(leaf.value, currency))
        case tree.Length(source=source):
            leaf = of.leaf(source)
            return _Number(node, leaf, None if leaf.value is None else len(leaf.value))
        case tree.Age(born=born, today=today):
            leaf = of.leaf(born)
            day = of.leaf(today).value
            age = None if leaf.value is None else age_on(leaf.value, day)
            return _Number(node, leaf, age, day)
        case _:
            leaf = of.leaf(node)
            return _Number(node, leaf, leaf.value)


def _ways(of: Ways, number: _Number, tests: Requirements) -> list[Way]:
    """Return the ways in which a number satisfies requirements on it."""
    leaf = number.leaf
    match number.node:
        case tree.Amount(currency=currency) if leaf.place is not None:
            return _amount_ways(of, leaf, currency, tests)
        case tree.Length():
            return of.any(of.need(leaf, *some) for some in lengths(tests))
        case tree.Age():
            return of.any(of.need(leaf, *some) for some in births(tests, number.today))
        case _:
            return of.need(leaf, *tests)


def _amount_ways(of: Ways, leaf: Leaf, currency: str, tests: Requirements) -> list[Way]:
    money: Money | None = leaf.value
    present = of.part_of_money(leaf, "currency", money and money.currency, _CURRENCY)
    amount = of.part_of_money(leaf, "amount", money and money.minor_units, INT)
    return of.together(
        [of.need(present, Requirement("one of", (currency,))), of.need(amount, *tests)]
    )
