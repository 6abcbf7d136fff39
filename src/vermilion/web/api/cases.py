"""Cases: list, read, and work on them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from vermilion.desk.cases import CaseDetail, CasePage, CaseQuery, Status
from vermilion.desk.cases.attachments import MOST_BYTES
from vermilion.facts.events import CaseLink, Reason
from vermilion.web.access.refusals import NotFoundError
from vermilion.web.api.judgements import Cursor, Limit
from vermilion.web.asking import Asked, actor, service_of
from vermilion.web.linking import link_case
from vermilion.web.served import Served

Cause = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$")]
Sha256 = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]
Entry = Annotated[int, PathParameter(ge=0, le=2**53)]
Before = Annotated[int | None, QueryParameter(ge=0, le=2**53)]
Short = Annotated[str | None, QueryParameter(max_length=512)]
Name = Annotated[str, QueryParameter(min_length=1, max_length=512)]


class NoteAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note to write."""

    text: Reason


class AssignmentAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to work on the case; null takes it from whoever has it."""

    assignee: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None


class Recorded(msgspec.Struct, frozen=True):
    """Where in the record it stands what was done."""

    entry: int


class Attached(msgspec.Struct, frozen=True):
    """SHA-256 of what is stored of a file."""

    sha256: str


@get("/v1/cases", opt={"right": "read"}, summary="List cases")
async def list_cases(
    request: Asked,
    *,
    text: Short = None,
    status: FromQuery[Status | None] = None,
    assignee: Short = None,
    overdue: FromQuery[bool | None] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CasePage:
    """List cases: overdue, gravest and soonest due first.

    `text` stands somewhere in what people see of a case, as they find it in the console: its
    title, question, rule, entity, number or assignee.
    """
    query = CaseQuery(
        text=text or "",
        status=status,
        assignee=assignee,
        overdue=overdue,
        before=cursor,
        limit=limit,
    )
    return await service_of(request).call(lambda served: served.cases.page(query))


@get("/v1/cases/{cause:str}", opt={"right": "read"}, summary="Read a case")
async def read_case(request: Asked, cause: Cause, before: Before = None) -> CaseDetail:
    """Return a case with its links, the events that wait, and the end of its journal.

    Where `earlier` is not 0, ask again with `before` the first entry of the journal.
    """
    found = await service_of(request).call(lambda served: served.cases.case(cause, before=before))
    if found is None:
        raise NotFoundError("unknown_case", "there is no such case in this book")
    return found


@post("/v1/cases/{cause:str}/notes", opt={"right": "work_cases"}, summary="Write a note")
async def write_note(request: Asked, cause: Cause, data: JSONBody[NoteAsked]) -> Recorded:
    """Write a note on a case; it is in the record when the answer comes."""
    by = actor(request)
    entry = await service_of(request).call(lambda one: one.cases.note(cause, by, data.text))
    return Recorded(entry)


@post("/v1/cases/{cause:str}/assignment", opt={"right": "work_cases"}, summary="Assign a case")
async def assign_case(request: Asked, cause: Cause, data: JSONBody[AssignmentAsked]) -> Recorded:
    """Say who works on a case."""
    by = actor(request)
    entry = await service_of(request).call(lambda one: one.cases.assign(cause, by, data.assignee))
    return Recorded(entry)


@post("/v1/cases/{cause:str}/links", opt={"right": "work_cases"}, summary="Link a case")
async def add_link(request: Asked, cause: Cause, data: JSONBody[CaseLink]) -> Recorded:
    """Say that a case hangs together with another one, or what it is about; both ends show it."""
    return Recorded(await link_case(request, cause, data))


@post(
    "/v1/cases/{cause:str}/links/{entry:int}/removal",
    opt={"right": "work_cases"},
    summary="Take a link back",
)
async def remove_link(request: Asked, cause: Cause, entry: Entry) -> Recorded:
    """Say that the link that an entry made holds no longer, at either end."""
    by = actor(request)
    return Recorded(await service_of(request).call(lambda one: one.cases.unlink(cause, by, entry)))


@post(
    "/v1/cases/{cause:str}/attachments",
    opt={"right": "work_cases"},
    summary="Attach a file",
    request_max_body_size=MOST_BYTES,
)
async def attach_file(request: Asked, cause: Cause, name: Name) -> Attached:
    """Store the body with a case, encrypted; its media type is the request's."""
    content = await request.body()
    media_type = request.headers.get("content-type", "application/octet-stream")
    by = actor(request)

    def attach(served: Served) -> str:
        return served.cases.attach(cause, by, name, media_type, content)

    return Attached(await service_of(request).call(attach))


@get(
    "/v1/cases/{cause:str}/attachments/{sha256:str}",
    opt={"right": "read"},
    summary="Read an attached file",
)
async def read_attachment(request: Asked, cause: Cause, sha256: Sha256) -> Response[bytes]:
    """Return a file of a case, as a download whatever it is."""
    found = await service_of(request).call(lambda one: one.cases.attachment(cause, sha256))
    return Response(
        found[2],
        media_type="application/octet-stream",
        headers={"Content-Disposition": "attachment"},
    )
