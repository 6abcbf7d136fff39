"""The page of one judgement: verdicts, clauses beside facts, permit, receipt, what customers are told."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from vermilion.desk.loop.answer import unconfirmed
from vermilion.desk.passing_again import Again
from vermilion.errors import Error
from vermilion.pages.passing import passing_lines
from vermilion.pages.telling import Teller
from vermilion.pages.text import visible
from vermilion.pages.words import Language
from vermilion.rulebook import Words
from vermilion.web.access.rights import allowed
from vermilion.web.asking import actor
from vermilion.web.console.forms import done_note
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.judgement_view import Decided, Shown, passing, shown
from vermilion.web.console.names import work_titles
from vermilion.web.console.problem import error_page, problem_page
from vermilion.web.console.resolving import answerer, reasons_of, waiting_for
from vermilion.web.console.serving import asked
from vermilion.web.served import Served

MOST_FACTS = 40
"""Facts of one rule that are shown."""

_LAW = frozenset({"law", "membership"})


class Part(NamedTuple):
    """A piece of a line: as it stands, or as code."""

    text: str
    code: bool


class Way(NamedTuple):
    """What would make a rule pass: a head and its alternatives."""

    head: str
    lines: list[list[Part]]


class Judged(NamedTuple):
    """One rulebook's part of the page."""

    decided: Decided
    teller: Teller
    ways: Mapping[str, Way]


@get("/judgements/{entry:int}", opt={"right": "read"})
async def judgement(request: Request[Any, Any, Any], entry: FromPath[int]) -> Response[str]:
    """Show one judgement."""
    visit = visit_of(request)
    try:
        found = await asked(request, lambda served: shown(served, entry))
        if found is None:
            return problem_page(request, 404)
        parts = [await _judged(request, found, one, visit.language) for one in found.decided]
        answers = await asked(request, lambda served: _answering(served, request, found))
    except Error as error:
        if error.code == "erased":
            return problem_page(request, 410, error.code)
        return error_page(request, error)
    context = {
        "it": found,
        "parts": parts,
        "most_facts": MOST_FACTS,
        "answering": answers[0],
        "waiting": answers[1],
        "reasons": answers[2],
        "titles": answers[3],
        "works": answers[4],
        "overridable": not any(_binds(one) for one in found.decided),
        "verify": f"vermilion record verify --book {shlex.quote(visible(found.book))}",
        "raw": json.dumps(json.loads(found.canonical), ensure_ascii=False, indent=2),
        "expired": found.permit is not None and _is_past(found.permit.expires),
        "done": done_note(visit),
        "rule_words": rule_words,
    }
    return page(request, "judgement.html.j2", context)


async def _judged(
    request: Request[Any, Any, Any], found: Shown, one: Decided, language: Language
) -> Judged:
    """Return one rulebook's part, with what would make it pass asked for between two groups."""
    teller = Teller(language, one.windows)
    event, digest = found.event, one.decision["rulebook"]["digest"]
    again = None
    if one.decision["verdict"] in {"deny", "review"}:
        again = await asked(request, lambda served: passing(served, event.source, event.id, digest))
    return Judged(one, teller, {} if again is None else ways(again, teller))


def _answering(served: Served, request: Request[Any, Any, Any], found: Shown) -> tuple[Any, ...]:
    by = actor(request)
    event = (found.event.source, found.event.id)
    role = request.user.role
    waiting = waiting_for(unconfirmed(served.book), None, event)
    who = answerer(served, by, role if allowed(role, "read") else None)
    works = work_titles(served, ((one.kind, one.id) for one in found.things))
    titles = served.cases.titles(found.causes)
    return who, waiting, reasons_of(served, waiting), titles, works


def ways(again: Again, teller: Teller) -> dict[str, Way]:
    """Return what would make rules pass, by the rule's id or key as the search names it."""
    told = {}
    for one in again.passing:
        head, *lines = passing_lines(one, teller, again.event_type)
        told[one.rule.partition("@")[0]] = Way(head, [pieces(line) for line in lines])
    return told


def pieces(line: str) -> list[Part]:
    """Cut a line at its backticks: what stands between two is code."""
    parts = re.split("`", line.removeprefix("- "))
    return [Part(visible(text), number % 2 == 1) for number, text in enumerate(parts) if text]


def rule_words(words: Mapping[str, str] | None) -> Words | None:
    """Return a text of a decision's JSON in both languages."""
    return None if words is None else Words(words["zh"], words["en"])


def _is_past(moment: str) -> bool:
    return dt.datetime.fromisoformat(moment) <= dt.datetime.now(dt.UTC)


def _binds(one: Decided) -> bool:
    rules = one.decision["rules"]
    return any(
        rule["binds"] in _LAW and rule["verdict"] == "review" and rule["mode"] == "live"
        for rule in rules
    )
