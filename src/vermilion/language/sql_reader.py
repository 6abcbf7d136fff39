"""Fuse what fills the columns of an event type into one Python function."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vermilion.language import tree
from vermilion.language.simplify import simplify
from vermilion.language.writer import Writer

ReaderFunction = Callable[[Any, Mapping[str, Any]], tuple[Any, ...]]
"""Gives, for (event data, known facts), the values of columns in order, None for unknown."""

_HELD = (tree.Path, tree.Quantifier, tree.Matches)
"""Truth values that the writer holds in a local name as soon as they are prepared."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY, _SECOND = 86_400, 1_000_000


def microseconds(moment: dt.datetime) -> int:
    """Return the microseconds from 1970 in UTC to an aware moment, exactly."""
    past = moment - _EPOCH
    return (past.days * _DAY + past.seconds) * _SECOND + past.microseconds


def reader(
    leaves: Sequence[tree.Node], event_type: str, parameters: Mapping[str, Any]
) -> ReaderFunction:
    """Compile columns into one function of (event data, known facts) -> their values in order.

    Args:
        leaves: what `sql.leaves` returned, of one or several conditions of the event type.
        event_type: whose facts are read.
        parameters: the values of the day.
    """
    nodes = [simplify(leaf, parameters) for leaf in leaves]
    writer = Writer(event_type)
    for node in nodes:
        if isinstance(node, tree.Path | tree.Amount):
            writer.prepare(node)
    writer.load_shared([[node] for node in nodes])
    writer.loop_together(nodes)
    values = [_value(writer, node) for node in nodes]
    writer.emit(f"return ({''.join(f'{value}, ' for value in values)})")
    source = f"def read(data, known):\n{writer.text()}"
    scope: dict[str, Any] = {"__builtins__": {}, **writer.constants}
    exec(compile(source, f"<columns of {event_type}>", "exec"), scope)  # noqa: S102
    function: ReaderFunction = scope["read"]
    return function


def _value(writer: Writer, node: tree.Node) -> str:
    """Write what a column needs, and return the expression of its value."""
    if node.type.kind == "bool" and not isinstance(node, _HELD):
        writer.decide(node)
        return writer.held[node]
    writer.prepare(node)
    value, guards = writer.value(node)
    match node.type.kind:
        case "date":
            found = f"{value}.toordinal()"
        case "time":
            found = f"{writer.passed(microseconds, microseconds)}({value})"
        case _ if value in writer.held.values():
            return value
        case _:
            found = value
    known = " and ".join(f"{name} is not None" for name in dict.fromkeys(guards))
    return f"({found} if {known} else None)" if known else found
