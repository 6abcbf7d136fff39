"""Token buckets in bounded memory: how often something may be done, and how much at once."""

from __future__ import annotations

from typing import NamedTuple


class Pace(NamedTuple):
    """How often: so many at once, and one more each `seconds`."""

    burst: int
    seconds: float


class Buckets:
    """One token bucket for each key, of which the least recently used are forgotten.

    A bucket is one number, the moment at which it is full again (the generic cell rate algorithm
    of ITU-T I.371). Memory is bounded by `most` keys; what is forgotten begins full.

    Args:
        pace: how often.
        most: keys remembered.
    """

    def __init__(self, pace: Pace, most: int) -> None:
        self._pace = pace
        self._most = most
        self._full_at: dict[object, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: object, now: float) -> float:
        """Take one token and return 0; or take none and return the seconds until there is one."""
        burst, seconds = self._pace
        begins = max(self._full_at.pop(key, now), now)
        wait = begins - now - (burst - 1) * seconds
        if wait > 0:
            self._full_at[key] = begins
            return wait
        self._full_at[key] = begins + seconds
        if len(self._full_at) > self._most:
            del self._full_at[next(iter(self._full_at))]
        return 0.0

    def give_back(self, key: object) -> None:
        """Put back a token that was taken."""
        if key in self._full_at:
            self._full_at[key] -= self._pace.seconds
