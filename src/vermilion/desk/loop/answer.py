"""See what a book holds and why, and answer it as a person."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Iterator

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Permit, Sealed
from vermilion.desk.loop.resolve import Effect, signed_text
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import canonical_bytes, canonical_form
from vermilion.facts.events import (
    Resolution,
    ResolutionAction,
    ResolutionEvent,
)
from vermilion.intake import Received
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event
from vermilion.rulebook import Words

SOURCE = "vermilion:resolutions"
"""The source of resolutions that are made here."""

MOST_NAMED = 5
"""Events named of each cause."""


class HeldCause(msgspec.Struct, frozen=True, kw_only=True):
    """Why events are held: the rule, the fact and the thing it is about, and who can answer it.

    `answered` says that a resolution stands for it and that something else holds the events too.
    """

    cause: str
    rulebook: str
    rule: str
    title: Words | None
    question: Words | None
    outcome: str
    fact: str
    entity: str
    binds: str
    events: int
    answered: bool
    examples: list[str]


class Unconfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A resolution that waits for a second person."""

    id: str
    source: str
    action: ResolutionAction
    by: str
    at: str
    until: str | None
    event: tuple[str, str] | None
    cause: str | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a resolution did, and the permits that it led to."""

    id: str
    effect: Effect
    permits: list[Permit]


def held_causes(book: Book) -> list[HeldCause]:
    """Return the causes under which events wait, what frees most first."""
    rows = book.loop.rows
    texts = _texts(book)
    found = []
    for digest, cause, count in rows.causes():
        title, question = texts.get((cause.rulebook, cause.rule), (None, None))
        names = [
            row.name[1]
            for _, business in zip(range(MOST_NAMED), rows.waiting_under(digest), strict=False)
            if (row := rows.proposal(business)) is not None
        ]
        found.append(
            HeldCause(
                cause=digest.hex(),
                rulebook=cause.rulebook,
                rule=cause.rule,
                title=title,
                question=question,
                outcome=cause.outcome,
                fact=cause.fact,
                entity=cause.entity,
                binds=cause.binds,
                events=count,
                answered=rows.answer(digest) is not None,
                examples=names,
            )
        )
    return sorted(found, key=lambda one: (-one.events, one.rule, one.entity))


def unconfirmed(book: Book) -> list[Unconfirmed]:
    """Return the resolutions that wait for a second person, and whose event still is held."""
    return [
        Unconfirmed(
            id=one.answer.names[-1][1],
            source=one.answer.names[-1][0],
            action=one.answer.action,
            by=one.answer.by[-1],
            at=_moment(one.answer.at),
            until=None if one.answer.until is None else _moment(one.answer.until),
            event=one.event,
            cause=None if one.cause is None else one.cause.hex(),
        )
        for one in book.loop.rows.unconfirmed()
        if one.event is None or book.loop.rows.stopped_as(*one.event) is not None
    ]


def answer(
    desk: Desk, said: Resolution, *, ends: str | None = None, key: Ed25519PrivateKey | None = None
) -> Answered:
    """Record a resolution, now, and return what it did.

    Args:
        desk: the desk of the book.
        said: what is resolved, by whom and why; its signature is made here.
        ends: the id of a resolution made here that `said` lets hold no longer, instead of making
            another.
        key: the person's key, where the profile lists one.

    Raises:
        UsageError: `bad_resolution`: a text is empty, too long or misshapen.
        DataError: it cannot be recorded.
        StorageError: as for `Desk.submit`.
    """
    made = resolution_event(said, ends)
    if key is not None:
        made = signed(made, key, desk.book.keys.origin)
    return record_resolution(desk, made)


def resolution_event(said: Resolution, ends: str | None = None) -> ResolutionEvent:
    """Return the event of a resolution that is made now; see `answer`.

    Raises:
        UsageError: `bad_resolution`.
    """
    made = ResolutionEvent(
        id=secrets.token_hex(8),
        source=SOURCE,
        time=dt.datetime.now(dt.UTC).replace(microsecond=0),
        stage="settled" if ends is None else "withdrawn",
        specversion="1.0",
        subject=ends,
        data=said,
    )
    _check(made)
    return made


def signed(made: ResolutionEvent, key: Ed25519PrivateKey, origin: str) -> ResolutionEvent:
    """Return a resolution with a person's signature, for the record of that name."""
    signature = key.sign(signed_text(made, origin))
    text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return msgspec.structs.replace(made, data=msgspec.structs.replace(made.data, signature=text))


def record_resolution(desk: Desk, made: ResolutionEvent) -> Answered:
    """Record the event of a resolution and return what it did.

    Raises:
        DataError: it cannot be recorded, or is recorded already.
        StorageError: as for `Desk.submit`.
    """
    (answered,) = desk.submit([Received(*canonical_form(made), "", 0)])
    if not isinstance(answered, Sealed) or answered.effect is None:
        raise getattr(answered, "error", None) or DataError(
            "not_recorded", "the resolution could not be recorded"
        )
    return Answered(id=made.id, effect=answered.effect, permits=list(desk.permits))


def _check(made: ResolutionEvent) -> None:
    """Refuse what could not be read back from the record."""
    found = decode_event(canonical_bytes(made))
    if isinstance(found, Fault):
        field = f" (`{found.field}`)" if found.field else ""
        raise UsageError("bad_resolution", f"{found.reason}{field}", help=found.remedy)


def labels(book: Book) -> Iterator[dict[str, object]]:
    """Yield what people answered to which rules' reviews, as labels for backtests.

    `false_alarm` where they released, `right` where they refused, `accepted` where they went ahead
    although the rule's concern held.
    """
    named = {"release": "false_alarm", "refuse": "right", "override": "accepted"}
    for index, kind, statement in book.record.statements():
        if kind != "judgement":
            continue
        said = _LABELS(statement).resolution
        if said is None or said.effect not in {"frees", "stops"}:
            continue
        for rulebook, rule in said.rules:
            yield {
                "entry": index,
                "rulebook": rulebook,
                "rule": rule,
                "event": said.event,
                "cause": said.cause,
                "label": named[said.action],
            }


class _Labelled(msgspec.Struct, frozen=True):
    resolution: Effect | None = None


_LABELS = msgspec.json.Decoder(_Labelled).decode


def _texts(book: Book) -> dict[tuple[str, str], tuple[Words, Words | None]]:
    """Return title and question of the rules in force, by rulebook and rule."""
    return {
        (engine.rulebook.id, loaded.rule.key): (
            loaded.rule.title,
            loaded.rule.question or loaded.rule.open_question,
        )
        for engine in book.active_engines()
        for loaded in engine.rulebook.rules
    }


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
