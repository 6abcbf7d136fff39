"""Trading days in China, as far as patterns need them: weekdays but for a table of holidays.

The table holds the closures of the exchanges in some years; patterns that count trading days are
planted in those years only.
"""

from __future__ import annotations

import datetime as dt

_DAY = dt.timedelta(days=1)
_HOLIDAYS = [
    "2025-01-01",
    "2025-01-01",
    "2025-01-28",
    "2025-02-04",
    "2025-04-04",
    "2025-04-06",
    "2025-05-01",
    "2025-05-05",
    "2025-05-31",
    "2025-06-02",
    "2025-10-01",
    "2025-10-08",
    "2026-01-01",
    "2026-01-03",
    "2026-02-15",
    "2026-02-23",
    "2026-04-04",
    "2026-04-06",
    "2026-05-01",
    "2026-05-05",
    "2026-06-19",
    "2026-06-21",
    "2026-09-25",
    "2026-09-27",
    "2026-10-01",
    "2026-10-07",
]
"""First and last day of each holiday, as the State Council announced them."""

_SPANS = [
    (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    for first, last in zip(_HOLIDAYS[::2], _HOLIDAYS[1::2], strict=True)
]
FIRST_DAY = dt.date(2025, 1, 1)
LAST_DAY = dt.date(2026, 12, 31)
"""The days for which the table holds."""


def is_trading_day(day: dt.date) -> bool:
    """Say whether the exchanges are open."""
    return day.weekday() < 5 and not any(first <= day <= last for first, last in _SPANS)


def trading_days_later(day: dt.date, number: int) -> dt.date:
    """Return the day on which a number of trading days, the day itself not counted, have begun."""
    while number:
        day += _DAY
        number -= is_trading_day(day)
    return day
