"""Take entries of the record over into the loop's rows again, as after a crash."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from vermilion.desk.judge import stronger
from vermilion.desk.loop.fold import Loop
from vermilion.desk.loop.left import Left
from vermilion.desk.loop.permits import PermitStatement, issued
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.loop.rows import business_named
from vermilion.desk.sealing import opened
from vermilion.facts.events import Event
from vermilion.record import Entry, Erased
from vermilion.rulebook import Engine, Verdict


class _Ruling(msgspec.Struct, frozen=True):
    verdict: Verdict


class _Said(msgspec.Struct, frozen=True):
    rulings: list[_Ruling]
    resolution: Effect | None = None


_SAID = msgspec.json.Decoder(_Said).decode
_PERMIT = msgspec.json.Decoder(PermitStatement).decode


def replay_event(
    loop: Loop, entry: Entry, event: Event, left: Left, engine_of: Callable[[str], Engine]
) -> None:
    """Take a recorded event over.

    Args:
        loop: takes it.
        entry: where it is recorded.
        event: what is left of it.
        left: what was kept of what may be erased.
        engine_of: returns the rulebook of a digest, as it judged then.
    """
    said = _SAID(entry.envelope.statement)
    verdict: Verdict = "not_applicable"
    for ruling in said.rulings:
        verdict = stronger(verdict, ruling.verdict)
    if not any(isinstance(content, Erased) for content in entry.contents):
        judged = opened(entry) if verdict == "review" and loop.waits(event) else None
        left = loop.left(event, verdict, () if judged is None else judged.ruled, engine_of)
    loop.take(event, verdict, left, entry.index, said.resolution)


def replay_permit(loop: Loop, entry: Entry) -> tuple[str, str]:
    """Take over that a permit was issued; return the name under which it is found."""
    said = _PERMIT(entry.envelope.statement).permit
    loop.permitted(
        business_named(said.event.source, said.type, said.subject), issued(said, entry.index)
    )
    return loop.permit_name(entry.index)
