"""Shapes of what the interface takes and gives, as its OpenAPI description has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from vermilion.desk.history import Summary
from vermilion.desk.loop.issue import PermitLine
from vermilion.desk.loop.resolve import Effect
from vermilion.facts.events import EventName, ResolutionAction


class EventDigest(msgspec.Struct, frozen=True):
    """The event that was judged, and the SHA-256 of its canonical bytes."""

    source: str
    id: str
    digest: str


class Judged(msgspec.Struct, frozen=True):
    """What came of an event.

    `entry` is its index in the record, which is durable. `standing` is how it stands now as a
    proposal; `recorded` where it proposes nothing. `findings` are entries of what was seen about it.
    """

    entry: int
    status: Literal["sealed", "duplicate", "recorded"]
    event: EventDigest
    standing: Literal["permitted", "held", "denied", "refused", "withdrawn", "replaced", "recorded"]
    permit: PermitLine | None
    findings: list[int]
    decisions: list[dict[str, Any]]


class Judgements(msgspec.Struct, frozen=True):
    """Judgements in short, newest first; `next` is the cursor of the page that follows."""

    items: list[Summary]
    next: str | None


Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class ResolutionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer: to one event, or to every event that one cause holds, until when."""

    action: ResolutionAction
    reason: Reason
    event: EventName | None = None
    cause: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")] | None = None
    until: str | None = None


class UnsignedAsked(ResolutionAsked, frozen=True, forbid_unknown_fields=True):
    """What somebody is about to sign: such an answer, or one that confirms another's or ends one."""

    confirms: EventName | None = None
    ends: EventName | None = None


class Unsigned(msgspec.Struct, frozen=True):
    """What an officer signs, as UTF-8: a line that says what it is, the record's name, the event."""

    text: str


class Resolved(msgspec.Struct, frozen=True):
    """What a resolution did, and the permits that it led to."""

    id: str
    effect: Effect
    permits: list[PermitLine]
