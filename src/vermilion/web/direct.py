"""Answer the question that is asked most, an event alone with a platform's key, by a short way.

The framework's own way costs as much again as reading the request. What is not plainly that
question takes it, untouched, and nobody can tell by the answer which way a question went.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vermilion.errors import Error
from vermilion.intake import MAX_LINE_BYTES
from vermilion.web.access import Access
from vermilion.web.access.caller import Caller
from vermilion.web.access.limits import Limiter
from vermilion.web.api.asked import received_of
from vermilion.web.logs import note_entry, say
from vermilion.web.measures import Measures
from vermilion.web.problems import MEDIA_TYPE, headers_of, problem_of, written
from vermilion.web.service import Service

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Send

PATH = "/v1/events"


class _Answer(NamedTuple):
    status: int
    body: bytes
    media_type: str
    headers: dict[str, str]


class Direct:
    """Wraps an application: answers an event alone itself.

    Args:
        app: answers everything else.
        service: judges.
        access: says whose a key is.
        limiter: how often who may ask.
        measures: where it is counted.
    """

    def __init__(
        self, app: ASGIApp, service: Service, access: Access, limiter: Limiter, measures: Measures
    ) -> None:
        self._app = app
        self._service = service
        self._access = access
        self._limiter = limiter
        self._measures = measures

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        begun, caller = time.perf_counter(), None
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH:
            caller = self._caller(scope["headers"])
        if caller is None:
            await self._app(scope, receive, send)
            return
        scope["user"], scope["path_template"] = caller, PATH
        status = 500
        try:
            answer = await self._answer(caller, scope, receive)
            if answer is not None:
                status = answer.status
                await _send(answer, send)
        finally:
            self._measures.note("POST", PATH, status, time.perf_counter() - begun)

    def _caller(self, headers: Sequence[tuple[bytes, bytes]]) -> Caller | None:
        """Return whose event it is, if it is no longer than one may be and the key is a platform's."""
        said = dict(reversed(headers))  # of two of a name the first counts
        length, key = said.get(b"content-length", b""), said.get(b"authorization", b"")
        if not (length.isdigit() and len(length) < 10 and int(length) <= MAX_LINE_BYTES):
            return None
        if key[:7].lower() != b"bearer ":
            return None
        try:
            caller = self._access.caller_of_key(key[7:].decode("latin-1").strip())
        except Error:
            return None  # which arises again on the usual way
        return caller if caller is not None and caller.role == "platform" else None

    async def _answer(self, caller: Caller, scope: Any, receive: Receive) -> _Answer | None:
        """Return what is answered; None where the client went away before the end of its event."""
        try:
            self._limiter.count(caller, scope)
            body = await _body(receive)
            if body is None:
                return None
            told = await self._service.submit(received_of(body, caller))
        except Exception as error:  # noqa: BLE001  (as for every other route)
            said = problem_of(error)
            if said.status >= 500:
                say("failed", logging.ERROR, error)
            return _Answer(said.status, written(said), MEDIA_TYPE, headers_of(error, said.status))
        note_entry(scope, told.entry)
        return _Answer(200, told.written, "application/json", {})


async def _body(receive: Receive) -> bytes | None:
    """Return what was sent; None where the client went away before the end of it."""
    parts: list[bytes] = []
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(answer: _Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
