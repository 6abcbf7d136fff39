"""The list of judgements: filters, pages by cursor, and the same rows as CSV."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from litestar import Request, get
from litestar.response import Response

from vermilion.desk.history import Page, Query, Summary
from vermilion.errors import UsageError
from vermilion.facts.events import EVENT_TYPES
from vermilion.pages.codes import VERDICT_ORDER
from vermilion.web.console.csv import csv_file
from vermilion.web.console.frame import page
from vermilion.web.console.rules_view import book_names
from vermilion.web.console.serving import asked
from vermilion.web.served import Served

ON_A_PAGE = 30
"""Judgements on one page. Policy."""

NOTED = frozenset({"access"})
"""Types that the desk writes of each look at a party; without a filter they are left out."""

MOST_LOOKS = 4
"""Pages looked through for one page. Policy."""

MOST_IN_CSV = 5_000
"""Rows of one download; the file says where the next one begins. Policy."""

COLUMNS = ("entry", "at", "source", "id", "type", "stage", "subject", "verdicts")


def query_of(request: Request[Any, Any, Any]) -> Query:
    """Return which judgements a page's address asks for; what it names wrongly finds nothing.

    Raises:
        UsageError: `bad_cursor`.
    """
    said = request.query_params
    before = said.get("before")
    if before is not None and not (before.isdecimal() and len(before) < 16):
        raise UsageError("bad_cursor", "the page that the address names cannot be told")
    return Query(
        before=None if before is None else int(before),
        limit=ON_A_PAGE,
        verdict=said.get("verdict") or None,
        type=said.get("type") or None,
        source=(said.get("source") or "").strip() or None,
    )


def shown(served: Served, query: Query) -> Page:
    """Return a page of judgements without what the desk notes of itself, unless that is asked for."""
    items: list[Summary] = []
    place = query
    for _ in range(MOST_LOOKS):
        found = served.history.page(place)
        items += [one for one in found.items if query.type or one.type not in NOTED]
        if len(items) > query.limit:
            return Page(items[: query.limit], items[query.limit - 1].entry)
        if found.next is None or len(items) == query.limit:
            return Page(items, found.next)
        place = msgspec.structs.replace(place, before=found.next)
    return Page(items, place.before)


@get("/judgements", opt={"right": "read"})
async def judgements(request: Request[Any, Any, Any]) -> Response[str]:
    """Show judgements, newest first."""
    query = query_of(request)
    found, named = await asked(request, lambda served: (shown(served, query), book_names(served)))
    context = {
        "items": found.items,
        "book_names": named,
        "next": found.next,
        "query": query,
        "filtered": bool(query.verdict or query.type or query.source),
        "verdicts": VERDICT_ORDER,
        "types": list(EVENT_TYPES),
    }
    return page(request, "judgements.html.j2", context)


@get("/judgements.csv", opt={"right": "read"})
async def judgements_csv(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the same judgements as a file, page by page so that the desk goes on meanwhile."""
    query, rows = query_of(request), list[Summary]()
    while len(rows) < MOST_IN_CSV:
        found = await asked(request, partial(_page, query))
        rows += found.items
        if found.next is None:
            break
        query = msgspec.structs.replace(query, before=found.next, limit=200)
    return csv_file("judgements.csv", COLUMNS, [_row(one) for one in rows[:MOST_IN_CSV]])


def _page(query: Query, served: Served) -> Page:
    return served.history.page(query)


def _row(one: Summary) -> list[str]:
    verdicts = "; ".join(f"{rulebook}: {verdict}" for rulebook, verdict in one.verdicts.items())
    return [
        str(one.entry), one.at, one.source, one.id, one.type, one.stage, one.subject or "",
        verdicts,
    ]  # fmt: skip
