"""A YAML document whose errors name file, line and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from vermilion.errors import RulebookError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DOCUMENT_BYTES = 2**20
_MAX_NODES = 50_000
_MAX_DEPTH = 64

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value, such as `("emit", 0, "data")`."""


class Document:
    """One YAML file: its value, and errors that point into it.

    Raises:
        RulebookError: the file cannot be read, is not YAML, or states a key twice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: yaml.Node | None = None
        self.value: object = self._parse(self._read())

    def wrong(self, place: Place, message: str, help: str) -> RulebookError:
        """Return the error that something is wrong at a place."""
        line = self._line(place)
        where = f"{self._path}{f':{line}' if line else ''} {in_dots(place)}".rstrip()
        return RulebookError("mapping_invalid", message, help=help, where=where)

    def _read(self) -> str:
        try:
            with self._path.open("rb") as file:
                raw = file.read(MAX_DOCUMENT_BYTES + 1)
            text = raw.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "it is not UTF-8 text").lower()
            raise self.wrong((), f"cannot read the file: {why}", "check the path") from error
        if len(raw) > MAX_DOCUMENT_BYTES:
            raise self.wrong((), "the file is larger than 1 MiB", "check that it is a mapping")
        return text

    def _parse(self, text: str) -> object:
        try:
            self._refuse_depth(text)
            loader = _Loader(text)
            self._root = loader.get_single_node()
            if self._root is None:
                return None
            for count, (place, node) in enumerate(_nodes(self._root, ())):
                if count > _MAX_NODES or len(place) > _MAX_DEPTH:
                    raise self.wrong((), "the file is too large or refers to itself", "simplify it")
                self._refuse_repeated_keys(place, node)
            return loader.construct_document(self._root)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}: " if mark else ""
            what = getattr(error, "problem", None) or "it cannot be read"
            raise self.wrong((), f"{line}the file is not YAML: {what}", "check it there") from error

    def _refuse_depth(self, text: str) -> None:
        # The C loader builds its tree by recursion without a limit, and deep nesting ends the
        # process; its events come one by one.
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise self.wrong((), "the file is nested too deep", "simplify it")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _refuse_repeated_keys(self, place: Place, node: yaml.Node) -> None:
        if not isinstance(node, yaml.MappingNode):
            return
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise self.wrong(
                    (*place, key.value), f"`{key.value}` is stated twice", "state it once"
                )
            seen.add(key.value)

    def _line(self, place: Place) -> int | None:
        node = self._root
        if node is None:
            return None
        for step in place:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return int(node.start_mark.line) + 1


def in_dots(place: Place) -> str:
    """Write a place as people do: `emit[0].data.price`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(
        "."
    )


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        found = (value for key, value in node.value if key.value == step)
        return next(found, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        inner: yaml.Node = node.value[step]
        return inner
    return None


def _nodes(node: yaml.Node, place: Place) -> Iterator[tuple[Place, yaml.Node]]:
    yield place, node
    if len(place) > _MAX_DEPTH:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _nodes(value, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _nodes(value, (*place, index))
