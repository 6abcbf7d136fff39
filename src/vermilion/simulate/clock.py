"""When events happen: more in the evening than at night, in Chinese time, never going back."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from itertools import accumulate

CHINA = dt.timezone(dt.timedelta(hours=8))
"""Time in China, without summer time since 1991."""

OPENING_HOURS = 6
"""Hours of the first day in which what stands is stated, before trade begins."""

_BY_HOUR = (6, 3, 2, 1, 1, 2, 4, 8, 14, 20, 26, 24, 26, 22, 20, 20, 20, 22, 26, 34, 44, 40, 26, 13)
_UP_TO_HOUR = (0, *accumulate(_BY_HOUR))
_A_DAY = _UP_TO_HOUR[-1]
_OPENING = _UP_TO_HOUR[OPENING_HOURS]


class Clock:
    """Turns shares of the opening and of the trade into moments, in UTC, to the millisecond.

    Args:
        start: first day in China.
        days: length of the market.
    """

    def __init__(self, start: dt.date, days: int) -> None:
        midnight = dt.datetime(start.year, start.month, start.day, tzinfo=CHINA)
        self._start = midnight.astimezone(dt.UTC)
        self._weight = days * _A_DAY - _OPENING

    def opening(self, share: float) -> dt.datetime:
        """Return the moment by which a share, from 0 to below 1, of the opening has passed."""
        return self._start + dt.timedelta(milliseconds=int(share * OPENING_HOURS * 3_600_000))

    def trade(self, share: float) -> dt.datetime:
        """Return the moment by which a share, from 0 to below 1, of the trade has happened."""
        weight = _OPENING + share * self._weight
        day = int(weight / _A_DAY)
        rest = weight - day * _A_DAY
        hour = min(bisect_right(_UP_TO_HOUR, rest) - 1, 23)
        within = (rest - _UP_TO_HOUR[hour]) / _BY_HOUR[hour]
        return self._start + dt.timedelta(
            milliseconds=(day * 24 + hour) * 3_600_000 + int(within * 3_600_000)
        )


def china_date(moment: dt.datetime) -> dt.date:
    """Return the calendar day of a moment in China."""
    return moment.astimezone(CHINA).date()
