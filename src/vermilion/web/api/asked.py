"""What handlers are asked with: an event out of a request's body, and other texts."""

from __future__ import annotations

from vermilion.errors import DataError
from vermilion.facts.events import Event, FindingEvent, event_type_of
from vermilion.intake import Received
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event
from vermilion.web.access.caller import Caller
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.problems import unreadable

OWN_TYPES = frozenset({"resolution", "case", "access", "list", "erasure"})
"""Event types that the desk writes, or that have routes of their own; findings of bypass beside."""


OWN_SOURCES = "vermilion:"
"""How sources begin under which the desk writes itself; ids there are not anybody's to take."""


class TooLargeError(DataError):
    """What was sent is larger than what is taken."""

    http_status = 413


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
    reserved = event.source.startswith(OWN_SOURCES) and event.source not in caller.sources
    if reserved or not caller.speaks_for(event.source):
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
