"""A mapping's YAML document, whose errors name file, line, column and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vermilion.errors import RulebookError
from vermilion.rulebook.yaml_source import Source

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value, such as `("emit", 0, "data")`."""


class Document:
    """One YAML file: its value, and errors that point into it.

    Raises:
        RulebookError: the file cannot be read, or is not plain YAML.
    """

    def __init__(self, path: Path) -> None:
        self._source = Source(path)
        self.value: object = self._source.data

    def wrong(self, place: Place, message: str, help: str) -> RulebookError:
        """Return the error that something is wrong at a place."""
        where = f"{self._source.place(place)} {in_dots(place)}".rstrip()
        return RulebookError("mapping_invalid", message, help=help, where=where)


def in_dots(place: Place) -> str:
    """Write a place as people do: `emit[0].data.price`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(
        "."
    )
