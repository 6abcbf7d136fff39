"""What is already sure to come: an agenda of events by the moment at which they arrive."""

from __future__ import annotations

import datetime as dt
from heapq import heappop, heappush

from vermilion.simulate.truth import Simulated

MOST_WAITING = 50_000
"""Events that may wait. Beyond, nothing further is planned, so that memory stays bounded."""


class Agenda:
    """Events that wait for their moment; of two at the same moment the one planned first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[dt.datetime, int, Simulated]] = []
        self._number = 0

    @property
    def full(self) -> bool:
        """Whether nothing further should be planned."""
        return len(self._waiting) >= MOST_WAITING

    def add(self, arrives: dt.datetime, what: Simulated) -> None:
        """Plan an event."""
        self._number += 1
        heappush(self._waiting, (arrives, self._number, what))

    def due(self, moment: dt.datetime) -> Simulated | None:
        """Take the next event that has arrived by a moment; None if there is none."""
        if self._waiting and self._waiting[0][0] <= moment:
            return heappop(self._waiting)[2]
        return None
