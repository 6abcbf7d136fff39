"""Events in their envelope: what happened, and what stands of parties, platforms, works, tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple, TypeVar

from vermilion.facts.entities import Party, Platform, Traded, Work
from vermilion.facts.events import (
    Data,
    Envelope,
    Event,
    Issue,
    IssueEvent,
    IssueRoles,
    PartyEvent,
    PartyStatement,
    PlatformEvent,
    PlatformStatement,
    WorkEvent,
    WorkStatement,
)

V = TypeVar("V", bound=Envelope)


class Named(NamedTuple):
    """What an event is called, who says it, on which platform and when."""

    id: str
    source: str
    platform: str
    moment: dt.datetime


def happened(kind: type[V], named: Named, data: Data, subject: str | None = None) -> V:
    """Return a settled event."""
    made: Any = kind
    event: V = made(
        id=named.id,
        source=named.source,
        time=named.moment,
        stage="settled",
        specversion="1.0",
        subject=subject,
        data=data,
    )
    return event


def statement(what: Traded, named: Named) -> Event:
    """Return the event that states an entity; a token is issued."""
    if isinstance(what, Party):
        return happened(PartyEvent, named, PartyStatement(party=what))
    if isinstance(what, Platform):
        return happened(PlatformEvent, named, PlatformStatement(platform=what))
    if isinstance(what, Work):
        return happened(WorkEvent, named, WorkStatement(work=what))
    issue = Issue(token=what, parties=IssueRoles(issuer=what.issuer), platform=named.platform)
    return happened(IssueEvent, named, issue, f"{named.source}:issue:{named.id}")
