"""Trading days of the stock exchanges of Shanghai and Shenzhen.

Monday to Friday, without the closures that the exchanges announce after the State Council's notice
on each year's holidays; the weekend days worked in exchange for days off are no trading days. The
days are those of the `holidays` library for Shanghai (XSHG); Shenzhen closes on the same ones.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

FIRST_YEAR = 2007
"""First year for which the library agrees with the exchange.

Compared with `exchange_calendars` 4.13.2 (XSHG): no difference on any day from 2007 to 2026; in
2005 and 2006 the library misses two closures each, before the Spring Festival.
"""

_MOVED = "休息日"
"""How the library names a day off that was moved to a weekday. Only the yearly notice tells them,
and each one since 2001 did: a year without any is computed by rule, not announced."""

_QUARTER = 900
"""Offsets of time zones are whole quarters of an hour in the years that are known."""


class Calendar(Protocol):
    """What counts trading days."""

    def distance(self, a: int, b: int) -> int | None:
        """Return the trading days in (day of `a`, day of `b`]; None if the years are not known."""


class TradingCalendar:
    """The exchanges' days, as far as they are announced; read from the library when first asked.

    Args:
        zone: IANA time zone that decides on which day a moment lies.
    """

    def __init__(self, zone: str = "Asia/Shanghai") -> None:
        self._zone = ZoneInfo(zone)
        self._count = lru_cache(maxsize=16_384)(self._count_upto)

    def distance(self, a: int, b: int) -> int | None:
        """Return the number of trading days in (day of `a`, day of `b`].

        Args:
            a: epoch seconds.
            b: epoch seconds; where it lies before `a`, the number is negative.

        Returns:
            None if the days of a year are not announced or not checked.
        """
        begin = self._count(a // _QUARTER)
        end = self._count(b // _QUARTER)
        return None if begin is None or end is None else end - begin

    def _count_upto(self, quarter: int) -> int | None:
        """Return the trading days from the first known day up to that of a quarter of an hour."""
        try:
            day = dt.datetime.fromtimestamp(quarter * _QUARTER, self._zone).toordinal()
        except (ValueError, OverflowError, OSError):
            return None
        first, upto = trading_days()
        return upto[day - first] if 0 <= day - first < len(upto) else None


@lru_cache(maxsize=1)
def trading_days() -> tuple[int, list[int]]:
    """Return the first known day and, from it on, how many trading days there were up to each."""
    from holidays import financial_holidays

    open_days: list[bool] = []
    year = FIRST_YEAR
    while True:
        closures = financial_holidays("XSHG", years=year, language="zh_CN")
        if not any(_MOVED in name for name in closures.values()):
            break
        first, end = dt.date(year, 1, 1).toordinal(), dt.date(year + 1, 1, 1).toordinal()
        days = map(dt.date.fromordinal, range(first, end))
        open_days += [day.weekday() < 5 and day not in closures for day in days]
        year += 1
    return dt.date(FIRST_YEAR, 1, 1).toordinal(), list(accumulate(open_days))
