"""Watch lists: which are in force, and put one in force or take it out while the desk judges."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, PathParameter, QueryParameter

from vermilion.facts.entities import ListVersion
from vermilion.screening import Format
from vermilion.screening.load import LONGEST, ListHeading
from vermilion.web import watch_lists
from vermilion.web.api.resolutions import moment_of
from vermilion.web.asking import Asked
from vermilion.web.watch_lists import Screened, screener_of

MOST_BYTES = 64 * 2**20
"""Bytes of a list that is sent; a larger one is added with `vermilion lists add`. Policy."""

Name = Annotated[str, PathParameter(min_length=1, max_length=LONGEST)]
Word = Annotated[str | None, QueryParameter(min_length=1, max_length=LONGEST)]


class ListsRead(msgspec.Struct, frozen=True):
    """The versions in force, when everybody was last screened, and whether that is under way."""

    items: list[ListVersion]
    screened: Screened | None
    screening: bool


class ListAdded(msgspec.Struct, frozen=True):
    """What was recorded of the version, and whether it is in force now."""

    list: ListVersion
    in_force: bool


class ListOperation(Operation):
    """An operation that takes the file of a list."""

    def __post_init__(self) -> None:
        """Describe the body."""
        binary = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(content={"application/octet-stream": binary}, required=True)


@get("/v1/lists", opt={"right": "read_lists"}, summary="List watch lists")
async def list_lists(request: Asked) -> ListsRead:
    """Return the version of each list that is in force, and how screening stands."""
    items = await watch_lists.lists_in_force(request)
    screener = screener_of(request)
    return ListsRead(items, screener.last, screener.under_way)


@post(
    "/v1/lists/{name:str}",
    opt={"right": "administer"},
    operation_class=ListOperation,
    summary="Put a list in force",
    request_max_body_size=MOST_BYTES,
)
async def add_list(
    request: Asked,
    name: Name,
    *,
    format: FromQuery[Format | None] = None,
    version: Word = None,
    date: FromQuery[dt.date | None] = None,
    source: Word = None,
    begins: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> ListAdded:
    """Put the file in the body in force as a version of a list; it screens from then on.

    The answer comes when that is durable. Who is known already is screened beside the judging.
    """
    heading = ListHeading(name, format, version, date, source or "uploaded")
    since = moment_of(begins, "begins")
    return ListAdded(*await watch_lists.add_list(request, heading, await request.body(), since))


@post(
    "/v1/lists/{name:str}/removal",
    opt={"right": "administer"},
    status_code=204,
    summary="Take a list out",
)
async def remove_list(request: Asked, name: Name) -> None:
    """Let a list screen nobody any more; what it holds stays in the book."""
    await watch_lists.remove_list(request, name)
