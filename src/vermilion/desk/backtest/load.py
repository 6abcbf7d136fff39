"""Count the cases that reviews make for people: one per cause, not one per event."""

from __future__ import annotations

from vermilion.desk.backtest.model import CaseLoad
from vermilion.desk.decision import Ruling
from vermilion.desk.loop.causes import MAX_CAUSES, causes_of
from vermilion.desk.tally import DistinctCounter
from vermilion.facts.events import Event
from vermilion.rulebook import Engine

MINUTES = 10
"""Minutes that a person takes for a case, where nobody says otherwise. Policy."""

_MINUTES_IN_HOUR = 60


class LoadTally:
    """Counts the causes of reviews under two rulebooks.

    What held an event under the base and holds it under the draft is one cause where the rule is
    the same in substance.
    """

    def __init__(self, base: Engine, draft: Engine, minutes: int = MINUTES) -> None:
        self._engines = base, draft
        self._minutes = minutes
        self._counters = DistinctCounter(), DistinctCounter()
        self._union = DistinctCounter()

    def add(self, event: Event, before: Ruling, after: Ruling) -> None:
        """Count what holds one event."""
        for engine, counter, ruling in zip(
            self._engines, self._counters, (before, after), strict=True
        ):
            if ruling.verdict == "review":
                for cause in _causes(event, ruling, engine):
                    counter.add(cause)
                    self._union.add(cause)

    def load(self) -> CaseLoad:
        """Return the cases, and the hours that they take."""
        before, after = (len(one) for one in self._counters)
        both = len(self._union)
        return CaseLoad(
            minutes=self._minutes,
            before=before,
            after=after,
            new=both - before,
            gone=both - after,
            hours_before=round(before * self._minutes / _MINUTES_IN_HOUR, 2),
            hours_after=round(after * self._minutes / _MINUTES_IN_HOUR, 2),
        )


def _causes(event: Event, ruling: Ruling, engine: Engine) -> list[str]:
    """Return what holds an event; one with too many causes is a case of its own."""
    causes = causes_of(event, ruling, lambda _: engine, b"")
    if len(causes) > MAX_CAUSES:
        return [f"{event.source}\0{event.id}"]
    return [one.digest.hex() for one in causes]
