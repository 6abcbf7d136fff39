"""How amounts, moments and ids of a market are written: exact where they count, short where they are drawn."""

from __future__ import annotations

import datetime as dt

from vermilion.facts.money import CURRENCIES, MAX_MINOR_UNITS, Money, format_money
from vermilion.pages.text import shorten, visible
from vermilion.pages.words import Language, say, thousands

_DRAWN_DIGITS = 4
"""Digits of an amount in a drawing or on an axis; its title has them all."""

_SCALES = ((10**9, "G"), (10**6, "M"), (10**3, "k"))


def decimals_of(currency: str | None) -> int:
    """Return how many decimals a currency has; an unknown one is counted in whole units."""
    known = CURRENCIES.get(currency or "")
    return 0 if known is None else known.decimals


def amount_text(amount: int | None, currency: str | None) -> str:
    """Write an amount exactly, in major units with its currency; a dash where it is unknown."""
    if amount is None:
        return "–"
    if currency in CURRENCIES and abs(amount) <= MAX_MINOR_UNITS:
        return format_money(Money(amount, currency or ""))
    digits = f"{amount:,}"
    return digits if currency is None else f"{digits} {shorten(currency, 24)}"


def volume_text(volume: dict[str, int], language: Language) -> str:
    """Write amounts of several currencies exactly, the one of most digits first."""
    parts = [amount_text(volume[one], one) for one in sorted(volume)]
    return say("separator", language).join(parts) or "–"


def drawn_amount(amount: int | None, currency: str | None) -> str:
    """Write an amount shortly for a drawing, with `≈` where digits are left out."""
    if amount is None:
        return ""
    number = short_number(amount, decimals_of(currency))
    return number if currency is None else f"{number} {shorten(currency, 10)}"


def short_number(amount: int, decimals: int) -> str:
    """Write an amount of minor units in major units with four digits and `k`, `M` or `G`."""
    sign, whole = ("-" if amount < 0 else ""), abs(amount)
    unit = 10**decimals
    scale, letter = next(((s, x) for s, x in _SCALES if whole >= 10 * s * unit), (1, ""))
    unit *= scale
    digits, remainder = divmod(whole, unit)
    places = max(_DRAWN_DIGITS - len(str(digits)), 0)
    if digits == 0 and remainder:
        # Neither the zero before the point nor those after it are digits.
        places = _DRAWN_DIGITS + len(str(unit)) - 1 - len(str(remainder))
    step = 10**places
    shown, lost = divmod(whole * step, unit)
    head, tail = divmod(shown, step)
    text = f"{head:,}"
    if tail:
        text += "." + f"{tail:0{places}d}".rstrip("0")
    return f"{'≈' if lost else ''}{sign}{text}{letter}"


def moment_text(ms: int | None) -> str:
    """Write epoch milliseconds as a moment in UTC, to the second."""
    found = _moment(ms)
    return "–" if found is None else found.strftime("%Y-%m-%d %H:%M:%S")


def day_text(ms: int | None) -> str:
    """Write the day (UTC) that epoch milliseconds lie in."""
    found = _moment(ms)
    return "–" if found is None else found.date().isoformat()


def _moment(ms: int | None) -> dt.datetime | None:
    if ms is None:
        return None
    try:
        return dt.datetime.fromtimestamp(ms // 1000, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def span_text(ms: int) -> str:
    """Write a length of time in the one or two greatest units, such as `3 d 4 h`."""
    seconds = abs(ms) // 1000
    for size, name, next_size, next_name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            more = rest // next_size
            return f"{thousands(whole)} {name}" + (f" {more} {next_name}" if more else "")
    return f"{seconds} s"


def short_id(text: str | None, length: int = 18) -> str:
    """Write an id shortly: of a CAIP id its last part, of a long one its two ends."""
    if text is None:
        return "–"
    shown = visible(text)
    for mark in ("/", ":"):
        if len(shown) > length and mark in shown[:-1]:
            tail = shown.rstrip(mark).rpartition(mark)[2]
            shown = tail or shown
    return shorten(shown, length) if len(shown) > length else shown
