"""How the facts of a decision are told: by their names, windows over the past by their titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vermilion.desk.summary import WindowLine
from vermilion.features import NEVER
from vermilion.pages.codes import OPERATOR_WORDS
from vermilion.pages.fact_labels import closed_values, fact_label
from vermilion.pages.text import fact_value, shorten
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.words import Language, pick, say

_LONGEST = 80
_MINOR_UNITS = ("（分）", " (fen)")
"""Ends of titles that tell the unit in which rules count; people are shown major units."""

_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


class Teller(NamedTuple):
    """Tells facts of one rulebook's decisions in one language.

    Args:
        language: of labels and values.
        windows: the rulebook's windows by name; where one is not known its name is shown.
    """

    language: Language
    windows: Mapping[str, WindowLine]

    def label(self, path: str, event_type: str = "") -> str:
        """Return a fact's name; a path that a rule wrote may start at the event's own fields."""
        window = self._window(path)
        if window is not None:
            title = pick(window.title, self.language)
            if window.currency is not None:
                for end in _MINOR_UNITS:
                    title = title.removesuffix(end)
            return shorten(title, _LONGEST)
        for candidate in (path, f"{event_type}.{path}"):
            label = fact_label(candidate)
            if label.en != candidate:
                return shorten(pick(label, self.language), _LONGEST)
        return shorten(path, _LONGEST)

    def value(self, path: str, value: object, event_type: str = "") -> str:
        """Return a fact's value; a window's number is read as its function means it."""
        window = self._window(path)
        if window is None or not isinstance(value, int):
            known = closed_values(path) or closed_values(f"{event_type}.{path}")
            return fact_value(self._named(value, known) if known else value, self.language)
        if window.function in {"held_for", "trading_days"} and value >= NEVER:
            return say("window.never", self.language)
        if window.function == "trading_days":
            return say("window.trading_days", self.language, n=value)
        if window.function == "held_for":
            return self._duration(value)
        if window.currency is not None:
            return fact_value({"amount": value, "currency": window.currency}, self.language)
        return fact_value(value, self.language)

    def _named(self, value: object, known: frozenset[str]) -> object:
        """Return what the words of a closed vocabulary are called, alone or in a list."""
        if isinstance(value, list | tuple):
            return [self._named(one, known) for one in value]
        if isinstance(value, str) and value in known:
            words = OPERATOR_WORDS.get(value) or VALUE_WORDS.get(value)
            return value if words is None else pick(words, self.language)
        return value

    def _window(self, path: str) -> WindowLine | None:
        root, _, name = path.partition(".")
        return self.windows.get(name) if root == "windows" else None

    def _duration(self, seconds: int) -> str:
        """Return seconds in the two longest units that they fill."""
        parts, left = [], max(seconds, 0)
        for unit, length in _UNITS:
            number, left = divmod(left, length)
            if number:
                parts.append(say(f"duration.{unit}", self.language, n=number))
        return " ".join(parts[:2]) or say("duration.seconds", self.language, n=0)
