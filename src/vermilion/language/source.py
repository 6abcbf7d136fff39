"""The source of a Python function in the making: its lines, local names and constants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_PLAIN = re.compile(r"[\w.:/-]+", re.ASCII)
"""Texts that are written out; any other is passed in as an object, whatever it holds."""


class Source:
    """Lines of one function, written in order; equal input gives equal source."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {"int": int, "len": len, "type": type}
        """What the function can name besides its arguments and local names."""
        self.held: dict[object, str] = {}
        """Local names by what they hold at this place: the value of a node, a step of a fact."""
        self.indent = 1
        self._lines: list[str] = []
        self._locals = 0
        self._passed: dict[object, str] = {}

    def text(self) -> str:
        """Return the lines written so far."""
        return "\n".join([*self._lines, ""])

    def emit(self, *lines: str) -> None:
        """Write lines."""
        self._lines += ["    " * self.indent + line for line in lines]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write the head of a block, and indent; what its local names hold is forgotten behind it."""
        self.emit(head)
        outside, self.held = self.held, dict(self.held)
        self.indent += 1
        yield
        self.indent -= 1
        self.held = outside

    def fresh(self) -> str:
        """Return a new local name."""
        self._locals += 1
        return f"v{self._locals}"

    def local(self, key: object, expression: str) -> str:
        """Return the local name that holds something; give it the expression's value if new."""
        if key not in self.held:
            name = self.fresh()
            self.emit(f"{name} = {expression}")
            self.held[key] = name
        return self.held[key]

    def constant(self, value: Any) -> str:
        """Return how a number, text or other constant is written."""
        if isinstance(value, bool | int) or (isinstance(value, str) and _PLAIN.fullmatch(value)):
            return repr(value)
        return self.passed((type(value), value), value)

    def words(self, words: Iterable[str]) -> str:
        """Return how a set of texts is written."""
        listed = sorted(set(words))
        if listed and all(_PLAIN.fullmatch(word) for word in listed):
            return "{" + ", ".join(map(repr, listed)) + "}"
        return self.passed(("words", *listed), frozenset(listed))

    def passed(self, key: object, value: Any) -> str:
        """Return the name of an object that is passed in; the same key has the same name."""
        if key not in self._passed:
            name = self._passed[key] = f"c{len(self._passed)}"
            self.constants[name] = value
        return self._passed[key]
