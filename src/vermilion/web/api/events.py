"""Submit events: one, or many lines of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec

from vermilion.errors import Error
from vermilion.intake import MAX_LINE_BYTES, Received
from vermilion.web.access.caller import Caller
from vermilion.web.api.arrow import MEDIA_TYPE as ARROW
from vermilion.web.api.arrow import arrow_lines, texts_only
from vermilion.web.api.asked import TooLargeError, received_of
from vermilion.web.api.described import EventOperation, StreamOperation
from vermilion.web.api.shapes import Judged
from vermilion.web.asking import Asked, service_of
from vermilion.web.logs import note_entry
from vermilion.web.problems import problem_of
from vermilion.web.sandbox import sandbox_judged
from vermilion.web.served import Told

MOST_BYTES = 2**28
"""Bytes of a stream. Policy."""

AT_ONCE = 256
"""Lines that are judged together."""

NDJSON = "application/x-ndjson"
_ENCODE = msgspec.json.Encoder().encode


@post(
    "/v1/events",
    status_code=200,
    opt={"right": "submit"},
    operation_class=EventOperation,
    responses={200: ResponseSpec(Judged, generate_examples=False)},
    summary="Judge an event",
    request_max_body_size=MAX_LINE_BYTES,
)
async def submit_event(request: Asked) -> Response[bytes]:
    """Judge an event and seal the judgement; the answer comes when the record is durable.

    The same event again is answered with what was recorded. While the desk cannot answer (503),
    hold the event: nothing was decided.
    """
    received = received_of(await request.body(), request.user)
    if request.user.role == "sandbox":
        return Response(sandbox_judged(received), media_type="application/json")
    told = await service_of(request).submit(received)
    note_entry(request.scope, told.entry)
    return Response(told.written, media_type="application/json")


@post(
    "/v1/events/stream",
    status_code=200,
    opt={"right": "submit"},
    operation_class=StreamOperation,
    media_type=NDJSON,
    summary="Judge many events",
    request_max_body_size=MOST_BYTES,
)
async def submit_events(request: Asked) -> Response[bytes]:
    """Judge events, one a line (NDJSON) or a row (Arrow), and answer with one line for each.

    A line that cannot be judged is told in its place, and the others are judged. The answers are
    held until the last line is read; where there are too many lines, the first of them is refused
    and the rest is not read.
    """
    most = request.app.state.settings.limits.stream_lines
    out: list[bytes] = []
    batch: list[_Line] = []
    number = 0
    async for text in _texts(request):
        number += 1
        if number <= most and text is not None and not text.strip():
            continue
        batch.append(_line(number, text, request.user, most))
        if number > most:
            break
        if len(batch) == AT_ONCE:
            out += await _answers(batch, request)
            batch.clear()
    out += await _answers(batch, request)
    return Response(b"".join(out), media_type=NDJSON)


class _Line(NamedTuple):
    number: int
    received: Received | None
    error: Error | None


def _line(number: int, text: bytes | None, asker: Caller, most: int) -> _Line:
    try:
        if text is None:
            raise TooLargeError(
                "line_too_long", f"the line is longer than {MAX_LINE_BYTES:,} bytes"
            )
        if number > most:
            raise TooLargeError(
                "too_many_lines",
                f"a request has at most {most:,} lines",
                help="send the rest in another request",
            )
        return _Line(number, received_of(text, asker, number), None)
    except Error as error:
        return _Line(number, None, error)


async def _answers(batch: Sequence[_Line], request: Asked) -> list[bytes]:
    """Judge the readable lines of a batch; return a line for each."""
    readable = [one.received for one in batch if one.received is not None]
    told: list[Told | Error]
    if request.user.role == "sandbox":
        told = [_sandbox_told(one) for one in readable]
    else:
        told = await service_of(request).submit_all(readable) if readable else []
    answered = iter(told)
    return [_written(one.number, one.error or next(answered)) for one in batch]


def _written(number: int, told: Told | Error) -> bytes:
    if isinstance(told, Told):
        return b'{"line":%d,"judged":%b}\n' % (number, told.written)
    said = problem_of(told)
    rejected: dict[str, Any] = {
        "code": said.code,
        "reason": said.detail,
        "remedy": said.remedy,
        "field": said.field,
    }
    return b'{"line":%d,"rejected":%b}\n' % (number, _ENCODE(rejected))


async def _texts(request: Asked) -> AsyncIterator[bytes | None]:
    """Give the events of a body as JSON, in whatever form it has."""
    if request.headers.get("content-type", "").startswith(ARROW):
        async for line in arrow_lines(request.stream()):
            yield line if len(line) <= MAX_LINE_BYTES else None
        return
    async for text in _lines(texts_only(request.stream())):
        yield text


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    """Give the lines of a body; None for one that is too long, of which nothing is kept."""
    rest, skipping = b"", False
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield None if skipping or len(line) > MAX_LINE_BYTES else line
            skipping = False
        if len(rest) > MAX_LINE_BYTES:
            rest, skipping = b"", True
    if skipping:
        yield None
    elif rest:
        yield rest


def _sandbox_told(received: Received) -> Told | Error:
    try:
        return Told("sandbox", 0, sandbox_judged(received))
    except Error as error:
        return error
