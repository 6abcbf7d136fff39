"""Webhooks: who is told, how it goes, and what to do with messages that were parked."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from vermilion.errors import Error
from vermilion.pages.words import Language
from vermilion.web import delivering
from vermilion.web.console.forms import back_to, done_note, form_of
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.problem import error_page
from vermilion.web.console.words import tell
from vermilion.web.delivering import webhooks_of

ON_A_PAGE = 20
"""Parked messages on one page. Policy."""

Asked = Request[Any, Any, Any]


@get("/webhooks", opt={"right": "metrics"})
async def webhooks_page(request: Asked) -> Response[str]:
    """Show subscriptions and parked messages."""
    visit, said = visit_of(request), request.query_params.get("after", "")
    after = int(said) if said.isdecimal() and len(said) < 16 else 0
    webhooks = webhooks_of(request)
    try:
        endpoints = await delivering.endpoints(webhooks)
        parked = await delivering.parked_messages(webhooks, after, ON_A_PAGE + 1)
    except Error as error:
        return error_page(request, error)
    context = {
        "endpoints": endpoints,
        "parked": parked[:ON_A_PAGE],
        "next": parked[ON_A_PAGE - 1].number if len(parked) > ON_A_PAGE else None,
        "after": after,
        "told": {one.name for one in webhooks.subscriptions},
        "why": lambda problem: problem_told(problem, visit.language),
        "done": done_note(visit),
    }
    return page(request, "webhooks.html.j2", context)


@post("/webhooks/resumption", opt={"right": "administer"}, status_code=303)
async def resume_all(request: Asked) -> Response[str]:
    """Try again all that is parked for a subscription."""
    name = (await form_of(request)).get("name", "")
    try:
        n = await delivering.resume(request, name)
    except Error as error:
        return error_page(request, error)
    return back_to("/webhooks", "/webhooks", "resumed", n=n)


@post("/webhooks/{number:int}/resumption", opt={"right": "administer"}, status_code=303)
async def retry_one(request: Asked, number: FromPath[int]) -> Response[str]:
    """Try a parked message again."""
    return await _done(request, delivering.retry(request, number), "retried")


@post("/webhooks/{number:int}/removal", opt={"right": "administer"}, status_code=303)
async def drop_one(request: Asked, number: FromPath[int]) -> Response[str]:
    """Drop a parked message for good."""
    return await _done(request, delivering.drop(request, number), "dropped")


def problem_told(problem: str | None, language: Language) -> str:
    """Return in words what came of the last attempt; what has no words of its own stands as it is."""
    text = problem or ""
    match text.split():
        case ["answered", status]:
            return tell("webhooks.answered", language, status=status)
        case ["no", "answer:", kind]:
            return tell("webhooks.no_answer", language, kind=kind)
        case ["no", "answer", "in", "time"]:
            return tell("webhooks.too_late", language)
        case ["there", "is", "no", "such", "subscription"]:
            return tell("webhooks.not_set", language)
    return text or "–"


async def _done(request: Asked, change: Coroutine[Any, Any, None], done: str) -> Response[str]:
    try:
        await change
    except Error as error:
        return error_page(request, error)
    return back_to("/webhooks", "/webhooks", done)
