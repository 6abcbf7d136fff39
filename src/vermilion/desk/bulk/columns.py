"""Which columns of a fact table a rulebook's rules and windows read, by event type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from vermilion.errors import RulebookError
from vermilion.language import facts_read, tree
from vermilion.language.sql import column_name, column_type, leaves
from vermilion.rulebook import Engine
from vermilion.rulebook.windows import LoadedWindow, nodes_of

WINDOW = "windows."
FIRST_DAY = dt.date(1, 1, 1)


class Column(NamedTuple):
    """A column: what fills it, what it is called, and of which type it is.

    `several` says that it is a list: then its values lie in a table of their own, a row for each.
    """

    leaf: tree.Node
    name: str
    type: str
    several: bool
    label: str


def columns_of(engine: Engine, event_type: str) -> dict[str, Column]:
    """Return, by name, every column that rules and windows ever read on events of a type.

    Windows themselves are none: they follow from the columns.

    Raises:
        RulebookError: a rule can be judged in Python only, event by event: `not_in_bulk`.
    """
    found: dict[str, Column] = {}
    for node, parameters, where in _nodes(engine, event_type):
        for leaf in _leaves(node, parameters):
            if not is_window(leaf):
                column = column_of(leaf)
                if any(path.root.startswith(WINDOW) for path in facts_read(leaf, bound=True)):
                    raise RulebookError(
                        "not_in_bulk",
                        f"`{column.label}` reads a window in a way that SQL cannot say",
                        help="compare the window outside of `any` and `all`",
                        where=where,
                    )
                found[column.name] = column
    return found


def column_of(leaf: tree.Node) -> Column:
    """Return the column of a part of a condition or value."""
    several = leaf.type.kind == "list"
    label = ", ".join(dict.fromkeys(str(path) for path in facts_read(leaf)))
    kind = "text" if several else column_type(leaf)
    return Column(leaf, column_name(leaf), kind, several, label)


def is_window(leaf: tree.Node) -> bool:
    """Say whether a leaf is a window's answer."""
    return isinstance(leaf, tree.Path) and leaf.root.startswith(WINDOW)


def asking(engine: Engine, event_type: str) -> list[LoadedWindow]:
    """Return the windows that any rule ever reads on events of a type."""
    read = {
        path.root.removeprefix(WINDOW)
        for node, *_ in _rules(engine, event_type)
        for path in facts_read(node, bound=True)
        if path.root.startswith(WINDOW)
    }
    return [one for one in engine.rulebook.windows if one.name in read]


def windows_of(engines: Iterable[Engine]) -> dict[bytes, LoadedWindow]:
    """Return the windows of some rulebooks by digest; those that count alike are one."""
    return {one.digest: one for engine in engines for one in engine.rulebook.windows}


def _leaves(node: tree.Node, parameters: dict[str, Any]) -> Sequence[tree.Node]:
    """Return what reaches SQL as columns; a list is one, with a table of its own."""
    return (node,) if node.type.kind == "list" else leaves(node, parameters)


def _nodes(engine: Engine, event_type: str) -> Iterator[tuple[tree.Node, dict[str, Any], str]]:
    """Yield every tree that events of a type are held against, with the parameters of its period."""
    yield from _rules(engine, event_type)
    for window in engine.rulebook.windows:
        fold = window.folds.get(event_type)
        if fold is not None:
            for node in (*fold.key, fold.value, fold.where):
                if node is not None:
                    yield node, {}, window.name
    for window in asking(engine, event_type):
        for node in window.asks[event_type]:
            yield node, {}, window.name


def _rules(engine: Engine, event_type: str) -> Iterator[tuple[tree.Node, dict[str, Any], str]]:
    for loaded in engine.rulebook.rules:
        condition = loaded.conditions.get(event_type)
        if condition is None or loaded.rule.mode == "off":
            continue
        read = {
            one.name
            for node in nodes_of(condition)
            for one in tree.walk(node)
            if isinstance(one, tree.Parameter)
        }
        for parameters in _in_time(engine, read):
            for node in nodes_of(condition):
                yield node, parameters, loaded.rule.id


def _in_time(engine: Engine, names: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the values of some parameters as they are in each period."""
    document = engine.rulebook.document
    days = {value.from_ for name in names for value in document.parameters[name].values}
    for day in sorted({FIRST_DAY, *days}):
        yield engine.parameters(day)
