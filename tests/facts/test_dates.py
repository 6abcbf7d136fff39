"""Legal dates and ages."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.facts.dates import age_on, in_range, legal_date

from .strategies import MOMENTS, OFFSETS


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2024-05-01T15:59:59Z", "Asia/Shanghai", "2024-05-01"),
        ("2024-05-01T15:59:59.999999Z", "Asia/Shanghai", "2024-05-01"),
        ("2024-05-01T16:00:00Z", "Asia/Shanghai", "2024-05-02"),
        ("2024-12-31T16:00:00Z", "Asia/Shanghai", "2025-01-01"),
        # Berlin changes clocks on 31 March and 27 October 2024.
        ("2024-03-30T22:59:59Z", "Europe/Berlin", "2024-03-30"),
        ("2024-03-30T23:00:00Z", "Europe/Berlin", "2024-03-31"),
        ("2024-03-31T21:59:59Z", "Europe/Berlin", "2024-03-31"),
        ("2024-03-31T22:00:00Z", "Europe/Berlin", "2024-04-01"),
        ("2024-10-27T22:59:59Z", "Europe/Berlin", "2024-10-27"),
        ("2024-10-27T23:00:00Z", "Europe/Berlin", "2024-10-28"),
        ("2024-03-10T04:59:59Z", "America/New_York", "2024-03-09"),
        ("2024-03-10T05:00:00Z", "America/New_York", "2024-03-10"),
        ("2024-03-11T04:00:00Z", "America/New_York", "2024-03-11"),
    ],
)
def test_days_begin_at_the_zones_midnight(moment: str, zone: str, day: str) -> None:
    """The legal day changes at local midnight, summer time included."""
    assert legal_date(dt.datetime.fromisoformat(moment), zone) == dt.date.fromisoformat(day)


@given(MOMENTS, OFFSETS)
def test_the_offset_of_a_moment_does_not_matter(moment: dt.datetime, offset: dt.timezone) -> None:
    """One moment written in two offsets has one legal day."""
    assert legal_date(moment, "Asia/Shanghai") == legal_date(
        moment.astimezone(offset), "Asia/Shanghai"
    )


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2006-05-01", "2024-04-30", 17),
        ("2006-05-01", "2024-05-01", 18),
        ("2006-05-01", "2024-05-02", 18),
        ("2006-12-31", "2024-12-30", 17),
        ("2006-12-31", "2025-01-01", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2024-02-28", 15),
        ("2008-02-29", "2024-02-29", 16),
        ("2024-05-01", "2024-05-01", 0),
    ],
)
def test_a_year_is_completed_on_the_birthday(born: str, day: str, age: int) -> None:
    """Age grows on the birthday, and on 1 March for someone born on 29 February in common years."""
    assert age_on(dt.date.fromisoformat(born), dt.date.fromisoformat(day)) == age


@given(st.dates(dt.date(1900, 1, 1), dt.date(2050, 1, 1)), st.integers(0, 40_000))
def test_age_grows_by_one_at_most_each_day(born: dt.date, days: int) -> None:
    """From one day to the next an age stays or grows by one."""
    day = born + dt.timedelta(days=days)
    assert age_on(born, day + dt.timedelta(days=1)) - age_on(born, day) in {0, 1}
    assert age_on(born, day) >= 0


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("0001-01-01T00:00:00+14:00", False),
        ("1900-01-01T00:00:00+08:00", False),
        ("1899-12-31T16:00:00-08:00", True),
        ("9000-12-31T23:59:59.999999Z", True),
        ("9000-12-31T20:00:00-08:00", False),
        ("9999-12-31T23:59:59-14:00", False),
    ],
)
def test_moments_leave_room_for_time_zones(moment: str, inside: bool) -> None:
    """The years are those of UTC; what lies in them has a legal date in every time zone."""
    stated = dt.datetime.fromisoformat(moment)
    assert in_range(stated) is inside
    if inside:
        for zone in ("Pacific/Kiritimati", "Asia/Shanghai", "Pacific/Niue"):
            assert abs(legal_date(stated, zone) - stated.date()) <= dt.timedelta(days=1)
