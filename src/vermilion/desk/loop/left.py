"""What stays of what is cut out of an event for somebody: what the state needs, and tells nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from vermilion.desk.loop.causes import Cause
from vermilion.facts.events import CaseEvent, Event, PartyEvent


class Left(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known of an event also after an erasure.

    The ids of the `parties` of which it states facts, in its order; the SHA-256 of an
    `attachment`; the `causes` that hold it where it waits, and the keyed digest of its `terms`
    where it is proposed.
    """

    parties: Sequence[str] = ()
    attachment: str | None = None
    causes: Sequence[Cause] = ()
    terms: bytes = b""


NOTHING = Left()


def left_of(event: Event, causes: Sequence[Cause], terms: bytes) -> Left:
    """Return what stays of an event, given what holds it and the digest of its terms."""
    data: Any = event.data
    parties = [data.party.id] if isinstance(event, PartyEvent) else []
    parties += [] if data.inline is None else [party.id for party in data.inline.parties]
    attachment = event.data.attachment if isinstance(event, CaseEvent) else None
    return Left(parties, None if attachment is None else attachment.sha256, causes, terms)
