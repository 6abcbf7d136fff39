"""Events that state what stands: parties, platforms, works, and collections by their issue."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from vermilion.facts.entities import Entity, Party, Platform, Work
from vermilion.facts.events import (
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


class Named(NamedTuple):
    """What an event is called, who says it, on which platform and when."""

    id: str
    source: str
    platform: str
    moment: dt.datetime


def statement(what: Entity, named: Named) -> Event:
    """Return the event that states an entity; a token is issued."""
    id, source, platform, moment = named
    if isinstance(what, Party):
        party = PartyStatement(party=what)
        return PartyEvent(
            id=id, source=source, time=moment, stage="settled", specversion="1.0", data=party
        )
    if isinstance(what, Platform):
        venue = PlatformStatement(platform=what)
        return PlatformEvent(
            id=id, source=source, time=moment, stage="settled", specversion="1.0", data=venue
        )
    if isinstance(what, Work):
        work = WorkStatement(work=what)
        return WorkEvent(
            id=id, source=source, time=moment, stage="settled", specversion="1.0", data=work
        )
    return IssueEvent(
        id=id,
        source=source,
        time=moment,
        stage="settled",
        specversion="1.0",
        subject=f"{source}:issue:{id}",
        data=Issue(token=what, parties=IssueRoles(issuer=what.issuer), platform=platform),
    )
