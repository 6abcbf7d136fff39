"""What is sent for each question, and how its answer is read. Nothing here touches a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

from vermilion.client.answers import (
    Case,
    Missing,
    Permit,
    Resolved,
    SentJudged,
    SentLine,
    Summary,
    Waiting,
)
from vermilion.errors import DataError
from vermilion.facts.events import Event

T = TypeVar("T")
Submitted = Mapping[str, Any] | Event | bytes
"""An event: as plain data, typed, or as its JSON."""

JSON, NDJSON, TEXT = "application/json", "application/x-ndjson", "text/plain"


class Request(NamedTuple):
    """A request below the desk's address."""

    method: str
    path: str
    accept: str
    body: bytes | None = None
    content_type: str = JSON


class Call(NamedTuple, Generic[T]):
    """A request, how its answer is read, and whether asking again is as good as asking once."""

    request: Request
    read: Callable[[bytes], T]
    repeatable: bool = True


class PageOf(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `next` is the cursor of the one that follows."""

    items: list[T]
    next: str | None


read_line = msgspec.json.Decoder(SentLine).decode
_JUDGED = msgspec.json.Decoder(SentJudged).decode
_SUMMARIES = msgspec.json.Decoder(PageOf[Summary]).decode
_CASES = msgspec.json.Decoder(PageOf[Case]).decode
_PERMIT = msgspec.json.Decoder(Permit).decode
_MISSING = msgspec.json.Decoder(PageOf[Missing]).decode
_WAITING = msgspec.json.Decoder(PageOf[Waiting]).decode
_RESOLVED = msgspec.json.Decoder(Resolved).decode


def written(event: Submitted) -> bytes:
    """Return an event's JSON in one line.

    Raises:
        DataError: `json_syntax`: it is no JSON, or holds what JSON cannot say.
    """
    try:
        if isinstance(event, bytes):
            return msgspec.json.format(event, indent=-1)
        return msgspec.json.encode(event)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise DataError(
            "json_syntax",
            f"the event cannot be written as JSON: {error}",
            help="see docs/events.md",
        ) from None


def submit(body: bytes) -> Call[SentJudged]:
    """Submit one event."""
    return Call(Request("POST", "/v1/events", JSON, body), _JUDGED)


def stream(body: bytes) -> Request:
    """Submit lines of events."""
    return Request("POST", "/v1/events/stream", NDJSON, body, NDJSON)


def judgement(entry: int) -> Call[SentJudged]:
    """Read the judgement of an entry."""
    return Call(_get(f"/v1/judgements/{int(entry)}"), _JUDGED)


def judgements(cursor: str | None, asked: Mapping[str, Any]) -> Call[PageOf[Summary]]:
    """Read a page of judgements."""
    return Call(_get("/v1/judgements", {**asked, "cursor": cursor}), _SUMMARIES)


def explanation(entry: int, language: str) -> Call[str]:
    """Read the explanation of an entry."""
    path = f"/v1/judgements/{int(entry)}/explanation"
    return Call(_get(path, {"language": language}, TEXT), bytes.decode)


def permit(number: int) -> Call[Permit]:
    """Read a permit by its number."""
    return Call(_get(f"/v1/permits/{int(number)}"), _PERMIT)


def missing(cursor: str | None, asked: Mapping[str, Any]) -> Call[PageOf[Missing]]:
    """Read a page of the facts that events wait for."""
    return Call(_get("/v1/missing", {**asked, "cursor": cursor}), _MISSING)


def waiting(cursor: str | None, asked: Mapping[str, Any]) -> Call[PageOf[Waiting]]:
    """Read a page of the resolutions that wait for a second person."""
    return Call(_get("/v1/resolutions/waiting", {**asked, "cursor": cursor}), _WAITING)


def cases(cursor: str | None, asked: Mapping[str, Any]) -> Call[PageOf[Case]]:
    """Read a page of cases."""
    return Call(_get("/v1/cases", {**asked, "cursor": cursor}), _CASES)


def resolve(said: Mapping[str, Any]) -> Call[Resolved]:
    """Resolve what is held. Asked twice it is made twice."""
    stated = {name: value for name, value in said.items() if value is not None}
    body = msgspec.json.encode(stated)
    return Call(Request("POST", "/v1/resolutions", JSON, body), _RESOLVED, repeatable=False)


def _get(path: str, asked: Mapping[str, Any] | None = None, accept: str = JSON) -> Request:
    stated = {name: value for name, value in (asked or {}).items() if value is not None}
    return Request("GET", f"{path}?{urlencode(stated)}" if stated else path, accept)
