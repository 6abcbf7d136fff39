"""Fuse the rules of one event type into one Python function.

Three-valued logic is compiled by polarity: each condition is written once as "is it true" and,
only where a fact in it may be unknown, once as "is it false". Facts that cannot be unknown cost
nothing extra. The function is built from checked trees only: names come from the schema, every
constant is passed in as an object, and there are no builtins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vermilion.facts.dates import age_on
from vermilion.facts.money import Money
from vermilion.facts.namespace import namespace
from vermilion.language import tree

Outcomes = tuple[int, int, int]
"""Bit masks by position of the rule: hit, unknown, passed; in none of them: does not apply."""

FusedFunction = Callable[[Any, Mapping[str, Any]], Outcomes]


@dataclass(frozen=True)
class Condition:
    """A rule as the compiler sees it: when it applies, and what violates it."""

    applies: tree.Node | None
    violates: tree.Node


def amount_in(money: Money | None, currency: str) -> int | None:
    """Return minor units in a currency; None where the money is unknown or in another one."""
    if money is None or money.currency != currency:
        return None
    return money.minor_units


def fuse(
    event_type: str, conditions: Sequence[Condition], parameters: Mapping[str, Any]
) -> FusedFunction:
    """Compile conditions into one function of (event data, known facts) -> `Outcomes`."""
    writer = _Writer(event_type, parameters)
    source = writer.function(conditions)
    scope: dict[str, Any] = {"__builtins__": {}, "len": len, **writer.constants}
    exec(compile(source, f"<rules for {event_type}>", "exec"), scope)  # noqa: S102
    fused: FusedFunction = scope["judge"]
    return fused


class _Writer:
    def __init__(self, event_type: str, parameters: Mapping[str, Any]) -> None:
        self.names = namespace(event_type)
        self.parameters = parameters
        self.constants: dict[str, Any] = {"amount_in": amount_in, "age_on": age_on}
        self.lines: list[str] = []
        self.indent = 1
        self.count = 0
        self.loaded: dict[Any, str] = {}
        self.variables: dict[str, str] = {}

    def function(self, conditions: Sequence[Condition]) -> str:
        self.emit("hit = unknown = passed = 0")
        for condition in conditions:
            for node in (condition.applies, condition.violates):
                if node is not None:
                    self.load_unbound(node)
        for position, condition in enumerate(conditions):
            self.rule(1 << position, condition)
        self.emit("return hit, unknown, passed")
        return "\n".join(["def judge(data, known):", *self.lines])

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    # Rules.

    def rule(self, bit: int, condition: Condition) -> None:
        applies = condition.applies
        if applies is None:
            self.verdict(bit, condition.violates)
            return
        self.prepare(applies)
        self.emit(f"if {self.true(applies)}:")
        self.indent += 1
        self.verdict(bit, condition.violates)
        self.indent -= 1
        if applies.nullable:
            self.emit(f"elif not {self.false(applies)}:")
            self.emit(f"    unknown |= {bit}")

    def verdict(self, bit: int, violates: tree.Node) -> None:
        self.prepare(violates)
        self.emit(f"if {self.true(violates)}:")
        self.emit(f"    hit |= {bit}")
        if violates.nullable:
            self.emit(f"elif not {self.false(violates)}:")
            self.emit(f"    unknown |= {bit}")
        self.emit("else:")
        self.emit(f"    passed |= {bit}")

    # Loading facts into local names.

    def load_unbound(self, node: tree.Node) -> None:
        for part in tree.walk(node):
            if isinstance(part, tree.Path) and not part.bound:
                self.load(part)
        for part in tree.walk(node):
            match part:
                case tree.Amount(money=tree.Path(bound=False)):
                    self.load_amount(part)

    def load(self, path: tree.Path) -> str:
        """Emit what is needed to have a fact in a local name, and return that name."""
        name = self.root(path)
        unknown = path.may_be_unknown[0]
        for end, step in enumerate(path.steps, start=1):
            key = (name, step)
            if key not in self.loaded:
                local = self.fresh()
                guard = f" if {name} is not None else None" if unknown else ""
                self.emit(f"{local} = {name}.{step}{guard}")
                self.loaded[key] = local
            name = self.loaded[key]
            unknown = unknown or path.may_be_unknown[end]
        return name

    def root(self, path: tree.Path) -> str:
        if path.bound:
            return self.variables[path.root]
        key = (None, path.root)
        if key not in self.loaded:
            local = self.fresh()
            of_event = self.names[path.root].origin == "data"
            self.emit(
                f"{local} = " + (f"data.{path.root}" if of_event else f"known[{path.root!r}]")
            )
            self.loaded[key] = local
        return self.loaded[key]

    def load_amount(self, node: tree.Amount) -> str:
        money, _ = self.value(node.money)
        key = (money, "amount", node.currency)
        if key not in self.loaded:
            local = self.fresh()
            self.emit(f"{local} = amount_in({money}, {self.constant(node.currency)})")
            self.loaded[key] = local
        return self.loaded[key]

    def prepare(self, node: tree.Node) -> None:
        """Emit the statements that a condition needs before its expression: loops, loads."""
        match node:
            case tree.Quantifier():
                self.loop(node)
            case tree.Path():
                self.load(node)
            case tree.Amount():
                self.prepare(node.money)
                self.load_amount(node)
            case _:
                for child in tree.children(node):
                    self.prepare(child)

    def loop(self, node: tree.Quantifier) -> None:
        self.prepare(node.source)
        source, guards = self.value(node.source)
        result, variable = self.fresh(), self.fresh()
        stop, other = ("True", "False") if node.kind == "any" else ("False", "True")
        self.emit(f"{result} = {other}")
        if guards:
            self.emit(f"if {source} is None:")
            self.emit(f"    {result} = None")
            self.emit("else:")
            self.indent += 1
        self.emit(f"for {variable} in {source}:")
        self.indent += 1
        outside, self.loaded = self.loaded, dict(self.loaded)
        self.variables[node.variable] = variable
        self.prepare(node.body)
        decisive = self.true(node.body) if node.kind == "any" else self.false(node.body)
        harmless = self.false(node.body) if node.kind == "any" else self.true(node.body)
        self.emit(f"if {decisive}:")
        self.emit(f"    {result} = {stop}")
        self.emit("    break")
        if node.body.nullable:
            self.emit(f"if not {harmless}:")
            self.emit(f"    {result} = None")
        del self.variables[node.variable]
        self.loaded = outside
        self.indent -= 2 if guards else 1
        self.loaded[id(node)] = result

    # Expressions.

    def constant(self, value: Any) -> str:
        if isinstance(value, bool | int):
            return repr(value)
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def value(self, node: tree.Node) -> tuple[str, tuple[str, ...]]:
        """Return a value's expression and the local names that must be known for it."""
        match node:
            case tree.Constant(value=value):
                return self.constant(value), ()
            case tree.Values(values=values):
                return self.constant(values), ()
            case tree.Parameter(name=name):
                return self.constant(self.parameters[name]), ()
            case tree.Path():
                local = self.load(node)
                return local, (local,) if node.nullable else ()
            case tree.Amount():
                local = self.load_amount(node)
                return local, (local,)
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
                raise AssertionError(node)

    def true(self, node: tree.Node) -> str:
        """Return an expression that holds if and only if the condition is true."""
        return self.polarity(node, holds=True)

    def false(self, node: tree.Node) -> str:
        """Return an expression that holds if and only if the condition is false."""
        return self.polarity(node, holds=False)

    def polarity(self, node: tree.Node, *, holds: bool) -> str:
        match node:
            case tree.Not(item=item):
                return self.polarity(item, holds=not holds)
            case tree.And(items=items) | tree.Or(items=items):
                joint = " and " if isinstance(node, tree.And) == holds else " or "
                return "(" + joint.join(self.polarity(i, holds=holds) for i in items) + ")"
            case tree.Compare():
                return self.comparison(node, holds=holds)
            case tree.Known(fact=tree.Path() as fact):
                sign = "is not" if holds else "is"
                return f"({self.load(fact)} {sign} None)"
            case tree.Quantifier():
                return f"({self.loaded[id(node)]} is {holds})"
            case _:
                value, guards = self.value(node)
                if guards:
                    return f"({value} is {holds})"
                return value if holds else f"(not {value})"

    def comparison(self, node: tree.Compare, *, holds: bool) -> str:
        (a, guards_a), (b, guards_b) = self.value(node.left), self.value(node.right)
        test = f"{a} {node.operator} {b}"
        guards = [f"{name} is not None" for name in dict.fromkeys(guards_a + guards_b)]
        return "(" + " and ".join([*guards, test if holds else f"not {test}"]) + ")"
