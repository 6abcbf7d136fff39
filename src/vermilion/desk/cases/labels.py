"""What people answered, as labels for backtests, with who did and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from vermilion.desk.loop.resolve import Effect
from vermilion.desk.sealing import KIND
from vermilion.facts.dates import AwareTime
from vermilion.facts.events import ResolutionAction
from vermilion.store import identity_of

if TYPE_CHECKING:
    from vermilion.desk.book import Book

LABELS: dict[ResolutionAction, str] = {
    "release": "false_alarm",
    "refuse": "right",
    "override": "accepted",
}
"""What an answer says of the rule's concern."""


class CaseLabel(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a rule's reviews, at which entry of the record.

    `cause` is the case where the answer is for all of it, `event` (source, id) where it is for one
    event. `seconds` run from when the case opened, or from the event's time, to the answer's; they
    are null where that is not known any more. `by` are those who answered, the last one last.
    """

    entry: int
    rulebook: str
    rule: str
    label: str
    cause: str | None
    event: tuple[str, str] | None
    by: list[str]
    seconds: int | None


class _Event(msgspec.Struct, frozen=True):
    time: AwareTime


class _Said(msgspec.Struct, frozen=True):
    event: _Event
    resolution: Effect | None = None


_SAID = msgspec.json.Decoder(_Said).decode


def case_labels(book: Book) -> Iterator[CaseLabel]:
    """Yield what people answered to which rules' reviews, in the order of the record.

    Raises:
        StorageError: the record is damaged.
    """
    for entry, kind, statement in book.record.statements():
        said = _SAID(statement) if kind == KIND else None
        effect = None if said is None else said.resolution
        if said is None or effect is None or effect.effect not in {"frees", "stops"}:
            continue
        begun = _begun(book, entry, effect)
        seconds = None if begun is None else int(said.event.time.timestamp()) - begun
        for rulebook, rule in effect.rules:
            yield CaseLabel(
                entry=entry,
                rulebook=rulebook,
                rule=rule,
                label=LABELS[effect.action],
                cause=effect.cause,
                event=effect.event,
                by=effect.by,
                seconds=seconds,
            )


def _begun(book: Book, entry: int, effect: Effect) -> int | None:
    """Return the moment from which an answer was waited for, in epoch seconds."""
    if effect.cause is not None:
        noted = book.loop.cases.noted(bytes.fromhex(effect.cause), entry)
        return None if noted is None else noted.opened
    if effect.event is None:
        return None
    identity = identity_of(*effect.event)
    place = book.state.find([identity]).get(identity)
    if place is None:
        return None
    return int(_SAID(bytes(book.read(place).envelope.statement)).event.time.timestamp())
