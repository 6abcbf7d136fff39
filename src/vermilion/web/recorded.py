"""Note in the record who read what is personal, and who changed who may do what."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from litestar import Request

from vermilion.desk.cases.fold import SOURCE
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Access, AccessAction, AccessEvent, By
from vermilion.intake import Received
from vermilion.web.asking import actor, service_of


def access_event(by: str, action: AccessAction, what: str, about: str | None) -> Received:
    """Return the event that says who read or changed what, now."""
    made = AccessEvent(
        id=secrets.token_hex(8),
        source=SOURCE,
        time=dt.datetime.now(dt.UTC).replace(microsecond=0),
        stage="settled",
        specversion="1.0",
        data=Access(action=action, parties=By(by=by), what=what, about=about),
    )
    return Received(*canonical_form(made), "", 0)


async def record_access(request: Request[Any, Any, Any], what: str, about: str | None) -> None:
    """Record that the caller reads something personal; return when that is durable.

    Raises:
        StorageError: it cannot be recorded, and so it must not be read.
    """
    await service_of(request).submit(access_event(actor(request), "read", what, about))


async def record_change(request: Request[Any, Any, Any], what: str, about: str | None) -> None:
    """Record that the caller changes how the desk works; return when that is durable.

    Raises:
        StorageError: it cannot be recorded, and so it must not be done.
    """
    await service_of(request).submit(access_event(actor(request), "change", what, about))
