"""A mapping compiled for one table: a function from a row to its events, built once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import EVENT_TYPES, Event
from vermilion.intake.cells import Cell, CellError, converter
from vermilion.intake.explain import explain
from vermilion.intake.items import Fault
from vermilion.intake.mapping import (
    Array,
    Column,
    Condition,
    Const,
    Emit,
    Mapping,
    Node,
    Object,
    Template,
    columns_in,
)
from vermilion.intake.strict import check_stated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Cells = Sequence[Cell]
    Build = Callable[[Cells], Any]

_UNMAPPED = Fault(
    "unmapped",
    "no entry of the mapping takes this row",
    "add an entry under `emit`, or one without `when` that takes every row",
)


class Compiled:
    """The entries of a mapping as functions of a row's cells.

    Args:
        mapping: the mapping.
        columns: the columns that the cells are of, in their order.
    """

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        index = {name: position for position, name in enumerate(columns)}
        self._emits = [_CompiledEmit(emit, mapping.source, index) for emit in mapping.emit]

    def events(self, cells: Cells, row_id: Callable[[], str]) -> list[tuple[Event, bytes]] | Fault:
        """Return a row's events with their canonical bytes, or what is wrong with the row.

        Args:
            cells: the row.
            row_id: called at most once, if an entry states no id.
        """
        found: list[tuple[Event, bytes]] = []
        digest = ""
        without_id = 0
        for emit in self._emits:
            if emit.takes(cells):
                own_id = ""
                if emit.needs_id:
                    without_id += 1
                    digest = digest or row_id()
                    own_id = digest if without_id == 1 else f"{digest}.{without_id}"
                event = emit.event(cells, own_id)
                if isinstance(event, Fault):
                    return event
                found.append(event)
        return found or _UNMAPPED


class _CompiledEmit:
    def __init__(self, emit: Emit, source: str, index: dict[str, int]) -> None:
        self._emit = emit
        self._type = EVENT_TYPES[emit.type]
        self._fixed = {"source": source, "specversion": "1.0"}
        self._fields = [(name, _build(node, index)) for name, node in emit.event.fields.items()]
        self._tests = [_test(condition, index) for condition in emit.when]
        self._index = index
        self.needs_id = "id" not in emit.event.fields

    def takes(self, cells: Cells) -> bool:
        """Say whether all conditions hold."""
        for test in self._tests:  # noqa: SIM110  (a generator costs a frame per row)
            if not test(cells):
                return False
        return True

    def event(self, cells: Cells, own_id: str) -> tuple[Event, bytes] | Fault:
        """Return the event of a row with its canonical bytes, or why there is none."""
        document: dict[str, Any] = self._fixed.copy()
        if self.needs_id:
            document["id"] = own_id
        try:
            for name, build in self._fields:
                value = build(cells)
                if value is not None:
                    document[name] = value
                elif name != "subject":
                    return self._missing(name, cells)
            event: Any = msgspec.convert(document, self._type)
        except CellError as error:
            return error.fault
        except msgspec.ValidationError as error:
            return self._by_column(explain({**document, "type": self._emit.type}, str(error)))
        form = canonical_form(event)
        fault = check_stated(*form)
        return form if fault is None else self._by_column(fault)

    def _missing(self, name: str, cells: Cells) -> Fault:
        columns = [column for column, _ in columns_in(self._emit.event.fields[name], "")]
        unknown = [column for column in columns if cells[self._index[column]] is None]
        return Fault(
            "missing_field",
            f"`{name}` of the {self._emit.type} is not known, and it must be",
            "fill the column, or map the field from another one",
            (unknown or columns or [name])[0],
        )

    def _by_column(self, fault: Fault) -> Fault:
        """Return a fault of an event's field as one of the column that fills the field."""
        columns = self._columns_at(fault.field or "")
        if not columns:
            return fault
        reason = f"{fault.reason} (`{fault.field}` of the {self._emit.type})"
        return Fault(fault.code, reason, fault.remedy, columns[0])

    def _columns_at(self, path: str) -> list[str]:
        """Return the columns that fill a place, or the nearest place around it that has any."""
        places = columns_in(self._emit.event, "")
        wanted = f".{path}"
        while wanted:
            exact = [name for name, place in places if place.startswith(wanted)]
            if exact:
                return exact
            wanted = wanted[: max(wanted.rfind("."), wanted.rfind("["), 0)]
        return []


def _test(condition: Condition, index: dict[str, int]) -> Callable[[Cells], bool]:
    at = index[condition.column]
    if (among := condition.among) is not None:
        return lambda cells: cells[at] in among
    if (not_among := condition.not_among) is not None:
        return lambda cells: cells[at] not in not_among
    if condition.present:
        return lambda cells: cells[at] is not None
    return lambda cells: cells[at] is None


def _build(node: Node, index: dict[str, int]) -> Build:
    """Return the function that makes a node's value of a row, None where it is unknown."""
    if not columns_in(node, ""):
        fixed = _fold(node)
        return lambda _cells: fixed
    match node:
        case Column():
            return _column(node, index[node.name])
        case Template():
            return _template(node, index)
        case Object():
            return _object(node, index)
        case Array():
            items = [_build(item, index) for item in node.items]

            def array(cells: Cells) -> list[Any] | None:
                known = [value for item in items if (value := item(cells)) is not None]
                return known or None

            return array
        case Const():
            raise AssertionError(node)


def _fold(node: Node) -> object:
    match node:
        case Const(value=value):
            return value
        case Object(fields=fields):
            return {name: _fold(inner) for name, inner in fields.items()} or None
        case Array(items=items):
            return [_fold(item) for item in items]
        case _:
            raise AssertionError(node)


def _column(column: Column, at: int) -> Build:
    convert = converter(column)

    def read(cells: Cells) -> object:
        cell = cells[at]
        return None if cell is None else convert(cell)

    return read


def _template(template: Template, index: dict[str, int]) -> Build:
    columns = [(name, index[name]) for name in template.columns]
    pattern = "%s".join(part.replace("%", "%%") for part in template.parts[::2])

    def fill(cells: Cells) -> str | None:
        texts = []
        for name, at in columns:
            cell = cells[at]
            if not isinstance(cell, str):
                if cell is None:
                    return None
                raise CellError(
                    Fault("wrong_type", "the column holds a list", "give a single value", name)
                )
            texts.append(cell)
        return pattern % tuple(texts)

    return fill


def _object(node: Object, index: dict[str, int]) -> Build:
    fields = [
        (name, _build(inner, index), name in node.mandatory) for name, inner in node.fields.items()
    ]

    def build(cells: Cells) -> dict[str, Any] | None:
        known = {}
        for name, inner, mandatory in fields:
            value = inner(cells)
            if value is not None:
                known[name] = value
            elif mandatory:
                return None
        return known or None

    return build
