"""Write a drafted mapping as YAML, with comments above its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vermilion.rulebook.yaml_text import commented, quoted


@dataclass(frozen=True)
class Field:
    """A line of the mapping, or several: its name, its value, and the comments above it.

    Without a name it is comments only. A value is text, fields, or a list of objects.
    """

    name: str
    value: str | Sequence[Field] | Sequence[Sequence[Field]]
    comments: Sequence[str] = ()


def item_text(fields: Sequence[Field], indent: int, *, bare: bool = False) -> str:
    """Write an object of a list, its first field with a simple value; `bare` is without comments."""
    first, *others = fields
    above = "" if bare else "".join(commented(one, indent) for one in first.comments)
    rest = "".join(_field_text(one, indent + 2, bare=bare) for one in others)
    return f"{above}{' ' * indent}- {first.name}: {first.value}\n{rest}"


def _field_text(field: Field, indent: int, *, bare: bool) -> str:
    above = "" if bare else "".join(commented(one, indent) for one in field.comments)
    if not field.name:
        return above
    name = f"{above}{' ' * indent}{field.name}:"
    if isinstance(field.value, str):
        return f"{name} {field.value}\n"
    lines = [
        _field_text(one, indent + 2, bare=bare)
        if isinstance(one, Field)
        else item_text(one, indent + 2, bare=bare)
        for one in field.value
    ]
    return "".join([f"{name}\n", *lines])


def listed(texts: Sequence[str]) -> str:
    """Write a list of texts on one line."""
    return f"[{', '.join(map(quoted, texts))}]"


def pairs_text(pairs: Mapping[str, str]) -> str:
    """Write what texts mean on one line; the meanings are words that need no quotes."""
    return "{" + ", ".join(f"{quoted(text)}: {word}" for text, word in pairs.items()) + "}"
