"""Fuse the rules of one event type into one Python function.

`simplify` turns each condition into one that costs less, `writer` writes it, and here its outcome
is put to use. The function is built from checked trees only: names come from the schema, texts are
plain words or passed in as objects, and of the builtins there are only `int`, `len` and `type`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from vermilion.language import tree
from vermilion.language.simplify import simplify
from vermilion.language.writer import Expression, Writer

__all__ = [
    "AskFunction",
    "Condition",
    "Fold",
    "FoldFunction",
    "FusedFunction",
    "Outcomes",
    "fuse",
    "fuse_asks",
    "fuse_folds",
]

Outcomes = tuple[int, int, int]
"""Bit masks by position of the rule: hit, unknown, passed; in none of them: does not apply."""

FusedFunction = Callable[[Any, Mapping[str, Any]], Outcomes]


@dataclass(frozen=True)
class Condition:
    """A rule as the compiler sees it: when it applies, and what violates it."""

    applies: tree.Node | None
    violates: tree.Node


@dataclass(frozen=True)
class Fold:
    """What an event adds to a window: under which key, which value, and on which condition."""

    key: tuple[tree.Node, ...]
    value: tree.Node | None
    where: tree.Node | None


Key = Any
FoldFunction = Callable[[Any, Mapping[str, Any]], list[tuple[int, Key, Any]]]
AskFunction = Callable[[Any, Mapping[str, Any]], tuple[Key | None, ...]]


def fuse(
    event_type: str, conditions: Sequence[Condition], parameters: Mapping[str, Any]
) -> FusedFunction:
    """Compile conditions into one function of (event data, known facts) -> `Outcomes`."""
    rules = [
        (one.applies and simplify(one.applies, parameters), simplify(one.violates, parameters))
        for one in conditions
    ]
    writer = Writer(event_type)
    function: FusedFunction = _compiled(writer, "judge", _judging(writer, rules))
    return function


def fuse_folds(event_type: str, folds: Mapping[int, Fold]) -> FoldFunction:
    """Compile what events of a type add to windows: (window, key, value) of each that applies.

    Where the key, the value or the condition is unknown, nothing is added.
    """
    writer = Writer(event_type)
    function: FoldFunction = _compiled(writer, "fold", _folding(writer, folds))
    return function


def fuse_asks(event_type: str, asks: Sequence[tuple[tree.Node, ...]]) -> AskFunction:
    """Compile the keys by which events of a type ask for windows; None where part is unknown."""
    writer = Writer(event_type)
    function: AskFunction = _compiled(writer, "ask", _asking(writer, asks))
    return function


def _compiled(writer: Writer, name: str, lines: str) -> Any:
    source = f"def {name}(data, known):\n{lines}"
    scope: dict[str, Any] = {"__builtins__": {}, **writer.constants}
    exec(compile(source, f"<rules for {writer.event_type}>", "exec"), scope)  # noqa: S102
    return scope[name]


# Rules.


def _judging(writer: Writer, rules: Sequence[tuple[tree.Node | None, tree.Node]]) -> str:
    """Write what judges by pairs of scope and violation; each keeps the bit of its place.

    A rule counts as passed from where its scope holds to where it comes out otherwise.
    """
    always = sum(1 << place for place, (applies, _) in enumerate(rules) if applies is None)
    writer.emit("hit = unknown = 0", f"passed = {always}")
    writer.load_shared([[node for node in rule if node is not None] for rule in rules])
    scopes: dict[tree.Node | None, dict[int, tree.Node]] = {}
    for place, (applies, violates) in enumerate(rules):
        scopes.setdefault(applies, {})[1 << place] = violates
    at_once = [*scopes, *scopes.get(None, {}).values()]
    writer.loop_together([node for node in at_once if node is not None])
    for applies, violations in scopes.items():
        if applies is None:
            _verdicts(writer, violations)
        else:
            _scope(writer, applies, violations)
    writer.emit("return hit, unknown, passed")
    return writer.text()


def _scope(writer: Writer, applies: tree.Node, violations: Mapping[int, tree.Node]) -> None:
    """Write the rules that apply under the same condition."""
    bits = sum(violations)

    def holds() -> None:
        writer.emit(f"passed += {bits}")
        _verdicts(writer, violations)

    if isinstance(applies, tree.Or):  # it may hold for several reasons, each with its own place
        writer.decide(applies)
    writer.settle(applies, holds, partial(writer.emit, f"unknown += {bits}"))


def _verdicts(writer: Writer, violations: Mapping[int, tree.Node]) -> None:
    writer.loop_together(violations.values())
    for bit, violates in violations.items():
        hit = partial(writer.emit, f"hit += {bit}", f"passed -= {bit}")
        writer.settle(violates, hit, partial(writer.emit, f"unknown += {bit}", f"passed -= {bit}"))


# Windows.


def _folding(writer: Writer, folds: Mapping[int, Fold]) -> str:
    writer.emit("found = []")
    read = [[*fold.key, fold.value, fold.where] for fold in folds.values()]
    writer.load_shared([[node for node in nodes if node is not None] for nodes in read])
    for index, fold in folds.items():
        if fold.where is None:
            _fold(writer, index, fold)
        else:
            writer.settle(simplify(fold.where, {}), partial(_fold, writer, index, fold))
    writer.emit("return found")
    return writer.text()


def _fold(writer: Writer, index: int, fold: Fold) -> None:
    key, known = _key(writer, fold.key)
    value = "None"
    if fold.value is not None:
        writer.prepare(fold.value)
        value, guards = writer.value(fold.value)
        known += guards
    with writer.block(f"if {_all_known(known)}:"):
        writer.emit(f"found.append(({index}, {key}, {value}))")


def _asking(writer: Writer, asks: Sequence[tuple[tree.Node, ...]]) -> str:
    keys = []
    for nodes in asks:
        key, known = _key(writer, nodes)
        keys.append(f"({key} if {_all_known(known)} else None)")
    writer.emit(f"return ({', '.join(keys)}{',' if keys else ''})")
    return writer.text()


def _key(writer: Writer, nodes: Sequence[tree.Node]) -> Expression:
    parts: list[str] = []
    known: list[str] = []
    for node in nodes:
        writer.prepare(node)
        part, guards = writer.value(node)
        parts.append(f"{part}.toordinal()" if node.type.kind == "date" else part)
        known += guards
    # A key of one part is that part: a text remembers its hash, a tuple does not.
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})", tuple(known)


def _all_known(names: Sequence[str]) -> str:
    return " and ".join(f"{name} is not None" for name in dict.fromkeys(names)) or "True"
