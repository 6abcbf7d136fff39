"""The pages of parties, platforms, works and tokens: what is known, who said so, and their history."""

from __future__ import annotations

from typing import Any, NamedTuple

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from vermilion.desk.cases import Linked
from vermilion.desk.history import Page as Judgements
from vermilion.desk.history import Query
from vermilion.desk.things import Thing, thing
from vermilion.errors import Error
from vermilion.facts.entities import ENTITY_KINDS
from vermilion.pages.telling import Teller
from vermilion.rulebook import Words
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.names import work_titles
from vermilion.web.console.problem import error_page, problem_page
from vermilion.web.console.rules_view import book_names
from vermilion.web.console.serving import asked
from vermilion.web.recorded import record_access
from vermilion.web.served import Served

ON_A_PAGE = 30
"""Judgements on one page. Policy."""

NAMED = 2
"""Facts of a statement that are named before it is unfolded. Policy."""


class Known(NamedTuple):
    """What the page of a thing shows, gathered between two groups."""

    thing: Thing
    history: Judgements
    cases: list[Linked]
    works: dict[str, str]
    book_names: dict[str, Words]


@get("/things/{kind:str}", opt={"right": "read_personal"})
async def thing_page(request: Request[Any, Any, Any], kind: FromPath[str]) -> Response[str]:
    """Show a thing; that somebody looked at a party is recorded first."""
    id = request.query_params.get("id", "")
    before = request.query_params.get("before", "")
    if kind not in ENTITY_KINDS or not 0 < len(id) <= 512:
        return problem_page(request, 404)
    query = Query(
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
        limit=ON_A_PAGE,
        thing=(kind, id),
    )
    try:
        if kind == "party":
            await record_access(request, kind, id)
        known = await asked(request, lambda served: _gathered(served, query, kind, id))
    except Error as error:
        return error_page(request, error)
    if known is None:
        return problem_page(request, 404)
    context = {
        "it": known.thing,
        "cases": known.cases,
        "works": known.works,
        "book_names": known.book_names,
        "items": known.history.items,
        "next": known.history.next,
        "before": query.before,
        "named": NAMED,
        "teller": Teller(visit_of(request).language, {}),
    }
    return page(request, "thing.html.j2", context)


def _gathered(served: Served, query: Query, kind: str, id: str) -> Known | None:
    found = thing(served.book, served.history, kind, id)
    if found is None:
        return None
    return Known(
        found,
        served.history.page(query),
        served.cases.links(kind, id),
        work_titles(served, ((one.kind, one.id) for one in found.related)),
        book_names(served),
    )
