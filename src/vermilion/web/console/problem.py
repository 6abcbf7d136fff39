"""Error pages: the same frame, what happened, and what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request
from litestar.response import Response

from vermilion.errors import Error
from vermilion.web.console.forms import local, see
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.problem_words import IN_CHINESE, PROBLEMS
from vermilion.web.console.words import tell

_BARE = {"not_allowed", "not_found", "method_not_allowed"}
"""Codes of errors whose English text says no more than the page does in both languages."""


def problem_page(
    request: Request[Any, Any, Any],
    status: int,
    code: str = "",
    detail: str = "",
    remedy: str | None = None,
) -> Response[str]:
    """Return an error as a page; who is not signed in and reads is sent to sign in and back.

    Args:
        request: what is answered.
        status: of HTTP.
        code: the error's stable name.
        detail: what is wrong; of 500 leave it out, it is ours to know.
        remedy: what to do beyond what the page says by itself.
    """
    visit = visit_of(request)
    if status == 401 and request.method in {"GET", "HEAD"}:
        back = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        target = "/sign-in" if back == "/" else f"/sign-in?next={back}"
        return see(target)
    known = status if f"problem.{status}" in PROBLEMS else (400 if status < 500 else 500)
    context = {
        "status": status,
        "heading": tell(f"problem.{known}", visit.language),
        "remedy": tell(f"problem.do.{known}", visit.language),
        "said": IN_CHINESE.get(code) if visit.language == "zh" else None,
        "detail": "" if code in _BARE else detail,
        "help": "" if code in _BARE else remedy or "",
        "code_name": code,
        "back": _before(request) if visit.posted else "",
    }
    return page(request, "problem.html.j2", context, status)


def _before(request: Request[Any, Any, Any]) -> str:
    """Return the page of ours from which a form was sent, if the browser says so."""
    said = urlsplit(request.headers.get("referer", ""))
    if said.netloc != request.headers.get("host"):
        return ""
    return local(said.path + (f"?{said.query}" if said.query else ""), "")


def error_page(request: Request[Any, Any, Any], error: Error) -> Response[str]:
    """Return an error of ours as a page."""
    return problem_page(request, error.http_status, error.code, error.message, error.help)
