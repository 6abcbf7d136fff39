"""Hold what settled against what was permitted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import msgspec

from vermilion.desk.loop.fold import Loop
from vermilion.desk.loop.rows import Proposal, business_of
from vermilion.desk.loop.terms import terms_stated
from vermilion.facts.events import (
    BypassReason,
    Event,
    EventName,
    Finding,
    FindingEvent,
)

_REASONS: dict[str, BypassReason] = {
    "price": "other_price",
    "consideration": "other_price",
    "principal": "other_price",
    "parties": "other_party",
    "token": "other_token",
    "work": "other_token",
    "collateral": "other_token",
}
"""What a changed field is called; every other is `other_terms`."""

MOST_CHANGES = 64
"""Changed facts told of one event."""


def bypass(
    event: Event, loop: Loop, proposal_of: Callable[[Proposal], Event | None], origin: str
) -> FindingEvent | None:
    """Return the finding on a settled event that no permit covers; None where one does.

    Every fact that the proposal stated must stand in the settled event as it was; what it left
    open may be told now. A settled event that corrects the one before is not a second use.

    Args:
        event: what settled; its source needs permits.
        loop: how its business stands.
        proposal_of: reads a proposal from the record; None where it was erased.
        origin: the record's name, which is the finding's source.
    """
    row = loop.rows.proposal(business_of(event)) or Proposal("none")
    reasons: list[BypassReason] = []
    changed: list[str] = []
    corrects = row.settled is not None and event.corrects == row.settled
    if row.permit is None or row.standing != "permitted":
        reasons.append("no_permit")
    else:
        at = event.time.timestamp()
        if at < row.permit.nbf:
            reasons.append("early")
        if at >= row.permit.exp and not corrects:
            reasons.append("expired")
        if loop.terms_of(event) != row.terms:
            proposed = proposal_of(row)
            whole = proposed is not None and loop.terms_of(proposed) == row.terms
            changed = _changed(event, proposed if whole else None)
            reasons += dict.fromkeys(_reason(path) for path in changed)
    if row.settled is not None and not corrects:
        reasons.append("used_twice")
    if not reasons:
        return None
    about = EventName(source=event.source, id=event.id)
    permitted = row.standing == "permitted" and row.permit is not None
    return finding(
        event,
        origin,
        Finding(
            kind="bypass",
            about=about,
            reasons=reasons,
            proposal=row.standing,
            permit=f"{origin}/{row.permit.entry}" if permitted and row.permit else None,
            changed=changed[:MOST_CHANGES] or None,
            platform=getattr(event.data, "platform", None)
            if isinstance(getattr(event.data, "platform", None), str)
            else None,
        ),
    )


def gap(event: Event, first: int, last: int, origin: str) -> FindingEvent:
    """Return the finding that a source left numbers out; it is told when a later event comes."""
    about = EventName(source=event.source, id=event.id)
    said = Finding(
        kind="bypass",
        about=about,
        reasons=["serial_gap"],
        first_serial=first,
        last_serial=last,
    )
    return finding(event, origin, said)


def finding(event: Event, origin: str, said: Finding) -> FindingEvent:
    """Return a finding as an event; what it says makes its id, so that it is found once."""
    named = [said.about, said.reasons, said.first_serial, said.last_serial]
    id = hashlib.sha256(msgspec.json.encode(named)).hexdigest()[:32]
    return FindingEvent(
        id=f"bypass-{id}",
        source=origin,
        time=event.time,
        stage="settled",
        specversion="1.0",
        data=said,
    )


def _changed(event: Event, proposed: Event | None) -> list[str]:
    """Return the paths of what the proposal stated and the settled event states otherwise.

    Where a part of the proposal was erased, nothing can be held against it: that is everything.
    """
    if proposed is None:
        return ["data"]
    return list(_differences(terms_stated(proposed), terms_stated(event), ""))


def _differences(stated: Any, now: Any, path: str) -> list[str]:
    if stated is None or stated == now:
        return []
    if isinstance(stated, dict) and isinstance(now, dict):
        return [
            one
            for field, value in stated.items()
            for one in _differences(value, now.get(field), f"{path}.{field}" if path else field)
        ]
    if isinstance(stated, list) and isinstance(now, list) and len(stated) == len(now):
        pairs = enumerate(zip(stated, now, strict=True))
        return [one for n, (a, b) in pairs for one in _differences(a, b, f"{path}[{n}]")]
    return [path]


def _reason(path: str) -> BypassReason:
    return _REASONS.get(re.split(r"[.\[]", path)[0], "other_terms")
