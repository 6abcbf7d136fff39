"""Windows: numbers over past events, kept online and exact to the second."""

from vermilion.features.calendar import Calendar, TradingCalendar
from vermilion.features.model import (
    KEEP,
    LATE,
    NEVER,
    VALUELESS,
    Answer,
    Definition,
    Function,
    Key,
    Late,
    Scalar,
)
from vermilion.features.windows import MAX_KEYS, Adder, Reader, Windows

__all__ = [
    "KEEP",
    "LATE",
    "MAX_KEYS",
    "NEVER",
    "VALUELESS",
    "Adder",
    "Answer",
    "Calendar",
    "Definition",
    "Function",
    "Key",
    "Late",
    "Reader",
    "Scalar",
    "TradingCalendar",
    "Windows",
]
