"""Which day it legally is: the jurisdiction's time zone decides, not the server's."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

AwareTime = Annotated[dt.datetime, msgspec.Meta(tz=True)]
"""A moment with its offset; a time without one is refused."""

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years, in UTC, in which a moment may lie; the ends of the calendar have no room for time zones."""

_BEGIN = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC)


def in_range(moment: dt.datetime) -> bool:
    """Say whether an aware moment lies in the years in which moments may lie."""
    return _BEGIN <= moment < _END


def in_utc(struct: msgspec.Struct, *fields: str) -> None:
    """Put the times in some fields of a frozen struct that is being made into UTC.

    Raises:
        ValueError: a time lies outside the years in which a moment may lie.
    """
    for field in fields:
        time = getattr(struct, field)
        if time is None:
            continue
        if not in_range(time):
            raise ValueError(f"moment out of range in `{field}`")
        if time.tzinfo is not dt.UTC:
            msgspec.structs.force_setattr(struct, field, time.astimezone(dt.UTC))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def legal_date(moment: dt.datetime, zone: str) -> dt.date:
    """Return the calendar day of an aware moment in the IANA zone of a jurisdiction."""
    return moment.astimezone(_zone(zone)).date()


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Return full years of age, completed on the birthday itself.

    Someone born on 29 February completes a year on 1 March of a common year.
    """
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)
