"""Read what is known of a party, platform, work or token."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from vermilion.desk.cases import Linked
from vermilion.desk.cursor import Cursors
from vermilion.desk.history import Query, Summary
from vermilion.desk.things import Thing, thing
from vermilion.web.access.refusals import NotFoundError
from vermilion.web.api.judgements import Cursor, Limit
from vermilion.web.asking import Asked, service_of
from vermilion.web.recorded import record_access
from vermilion.web.served import Served

_HISTORY = Cursors("things")


class ThingHistory(msgspec.Struct, frozen=True):
    """What is known of a thing, the cases about it, and the judgements that name it, newest first."""

    thing: Thing
    cases: list[Linked]
    items: list[Summary]
    next: str | None


@get("/v1/things/{kind:str}", opt={"right": "read_personal"}, summary="Read about a thing")
async def read_thing(
    request: Asked,
    kind: FromPath[Literal["party", "platform", "work", "token"]],
    id: Annotated[str, QueryParameter(min_length=1, max_length=512)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ThingHistory:
    """Return standing facts and history; that a party was read is recorded first."""
    before = _HISTORY.after(cursor)
    if kind == "party":
        await record_access(request, kind, id)

    def read(served: Served) -> ThingHistory:
        found = thing(served.book, served.history, kind, id)
        if found is None:
            raise NotFoundError("thing_unknown", f"nothing is known of this {kind}")
        page = served.history.page(Query(before=before, limit=limit, thing=(kind, id)))
        cases = served.cases.links(kind, id)
        following = None if page.next is None else _HISTORY.text(page.next)
        return ThingHistory(found, cases, page.items, following)

    return await service_of(request).call(read)
