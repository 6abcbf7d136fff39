"""Trading days against the closures that the exchange announced."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.features import TradingCalendar

CALENDAR = TradingCalendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = 86_400

CLOSED = {
    2017: "01-02 01-27 01-30 01-31 02-01 02-02 04-03 04-04 05-01 05-29 05-30 10-02 10-03 10-04 10-05 10-06",
    2018: "01-01 02-15 02-16 02-19 02-20 02-21 04-05 04-06 04-30 05-01 06-18 09-24 10-01 10-02 10-03 10-04 10-05 12-31",
    2019: "01-01 02-04 02-05 02-06 02-07 02-08 04-05 05-01 05-02 05-03 06-07 09-13 10-01 10-02 10-03 10-04 10-07",
    2020: "01-01 01-24 01-27 01-28 01-29 01-30 01-31 04-06 05-01 05-04 05-05 06-25 06-26 10-01 10-02 10-05 10-06 10-07 10-08",
    2021: "01-01 02-11 02-12 02-15 02-16 02-17 04-05 05-03 05-04 05-05 06-14 09-20 09-21 10-01 10-04 10-05 10-06 10-07",
    2022: "01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12 10-03 10-04 10-05 10-06 10-07",
    2023: "01-02 01-23 01-24 01-25 01-26 01-27 04-05 05-01 05-02 05-03 06-22 06-23 09-29 10-02 10-03 10-04 10-05 10-06",
    2024: "01-01 02-09 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07",
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07",
}
"""Weekdays on which the exchange was closed, by its yearly announcements."""


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    """Return the epoch second of an hour in Shanghai."""
    return int(dt.datetime(year, month, day, hour, tzinfo=SHANGHAI).timestamp())


@pytest.mark.parametrize("year", CLOSED)
def test_every_day_of_a_year(year: int) -> None:
    """A day counts if it is a weekday on which the exchange was open; worked weekends do not."""
    closed = {dt.date.fromisoformat(f"{year}-{day}") for day in CLOSED[year].split()}
    noons = range(at(year, 1, 1), at(year, 12, 31) + 1, DAY)
    for before, noon in pairwise(noons):
        day = dt.datetime.fromtimestamp(noon, SHANGHAI).date()
        wanted = day.weekday() < 5 and day not in closed
        assert CALENDAR.distance(before, noon) == wanted, day


def test_days_begin_at_midnight_in_shanghai() -> None:
    """The day of a moment is that of the zone."""
    midnight = at(2024, 3, 6, 0)
    assert CALENDAR.distance(midnight - 1, midnight) == 1
    assert CALENDAR.distance(midnight, midnight + DAY - 1) == 0
    assert TradingCalendar("UTC").distance(midnight - 1, midnight) == 0


def test_day_of_the_first_is_left_out_and_that_of_the_last_counted() -> None:
    """From a Friday to the Monday after is one trading day, and to the Saturday none."""
    assert CALENDAR.distance(at(2024, 3, 1), at(2024, 3, 2)) == 0
    assert CALENDAR.distance(at(2024, 3, 1), at(2024, 3, 4)) == 1
    assert CALENDAR.distance(at(2024, 2, 8), at(2024, 2, 19)) == 1


@pytest.mark.parametrize("year", [1000, 1969, 2006, 2040, 30_000])
def test_years_that_are_not_known(year: int) -> None:
    """A year that nobody announced has no trading days, rather than guessed ones."""
    moment = at(2024, 1, 1) + (year - 2024) * 31_556_952
    assert CALENDAR.distance(at(2024, 1, 1), moment) is None
    assert CALENDAR.distance(moment, at(2024, 1, 1)) is None
    assert CALENDAR.distance(moment, moment) is None


def test_the_years_end_with_the_last_notice() -> None:
    """Years are known without a gap, up to at least 2026, and not far beyond the present."""
    known = [CALENDAR.distance(at(year, 6, 1), at(year, 6, 1)) == 0 for year in range(2007, 2030)]
    assert known[: 2026 - 2007 + 1] == [True] * 20
    assert known == sorted(known, reverse=True)


@given(*[st.integers(at(2017, 1, 1), at(2026, 12, 31))] * 3)
def test_distances_add_up(a: int, b: int, c: int) -> None:
    """The way over a third moment is as long."""
    parts = [CALENDAR.distance(a, b), CALENDAR.distance(b, c)]
    assert None not in parts
    assert sum(part for part in parts if part is not None) == CALENDAR.distance(a, c)
