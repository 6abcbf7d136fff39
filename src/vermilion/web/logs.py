"""Log what the service does, and nothing of what it was sent.

A line holds the route's template and never the path, who called by the name that an admin gave, the
status, the time it took, and the number of the entry. No body, query, header, id or name of a party
comes in; of other packages' messages only the fixed text and numbers, of an error only its kind and
where in the code it arose. What was said stands in the record, encrypted.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Send

    from vermilion.web.settings import LogSettings

NAME = "vermilion"
"""Our own logger; what is logged under it is written out whole."""

REQUEST_ID = "x-request-id"
"""Header of an answer by which people find its line in the log. The client's own is not taken."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_FOREIGN = ("uvicorn", "litestar")
"""Packages whose message texts are fixed; of others only the place in their code is told."""

_ENTRY = "vermilion.entry"
_request: ContextVar[RequestLine | None] = ContextVar("request", default=None)
_own = logging.getLogger(NAME)


def start_logging(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to stderr, in the form that is set."""
    out = sys.stderr if stream is None else stream
    as_text = settings.form == "text" or (settings.form == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(TextForm() if as_text else JsonForm())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in ("uvicorn", "uvicorn.error", "litestar"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # It writes paths and queries; the line of `RequestLog` takes its place.
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False


def say(
    event: str,
    level: int = logging.INFO,
    error: BaseException | None = None,
    **fields: Any,
) -> None:
    """Log that something happened; the fields must hold nothing of what was sent.

    Of an error only its kind is told, and where in the code it arose.
    """
    if _own.isEnabledFor(level):
        _own.log(level, event, exc_info=error, extra={"fields": fields})


def note_entry(scope: Any, entry: int) -> None:
    """Tell the log which entry a request made or read; `scope` is the request's."""
    scope[_ENTRY] = entry


def request_id() -> str | None:
    """Return the id of the request that is being answered."""
    line = _request.get()
    return None if line is None else line.id


def client_left() -> bool:
    """Return whether the client went away before its request was read, or its answer begun."""
    line = _request.get()
    return line is not None and line.left


class RequestLog:
    """Wraps an application: gives each request an id, and logs one line when it was answered.

    `status` is null where the client went away before an answer began; `cut` tells of an answer
    that began and did not end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request and log it; what is no request passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        line = RequestLine()

        async def heard() -> Any:
            message = await receive()
            line.left = line.left or message["type"] == "http.disconnect"
            return message

        async def noted(message: Message) -> None:
            _see(line, message)
            await send(message)

        with line.current():
            try:
                await self._app(scope, heard, noted)
            finally:
                caller = getattr(scope.get("user"), "name", None)
                line.write(scope.get("method"), _route(scope), caller, scope.get(_ENTRY))


class RequestLine:
    """What is known of one request: its id, when it began, and later its answer's status."""

    def __init__(self) -> None:
        self.id = f"{random.getrandbits(64):016x}"
        self.began = time.perf_counter()
        self.status: int | None = None
        self.whole = False
        """Whether all of the answer was sent."""
        self.left = False
        """Whether the client went away before."""

    @contextmanager
    def current(self) -> Iterator[None]:
        """Let what is logged meanwhile have the request's id."""
        token = _request.set(self)
        try:
            yield
        finally:
            _request.reset(token)

    def write(
        self, method: str | None, route: str | None, caller: str | None, entry: int | None
    ) -> None:
        """Log the line."""
        # A client error is ours to count, not to be woken for.
        level = logging.ERROR if (self.status or 0) >= 500 else logging.INFO
        if not _own.isEnabledFor(level):
            return
        fields: dict[str, Any] = {
            "request": self.id,
            "method": method if method in METHODS else "other",
            "route": route,
            "status": self.status,
            "ms": round((time.perf_counter() - self.began) * 1_000, 1),
            "caller": caller,
            "entry": entry,
        }
        if self.status is not None and not self.whole:
            fields["cut"] = 1
        say("request", level, **fields)


def _see(line: RequestLine, message: Any) -> None:
    """Note an answer's beginning and end, and put the id into its headers."""
    if message["type"] == "http.response.start":
        line.status = None if line.left else message["status"]
        header = (REQUEST_ID.encode(), line.id.encode())
        message["headers"] = [*message.get("headers", ()), header]
    elif message["type"] == "http.response.body":
        line.whole = not message.get("more_body", False)


class JsonForm(logging.Formatter):
    """One JSON object a line: `at`, `level`, `event`, and what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return msgspec.json.encode(_content(record)).decode()


class TextForm(logging.Formatter):
    """A line for people: time, level, event, and the rest as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without anything that steers a terminal."""
        content = _content(record)
        moment, level, event = (str(content.pop(name)) for name in ("at", "level", "event"))
        rest = " ".join(f"{name}={value}" for name, value in content.items() if value is not None)
        line = f"{moment[11:19]} {level:<7} {event} {rest}".rstrip(" ")
        return "".join(c if c.isprintable() else "?" for c in line)


def _content(record: logging.LogRecord) -> dict[str, Any]:
    """Return what may be told of a record."""
    own = record.name == NAME
    content: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": record.getMessage() if own else _foreign(record),
        **(getattr(record, "fields", {}) if own else {"logger": record.name}),
    }
    if request_id() is not None:
        content.setdefault("request", request_id())
    if record.exc_info and record.exc_info[1] is not None:
        content["error"] = type(record.exc_info[1]).__name__
        content["stack"] = list(_stack(record.exc_info[1]))
    return content


def _foreign(record: logging.LogRecord) -> str:
    """Return another package's text with numbers filled in and everything else left out."""
    if isinstance(record.msg, OSError) and record.msg.errno is not None:
        return os.strerror(record.msg.errno)
    # What has several lines is a traceback, whose last ones hold what was sent.
    if (
        not record.name.startswith(_FOREIGN)
        or not isinstance(record.msg, str)
        or "\n" in record.msg.rstrip("\n")
    ):
        return f"{record.module}:{record.lineno}"
    arguments = record.args if isinstance(record.args, tuple) else ()
    shown = tuple(one if isinstance(one, int | float) else _Hidden() for one in arguments)
    try:
        return record.msg % shown if shown else record.msg
    except (TypeError, ValueError):
        return f"{record.module}:{record.lineno}"


class _Hidden:
    """Stands for a value that is not shown, in whichever way it is asked for."""

    def __str__(self) -> str:
        return "…"

    __repr__ = __str__


def _stack(error: BaseException) -> Iterator[str]:
    """Yield where an error arose, the innermost last; its message may quote what was sent."""
    for frame in traceback.extract_tb(error.__traceback__):
        package = frame.filename.rpartition("site-packages/")[2].rpartition("/src/")[2]
        yield f"{package}:{frame.lineno} {frame.name}"


def _route(scope: Any) -> str | None:
    """Return the template of the route that answered; None where none did.

    Only what the application itself registered is told: a router may give the path in its place.
    """
    template, app = scope.get("path_template"), scope.get("litestar_app")
    return template if app is not None and template in _templates(app) else None


@lru_cache(maxsize=8)
def _templates(app: Any) -> frozenset[str]:
    return frozenset(route.path_format for route in app.routes)
