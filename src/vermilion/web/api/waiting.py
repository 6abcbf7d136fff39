"""What waits for people: facts that are lacking, and answers that need a second person."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from vermilion.desk.cases.pages import missing_page, unconfirmed_page
from vermilion.desk.loop.answer import Unconfirmed
from vermilion.web.api.judgements import Cursor
from vermilion.web.asking import Asked, service_of
from vermilion.web.served import Served

PAGE = 50
"""Items of a page where a cursor is given and no size. Policy."""

Limit = Annotated[int | None, QueryParameter(ge=1, le=200)]


class Missing(msgspec.Struct, frozen=True):
    """A fact that events wait for: of what, and how many wait for it."""

    fact: str
    entity: str
    events: int
    cause: str
    rule: str


class MissingPage(msgspec.Struct, frozen=True):
    """Facts that events wait for; `next` is the cursor of the page that follows."""

    items: list[Missing]
    next: str | None


class WaitingPage(msgspec.Struct, frozen=True):
    """Resolutions that wait; `next` is the cursor of the page that follows."""

    items: list[Unconfirmed]
    next: str | None


@get("/v1/missing", opt={"right": "read"}, summary="List missing facts")
async def list_missing(
    request: Asked, cursor: Cursor = None, limit: Limit = None
) -> MissingPage | list[Missing]:
    """List the facts that events wait for, that which most wait for first.

    With `cursor` or `limit` the answer is a page, without either the list of all. Between two pages
    a number may change; its fact can then be missing or come twice.
    """

    def read(served: Served) -> MissingPage:
        found, following = missing_page(served.book, cursor, _size(cursor, limit))
        items = [
            Missing(one.cause.fact, one.cause.entity, one.events, one.digest.hex(), one.cause.rule)
            for one in found
        ]
        return MissingPage(items, following)

    page = await service_of(request).call(read)
    return page.items if _size(cursor, limit) is None else page


@get("/v1/resolutions/waiting", opt={"right": "read"}, summary="List resolutions that wait")
async def list_waiting(
    request: Asked, cursor: Cursor = None, limit: Limit = None
) -> WaitingPage | list[Unconfirmed]:
    """List the resolutions that wait for a second person, oldest first.

    With `cursor` or `limit` the answer is a page, without either the list of all.
    """
    size = _size(cursor, limit)
    page = await service_of(request).call(
        lambda served: WaitingPage(*unconfirmed_page(served.book, cursor, size))
    )
    return page.items if size is None else page


def _size(cursor: str | None, limit: int | None) -> int | None:
    """Return how much is asked for; None for all."""
    return PAGE if limit is None and cursor is not None else limit
