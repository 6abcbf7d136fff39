"""How webhooks are delivered, and what to do with messages that were parked."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import PathParameter

from vermilion.desk.cursor import Cursors
from vermilion.web import delivering
from vermilion.web.api.judgements import Cursor, Limit
from vermilion.web.asking import Asked
from vermilion.web.delivering import Endpoint, ParkedMessage, webhooks_of

Number = Annotated[int, PathParameter(ge=1, le=2**53)]
Name = Annotated[str, PathParameter(min_length=1, max_length=63)]

_PARKED = Cursors("parked")


class Parking(msgspec.Struct, frozen=True):
    """Parked messages, oldest first; `next` is the cursor of the page that follows."""

    items: list[ParkedMessage]
    next: str | None


class Resumed(msgspec.Struct, frozen=True):
    """How many messages are tried again."""

    messages: int


@get("/v1/webhooks", opt={"right": "metrics"}, summary="List webhooks")
async def list_webhooks(request: Asked) -> list[Endpoint]:
    """List the subscriptions, and how their messages fare."""
    return await delivering.endpoints(webhooks_of(request))


@get("/v1/parked", opt={"right": "metrics"}, summary="List parked messages")
async def list_parked(request: Asked, cursor: Cursor = None, limit: Limit = 50) -> Parking:
    """List the messages that are not tried any more, without what they tell."""
    after = _PARKED.after(cursor) or 0
    found = await delivering.parked_messages(webhooks_of(request), after, limit + 1)
    more = len(found) > limit
    items = found[:limit]
    return Parking(items, _PARKED.text(items[-1].number) if more else None)


@post(
    "/v1/webhooks/{name:str}/resumption",
    opt={"right": "administer"},
    status_code=200,
    summary="Try all parked messages again",
)
async def resume_webhook(request: Asked, name: Name) -> Resumed:
    """Try again what is parked for a subscription, in its old order; it is recorded first."""
    return Resumed(await delivering.resume(request, name))


@post(
    "/v1/parked/{number:int}/resumption",
    opt={"right": "administer"},
    status_code=204,
    summary="Try a parked message again",
)
async def retry_message(request: Asked, number: Number) -> None:
    """Try one parked message again; it is recorded first."""
    await delivering.retry(request, number)


@post(
    "/v1/parked/{number:int}/removal",
    opt={"right": "administer"},
    status_code=204,
    summary="Drop a parked message",
)
async def drop_message(request: Asked, number: Number) -> None:
    """Delete a parked message for good; it is recorded first."""
    await delivering.drop(request, number)
