"""The overview: what waits, what is overdue, how things were judged, what is missing, how the desk is."""

from __future__ import annotations

import datetime as dt
import shlex
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from litestar import Request, get
from litestar.response import Response

from vermilion.desk.cases import Case, CaseQuery
from vermilion.desk.history import DayCount
from vermilion.desk.overview import MissingFact, Overview
from vermilion.desk.overview import overview as gathered
from vermilion.desk.summary import RulebookLine
from vermilion.errors import Error
from vermilion.pages.text import visible
from vermilion.pages.verdicts import Book, book_of
from vermilion.pages.words import Language
from vermilion.rulebook import Words
from vermilion.web.asking import service_of
from vermilion.web.console.forms import see
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.names import lacking, work_titles
from vermilion.web.console.problem import error_page
from vermilion.web.console.serving import asked
from vermilion.web.served import Served

URGENT = 6
"""Cases on the overview. Policy."""

MISSING = 8
"""Missing facts on the overview. Policy."""

CAUSES = 4
"""Cases named beside a missing fact. Policy."""

MOST_COUNTED = 200
"""Overdue cases that are counted; more are told as more. Policy."""


class Standing(NamedTuple):
    """What the overview shows, gathered between two groups."""

    now: Overview
    urgent: list[Case]
    overdue: int
    more_overdue: bool
    missing: list[MissingFact]
    titles: dict[str, Words]
    works: dict[str, str]
    book: str


@get("/", opt={"right": "read_rules"})
async def overview(request: Request[Any, Any, Any]) -> Response[str]:
    """Show how things stand; who may not read judgements is led to what is theirs."""
    visit = visit_of(request)
    if not visit.may("read"):
        own = "/people" if visit.may("administer") else "/rules"
        return see(own)
    try:
        found = await asked(request, standing)
    except Error as error:
        return error_page(request, error)
    context = {
        "it": found,
        "books": books(found.now.days, titles(found.now), visit.language),
        "works": found.works,
        "causes": CAUSES,
        "speed": service_of(request).speed.now(),
        "verify": f"vermilion record verify --book {shlex.quote(visible(found.book))}",
    }
    return page(request, "overview.html.j2", context)


def standing(served: Served) -> Standing:
    """Gather what the overview shows."""
    overdue = served.cases.page(CaseQuery(overdue=True, limit=MOST_COUNTED))
    now = gathered(served.book, served.history, now=dt.datetime.now(dt.UTC))
    urgent, missing = served.cases.page(CaseQuery(limit=URGENT)).items, now.missing[:MISSING]
    return Standing(
        now=now,
        urgent=urgent,
        overdue=len(overdue.items),
        more_overdue=overdue.next is not None,
        missing=missing,
        titles=served.cases.titles(cause for one in missing for cause in one.causes[:CAUSES]),
        works=work_titles(served, [*lacking(urgent), *lacking(missing)]),
        book=str(served.book.path),
    )


def titles(now: Overview) -> dict[str, Words]:
    """Return what the rulebooks in force are called."""
    return {one.id: one.title for one in now.rulebooks}


def books(days: Iterable[DayCount], named: dict[str, Words], language: Language) -> list[Book]:
    """Return tiles and charts of each rulebook, those in force first."""
    by_day: dict[str, dict[str, Counter[str]]] = {}
    for one in days:
        counts = by_day.setdefault(one.rulebook, {}).setdefault(one.day, Counter())
        counts[one.verdict] += one.events
    told = []
    ordered = [*(one for one in named if one in by_day), *sorted(by_day.keys() - named.keys())]
    for number, rulebook in enumerate(ordered):
        total: Counter[str] = sum(by_day[rulebook].values(), Counter())
        line = RulebookLine(
            id=rulebook,
            title=named.get(rulebook) or Words(rulebook, rulebook),
            digest="",
            verdicts=dict(total),
            by_day=[(day, dict(counts)) for day, counts in sorted(by_day[rulebook].items())],
            windows={},
        )
        told.append(book_of(line, f"book-{number}", language))
    return told
