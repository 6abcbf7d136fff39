"""Trading days of the simulator."""

from __future__ import annotations

import datetime as dt

import pytest

from vermilion.simulate.calendar import FIRST_DAY, LAST_DAY, is_trading_day, trading_days_later

holidays = pytest.importorskip("holidays")


def test_agrees_with_the_exchange() -> None:
    """In the years of the table a day is a trading day if the exchange of Shanghai is open."""
    closed = holidays.financial_holidays("XSHG", years=range(FIRST_DAY.year, LAST_DAY.year + 1))
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + dt.timedelta(days=number)
        assert is_trading_day(day) == (day.weekday() < 5 and day not in closed), day


@pytest.mark.parametrize(
    ("day", "number", "later"),
    [
        (dt.date(2026, 3, 2), 4, dt.date(2026, 3, 6)),
        (dt.date(2026, 3, 2), 5, dt.date(2026, 3, 9)),
        (dt.date(2026, 3, 7), 1, dt.date(2026, 3, 9)),
        (dt.date(2026, 4, 2), 2, dt.date(2026, 4, 7)),
    ],
)
def test_counts_trading_days(day: dt.date, number: int, later: dt.date) -> None:
    """Weekends and holidays do not count."""
    assert trading_days_later(day, number) == later
