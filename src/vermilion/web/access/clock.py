"""Moments, as they are stored and shown."""

from __future__ import annotations

import datetime as dt


def iso(seconds: float) -> str:
    """Return a moment in UTC by its seconds since 1970."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
