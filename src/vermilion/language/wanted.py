"""What facts must be like for a condition to come out as wanted: every way, the smallest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from vermilion.facts.dates import age_on
from vermilion.facts.money import Money
from vermilion.language import tree
from vermilion.language.compile import Condition
from vermilion.language.explain import Facts
from vermilion.language.linear import Line, births, compares, lengths, line, number_facts, solved
from vermilion.language.places import Place, label_of, value_at
from vermilion.language.requirements import (
    DAY,
    SECOND,
    Requirement,
    Requirements,
    TermList,
    example,
)
from vermilion.language.simplify import NEGATED
from vermilion.language.types import INT, MONEY, Type, fields_of

MOST_BETWEEN = 256
"""Most ways held at any node of the tree; the smallest are kept."""
MOST_FIRST_STEPS = 4
"""Most changes tried first where several facts have to be fitted to one another."""
MOST_PAIRS = 2_048
"""Most pairs of ways looked at where two parts must hold together."""

_TURNED: Mapping[tree.Operator, tree.Operator] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}
_CURRENCY = fields_of(Money)["currency"].type
_KNOWN = (Requirement("known"),)


@dataclass(frozen=True)
class Policy:
    """Which facts may be suggested to be changed.

    Args:
        fixed: names of fields and roots that nobody can honestly change once they are known; what
            is unknown may always be stated.
        leaving: names of fields by which the scope of a rule may be left; None for any.
    """

    fixed: frozenset[str] = frozenset()
    leaving: frozenset[str] | None = None


ANY_FACT = Policy()
"""Every fact may be suggested to be changed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One way: what each place must be like, and which facts must change for that."""

    needs: Mapping[Place, Requirements]
    changed: frozenset[Place] = frozenset()
    leaving: bool = False

    @property
    def past(self) -> int:
        """How many of the changes are numbers over past events."""
        return sum(str(place[0]).startswith("windows.") for place in self.changed)


_NOTHING = Wanted({})
_FREE: list[Wanted] = [_NOTHING]


class _Leaf(NamedTuple):
    """A value of the tree, where it lies if it is a fact, and whether anything is stated there."""

    place: Place | None
    value: Any
    kind: Type
    given: bool = True


class Search:
    """Walks a condition's tree over one event's facts."""

    def __init__(self, facts: Facts, policy: Policy) -> None:
        self.facts = facts
        self.policy = policy
        self.kinds: dict[Place, Type] = {}
        self.elements: dict[Place, Literal["one", "each"]] = {}
        self.blocked: dict[str, None] = {}
        """Facts that would have had to change, and must not."""
        self.incomplete = False
        """Whether a way may have been missed."""
        self.first_steps: list[Wanted] = []
        """Changes that were kept from being made because other facts were fitted to what they change."""
        self._leaving = False
        self._bound: dict[str, tuple[Place | None, Any]] = {}
        self._new: dict[tuple[int, Place], Place] = {}
        self._money: set[Place] = set()

    def clears(self, condition: Condition) -> list[Wanted]:
        """Return the ways in which a rule passes."""
        stays = _FREE if condition.applies is None else self.ways(condition.applies, True)
        found = self._together([stays, self.ways(condition.violates, False)])
        if condition.applies is None:
            return found
        self._leaving = True
        left = self.ways(condition.applies, False)
        self._leaving = False
        return found + [Wanted(one.needs, one.changed, leaving=True) for one in left]

    def ways(self, node: tree.Node, want: bool) -> list[Wanted]:
        """Return the ways in which a condition comes out as wanted."""
        match node:
            case tree.Constant(value=value):
                return _FREE if value is want else []
            case tree.Path():
                return self._need(self._leaf(node), Requirement("one of", (want,)))
            case tree.Not(item=item):
                return self.ways(item, not want)
            case tree.And(items=items) | tree.Or(items=items):
                parts = (self.ways(item, want) for item in items)
                both = isinstance(node, tree.And) is want
                return self._together(parts) if both else self._any(parts)
            case tree.Quantifier():
                return self._quantifier(node, want)
            case tree.Known():
                return self._known(node, want)
            case tree.Matches():
                test = Requirement("a term of" if want else "no term of", TermList.of(node))
                return self._need(self._leaf(node.text, whole=True), test)
            case tree.Compare():
                return self._compare(node, node.operator if want else NEGATED[node.operator])
            case _:
                raise TypeError(type(node).__name__)

    def unit(self, place: Place) -> Place:
        """Return the fact that a place is part of: a new element of a list, money, or itself."""
        if self.elements:
            for length in range(2, len(place) + 1):
                if place[:length] in self.elements:
                    return place[:length]
        return place[:-1] if place in self._money else place

    # Places.

    def _leaf(self, node: tree.Node, *, whole: bool = False) -> _Leaf:
        """Return a value; the text of a quantified variable is no fact of its own unless `whole`."""
        match node:
            case tree.Constant(value=value):
                return _Leaf(None, value, node.type)
            case tree.Values(values=values):
                return _Leaf(None, values, node.type)
            case tree.Parameter(name=name):
                return _Leaf(None, self.facts.parameters[name], node.type)
            case tree.Path() as path:
                return self._fact(path, whole=whole)
            case _:
                raise TypeError(type(node).__name__)

    def _fact(self, path: tree.Path, *, whole: bool) -> _Leaf:
        place: Place | None
        if path.bound:
            place, value = self._bound[path.root]
            if not path.steps and path.type.kind != "struct" and not whole:
                place = None
        else:
            place, value = (path.root,), self.facts.roots.get(path.root)
        for step in path.steps:
            value = None if value is None else getattr(value, step)
        if place is None:
            return _Leaf(None, value, path.type)
        place += path.steps
        self.kinds[place] = path.type
        if path.steps and path.steps[-1] == "currency":
            self._money.add(place)
            self.kinds.setdefault(place[:-1], MONEY)
        return _Leaf(place, value, path.type, given=value is not None)

    def _may_change(self, leaf: _Leaf) -> bool:
        place = leaf.place
        if place is None:
            return False
        if not leaf.given:
            return True
        if not self.policy.fixed.isdisjoint(place):
            return False
        if str(place[0]).startswith("windows."):
            return leaf.kind == INT
        leaving = self.policy.leaving
        return not self._leaving or leaving is None or not leaving.isdisjoint(place)

    def _need(self, leaf: _Leaf, *tests: Requirement) -> list[Wanted]:
        """Return how a value comes to satisfy requirements: as it is, by change, or not at all."""
        holds = all(test.holds(leaf.value) for test in tests)
        if leaf.place is None:
            return _FREE if holds else []
        if holds:
            return [Wanted({leaf.place: tests})]
        if not self._may_change(leaf):
            self.blocked[label_of(leaf.place)] = None
            return []
        if example(leaf.kind, leaf.value, tests) is None:
            return []
        return [Wanted({leaf.place: tests}, frozenset((self.unit(leaf.place),)))]

    # Junctions.

    def _any(self, parts: Iterable[list[Wanted]]) -> list[Wanted]:
        return self._fewest([one for part in parts for one in part])

    def _together(self, parts: Iterable[list[Wanted]]) -> list[Wanted]:
        found = _FREE
        for part in parts:
            if not part:
                return []
            if part is _FREE:
                continue
            most = max(MOST_PAIRS // max(len(found), 1), 1)
            self.incomplete |= len(part) > most
            joined = (self._joined(a, b) for a in found for b in part[:most])
            found = self._fewest([one for one in joined if one is not None])
        return found

    def _fewest(self, found: list[Wanted]) -> list[Wanted]:
        found.sort(key=lambda one: len(one.changed))
        if len(found) > MOST_BETWEEN:
            self.incomplete = True
            del found[MOST_BETWEEN:]
        return found

    def _joined(self, a: Wanted, b: Wanted) -> Wanted | None:
        """Return what satisfies both; None where they contradict each other."""
        if not a.needs:
            return b
        if not b.needs:
            return a
        needs = dict(a.needs)
        changed = a.changed | b.changed
        for place, tests in b.needs.items():
            known = needs.get(place)
            if known is None:
                needs[place] = tests
            elif known != tests:
                needs[place] = both = known + tuple(test for test in tests if test not in known)
                if changed and self._contradict(place, both, changed):
                    return None
        return Wanted(needs, changed)

    def _contradict(self, place: Place, tests: Requirements, changed: frozenset[Place]) -> bool:
        if self.unit(place) not in changed:
            return False
        present = value_at(self.facts, place)
        if all(test.holds(present) for test in tests):
            return False
        if example(self.kinds[place], present, tests) is not None:
            return False
        loose = tuple(test for test in tests if test.kind != "stays")
        if len(loose) < len(tests):
            self.incomplete = True
            if loose and len(self.first_steps) < MOST_FIRST_STEPS:
                self.first_steps.append(Wanted({place: loose}, frozenset((self.unit(place),))))
        return True

    # Tests.

    def _known(self, node: tree.Known, want: bool) -> list[Wanted]:
        leaf = self._leaf(node.fact)
        if want:
            return _FREE if leaf.value is not None else self._need(leaf, *_KNOWN)
        if leaf.value is not None or leaf.place is None:
            self.blocked[label_of(leaf.place or ("?",))] = None
            return []
        if self.unit(leaf.place) in self.elements:  # a thing that is proposed is stated in full
            return []
        return [Wanted({leaf.place: (Requirement("unknown"),)})]

    def _compare(self, node: tree.Compare, operator: tree.Operator) -> list[Wanted]:
        if operator in {"in", "not in"}:
            return self._membership(operator == "in", self._leaf(node.left), self._leaf(node.right))
        if node.left.type.kind == "int":
            return self._numbers(operator, node.left, node.right)
        return self._values(operator, self._leaf(node.left), self._leaf(node.right))

    def _values(self, operator: tree.Operator, a: _Leaf, b: _Leaf) -> list[Wanted]:
        """Fit each side to the other."""
        if a.value is None and b.value is None:
            some = example(a.kind, None, _KNOWN)
            return self._together(
                [
                    self._need(b, Requirement("one of", (some,))),
                    self._need(a, _than(operator, some)),
                ]
            )
        found = []
        for one, other, sign in ((a, b, operator), (b, a, _TURNED[operator])):
            if other.value is not None and (self._may_change(one) or not self._may_change(other)):
                found += self._with(other, self._need(one, _than(sign, other.value)))
        return found

    def _membership(self, inside: bool, one: _Leaf, many: _Leaf) -> list[Wanted]:
        found = []
        movable = self._may_change(one), self._may_change(many)
        if many.value is not None and (movable[0] or not movable[1]):
            test = Requirement("one of" if inside else "none of", tuple(many.value))
            found += self._with(many, self._need(one, test))
        if one.value is not None and movable[1]:
            test = Requirement("contains one of" if inside else "contains none of", (one.value,))
            found += self._with(one, self._need(many, test))
        if one.value is None and many.value is None:
            some = example(one.kind, None, _KNOWN)
            test = Requirement("contains one of" if inside else "contains none of", (some,))
            found += self._together(
                [self._need(one, Requirement("one of", (some,))), self._need(many, test)]
            )
        return found

    def _with(self, other: _Leaf, found: list[Wanted]) -> list[Wanted]:
        """Keep the other side of a comparison as it is."""
        if not found or not self._may_change(other):
            return found
        value = tuple(other.value) if isinstance(other.value, list) else other.value
        return self._together([found, self._need(other, Requirement("stays", value))])

    # Numbers.

    def _numbers(self, operator: tree.Operator, left: tree.Node, right: tree.Node) -> list[Wanted]:
        """Fit each number of a comparison to the others."""
        facts = dict.fromkeys((*number_facts(left), *number_facts(right)))
        numbers = {node: self._number(node) for node in facts}
        movable = [node for node, one in numbers.items() if self._may_change(one.leaf)]
        values = {node: one.value for node, one in numbers.items()}
        lacking = [node for node in movable if values[node] is None]
        if not movable:
            return self._fixed_numbers(operator, left, right, numbers)
        found: list[Wanted] = []
        for free in lacking[-1:] or movable:
            assumed = values | dict.fromkeys(lacking[:-1], 0)
            difference = self._difference(left, right, free, assumed)
            if difference is None:
                self.incomplete = True
                continue
            tests = solved(operator, difference)
            if tests is None:
                continue
            kept = [
                self._number_ways(numbers[node], (Requirement("one of", (assumed[node],)),))
                if node in lacking
                else self._kept(numbers[node])
                for node in movable
                if node != free
            ]
            found += self._together([*kept, self._number_ways(numbers[free], tests)])
        return self._fewest(found)

    def _fixed_numbers(
        self,
        operator: tree.Operator,
        left: tree.Node,
        right: tree.Node,
        numbers: Mapping[tree.Node, _Number],
    ) -> list[Wanted]:
        values = {node: one.value for node, one in numbers.items()}
        difference = self._difference(left, right, None, values)
        if difference is not None and compares(operator, difference.rest):
            return _FREE
        places = (one.leaf.place for one in numbers.values())
        self.blocked |= {label_of(place): None for place in places if place is not None}
        return []

    def _difference(
        self,
        left: tree.Node,
        right: tree.Node,
        free: tree.Node | None,
        values: Mapping[tree.Node, int | None],
    ) -> Line | None:
        parameters = self.facts.parameters
        a, b = (line(side, free, values, parameters) for side in (left, right))
        return None if a is None or b is None else Line(a.slope - b.slope, a.rest - b.rest)

    def _number(self, node: tree.Node) -> _Number:
        match node:
            case tree.Amount(money=money, currency=currency):
                leaf = self._leaf(money)
                value: Money | None = leaf.value
                fits = value is not None and value.currency == currency
                return _Number(node, leaf, value.minor_units if fits and value else None)
            case tree.Length(source=source):
                leaf = self._leaf(source)
                return _Number(node, leaf, None if leaf.value is None else len(leaf.value))
            case tree.Age(born=born, today=today):
                leaf = self._leaf(born)
                day = self._leaf(today).value
                return _Number(
                    node, leaf, None if leaf.value is None else age_on(leaf.value, day), day
                )
            case _:
                leaf = self._leaf(node)
                return _Number(node, leaf, leaf.value)

    def _kept(self, number: _Number) -> list[Wanted]:
        return self._number_ways(number, (Requirement("stays", number.value),))

    def _number_ways(self, number: _Number, tests: Requirements) -> list[Wanted]:
        """Return the ways in which a number satisfies requirements on it."""
        leaf, place = number.leaf, number.leaf.place
        match number.node:
            case tree.Amount(currency=currency) if place is not None:
                return self._amount_ways(leaf, place, currency, tests)
            case tree.Length():
                return self._any(self._need(leaf, *some) for some in lengths(tests))
            case tree.Age():
                return self._any(self._need(leaf, *some) for some in births(tests, number.today))
            case _:
                return self._need(leaf, *tests)

    def _amount_ways(
        self, leaf: _Leaf, place: Place, currency: str, tests: Requirements
    ) -> list[Wanted]:
        money: Money | None = leaf.value
        parts = []
        for step, value, kind, wanted in (
            (
                "currency",
                money and money.currency,
                _CURRENCY,
                (Requirement("one of", (currency,)),),
            ),
            ("amount", money and money.minor_units, INT, tests),
        ):
            part = (*place, step)
            self._money.add(part)
            self.kinds[part] = kind
            parts.append(self._need(_Leaf(part, value, kind, leaf.given), *wanted))
        return self._together(parts)

    # Lists.

    def _quantifier(self, node: tree.Quantifier, want: bool) -> list[Wanted]:
        """Make the condition come out as wanted for every element, or for one."""
        source = self._leaf(node.source)
        every = (node.kind == "any") is not want
        if source.kind.element is None:
            raise TypeError(str(source.kind))
        things = source.kind.element.kind == "struct"
        parts = (
            self._of_element(node, place, element, want)
            for place, element in self._elements(source)
        )
        found: list[Wanted] = []
        if source.value is not None:
            found += self._together(parts) if every else self._any(parts)
        if source.place is None or (source.given and not self._may_change(source)):
            if not found and source.place is not None:
                self.blocked[label_of(source.place)] = None
            return found
        if not things:
            found += self._words_of_list(node, source, want, every=every)
        elif source.value is None or not every:
            found += self._new_element(node, source, want, every=every)
        return self._fewest(list(found))

    def _elements(self, source: _Leaf) -> Iterator[tuple[Place | None, Any]]:
        names = self.facts.names.get(str(source.place[0])) if source.place else None
        for position, element in enumerate(source.value or ()):
            if source.place is None:
                yield None, element
            elif names is not None and len(source.place) == 1:
                yield (names[position],), element
            else:
                place = (*source.place, position)
                if source.kind.element is not None:
                    self.kinds[place] = source.kind.element
                yield place, element

    def _of_element(
        self, node: tree.Quantifier, place: Place | None, element: Any, want: bool
    ) -> list[Wanted]:
        self._bound[node.variable] = place, element
        found = self.ways(node.body, want)
        self._bound.pop(node.variable)
        return found

    def _words_of_list(
        self, node: tree.Quantifier, source: _Leaf, want: bool, *, every: bool
    ) -> list[Wanted]:
        """Say which words the list must hold, or must not."""
        if any(isinstance(part, tree.Matches) for part in tree.walk(node.body)):
            return []
        closed = source.kind.element.values if source.kind.element else None
        words = sorted(closed) if closed else _words(node.body, source.value)
        blocked = dict(self.blocked)
        good: list[Any] = []
        bad: list[Any] = []
        for word in [*words, None]:
            ways = self._of_element(node, None, "\0" if word is None else word, want)
            (good if any(not one.changed for one in ways) else bad).append(word)
        self.blocked = blocked
        other = None in good
        good, bad = ([one for one in some if one is not None] for some in (good, bad))
        if not every:
            return self._need(source, Requirement("contains one of", tuple(good))) if good else []
        if not bad and (closed or other):
            return self._need(source, *_KNOWN)
        only = (not other and not closed) or (closed and len(good) < len(bad))
        if only:
            return self._need(source, Requirement("contains only", tuple(good)))
        return self._need(source, Requirement("contains none of", tuple(bad)))

    def _new_element(
        self, node: tree.Quantifier, source: _Leaf, want: bool, *, every: bool
    ) -> list[Wanted]:
        """Let one more thing be in the list, or an unknown list hold only such things."""
        if source.place is None or source.kind.element is None:
            return []
        key = (0 if every else id(node), source.place)
        place = self._new.get(key)
        if place is None:
            others = sum(known == source.place for _, known in self._new)
            place = (*source.place, len(source.value or ()) + others)
            self._new[key] = place
        self.elements[place] = "each" if every else "one"
        self.kinds[place] = source.kind.element
        found = self._of_element(node, place, None, want)
        if every and not found:
            return self._need(source, Requirement("no longer than", 0))
        if every:
            # Nothing has to be said of the things in it: it only has to be stated.
            stated = self._need(source, *_KNOWN)
            return [one if one.changed else stated[0] for one in found]
        return [one for one in found if place in one.changed]


class _Number(NamedTuple):
    """A number of a comparison, the fact behind it, and its value; for an age also the day."""

    node: tree.Node
    leaf: _Leaf
    value: int | None
    today: Any = None


def _than(operator: tree.Operator, value: Any) -> Requirement:
    """Return what a value must be like to compare so with another; dates and times have neighbours."""
    step = SECOND if isinstance(value, dt.datetime) else DAY
    match operator:
        case "==":
            return Requirement("one of", (value,))
        case "!=":
            return Requirement("none of", (value,))
        case "<=":
            return Requirement("at most", value)
        case ">=":
            return Requirement("at least", value)
        case "<":
            return Requirement("at most", value - step)
        case _:
            return Requirement("at least", value + step)


def _words(body: tree.Node, present: Sequence[str] | None) -> list[str]:
    """Return the texts that make a difference to a condition on the texts of a list."""
    found = dict.fromkeys(present or ())
    for node in tree.walk(body):
        match node:
            case tree.Constant(value=str() as text):
                found[text] = None
            case tree.Values(values=texts):
                found |= dict.fromkeys(texts)
            case _:
                pass
    return list(found)
