"""The cases under which something waits, in order; a page costs no look at all of them."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from vermilion.desk.cases.assess import is_told_by
from vermilion.desk.cursor import Cursors

if TYPE_CHECKING:
    from vermilion.desk.cases.assess import Assessed, Key, RuleText
    from vermilion.desk.cases.model import CaseQuery, Status


CURSORS = Cursors("cases", 3, digest=True)

TURNED_TOGETHER = 500
"""Cases at most that are put elsewhere at once because time went by. Policy."""


class _Place(NamedTuple):
    key: Key
    status: Status
    assignee: str | None
    overdue: bool
    words: str
    text: RuleText


class Queue:
    """Keeps cases in order as they change, and as time goes by.

    Args:
        assess: returns how the case of a cause stands at a moment, in epoch seconds.
    """

    def __init__(self, assess: Callable[[bytes, int], Assessed | None]) -> None:
        self._assess = assess
        self._places: dict[bytes, _Place] = {}
        self._order: list[Key] = []
        self._turns: list[tuple[int, bytes]] = []
        self._scheduled: dict[bytes, int] = {}
        self._now = 0

    def fill(self, causes: Iterable[bytes], now: int) -> None:
        """Put all cases in order anew."""
        self._now = now
        self._places, self._turns, self._scheduled = {}, [], {}
        for cause in causes:
            self._take(cause)
        self._order = sorted(place.key for place in self._places.values())

    def update(self, causes: Iterable[bytes]) -> None:
        """Put some cases where they belong now."""
        for cause in causes:
            before = self._places.pop(cause, None)
            if before is not None:
                del self._order[bisect_left(self._order, before.key)]
            self._take(cause)
            after = self._places.get(cause)
            if after is not None:
                insort(self._order, after.key)

    def pass_to(self, now: int) -> None:
        """Let time go by up to a moment; back to an earlier one costs a look at every case.

        Of very many cases that turn at one moment, such as midnight, the rest follow with the next
        calls.
        """
        if now < self._now:
            self.fill(list(self._places), now)
        self._now = now
        due: set[bytes] = set()
        while self._turns and self._turns[0][0] <= now and len(due) < TURNED_TOGETHER:
            moment, cause = heapq.heappop(self._turns)
            if self._scheduled.get(cause) == moment:
                del self._scheduled[cause]
                due.add(cause)
        self.update(due)

    def find(self, query: CaseQuery) -> tuple[list[bytes], str | None]:
        """Return the causes of the cases that a query asks for, and where the next page begins.

        Raises:
            UsageError: `bad_cursor`.
        """
        start = 0
        if query.before is not None:
            (overdue, grave, due), cause = CURSORS.place(query.before)
            start = bisect_right(self._order, (overdue, grave, due, cause))
        keys = list(islice(self._matching(query, start), query.limit + 1))
        kept = keys[: query.limit]
        causes = [key[3] for key in kept]
        if len(keys) == len(kept):
            return causes, None
        return causes, CURSORS.text(*kept[-1][:3], digest=causes[-1])

    def _matching(self, query: CaseQuery, start: int) -> Iterator[Key]:
        for index in range(start, len(self._order)):
            key = self._order[index]
            place = self._places[key[3]]
            if query.status is not None and place.status != query.status:
                continue
            if query.assignee is not None and (place.assignee or "") != query.assignee:
                continue
            if query.overdue is not None and place.overdue is not query.overdue:
                continue
            if is_told_by(query.text, place.words, place.text.words):
                yield key

    def _take(self, cause: bytes) -> None:
        found = self._assess(cause, self._now)
        if found is None or found.status == "closed":
            return
        self._places[cause] = _Place(
            found.key, found.status, found.row.assignee, found.overdue, found.words, found.text
        )
        turns, scheduled = found.turns, self._scheduled.get(cause)
        # One look ahead for each case: where it comes too soon, it does no harm.
        if turns is not None and (scheduled is None or turns < scheduled):
            self._scheduled[cause] = turns
            heapq.heappush(self._turns, (turns, cause))
