"""The "may I?" form: plans, one question at a time, and a memo to print; nothing of it is kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import Response

from vermilion.desk.may_i import Outcome, advance, outcome
from vermilion.desk.may_i.forms import ANSWERS, EVERYTHING, PLAN, At
from vermilion.errors import Error
from vermilion.pages.interview import render_plans, render_step
from vermilion.pages.memo import render_memo
from vermilion.pages.words import Language
from vermilion.rulebook import Engine
from vermilion.web.console.frame import HEADERS, page, visit_of
from vermilion.web.console.problem import error_page
from vermilion.web.console.serving import copies_of

ACTION = "/may-i"

Fields = dict[str, list[str]]

_HASH = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")


@get("/may-i", opt={"right": "read_rules"})
async def plans(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the plans to choose from."""
    visit = visit_of(request)
    fragment = render_plans(visit.language, ACTION, csrf=visit.csrf)
    return page(request, "may_i.html.j2", {"fragment": fragment, "carried": []})


@post("/may-i", opt={"right": "read_rules"}, status_code=200)
async def step(request: Request[Any, Any, Any]) -> Response[str]:
    """Take an answer, and ask what comes next or show the memo."""
    visit, fields = visit_of(request), await fields_of(request)
    moment = dt.datetime.now(dt.UTC)
    try:
        place, found = await copies_of(request).ask(
            request, lambda engines: _placed(fields, engines, moment)
        )
    except Error as error:
        return error_page(request, error)
    if found is not None and "memo" in fields:
        return _memo(found, visit.language)
    fragment = render_step(
        place.plan,
        place.answers,
        place.question,
        visit.language,
        action=ACTION,
        csrf=visit.csrf,
        everything=place.everything,
        error=place.error,
        fields=fields,
        outcome=found,
    )
    return page(request, "may_i.html.j2", {"fragment": fragment, "carried": _carried(place)})


def _placed(
    fields: Fields, engines: Sequence[Engine], moment: dt.datetime
) -> tuple[At, Outcome | None]:
    """Return where the interview is, and what the rulebooks find where nothing more is asked."""
    place = advance(fields, engines, moment)
    if place.question is not None and "memo" not in fields:
        return place, None
    found = outcome(place.plan, place.answers, engines, at=moment, everything=place.everything)
    return place, found


async def fields_of(request: Request[Any, Any, Any]) -> Fields:
    """Return a form's fields with all their values."""
    fields: Fields = {}
    for key, value in (await request.form()).multi_items():
        if isinstance(value, str):
            fields.setdefault(key, []).append(value)
    return fields


def _carried(place: At) -> list[tuple[str, str]]:
    """Return what a form carries that shows the same step again, as in the other language."""
    found = [(PLAN, place.plan.id), (ANSWERS, msgspec.json.encode(dict(place.answers)).decode())]
    return [*found, (EVERYTHING, "yes")] if place.everything else found


def _memo(found: Outcome, language: Language) -> Response[str]:
    """Return the memo, a file of its own whose style and script are allowed by their hashes."""
    text = render_memo(found, language=language)
    hashes = " ".join(sorted({f"'{one}'" for one in _HASH.findall(text[:2_000])}))
    policy = (
        f"default-src 'none'; style-src {hashes}; script-src {hashes}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {**HEADERS, "Content-Security-Policy": policy}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)
