"""The market as surveillance saw it last: overview, prices, findings, and one finding's own page."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from vermilion.desk.watch.publish_events import SOURCE
from vermilion.errors import Error
from vermilion.market.findings import Finding
from vermilion.market.report import Wanted, WatchReport
from vermilion.pages import watch_view as view
from vermilion.pages.watch import clauses_of, writing
from vermilion.pages.watch_drawing import drawing
from vermilion.pages.words import Language
from vermilion.web.api.market import near
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.judgement_view import shown
from vermilion.web.console.problem import error_page, problem_page
from vermilion.web.console.serving import asked
from vermilion.web.market import market_of
from vermilion.web.recorded import record_access
from vermilion.web.served import Served

ON_A_PAGE = 30
"""Findings on one page. Policy."""

_ID = re.compile(r"[0-9a-f]{64}\Z")


class Standing(NamedTuple):
    """How a published finding was judged: its entry, and the cases that it belongs to."""

    entry: int
    causes: list[str]


@get("/market", opt={"right": "read"})
async def market_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the last run; that findings of one party were asked for is recorded first."""
    language = visit_of(request).language
    market, said = market_of(request), request.query_params
    place = said.get("after", "")
    wanted = Wanted(
        detector=_asked_for(said.get("detector")),
        collection=_asked_for(said.get("collection")),
        party=_asked_for(said.get("party")),
        after=near(int(place)) if place.isdecimal() and len(place) < 16 else 0,
        limit=ON_A_PAGE,
    )
    try:
        report = await market.report()
        if report is None:
            context = {"report": None, "settings": request.app.state.settings.market}
            return page(request, "market.html.j2", writing_in(language) | context)
        if wanted.party is not None:
            await record_access(request, "party", wanted.party)
        items, following = await market.find(wanted)
    except Error as error:
        return error_page(request, error)
    titles = _titles(report, language)
    context = {
        "report": report,
        "settings": request.app.state.settings.market,
        "headlines": view.headlines(report, language),
        "tiles": view.tiles(report, language),
        "charts": view.charts(report, language, "m"),
        "open_charts": view.OPEN_CHARTS,
        "items": [view.line_of(one, titles, language) for one in items],
        "wanted": wanted,
        "filtered": any((wanted.detector, wanted.collection, wanted.party)),
        "collections": list(dict.fromkeys(one.collection for one in report.series)),
        "next": following,
    }
    return page(request, "market.html.j2", writing_in(language) | context)


@get("/market/findings/{id:str}", opt={"right": "read_personal"})
async def finding_page(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[str]:
    """Show a finding; that somebody read it is recorded first, as it names accounts."""
    if not _ID.match(id):
        return problem_page(request, 404)
    language, market = visit_of(request).language, market_of(request)
    try:
        await record_access(request, "finding", id)
        report, found = await market.report(), await market.finding(id)
        if report is None or found is None:
            return problem_page(request, 404)
        standing, cases = await asked(
            request,
            lambda served: (standing_of(served, found), served.cases.links("finding", id)),
        )
    except Error as error:
        return error_page(request, error)
    context = {
        "line": view.line_of(found, _titles(report, language), language),
        "drawn": drawing(found),
        "detector": next((one for one in report.detectors if one.name == found.detector), None),
        "clauses": clauses_of(report).get(found.pattern, []),
        "standing": standing,
        "cases": cases,
    }
    return page(request, "market_finding.html.j2", writing_in(language) | context)


def standing_of(served: Served, finding: Finding) -> Standing | None:
    """Return how a finding was judged; None where it was not published."""
    entry = served.history.find(SOURCE, finding.id)
    if entry is None:
        return None
    judged = shown(served, entry)
    return None if judged is None else Standing(entry, judged.causes)


def writing_in(language: Language) -> dict[str, object]:
    """Return the ways in which the market's templates write, with what the frame writes kept."""
    return {name: way for name, way in writing(language).items() if name not in _FRAME}


_FRAME = {"say", "short", "visible", "number", "seal", "language"}
"""What the console's own templates write by the same names."""


def _titles(report: WatchReport, language: Language) -> dict[str, str]:
    return {one.name: getattr(one.title, language) for one in report.detectors}


def _asked_for(text: str | None) -> str | None:
    """Return what a filter asks for, or None; what is too long finds nothing."""
    return (text or "").strip()[:512] or None
