"""By when a case is answered."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from vermilion.facts.dates import legal_date


def due_at(opened: dt.datetime, zone: str, days: int) -> dt.datetime:
    """Return the end of the last day, in the jurisdiction's time zone.

    Days are those of the calendar; the one on which the case opened does not count. Policy.
    """
    after = legal_date(opened, zone) + dt.timedelta(days=days + 1)
    return dt.datetime.combine(after, dt.time(), ZoneInfo(zone))
