"""Find where a mapping would let an identity number through: in clear, or in an event's id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vermilion.intake.mapping import Array, Column, Emit, Node, Object, Template

Place = tuple[str | int, ...]


def numbers_shown(emits: Sequence[Emit]) -> Iterator[tuple[Place, str, str]]:
    """Yield where columns of identity numbers are shown, what is wrong there, and the remedy."""
    hidden = {
        one.name
        for emit in emits
        for one, _ in _leaves(emit.event, ())
        if isinstance(one, Column) and one.id_number is not None
    }
    for index, emit in enumerate(emits):
        if hidden and "id" not in emit.event.fields:
            message = "without `id` an event is called by a digest of its row, numbers included"
            yield ("emit", index), message, "state an `id`, made from other columns"
        for one, place in _leaves(emit.event, ("emit", index)):
            shown = sorted(hidden.intersection(_clear(one)))
            if shown:
                message = f"column `{shown[0]}` holds identity numbers, which would stand here"
                yield place, message, "add `id_number`, or name another column"


def _clear(node: Column | Template) -> Sequence[str]:
    if isinstance(node, Template):
        return node.columns
    return () if node.id_number is not None else (node.name,)


def _leaves(node: Node, place: Place) -> Iterator[tuple[Column | Template, Place]]:
    match node:
        case Column() | Template():
            yield node, place
        case Object(fields=fields):
            for name, inner in fields.items():
                yield from _leaves(inner, (*place, name))
        case Array(items=items):
            for index, inner in enumerate(items):
                yield from _leaves(inner, (*place, index))
        case _:
            pass
