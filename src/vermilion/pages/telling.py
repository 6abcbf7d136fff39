"""How the facts of a decision are told: by their names, windows over the past by their titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vermilion.desk.summary import WindowLine
from vermilion.features import NEVER
from vermilion.pages.codes import OPERATOR_WORDS, ROLES
from vermilion.pages.fact_labels import fact_label, known_values
from vermilion.pages.text import fact_value, shorten
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.words import Language, pick, say

_LONGEST = 80
_LONGEST_PARTS = 240
_MOST_PARTS = 6
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
            return self._told(path, value, event_type)
        if window.function in {"held_for", "trading_days"} and value >= NEVER:
            return say("window.never", self.language)
        if window.function == "trading_days":
            return say("window.trading_days", self.language, n=value)
        if window.function == "held_for":
            return self._duration(value)
        if window.currency is not None:
            return fact_value({"amount": value, "currency": window.currency}, self.language)
        return fact_value(value, self.language)

    def _told(self, path: str, value: object, event_type: str) -> str:
        """Return a value in words: known ones by their names, and of what has parts each by its own."""
        match value:
            case {"amount": _, "currency": _}:
                return fact_value(value, self.language)
            case Mapping():
                colon = say("colon", self.language)
                parts = [
                    f"{self._part(f'{path}.{name}', event_type)}{colon}"
                    f"{self._told(f'{path}.{name}', one, event_type)}"
                    for name, one in value.items()
                ]
                return shorten(say("separator", self.language).join(parts), _LONGEST_PARTS)
            case list() | tuple() if any(isinstance(one, Mapping) for one in value):
                told = [self._told(path, one, event_type) for one in value[:_MOST_PARTS]]
                if len(value) > len(told):
                    told.append(say("more", self.language, n=len(value) - len(told)))
                return say("answer.semicolon", self.language).join(told)
            case list() | tuple():
                named = [self._named(path, one, event_type) for one in value]
                return fact_value(named, self.language)
            case _:
                return fact_value(self._named(path, value, event_type), self.language)

    def _named(self, path: str, value: object, event_type: str) -> object:
        """Return what a known word is called; anything else as it is."""
        known = known_values(path) or known_values(f"{event_type}.{path}")
        if not isinstance(value, str) or value not in known:
            return value
        words = OPERATOR_WORDS.get(value) or VALUE_WORDS.get(value)
        return value if words is None else pick(words, self.language)

    def _part(self, path: str, event_type: str) -> str:
        """Return what a part of a fact is called; whose it is, the fact around it tells."""
        head, _, rest = path.partition(".")
        return self.label(f"party.{rest}" if head in ROLES else path, event_type)

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
