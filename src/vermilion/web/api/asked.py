"""What handlers are asked with: the service, the caller, and an event out of a request's body."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State

from vermilion.errors import DataError
from vermilion.facts.events import Event, FindingEvent, event_type_of
from vermilion.intake import Received
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event
from vermilion.web.access.caller import Caller
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.problems import unreadable
from vermilion.web.service import Service

Asked = Request[Caller, "str | None", State]
"""A request whose caller is known."""

OWN_TYPES = frozenset({"resolution", "case", "access", "list"})
"""Event types that the desk writes, or that have routes of their own; findings of bypass beside."""


class TooLargeError(DataError):
    """What was sent is larger than what is taken."""

    http_status = 413


def service_of(request: Request[Any, Any, Any]) -> Service:
    """Return the service that the application serves."""
    service: Service = request.app.state.service
    return service


def actor(request: Request[Any, Any, Any]) -> str:
    """Return the id under which the record names the caller: the officer's, or the account's name."""
    caller: Caller = request.user
    return caller.person or caller.name


def received_of(line: bytes, caller: Caller, number: int = 1) -> Received:
    """Return the event that some bytes of JSON say.

    Raises:
        DataError: it cannot be read; `field` says where.
        NotAllowedError: `type_reserved` or `source_not_yours`.
    """
    found = decode_event(line)
    if isinstance(found, Fault):
        raise unreadable(found)
    event, canonical = found
    refuse_others(event, caller)
    return Received(event, canonical, "", number)


def refuse_others(event: Event, caller: Caller) -> None:
    """Refuse what is not the caller's to submit.

    Raises:
        NotAllowedError: `type_reserved` or `source_not_yours`.
    """
    ours = event_type_of(event) in OWN_TYPES
    if isinstance(event, FindingEvent):
        ours = event.data.kind == "bypass"  # what a detector saw is anybody's to tell
    if ours:
        raise NotAllowedError(
            "type_reserved",
            f"events of type `{event_type_of(event)}` are made by the desk",
            help="answer what is held at /v1/resolutions",
        )
    if not caller.speaks_for(event.source):
        raise NotAllowedError(
            "source_not_yours",
            "this key may not submit events of that source",
            help="use the source that the key was made for, or ask for another key",
        )


def bounded(text: str, name: str, most: int = 2_000) -> str:
    """Return a parameter that is not too long.

    Raises:
        DataError: `too_long`.
    """
    if len(text) > most:
        raise DataError("too_long", f"`{name}` is longer than {most} characters", where=name)
    return text
