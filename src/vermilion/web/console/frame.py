"""The frame of the console's pages: who visits, in which language and theme, and under which headers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast
from urllib.parse import urlencode

from litestar.datastructures import Cookie
from litestar.response import Response

from vermilion.pages.words import LANGUAGES, Language
from vermilion.web.access.rights import Right, Role, allowed
from vermilion.web.access.signing_in import csrf_of
from vermilion.web.console.words import tell
from vermilion.web.console.writing import writing

if TYPE_CHECKING:
    from jinja2 import Environment
    from litestar import Request

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")

YEAR = 365 * 86_400
"""Seconds that a browser remembers language and theme. Policy."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Sent with every page: nothing foreign is loaded, run or framed, and nothing is kept."""


class Visit(NamedTuple):
    """Who looks at which page, and how."""

    language: Language
    theme: Theme
    path: str
    query: tuple[tuple[str, str], ...]
    name: str | None
    """Of the person, where somebody is signed in."""
    role: str | None
    csrf: str
    posted: bool
    """Whether a form was sent, so that the page's address does not lead back to it."""

    def may(self, right: Right) -> bool:
        """Tell whether the visitor has a right."""
        return allowed(cast("Role | None", self.role), right)

    def here(self, **changes: str) -> str:
        """Return the address of this page with some of its query changed, from the page itself.

        A path may look like another host's: it comes from whoever made the link to the page.
        """
        kept = [(key, value) for key, value in self.query if key not in changes]
        return f"?{urlencode([*kept, *changes.items()])}"


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """Return who visits, and in which language and theme: as asked, as remembered, as the browser says."""
    caller = request.scope.get("user")
    query = tuple((key, str(value)) for key, value in request.query_params.multi_items())
    asked = dict(query)
    return Visit(
        language=_language(asked.get("lang") or request.cookies.get("lang"), request),
        theme=_theme(asked.get("theme")) or _theme(request.cookies.get("theme")) or "system",
        path=request.url.path,
        query=query,
        name=getattr(caller, "name", None),
        role=getattr(caller, "role", None),
        csrf=csrf_of(request) if request.scope.get("auth") else "",
        posted=request.method == "POST",
    )


def _theme(said: str | None) -> Theme | None:
    return next((one for one in THEMES if one == said), None)


def _language(asked: str | None, request: Request[Any, Any, Any]) -> Language:
    if asked in LANGUAGES:
        return asked
    for one in request.headers.get("accept-language", "").lower().split(","):
        tag = one.partition(";")[0].strip().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return "en"


def page(
    request: Request[Any, Any, Any],
    template: str,
    context: Mapping[str, object] | None = None,
    status: int = 200,
) -> Response[str]:
    """Return a page in the visitor's language and theme, and let the browser remember both if asked.

    Args:
        request: what is answered.
        template: in `templates/`.
        context: what it is filled with; every value is escaped.
        status: of the answer.
    """
    visit = visit_of(request)
    text = (
        environment()
        .get_template(template)
        .render({**writing(visit.language), "visit": visit, "themes": THEMES} | dict(context or {}))
    )
    return Response(
        text,
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={**HEADERS, "Content-Language": tell("language.tag", visit.language)},
        cookies=_remembered(request, visit),
    )


def _remembered(request: Request[Any, Any, Any], visit: Visit) -> list[Cookie]:
    return [
        Cookie(
            key=key,
            value=value,
            max_age=YEAR,
            path="/",
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        for key, name, value in (("lang", "lang", visit.language), ("theme", "theme", visit.theme))
        if name in request.query_params
    ]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the console's templates with every value escaped and every unknown name refused."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader(
            [PackageLoader("vermilion.web.console"), PackageLoader("vermilion.pages")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
