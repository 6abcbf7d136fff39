"""A platform that works through permits: it proposes, is told what came of it, and settles.

Its market is the simulated one. Some of what it settles passes its permits by, in every way that
there is; `Platform.truth` tells of each settled event what should be found.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, Literal, NamedTuple

import msgspec

from vermilion.facts.events import STATED_BY, Event, event_type_of
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.market import market
from vermilion.simulate.serials import Numbers
from vermilion.simulate.ways import BYPASSES, UNUSUAL, USUAL, Business

COUNTER = "/counter"
"""What follows a platform's source where it works through permits."""

ARCHIVE = "/archive"
"""What follows a platform's source where it never proposes."""

ARCHIVED = frozenset({"shiguang"})
"""Platforms that never propose: what they settled is imported."""

SETTLES = dt.timedelta(minutes=30)
"""How soon what may settle does."""

TRIES = 3
"""How often a sale waits for its offer to open."""

_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_LATE_HISTORY = 20
_GIVEN_UP = 50
_TINY = dt.timedelta(milliseconds=1)

Step = Callable[[], Iterable[Event]]


class LoopConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform does; equal configurations and answers give equal events.

    Args:
        market: where it does it; its events come once, in time, and none is proposed by itself.
        bypasses: per mille of the businesses that pass their permit by.
        refused_bypasses: per mille of those that go ahead though they were held or stopped.
        unusual: per mille of the other businesses that settle otherwise than at once and for good.
        gaps: per mille of events before which numbers are left out.
        history: hours at the beginning in which nothing is proposed yet.
        round_minutes: what the platform sends together spans so many minutes.
        round_events: most events sent together.
    """

    market: MarketConfig = MarketConfig(events=20_000, days=7, violation_rate=40, withheld=40)
    bypasses: int = 30
    refused_bypasses: int = 150
    unusual: int = 120
    gaps: int = 2
    history: int = 24
    round_minutes: int = 10
    round_events: int = 256


class Outcome(NamedTuple):
    """What came of a proposal; a permit holds from `nbf` up to `exp`, in epoch seconds."""

    source: str
    id: str
    standing: Literal["permitted", "held", "denied", "refused"]
    nbf: int = 0
    exp: int = 0


class Expected(NamedTuple):
    """What is true of a settled event: what it is, and the reasons for which it should be found."""

    kind: str
    reasons: frozenset[str] = frozenset()


class Platform:
    """Sends events round by round, and is told after each round what came of its proposals.

    What a proposal leads to is only decided once its outcome is told, and whether it still is so
    when it comes to settle. Of the ways to pass a permit by, the one done least is done next.

    Args:
        config: the market, and how much is wrong.
    """

    def __init__(self, config: LoopConfig) -> None:
        self.config = config
        self.truth: dict[tuple[str, str], Expected] = {}
        self.numbers = Numbers()
        self.now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        self._rng = random.Random(config.market.seed)  # noqa: S311 - chance of a simulation
        self._market: Iterator[Event] = market(config.market)
        self._next: Event | None = next(self._market, None)
        begins = self.now if self._next is None else self._next.time
        self._opens = begins + _HOUR * config.history
        self._agenda: list[tuple[dt.datetime, int, Step]] = []
        self._ticks = count()
        self._open: dict[tuple[str, str], Business] = {}
        self._gates: dict[tuple[str, str], int] = {}
        self._offers: dict[str, Business] = {}
        self._subjects: set[tuple[str, str | None]] = set()
        self._planned: Counter[str] = Counter()

    def send(self) -> list[Event]:
        """Return what is sent next, in the order in which it arrives; nothing when all is over."""
        found: list[Event] = []
        while not found and (moment := self._due()) is not None:
            until = moment + dt.timedelta(minutes=self.config.round_minutes)
            while moment is not None and moment <= until and len(found) < self.config.round_events:
                self.now = max(self.now, moment)
                found += self._step(moment)
                moment = self._due()
        self.numbers.arrived(found)
        return found

    def told(self, outcomes: Iterable[Outcome]) -> None:
        """Take note of what came of proposals, also later on, and plan what follows."""
        for source, id, standing, nbf, exp in outcomes:
            business = self._open.get((source, id))
            if business is not None and business.standing != standing:
                business.standing, business.nbf, business.exp = standing, nbf, exp
                self._plan(business)

    def plan(self, moment: dt.datetime, step: Step) -> None:
        """Plan to send something at a moment."""
        heappush(self._agenda, (moment, next(self._ticks), step))

    def soon(self, most: dt.timedelta = SETTLES) -> dt.datetime:
        """Return a moment after now."""
        seconds = 1 + self._rng.random() * most.total_seconds()
        return self.now + dt.timedelta(milliseconds=int(seconds * 1_000))

    def _due(self) -> dt.datetime | None:
        moments = [self._agenda[0][0]] if self._agenda else []
        moments += [] if self._next is None else [self._next.time]
        return min(moments, default=None)

    def _step(self, moment: dt.datetime) -> Iterable[Event]:
        if self._agenda and self._agenda[0][0] <= moment:
            return heappop(self._agenda)[2]()
        event, self._next = self._next, next(self._market, None)
        return [] if event is None else self._take(event, TRIES)

    def _is(self, per_mille: int) -> bool:
        return self._rng.random() * 1_000 < per_mille

    def _take(self, event: Event, tries: int) -> Iterable[Event]:
        """State, import, propose, or settle unasked what the market would have had settle."""
        if event_type_of(event) in STATED_BY:
            return [event]
        if event.source in ARCHIVED:
            return [self._imported(event, f"{event.source}{ARCHIVE}", "imported")]
        source = f"{event.source}{COUNTER}"
        if event.time < self._opens:
            return self._history(event, source)
        if event.subject is not None and (source, event.subject) in self._subjects:
            return []  # To state a business anew is a way to go on with it, chosen below.
        offer = self._offers.get(getattr(event.data, "offer", None) or "")
        if offer is not None and offer.settled is None and offer.standing != "denied" and tries:
            # Nobody sells under an offer that is not open yet.
            later = msgspec.structs.replace(event, time=event.time + SETTLES)
            self.plan(later.time, partial(self._take, later, tries - 1))
            return []
        if self.gate(source, event) is not None and self._is(self.config.bypasses // 6):
            return [self._imported(event, source, "unproposed", "no_permit")]
        return self._propose(event, source)

    def _history(self, event: Event, source: str) -> Iterable[Event]:
        """Import what settled before anything was proposed; some of it arrives afterwards."""
        made = self._imported(event, source, "history")
        if not self._is(_LATE_HISTORY):
            return [made]
        self.plan(self.soon(2 * _DAY), lambda: [made])
        return []

    def _imported(self, event: Event, source: str, kind: str, *reasons: str) -> Event:
        return self._true(self._named(event, source), kind, *reasons)

    def _named(self, event: Event, source: str, **envelope: Any) -> Event:
        """Return an event under a source and its next number, before which some are left out."""
        left_out = 1 + int(self._rng.random() * 3) if self._is(self.config.gaps) else 0
        envelope |= {"source": source, "serial": self.numbers.next(source, left_out)}
        found: Event = msgspec.structs.replace(event, **envelope)
        return found

    def _true(self, event: Event, kind: str, *reasons: str) -> Event:
        self.truth[event.source, event.id] = Expected(kind, frozenset(reasons))
        return event

    def gate(self, source: str, event: Event) -> int | None:
        """Return the epoch second of a source's first proposal of an event's type."""
        return self._gates.get((source, event_type_of(event)))

    def _propose(self, event: Event, source: str) -> Iterable[Event]:
        proposal = self._named(event, source, id=f"{event.id}-p", stage="proposed")
        business = Business(event, proposal)
        self._subjects.add((source, event.subject))
        self._open[business.name] = business
        if event_type_of(event) == "offer" and event.subject is not None:
            self._offers[event.subject] = business
        self._gates.setdefault((source, event_type_of(event)), int(event.time.timestamp()))
        return [proposal]

    def propose_anew(
        self, business: Business, event: Event, then: Callable[[], object]
    ) -> Iterable[Event]:
        """Propose a business once more, in place of what was proposed; once permitted, go on."""
        del self._open[business.name]
        id = f"{business.proposal.id}p"
        business.proposal = self._further(business, event, id=id, stage="proposed", time=self.now)
        business.standing, business.then = "sent", then
        self._open[business.name] = business
        return [business.proposal]

    def _further(self, business: Business, event: Event, **envelope: Any) -> Event:
        """Return a further event of a business, which is named by its subject or first proposal."""
        subject = business.event.subject or f"{business.event.id}-p"
        return self._named(event, business.proposal.source, subject=subject, **envelope)

    def _plan(self, business: Business) -> None:
        if business.standing != "permitted":
            if self._is(self.config.refused_bypasses):
                self.plan(self.soon(2 * _HOUR), partial(self._ahead, business))
            elif business.standing == "held" and self._is(_GIVEN_UP):
                self.plan(self.soon(8 * _HOUR), partial(self.withdraw, business, "held"))
        elif business.then is not None:
            business.then()
        else:
            ways = USUAL
            if self._is(self.config.bypasses):
                ways = BYPASSES
            elif self._is(self.config.unusual):
                ways = UNUSUAL
            possible = [name for name, way in ways.items() if way.possible(self, business)]
            name = min(possible, key=lambda one: self._planned[one])
            self._planned[name] += 1
            ways[name].plan(self, business)

    def _ahead(self, business: Business) -> Iterable[Event]:
        """Go ahead though there is no permit, unless there is one meanwhile."""
        if business.standing not in {"held", "denied", "refused"} or business.settled:
            return []
        kind = f"though_{business.standing}"
        business.standing = "gone"
        reasons = ["no_permit"]
        return [self._settlement(business, business.proposal, self.now, kind=kind, reasons=reasons)]

    def withdraw(self, business: Business, standing: str | None = None) -> Iterable[Event]:
        """Withdraw a business, where it still stands as it did."""
        if standing is not None and business.standing != standing:
            return []
        business.standing, business.settled = "withdrawn", None
        id = f"{business.event.id}-w"
        gone = self._further(business, business.proposal, id=id, stage="withdrawn", time=self.now)
        return [gone]

    def settle(
        self,
        business: Business,
        kind: str,
        *reasons: str,
        at: dt.datetime | None = None,
        event: Event | None = None,
        corrects: Literal[True] | str | None = None,
        late: dt.timedelta | None = None,
    ) -> dt.datetime:
        """Plan to settle, and return at which moment.

        Args:
            business: what settles.
            kind: what it is.
            reasons: why it should be found.
            at: when, in place of soon and within the permit's time; it may have passed.
            event: the terms, in place of those proposed.
            corrects: the event that it corrects; True is for the one that stands.
            late: how long after its moment it arrives.
        """
        moment = self.within(business) if at is None else at

        def step() -> Iterable[Event]:
            terms = event or business.proposal
            made = self._settlement(
                business, terms, moment, kind=kind, reasons=reasons, corrects=corrects
            )
            if late is None:
                return [made]
            self.plan(moment + late, lambda: [made])
            return []

        self.plan(max(moment, self.now), step)
        return moment

    def within(self, business: Business, most: dt.timedelta = SETTLES) -> dt.datetime:
        """Return a moment soon at which the permit holds."""
        return max(business.begins, min(self.soon(most), business.ends - _TINY))

    def _settlement(
        self,
        business: Business,
        terms: Event,
        moment: dt.datetime,
        *,
        kind: str,
        reasons: Iterable[str],
        corrects: Literal[True] | str | None = None,
    ) -> Event:
        business.settlements += 1
        if corrects is True:
            corrects = None if business.settled is None else business.settled.id
        business.settled = self._further(
            business,
            terms,
            id=f"{business.event.id}-s{business.settlements}",
            stage="settled",
            time=moment,
            corrects=corrects,
        )
        return self._true(business.settled, kind, *reasons)
