"""An officer's own page: a signing key that is made, kept and removed in the officer's browser."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.response import Response

from vermilion.errors import Error
from vermilion.web.asking import actor
from vermilion.web.console.frame import page
from vermilion.web.console.problem import error_page
from vermilion.web.console.resolving import profile_of
from vermilion.web.console.serving import asked


@get("/signing-key", opt={"right": "resolve"})
async def signing_key(request: Request[Any, Any, Any]) -> Response[str]:
    """Show which key the profile lists for the visitor; the page's script adds the browser's own."""
    by = actor(request)
    try:
        officers, record = await asked(
            request, lambda served: (profile_of(served).officers, served.book.keys.origin)
        )
    except Error as error:
        return error_page(request, error)
    listed = next((one for one in officers if one.id == by), None)
    context = {
        "by": by,
        "record": record,
        "named": listed is not None or not officers,
        "listed": None if listed is None else listed.key,
    }
    return page(request, "signing_key.html.j2", context)
