"""Read what was decided: lists, one judgement, its explanation, what the customer is told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, PathParameter, QueryParameter

from vermilion.desk.cursor import Cursors
from vermilion.desk.customer import CustomerAnswer, is_asked
from vermilion.desk.history import Query, Summary
from vermilion.desk.passing import Passing
from vermilion.desk.passing_again import would_pass_in
from vermilion.desk.sealing import Judgement
from vermilion.desk.summarise import window_lines
from vermilion.errors import DataError
from vermilion.pages.decision import explain_decision
from vermilion.web.access.caller import Caller
from vermilion.web.access.refusals import NotAllowedError, NotFoundError
from vermilion.web.api.shapes import Judged, Judgements
from vermilion.web.asking import Asked, service_of
from vermilion.web.served import Served

Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Cursor = Annotated[str | None, QueryParameter(max_length=512)]
Number = Annotated[int, PathParameter(ge=0, le=2**53)]
Text = Annotated[str | None, QueryParameter(min_length=1, max_length=512)]
Verdict = Literal["deny", "review", "condition", "allow", "not_applicable"]
JSON = "application/json"

_JUDGEMENTS = Cursors("judgements")


@get("/v1/judgements", opt={"right": "read_own"}, summary="List judgements")
async def list_judgements(
    request: Asked,
    *,
    source: Text = None,
    id: Text = None,
    type: Text = None,
    verdict: FromQuery[Verdict | None] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Judgements:
    """List judgements in short, newest first; with `source` and `id` the one of that event."""
    asker = request.user
    if asker.sources and source not in asker.sources:
        if source is not None or len(asker.sources) > 1:
            raise _not_yours()
        (source,) = asker.sources
    if id is not None and source is None:
        raise DataError(
            "source_lacking",
            "an id says nothing without its source",
            help="name the event by `source` and `id`",
            where="source",
        )
    before = _JUDGEMENTS.after(cursor)
    query = Query(before=before, limit=limit, verdict=verdict, type=type, source=source)

    def find(served: Served) -> Judgements:
        if id is not None and source is not None:
            entry = served.history.find(source, id)
            items = [] if entry is None else served.history.summaries([entry])
            return Judgements([one for one in items if _fits(one, type, verdict)], None)
        page = served.history.page(query)
        return Judgements(page.items, None if page.next is None else _JUDGEMENTS.text(page.next))

    return await service_of(request).call(find)


@get(
    "/v1/judgements/{entry:int}",
    opt={"right": "read_own"},
    summary="Read a judgement",
    responses={200: ResponseSpec(Judged, generate_examples=False)},
)
async def read_judgement(request: Asked, entry: Number) -> Response[bytes]:
    """Return what came of an event as it is recorded, with the permit that stands for it now."""

    def read(served: Served) -> bytes:
        return served.judged(_judgement(served, entry, request.user), entry).written

    return Response(await service_of(request).call(read), media_type=JSON)


@get("/v1/judgements/{entry:int}/explanation", opt={"right": "read_own"}, media_type="text/plain")
async def explain_judgement(
    request: Asked, entry: Number, language: FromQuery[Literal["zh", "en"]] = "en"
) -> str:
    """Tell in sentences what was decided, by which clauses, and what is lacking."""

    def read(served: Served) -> str:
        judged = _judgement(served, entry, request.user)
        told = []
        for one in served.desk.decisions(judged):
            decision = msgspec.json.decode(one)
            kept = served.book.kept_engine(decision["rulebook"]["digest"])
            told.append(explain_decision(decision, language, window_lines(kept.rulebook)))
        return "\n\n".join(told)

    return await service_of(request).call(read)


@get(
    "/v1/judgements/{entry:int}/customer",
    opt={"right": "read_own"},
    summary="Read what the customer may be told",
    responses={200: ResponseSpec(CustomerAnswer, generate_examples=False)},
)
async def read_customer_answer(request: Asked, entry: Number) -> Response[bytes]:
    """Return what the customer may be told: nothing that tells of a list, a suspicion or a review."""

    def read(served: Served) -> bytes:
        judged = _judgement(served, entry, request.user)
        if not is_asked(judged.event):
            raise NotFoundError("not_a_proposal", "no customer proposed this event")
        shown = served.book.loop.rows.shown(judged.event)
        return msgspec.json.encode(served.customers.view(judged, shown))

    return Response(await service_of(request).call(read), media_type=JSON)


class PassingUnder(msgspec.Struct, frozen=True):
    """What would make an event pass under one rulebook."""

    rulebook: str
    digest: str
    rules: list[Passing]


@get(
    "/v1/judgements/{entry:int}/passing",
    opt={"right": "read"},
    summary="Read what would make it pass",
    responses={200: ResponseSpec(list[PassingUnder], generate_examples=False)},
)
async def read_passing(request: Asked, entry: Number) -> Response[bytes]:
    """Tell, by what was known when it was judged, what would make the event pass."""

    def read(served: Served) -> bytes:
        judged = _judgement(served, entry, request.user)
        found = []
        for ruling, *_ in judged.ruled:
            book, event, known = ruling.rulebook, judged.event, served.desk.standing
            again = would_pass_in(served.book, event.source, event.id, book.digest, known)
            found.append(PassingUnder(book.id, book.digest, [] if again is None else again.passing))
        return msgspec.json.encode(found)

    return Response(await service_of(request).call(read), media_type=JSON)


def _judgement(served: Served, entry: int, asker: Caller) -> Judgement:
    judged = served.judgement(entry)
    if not asker.speaks_for(judged.event.source):
        raise _not_yours()
    return judged


def _fits(one: Summary, type: str | None, verdict: Verdict | None) -> bool:
    """Tell whether a judgement is of a type and has a verdict, where they are asked for."""
    return type in {None, one.type} and (verdict is None or verdict in one.verdicts.values())


def _not_yours() -> NotAllowedError:
    return NotAllowedError(
        "source_not_yours",
        "this key may not read of that source",
        help="name a source that the key was made for",
    )
