"""Answer what is held."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter

from vermilion.desk.loop.answer import (
    SOURCE,
    Answered,
    answer,
    record_resolution,
    resolution_event,
    unconfirmed,
)
from vermilion.desk.loop.resolve import signed_text
from vermilion.errors import DataError
from vermilion.facts.dates import in_range
from vermilion.facts.events import By, EventName, Resolution, ResolutionEvent
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.api.shapes import (
    Reason,
    ResolutionAsked,
    Resolved,
    Unsigned,
    UnsignedAsked,
)
from vermilion.web.asking import Asked, actor, service_of
from vermilion.web.problems import unreadable
from vermilion.web.served import Served

Id = Annotated[str, PathParameter(min_length=1, max_length=512)]


CLOCKS_DIFFER = dt.timedelta(minutes=5)
"""How far the time of a signed resolution may be off. Policy."""


class RecordNamed(msgspec.Struct, frozen=True):
    """The name of the record, and how many entries it has."""

    origin: str
    entries: int


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The source of the resolution named in the address, and why."""

    source: str
    reason: Reason


@post("/v1/resolutions", opt={"right": "resolve"}, summary="Resolve", status_code=200)
async def resolve(request: Asked, data: JSONBody[ResolutionAsked]) -> Resolved:
    """Release, refuse or override one event, or all that one cause holds.

    What the resolution did is told in `effect`; one that may not do it is recorded as void.
    """
    if (data.event is None) is (data.cause is None):
        raise DataError(
            "bad_resolution",
            "a resolution names one of `event` and `cause`",
            help="name the event to answer it alone, or the cause to answer all that it holds",
            where="event",
        )
    said = Resolution(
        action=data.action,
        parties=By(by=actor(request)),
        reason=data.reason,
        event=data.event,
        cause=data.cause,
        until=moment_of(data.until, "until"),
    )
    return await service_of(request).call(lambda served: _answered(served, said))


@get("/v1/record", opt={"right": "read"}, summary="Name the record")
async def name_record(request: Asked) -> RecordNamed:
    """Name the record: officers who have keys sign over its name."""
    return await service_of(request).call(
        lambda served: RecordNamed(served.book.keys.origin, served.book.record.size)
    )


@post("/v1/resolutions/unsigned", opt={"right": "resolve"}, status_code=200)
async def prepare(request: Asked, data: JSONBody[UnsignedAsked]) -> Unsigned:
    """Make the event of a resolution now, without recording it, and return the text to be signed.

    Whoever signs it adds `signature` to the event's data and sends it to `/v1/resolutions/signed`.
    """
    if [data.event, data.cause, data.confirms, data.ends].count(None) != 3:
        raise DataError(
            "bad_resolution",
            "a resolution names one of `event`, `cause`, `confirms` and `ends`",
            where="event",
        )
    said = Resolution(
        action=data.action,
        parties=By(by=actor(request)),
        reason=data.reason,
        event=data.event,
        cause=data.cause,
        confirms=data.confirms or data.ends,
        until=moment_of(data.until, "until"),
    )
    made = resolution_event(said, None if data.ends is None else data.ends.id)
    origin = await service_of(request).call(lambda served: served.book.keys.origin)
    return Unsigned(signed_text(made, origin).decode())


@post("/v1/resolutions/signed", opt={"right": "resolve"}, status_code=200)
async def resolve_signed(request: Asked) -> Resolved:
    """Record a resolution that an officer signed, in a browser or on the command line: a whole event.

    Its source is `vermilion:resolutions`, its `parties.by` who asks, and its time at most five
    minutes off this machine's.
    """
    found = decode_event(await request.body())
    if isinstance(found, Fault):
        raise unreadable(found)
    made = found[0]
    if not isinstance(made, ResolutionEvent) or made.source != SOURCE:
        raise DataError(
            "bad_resolution",
            f"the event is no resolution of `{SOURCE}`",
            help="make it with `vermilion resolve --desk`, or in the console; see docs/loop.md",
            where="source" if isinstance(made, ResolutionEvent) else "type",
        )
    if made.data.parties.by != actor(request):
        raise NotAllowedError("not_you", f"`{made.data.parties.by}` is not who asks")
    if abs(dt.datetime.now(dt.UTC) - made.time) > CLOCKS_DIFFER:
        raise DataError(
            "not_now",
            "the resolution was not made now",
            help="set the clock of the machine where it is signed, and make it again",
            where="time",
        )
    return await service_of(request).call(
        lambda served: _resolved(served, record_resolution(served.desk, made))
    )


@post("/v1/resolutions/{id:str}/confirmation", opt={"right": "resolve"}, status_code=200)
async def confirm(request: Asked, id: Id, data: JSONBody[Named]) -> Resolved:
    """Confirm another person's resolution, with the same action."""
    by = actor(request)

    def ask(served: Served) -> Resolved:
        waiting = next(
            (one for one in unconfirmed(served.book) if (one.source, one.id) == (data.source, id)),
            None,
        )
        if waiting is None:
            raise DataError(
                "nothing_to_confirm",
                "no such resolution waits for a second person",
                help="list those that do at /v1/resolutions/waiting",
            )
        said = Resolution(
            action=waiting.action,
            parties=By(by=by),
            reason=data.reason,
            confirms=EventName(source=data.source, id=id),
        )
        return _answered(served, said)

    return await service_of(request).call(ask)


@post("/v1/resolutions/{id:str}/withdrawal", opt={"right": "resolve"}, status_code=200)
async def withdraw(request: Asked, id: Id, data: JSONBody[Named]) -> Resolved:
    """Let a resolution for a cause hold no longer; what it freed stays permitted."""
    said = Resolution(
        action="release",
        parties=By(by=actor(request)),
        reason=data.reason,
        confirms=EventName(source=data.source, id=id),
    )
    return await service_of(request).call(lambda served: _answered(served, said, ends=id))


def _answered(served: Served, said: Resolution, ends: str | None = None) -> Resolved:
    return _resolved(served, answer(served.desk, said, ends=ends))


def _resolved(served: Served, found: Answered) -> Resolved:
    lines = [served.permits.line(*permit) for permit in found.permits]
    return Resolved(found.id, found.effect, lines)


def moment_of(text: str | None, field: str) -> dt.datetime | None:
    """Return the moment that a field states; None where it states none.

    Raises:
        DataError: `bad_time`.
    """
    if text is None:
        return None
    moment = None
    with suppress(ValueError):
        moment = dt.datetime.fromisoformat(text)
    if moment is None or moment.tzinfo is None or not in_range(moment):
        raise DataError(
            "bad_time",
            f"`{field}` is no moment with its offset from UTC",
            help="write it as 2026-01-31T00:00:00+08:00",
            where=field,
        )
    return moment
