"""Read YAML with the place of every value, so that an error can name file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from vermilion.errors import RulebookError
from vermilion.language import Place

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_FILE_BYTES = 4 * 2**20
"""Largest rulebook file that is read."""

Key = tuple[str | int, ...]


class Source:
    """One YAML document as plain data, with the place of each value by its path.

    Raises:
        RulebookError: the file is missing, too large, not YAML, uses anchors or repeats a key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[Key, Place] = {}
        self.data = self._build(self._compose(), ())

    def place(self, key: Key) -> Place:
        """Return where a value stands; for one that is absent, where its parent stands."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, Place(self.path.name))

    def _compose(self) -> yaml.Node:
        try:
            if self.path.stat().st_size > MAX_FILE_BYTES:
                raise self._error("the file has more than 4 MiB", Place(self.path.name))
            text = self.path.read_text(encoding="utf-8")
            node = yaml.compose(text, Loader=_Loader)
        except OSError as error:
            raise RulebookError(
                "rulebook_unreadable", f"cannot be read: {error.strerror}", where=str(self.path)
            ) from None
        except UnicodeDecodeError:
            raise self._error("the file is not UTF-8", Place(self.path.name)) from None
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            place = Place(self.path.name, *((mark.line + 1, mark.column + 1) if mark else (1, 1)))
            reason = getattr(error, "problem", None) or "not YAML"
            raise self._error(str(reason), place) from None
        if node is None:
            raise self._error("the file is empty", Place(self.path.name))
        return node

    def _build(self, node: yaml.Node, key: Key) -> Any:
        place = Place(self.path.name, node.start_mark.line + 1, node.start_mark.column + 1)
        self.places[key] = place
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for name_node, value_node in node.value:
                name = str(name_node.value)
                if name in found:
                    mark = name_node.start_mark
                    twice = Place(self.path.name, mark.line + 1, mark.column + 1)
                    raise self._error(f"`{name}` stands twice", twice)
                found[name] = self._build(value_node, (*key, name))
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*key, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value  # dates stay texts, as they are in JSON
        constructor = _Loader("")
        try:
            return constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise self._error(f"`{node.value}` cannot be read: {error}", place) from None
        finally:
            constructor.dispose()

    def _error(self, message: str, place: Place) -> RulebookError:
        return RulebookError(
            "rulebook_malformed", message, where=f"{place.file}:{place.line}:{place.column}"
        )
