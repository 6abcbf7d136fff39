"""How foreign text and values are shown: nothing hidden, nothing endless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from vermilion.facts.money import CURRENCY_CODES, Money, format_money
from vermilion.pages.words import Language, say, thousands

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that change how a line looks without being seen: control and format
characters (among them the ones that turn the reading direction), surrogates, line separators."""

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_JAPANESE_OR_KOREAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")

_MAX_VALUE = 96
"""Longest value of a fact that is written out; the rest is cut in the middle."""

_MAX_ITEMS = 6


def visible(text: str) -> str:
    r"""Return a text in which every hidden character is written as `\u202e` and the like.

    Keeps a hostile id from reordering a line or steering a terminal.
    """
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _HIDDEN else c for c in text)


def tongue(text: str) -> str:
    """Return the language that a foreign text is in, for its font and hyphens."""
    if _JAPANESE_OR_KOREAN.search(text):
        return "und"
    return "zh-CN" if _CHINESE.search(text) else "en"


def prose(text: str) -> str:
    """Return a text of several lines, visible in each; the line breaks stay."""
    return "\n".join(visible(line) for line in text.splitlines())


def shorten(text: str, length: int = 40) -> str:
    """Return a visible text of at most `length` characters, its middle left out where longer."""
    shown = visible(text)
    if len(shown) <= length:
        return shown
    tail = (length - 1) // 2
    return f"{shown[: length - 1 - tail]}…{shown[len(shown) - tail :]}"


def fact_value(value: object, language: Language) -> str:
    """Return the value of a fact for people; amounts come in major units with their currency."""
    match value:
        case None:
            return say("unknown", language)
        case bool():
            return say("yes" if value else "no", language)
        case int():
            return thousands(value)
        case str():
            return shorten(value, _MAX_VALUE)
        case {"amount": int() | str() as amount, "currency": str() as currency}:
            return _amount(amount, currency)
        case Mapping():
            return _joined([f"{k}={fact_value(v, language)}" for k, v in value.items()], language)
        case Sequence():
            return _joined([fact_value(v, language) for v in value], language)
        case _:
            return shorten(str(value), _MAX_VALUE)


def _amount(amount: int | str, currency: str) -> str:
    digits = str(amount)
    if currency in CURRENCY_CODES and digits.removeprefix("-").isdecimal() and len(digits) < 38:
        return format_money(Money(int(digits), currency))
    return shorten(f"{digits} {currency}", _MAX_VALUE)


def _joined(parts: list[str], language: Language) -> str:
    if not parts:
        return say("none", language)
    shown = parts[:_MAX_ITEMS]
    if len(parts) > len(shown):
        shown.append(say("more", language, n=len(parts) - len(shown)))
    return shorten(say("separator", language).join(shown), 2 * _MAX_VALUE)


def percent(part: int, whole: int) -> str:
    """Write a share with one decimal; what is not all or nothing never looks like it."""
    if whole <= 0:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    if part < whole and share > 99.9:
        return "> 99.9 %"
    return f"{share:.1f} %"


def events_per_second(events: int, seconds: float) -> str:
    """Write the speed of a run as a whole number, or a dash where no time was measured."""
    return thousands(round(events / seconds)) if seconds > 0 else "–"


def duration(seconds: float) -> str:
    """Write seconds with two decimals below ten, whole with separators above."""
    return f"{seconds:.2f}" if seconds < 10 else thousands(round(seconds))
