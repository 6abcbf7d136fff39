"""Two people who look at what is held: they release, refuse, leave, and some of it does nothing.

`Officers.expect` tells of each resolution what it should do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

from vermilion.facts.entities import Party
from vermilion.facts.events import (
    By,
    Event,
    EventName,
    PartyEvent,
    PartyStatement,
    Resolution,
    ResolutionAction,
    ResolutionEvent,
    Stage,
)

SOURCE = "office"
FIRST, SECOND = "office:party:wang", "office:party:li"
"""Who resolves, and who confirms."""

_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
_HOLDS = 2 * _DAY
_MOST = 24
"""Causes, and events, looked at in a session."""


class Held(NamedTuple):
    """An event that is held: by which causes, and who takes part in it."""

    source: str
    id: str
    causes: tuple[str, ...]
    parties: tuple[str, ...]

    @property
    def name(self) -> tuple[str, str]:
        """Source and id."""
        return self.source, self.id


class Officers:
    """Answers what is held, session by session: whole causes by both people, single events by one.

    What is done is done by turns. A cause is looked at again once its answer has ended.
    """

    def __init__(self) -> None:
        self.expect: dict[tuple[str, str], str] = {}
        """What each resolution should do: its effect, or why it is void."""
        self.freed: set[tuple[str, str]] = set()
        self.stopped: set[tuple[str, str]] = set()
        """Held events that the last session should have freed and stopped."""
        self.ended: set[str] = set()
        """Resolutions that stand no more, by id."""
        self._made: list[Event] = []
        self._now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        self._number = 0
        self._causes: dict[str, _Answer] = {}
        self._events: dict[tuple[str, str], str] = {}
        self._to_end: list[tuple[str, str, str]] = []
        self._on_causes, self._on_events = cycle(_ON_CAUSES), cycle(_ON_EVENTS)

    def review(self, now: dt.datetime, held: Sequence[Held]) -> list[Event]:
        """Return resolutions on what is held, in order.

        Args:
            now: when the session begins.
            held: what is held then; its order decides what is done about what.
        """
        self._made, self._now = [], now
        for cause, *both in self._to_end:
            self._say("ends", "withdrawn", subject=both[-1], cause=cause)
            self.ended.update(both)
            self._causes[cause] = _Answer("leave", now + _DAY)
        self._to_end = []
        causes = dict.fromkeys(cause for one in held for cause in one.causes)
        for cause in [one for one in causes if not self._stands(one)][:_MOST]:
            self._cause(next(self._on_causes), cause)
        left = [one for one in held if self._is_left(one)]
        for one in left[:_MOST]:
            self._events[one.name] = action = next(self._on_events)
            self._event(action, one)
        self._foresee(held)
        return self._made

    def _stands(self, cause: str) -> bool:
        return cause in self._causes and self._now < self._causes[cause].until

    def _is_left(self, one: Held) -> bool:
        actions = {self._causes[cause].action for cause in one.causes if self._stands(cause)}
        return actions == {"leave"} and bool(one.parties) and one.name not in self._events

    def _foresee(self, held: Sequence[Held]) -> None:
        self.freed, self.stopped = set(), set()
        for one in held:
            causes = [self._causes[c].action if self._stands(c) else "leave" for c in one.causes]
            if "refuse" in [*causes, self._events.get(one.name)]:
                self.stopped.add(one.name)
            elif self._events.get(one.name) == "release" or set(causes) == {"release"}:
                self.freed.add(one.name)

    def _cause(self, action: str, cause: str) -> None:
        until = self._now + _HOLDS
        answer: dict[str, Any] = {"cause": cause, "until": until}
        match action:
            case "release" | "refuse" | "end":
                does: ResolutionAction = "refuse" if action == "refuse" else "release"
                first = self._say("waits", action=does, **answer)
                effect = "stops" if does == "refuse" else "frees"
                second = self._say(effect, by=SECOND, action=does, confirms=first)
                if action == "end":
                    self._to_end.append((cause, first.id, second.id))
            case "same_person":
                first = self._say("waits", **answer)
                self._say("same_person", confirms=first)
            case "other_action":
                first = self._say("waits", **answer)
                self._say("other_action", by=SECOND, action="refuse", confirms=first)
            case "no_end":
                self._say("no_end", cause=cause)
            case "too_long":
                self._say("too_long", cause=cause, until=self._now + 91 * _DAY)
        stands = {"release": "release", "end": "release", "refuse": "refuse"}.get(action, "leave")
        self._causes[cause] = _Answer(stands, until)

    def _event(self, action: str, one: Held) -> None:
        event = EventName(source=one.source, id=one.id)
        match action:
            case "release":
                self._say("frees", event=event)
            case "refuse":
                self._say("stops", by=SECOND, action="refuse", event=event)
            case "party":
                self._say("party_to_event", by=one.parties[-1], event=event)
            case "front":
                front = f"{SOURCE}:party:front-{self._number}"
                party = Party(id=front, controlled_by=[one.parties[-1]])
                self._made.append(self._stated(party))
                self._say("party_to_event", by=front, event=event)
            case "unknown":
                unknown = EventName(source=one.source, id=f"{one.id}-unknown")
                self._say("nothing_held", event=unknown)
            case "nothing":
                nothing = EventName(source=SOURCE, id="nothing")
                self._say("nothing_to_confirm", confirms=nothing)

    def _stated(self, party: Party) -> Event:
        data = PartyStatement(party=party)
        return PartyEvent(
            id=f"about-{party.id}",
            source=SOURCE,
            time=self._now,
            stage="settled",
            specversion="1.0",
            data=data,
        )

    def _say(
        self,
        effect: str,
        stage: Stage = "settled",
        *,
        by: str = FIRST,
        action: ResolutionAction = "release",
        subject: str | None = None,
        **on: Any,
    ) -> EventName:
        """Make a resolution that should have an effect, and return its name."""
        self._number += 1
        self._now += _SECOND
        name = EventName(source=SOURCE, id=f"r{self._number}")
        roles = By(by=by)
        event = ResolutionEvent(
            id=name.id,
            source=SOURCE,
            time=self._now,
            stage=stage,
            specversion="1.0",
            subject=subject,
            data=Resolution(action=action, parties=roles, reason="looked at it", **on),
        )
        self._made.append(event)
        self.expect[name.source, name.id] = effect
        return name


class _Answer(NamedTuple):
    """What was answered to a cause, and when it is looked at again."""

    action: str
    until: dt.datetime


_ON_CAUSES = (
    "release",
    "leave",
    "refuse",
    "same_person",
    "end",
    "no_end",
    "leave",
    "release",
    "other_action",
    "too_long",
)
_ON_EVENTS = ("release", "leave", "refuse", "party", "unknown", "front", "nothing")
"""What is done about causes and events, by turns."""
