"""The console's own files, by addresses that change with their content."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from vermilion.web.console.frame import HEADERS, YEAR
from vermilion.web.console.problem import problem_page
from vermilion.web.console.style import asset


@get("/static/{name:str}", opt={"right": "public"}, include_in_schema=False)
async def static_file(
    request: Request[Any, Any, Any], name: FromPath[str]
) -> Response[bytes] | Response[str]:
    """Return one of our own files."""
    found = asset(name)
    if found is None:
        return problem_page(request, 404)
    kept = request.query_params.get("v") == found.version
    caching = f"public, max-age={YEAR}, immutable" if kept else "no-cache"
    headers = {**HEADERS, "Cache-Control": caching}
    return Response(found.content, media_type=f"{found.media_type}; charset=utf-8", headers=headers)
