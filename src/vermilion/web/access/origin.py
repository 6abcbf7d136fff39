"""Requests that change something come from our own pages, and from this session's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.access.store import Access

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"
HEADER = "x-csrf-token"

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse_foreign(request: Request[Any, Any, Any]) -> None:
    """Refuse what a page of another site, or of a sister site, makes a browser send.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; what says
    neither is no browser. (The way of Go's `http.CrossOriginProtection`.)

    Raises:
        NotAllowedError: `foreign_page`.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site in {"same-origin", "none"}
    else:
        origin = request.headers.get("origin")
        own = origin is None or _host(origin) == request.headers.get("host", "").lower()
    if not own:
        raise NotAllowedError(
            "foreign_page",
            "this was sent by a page of another site",
            help="open the page here and send it again; a proxy must pass the host on",
        )


async def refuse_forged(request: Request[Any, Any, Any], access: Access) -> None:
    """Refuse what a browser sends with a session and without the token of its pages.

    Raises:
        NotAllowedError: `csrf_wrong`.
    """
    if request.method in SAFE:
        return
    text, form = request.headers.get(HEADER), None
    if text is None and request.content_type[0] in _FORMS:
        form = await request.form()
        found = form.get(FIELD)
        text = found if isinstance(found, str) else None
    if text is not None and access.is_csrf_token(text, request.auth):
        return
    if form is not None:
        await form.close()  # files that came with it; nobody else does it for what is refused
    raise NotAllowedError(
        "csrf_wrong",
        "this was not sent by a page of this session",
        help="load the page again and send it again",
    )


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
