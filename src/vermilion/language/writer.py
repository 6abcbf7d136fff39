"""Write simplified conditions as Python statements and expressions.

A local name holds a fact, or None where it is unknown. For the two rules

    price.currency == "CNY" and amount(price, "CNY") > 100
    any(leg.instrument == "cash" for leg in settlement) and not known(purpose)

the function comes to

    def judge(data, known):
        hit = unknown = 0
        passed = 3
        v1 = data.price
        v2 = None
        if v1 is not None and v1.currency == 'CNY':
            v2 = v1.amount
            if type(v2) is not int:
                v2 = int(v2)
        if (v2 is None or v2 > 100):
            v3 = v1.currency if v1 is not None else None
            if (v3 is None or v3 == 'CNY'):
                if (v2 is not None and v2 > 100) and (v3 is not None and v3 == 'CNY'):
                    hit += 1
                    passed -= 1
                else:
                    unknown += 1
                    passed -= 1
        v4 = data.purpose
        if v4 is None:
            v5 = data.settlement
            v6 = None if v5 is None else False
            for v7 in v5 or ():
                v8 = v7.instrument
                if (v8 is None or v8 == 'cash'):
                    if (v8 is not None and v8 == 'cash'):
                        v6 = True
                        break
                    else:
                        v6 = v6 or None
            if v6 is not False:
                if v6:
                    hit += 2
                    passed -= 2
                else:
                    unknown += 2
                    passed -= 2
        return hit, unknown, passed

So three-valued logic costs little more than two-valued as long as nothing is wrong: the outer tests
are *lenient*, they fail only where the condition is false; whether it is true, the *strict* test
within tells. What takes effort stands within the tests of what does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from vermilion.facts.dates import age_on
from vermilion.facts.namespace import namespace
from vermilion.language import tree
from vermilion.language.simplify import (
    NEGATED,
    Effort,
    OfAge,
    Overlap,
    Within,
    YearsApart,
    effort,
)
from vermilion.language.source import Source
from vermilion.language.terms import terms_of

SHARED = 3
"""How many readers of a fact make it worth loading before any of them is tested."""
FEW = 2
"""Up to how many words are looked for in a list one by one."""
DEEPEST = 30
"""Indentation from which conditions are no longer taken apart; Python's own limit is 100."""

Emit = Callable[[], None]
Nodes = tuple[tree.Node, ...]
Expression = tuple[str, tuple[str, ...]]
"""An expression, and the local names that must be known for it to have a value."""

_Fact = (tree.Path, tree.Amount, YearsApart)
_Held = (*_Fact, tree.Quantifier, tree.Matches)
"""What is evaluated by statements, into a local name."""


class Writer(Source):
    """Writes conditions over the facts of an event type."""

    def __init__(self, event_type: str) -> None:
        super().__init__()
        self.event_type = event_type
        self.names = namespace(event_type)
        self.constants["age_on"] = age_on

    def _name(self, node: tree.Node) -> str | None:
        """Return the local name that holds the value of a node at this place, if there is one."""
        return self.held.get(node) if isinstance(node, (*_Held, tree.And, tree.Or)) else None

    # Three-valued conditions.

    def settle(self, node: tree.Node, holds: Emit, is_open: Emit | None = None) -> None:
        """Write what is to be done where a condition holds, and where it is unknown."""
        match node:
            case tree.Or(items=items) if self._name(node) is None:
                self._either(items, holds, is_open, ())
            case tree.And(items=items) if self._name(node) is None:
                self._every(items, holds, is_open, ())
            case _:
                self._every((node,), holds, is_open, ())

    def _every(self, parts: Nodes, holds: Emit, is_open: Emit | None, before: Nodes) -> None:
        """Write an `and` by stages; `before` are the parts that may be true or unknown."""
        first, rest = self._first_stage(parts)
        lenient = is_open is not None
        with self.block(f"if {self._joined(' and ', first, lenient=lenient)}:"):
            doubtful = (*before, *(node for node in first if node.nullable))
            if rest:
                self._every(rest, holds, is_open, doubtful)
            elif is_open is None or not doubtful:
                holds()
            else:
                with self.block(f"if {self._joined(' and ', doubtful, lenient=False)}:"):
                    holds()
                with self.block("else:"):
                    is_open()

    def _either(self, parts: Nodes, holds: Emit, is_open: Emit | None, before: Nodes) -> None:
        """Write an `or` by stages; `before` are the parts that may be false or unknown."""
        first, rest = self._first_stage(parts)
        doubtful = (*before, *(node for node in first if node.nullable))
        strict = self._joined(" or ", first, lenient=False)
        if rest:
            with self.block(f"if {strict}:"):
                holds()
            with self.block("else:"):
                self._either(rest, holds, is_open, doubtful)
        elif is_open is None or not doubtful:
            with self.block(f"if {strict}:"):
                holds()
        else:
            with self.block(f"if {self._joined(' or ', (*before, *first), lenient=True)}:"):
                with self.block(f"if {strict}:"):
                    holds()
                with self.block("else:"):
                    is_open()

    def _first_stage(self, parts: Nodes) -> tuple[Nodes, Nodes]:
        """Return the parts to be tested next, made ready, and those that can wait."""
        ready = [part for part in parts if self._is_ready(part)]
        least = min(effort(part) for part in parts)
        first = tuple(ready or [part for part in parts if effort(part) == least][:1])
        if self.indent > DEEPEST:
            first = parts
        for part in first:
            self.prepare(part)
        return first, tuple(part for part in parts if part not in first)

    def _is_ready(self, node: tree.Node) -> bool:
        if isinstance(node, _Held):
            return node in self.held
        return all(self._is_ready(child) for child in tree.children(node))

    def loop_together(self, nodes: Iterable[tree.Node]) -> None:
        """Write one loop for those conditions that are `any` over the same list."""
        loops: dict[tree.Node, dict[tree.Quantifier, None]] = {}
        for node in nodes:
            some = node.item if isinstance(node, tree.Not) else node
            if isinstance(some, tree.Quantifier) and some not in self.held:
                loops.setdefault(some.source, {})[some] = None
        for together in loops.values():
            self.loop(list(together))

    def _joined(self, joint: str, nodes: Nodes, *, lenient: bool) -> str:
        return joint.join(self.test(node, holds=True, lenient=lenient) for node in nodes)

    def test(self, node: tree.Node, *, holds: bool, lenient: bool) -> str:
        """Return an expression for whether a prepared condition is true, or false.

        Where the condition is unknown, the expression gives what `lenient` says.
        """
        name = self._name(node)
        if name is not None:
            return _truth(name, node.nullable, holds=holds, lenient=lenient)
        match node:
            case tree.Not(item=item):
                return self.test(item, holds=not holds, lenient=lenient)
            case tree.And(items=items) | tree.Or(items=items):
                joint = " and " if isinstance(node, tree.And) == holds else " or "
                parts = [self.test(item, holds=holds, lenient=lenient) for item in items]
                return f"({joint.join(parts)})"
            case tree.Constant(value=value):
                return repr(value is holds)
            case tree.Known(fact=tree.Path() as fact):
                return f"{self.load(fact)} {'is not' if holds else 'is'} None"
        two_valued, guards = self._two_valued(node, holds=holds)
        if not guards:
            return two_valued
        sign, joint = ("is", " or ") if lenient else ("is not", " and ")
        known = [f"{name} {sign} None" for name in dict.fromkeys(guards)]
        return f"({joint.join([*known, two_valued])})"

    def _two_valued(self, node: tree.Node, *, holds: bool) -> Expression:
        """Return an expression for whether a test over known facts holds, or does not."""
        match node:
            case tree.Compare(operator=operator):
                (a, guards_a), (b, guards_b) = self.value(node.left), self.value(node.right)
                return f"{a} {operator if holds else NEGATED[operator]} {b}", guards_a + guards_b
            case Overlap(texts=texts, words=words):
                name, guards = self.value(texts)
                return self._overlap(name, words, holds=holds), guards
            case Within(texts=texts, words=words):
                name, guards = self.value(texts)
                superset = self.passed(("superset", words), frozenset(words).issuperset)
                return f"{'' if holds else 'not '}{superset}({name})", guards
            case OfAge(apart=apart, years=years):
                return self._of_age(apart, years, holds=holds)
            case _:
                raise AssertionError(node)

    def _overlap(self, name: str, words: tuple[str, ...], *, holds: bool) -> str:
        if 0 < len(words) <= FEW:
            sign, joint = ("in", " or ") if holds else ("not in", " and ")
            return f"({joint.join(f'{self.constant(word)} {sign} {name}' for word in words)})"
        disjoint = self.passed(("disjoint", words), frozenset(words).isdisjoint)
        return f"{'not ' if holds else ''}{disjoint}({name})"

    def _of_age(self, apart: YearsApart, years: int, *, holds: bool) -> Expression:
        """Compare years first: the days matter only in the year of the birthday in question."""
        name, guards = self.value(apart)
        (born, _), (today, _) = self.value(apart.born), self.value(apart.today)
        sign, days = (">", ">=") if holds else ("<", "<")
        had = f"({today}.month, {today}.day) {days} ({born}.month, {born}.day)"
        return f"({name} {sign}= {years} and ({name} {sign} {years} or {had}))", guards

    # Values.

    def value(self, node: tree.Node) -> Expression:
        """Return the expression of a prepared value."""
        match node:
            case tree.Constant(value=value):
                return self.constant(value), ()
            case tree.Values(values=values):
                return self.words(values), ()
            case tree.Length(source=source):
                inner, guards = self.value(source)
                return f"len({inner})", guards
            case tree.Age(born=born, today=today):
                (a, guards_a), (b, guards_b) = self.value(born), self.value(today)
                return f"age_on({a}, {b})", guards_a + guards_b
            case tree.Arithmetic(operator=operator, left=left, right=right):
                (a, guards_a), (b, guards_b) = self.value(left), self.value(right)
                return f"({a} {operator} {b})", guards_a + guards_b
            case _:
                name = self.held[node]
                return name, (name,) if node.nullable else ()

    def prepare(self, node: tree.Node) -> None:
        """Write the statements that a tree needs before its expression."""
        if self._name(node) is not None:
            return
        match node:
            case tree.Path():
                self.load(node)
            case tree.Amount():
                self._load_amount(node)
            case YearsApart():
                self._load_years(node)
            case tree.Quantifier():
                self.loop([node])
            case tree.Matches():
                self._search(node)
            case tree.And() | tree.Or() if effort(node) >= Effort.LOOP and self.indent < DEEPEST:
                self.decide(node)
            case _:
                for child in tree.children(node):
                    self.prepare(child)

    def load_shared(self, readers: Iterable[Sequence[tree.Node]]) -> None:
        """Load first what several of those who read need; the rest is loaded where it is needed."""
        counts: Counter[tree.Node] = Counter()
        for nodes in readers:
            read = (part for node in nodes for part in tree.walk(node) if self._is_fact(part))
            counts.update(list(dict.fromkeys(read)))
        shared = [node for node, count in counts.items() if count >= SHARED]
        for node in sorted(shared, key=lambda node: not isinstance(node, tree.Path)):
            self.prepare(node)

    def load(self, path: tree.Path) -> str:
        """Write what is needed to have a fact in a local name, and return that name."""
        if path in self.held:
            return self.held[path]
        name = self._root(path)
        unknown = path.may_be_unknown[0]
        for step, may_be_unknown in zip(path.steps, path.may_be_unknown[1:], strict=True):
            guard = f" if {name} is not None else None" if unknown else ""
            name = self.local((name, step), f"{name}.{step}{guard}")
            unknown = unknown or may_be_unknown
        self.held[path] = name
        return name

    def _root(self, path: tree.Path) -> str:
        if path.bound:
            return self.held[path.root]
        source = self.names.get(path.root)
        if source is not None and source.origin == "data":
            return self.local(("data", path.root), f"data.{path.root}")
        return self.local(("known", path.root), f"known[{path.root!r}]")

    def _load_amount(self, node: tree.Amount) -> None:
        """Write the amount where the currency is right; None otherwise. It may be in digits."""
        self.prepare(node.money)
        money, known = self.value(node.money)
        currency = self.held.get((money, "currency"))
        guard = "" if currency or not known else f"{money} is not None and "
        name = self.local(node, "None")
        wanted = self.constant(node.currency)
        with self.block(f"if {guard}{currency or f'{money}.currency'} == {wanted}:"):
            self.emit(f"{name} = {money}.amount")
            with self.block(f"if type({name}) is not int:"):
                self.emit(f"{name} = int({name})")

    def _load_years(self, node: YearsApart) -> None:
        self.prepare(node.born)
        self.prepare(node.today)
        (born, known), (today, _) = self.value(node.born), self.value(node.today)
        guard = f" if {born} is not None else None" if known else ""
        self.local(node, f"{today}.year - {born}.year{guard}")

    def _search(self, node: tree.Matches) -> None:
        self.prepare(node.text)
        text, known = self.value(node.text)
        guard = f" if {text} is not None else None" if known else ""
        matches = self.constant(terms_of(node.terms.values, node.exceptions).matches)
        self.local(node, f"{matches}({text}){guard}")

    def decide(self, node: tree.Node) -> None:
        """Write a condition's outcome into a local name."""
        name = self.fresh()
        self.emit(f"{name} = False")
        holds, is_open = f"{name} = True", f"{name} = None"
        self.settle(node, partial(self.emit, holds), partial(self.emit, is_open))
        self.held[node] = name

    def loop(self, nodes: Sequence[tree.Quantifier]) -> None:
        """Write one loop for every `any` over the same list; a single one ends where it holds."""
        for node in nodes:
            self._hoist(node)
        source, known = self.value(nodes[0].source)
        names, variable = [self.fresh() for _ in nodes], self.fresh()
        start = f"None if {source} is None else False" if known else "False"
        self.emit(f"{' = '.join(names)} = {start}")
        ending = ("break",) if len(nodes) == 1 else ()
        with self.block(f"for {variable} in {source}{' or ()' if known else ''}:"):
            outside = self.held
            for node, name in zip(nodes, names, strict=True):
                # Another `any` may mean another element by the same name: only steps stay.
                steps = {key: held for key, held in self.held.items() if isinstance(key, tuple)}
                self.held = outside | steps | {node.variable: variable}
                holds = partial(self.emit, f"{name} = True", *ending)
                self.settle(node.body, holds, partial(self.emit, f"{name} = {name} or None"))
        self.held.update(zip(nodes, names, strict=True))

    def _hoist(self, node: tree.Quantifier) -> None:
        """Write, before its loop, what is the same for every element."""
        self.prepare(node.source)
        for part in tree.walk(node.body):
            if self._is_fact(part):
                self.prepare(part)

    def _is_fact(self, node: tree.Node) -> bool:
        """Say whether a node can be read off the facts at this place."""
        return isinstance(node, _Fact) and not any(
            isinstance(part, tree.Path) and part.bound and part.root not in self.held
            for part in tree.walk(node)
        )


def _truth(name: str, nullable: bool, *, holds: bool, lenient: bool) -> str:
    """Return the test of a local name that holds True, False or, for unknown, None."""
    if lenient == holds and nullable:
        return f"{name} is not False" if holds else f"{name} is False"
    return name if holds else f"not {name}"
