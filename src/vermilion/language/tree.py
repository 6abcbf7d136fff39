"""The typed tree that a rule's text is read into: the one form that everything else works from.

Truth is three-valued (Kleene): a node that is `nullable` may be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from vermilion.language.types import Type

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@dataclass(frozen=True, slots=True)
class Node:
    """Base of every node: its type, and whether it may be unknown."""

    type: Type
    nullable: bool


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Values(Node):
    """A fixed list of texts: written out, or a named list of the rulebook."""

    values: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A dated parameter; its value is fixed when the rule is compiled for a day."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A fact: a root name or quantified variable, and the fields walked from it.

    A window is a root of its own, `windows.<name>`, without steps.

    `may_be_unknown` tells for the root and after each step whether it can be unknown there.
    """

    root: str
    steps: tuple[str, ...]
    may_be_unknown: tuple[bool, ...]
    bound: bool
    below: str = field(init=False)
    """The steps as they follow the root in a label: `.kyc.status`."""
    asked: str = field(init=False)
    """The steps to ask for where the fact is unknown.

    What cannot be unknown by itself is lacking because of what it belongs to: an unknown
    `price.currency` asks for the `price`.
    """

    def __post_init__(self) -> None:
        last = len(self.steps)
        while last and not self.may_be_unknown[last]:
            last -= 1
        object.__setattr__(self, "below", "".join(f".{step}" for step in self.steps))
        object.__setattr__(self, "asked", "".join(f".{step}" for step in self.steps[:last]))

    def __str__(self) -> str:
        return self.root + self.below


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Two values held against each other."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Sum, difference or product of whole numbers."""

    operator: Literal["+", "-", "*"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """Minor units of money in one currency; unknown where it is in another."""

    money: Node
    currency: str


@dataclass(frozen=True, slots=True)
class Length(Node):
    """Number of elements of a list."""

    source: Node


@dataclass(frozen=True, slots=True)
class Age(Node):
    """Full years from a birth date to the event's legal date."""

    born: Node
    today: Node


@dataclass(frozen=True, slots=True)
class Known(Node):
    """Whether a fact is known; never unknown itself."""

    fact: Node


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """Whether a text holds a term of a list, as `terms.Terms` defines it."""

    text: Node
    terms: Values
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Negation."""

    item: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Conjunction."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Disjunction."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quantifier(Node):
    """Whether any, or all, elements of a list satisfy a condition."""

    kind: Literal["any", "all"]
    variable: str
    source: Node
    body: Node


_PARTS: dict[type[Node], tuple[str, ...]] = {}
"""By kind of node, the fields in which there may be nodes."""


def children(node: Node) -> Sequence[Node]:
    """Return the nodes directly below a node, in the order of the text."""
    found: list[Node] = []
    names = _PARTS.get(type(node))
    if names is None:
        names = tuple(part.name for part in fields(node) if part.name not in {"type", "nullable"})
        _PARTS[type(node)] = names
    for name in names:
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif type(value) is tuple and value and isinstance(value[0], Node):
            found += value
    return found


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and every node below it, in the order of the text."""
    left = [node]
    while left:
        node = left.pop()
        yield node
        left += reversed(children(node))


def facts_read(node: Node, *, bound: bool = False) -> tuple[Path, ...]:
    """Return the facts that a tree reads, without repeats, in order of the text.

    Those of quantified variables, such as `p.kyc` in `any(... for p in parties)`, are left out
    unless `bound` is set; then they follow under the variable's name.
    """
    found = (n for n in walk(node) if isinstance(n, Path) and (bound or not n.bound))
    return tuple(dict.fromkeys(found))
