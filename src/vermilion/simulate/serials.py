"""A source's running numbers: which it gave, and which of them never came or came too late."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from vermilion.facts.events import Event

GRACE = 86_400
"""Seconds after which a number that is lacking should be told."""


class Numbers:
    """Gives numbers to the events of sources, and knows of what arrives what should be told."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()
        self._highest: dict[str, int] = {}
        self._lacking: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self.told: defaultdict[str, dict[int, str]] = defaultdict(dict)
        """Numbers that should be told, each with the id of the event on which it should be."""

    def next(self, source: str, left_out: int = 0) -> int:
        """Return a source's next number after so many that it leaves out."""
        self._given[source] += 1 + left_out
        return self._given[source]

    def arrived(self, events: Iterable[Event]) -> None:
        """Take note of what arrives."""
        for event in events:
            if event.serial is not None:
                self._arrived(event, event.serial, int(event.time.timestamp()))

    def open(self) -> dict[str, set[int]]:
        """Return by source the numbers that lack still."""
        return {source: set(lacking) for source, lacking in self._lacking.items() if lacking}

    def _arrived(self, event: Event, number: int, at: int) -> None:
        highest = self._highest.setdefault(event.source, number)
        lacking = self._lacking[event.source]
        lacking.pop(number, None)
        lacking |= dict.fromkeys(range(highest + 1, number), at)
        self._highest[event.source] = max(highest, number)
        late = [one for one, since in lacking.items() if at - since >= GRACE]
        told = self.told[event.source]
        for one in late:
            told.setdefault(one, event.id)
