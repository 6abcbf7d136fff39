"""Find something by what people have at hand: an entry, a case, a rule, an id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Request, get
from litestar.response import Response

from vermilion.desk.cases import Case, CaseQuery
from vermilion.desk.history import Query, Summary
from vermilion.facts.entities import ENTITY_KINDS
from vermilion.rulebook import Rule, Words
from vermilion.web.console.forms import see
from vermilion.web.console.frame import page
from vermilion.web.console.names import lacking, work_titles
from vermilion.web.console.rules_view import book_names, in_force
from vermilion.web.console.serving import asked
from vermilion.web.console.writing import at
from vermilion.web.served import Served

MOST_RULES = 20
"""Rules that are listed. Policy."""

MOST_CASES = 10
"""Cases that are listed; the list of cases has the rest. Policy."""

_CAUSE = re.compile(r"[0-9a-f]{32}\Z")


class Found(NamedTuple):
    """What a text may mean: one page that it certainly names, or several to choose from."""

    page: str | None = None
    things: Sequence[tuple[str, str]] = ()
    cases: Sequence[Case] = ()
    judgements: Sequence[Summary] = ()
    rules: Sequence[tuple[str, Rule]] = ()
    works: Mapping[str, str] = {}
    book_names: Mapping[str, Words] = {}


@get("/find", opt={"right": "read"})
async def find(request: Request[Any, Any, Any]) -> Response[str]:
    """Go to what a text names, or list what it may mean."""
    wanted = request.query_params.get("q", "").strip()[:512]
    found = Found()
    if wanted:
        found = await asked(request, lambda served: found_by(served, wanted))
    if found.page is not None:
        return see(found.page)
    return page(request, "find.html.j2", {"wanted": wanted, **found._asdict()})


def found_by(served: Served, wanted: str) -> Found:
    """Return what a text may mean."""
    number = wanted.replace(",", "")
    if (
        number.isascii()
        and number.isdecimal()
        and len(number) < 16
        and served.history.entry(int(number))
    ):
        return Found(f"/judgements/{int(number)}")
    if _CAUSE.match(wanted.lower()) and served.cases.case(wanted.lower()) is not None:
        return Found(f"/cases/{wanted.lower()}")
    rules = list(_rules(served, wanted.lower()))
    for book, rule in rules:
        if rule.id.lower() == wanted.lower().partition("@")[0]:
            return Found(f"/rules/{quote(book, safe='')}/{quote(rule.id, safe='')}")
    things = [(kind, wanted) for kind in ENTITY_KINDS if _mentioned(served, kind, wanted)]
    cases = served.cases.page(CaseQuery(text=wanted, limit=MOST_CASES)).items
    judgements = _events(served, wanted)
    pages = [
        *(at(f"/things/{kind}", id=id) for kind, id in things),
        *(f"/cases/{one.cause}" for one in cases),
        *(f"/judgements/{one.entry}" for one in judgements),
    ]
    if len(pages) == 1 and not rules:
        return Found(pages[0])
    works = work_titles(served, [*things, *lacking(cases)])
    named = book_names(served)
    return Found(None, things, cases, judgements, rules[:MOST_RULES], works, named)


def _rules(served: Served, wanted: str) -> Iterator[tuple[str, Rule]]:
    for force in in_force(served):
        for loaded in force.rulebook.rules:
            rule = loaded.rule
            text = f"{rule.key} {rule.title.zh} {rule.title.en}".lower()
            if wanted in text:
                yield force.rulebook.id, rule


def _mentioned(served: Served, kind: str, id: str) -> bool:
    page_ = served.history.page(Query(thing=(kind, id), limit=1))
    return bool(page_.items)


def _events(served: Served, id: str) -> list[Summary]:
    """Return the judgements of events with that id: under any source that judgements lately had."""
    found = []
    for source in _sources(served):
        entry = served.history.find(source, id)
        if entry is not None:
            found += served.history.summaries([entry])
    return found


def _sources(served: Served) -> list[str]:
    """Return the sources of the newest judgements."""
    newest = served.history.page(Query(limit=200)).items
    return list(dict.fromkeys(one.source for one in newest))
