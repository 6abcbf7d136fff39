"""The live page: the newest judgements, which a small script lets go on by itself."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.response import Response

from vermilion.desk.history import Query
from vermilion.pages import codes
from vermilion.pages.codes import VERDICT_ORDER
from vermilion.pages.words import pick
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.judgements import NOTED, shown
from vermilion.web.console.rules_view import book_names
from vermilion.web.console.serving import asked
from vermilion.web.console.words import CODES

SHOWN = 40
"""Judgements on the live page; older ones fall off its end. Policy."""


@get("/live", opt={"right": "read"})
async def live(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the newest judgements of one strongest verdict, or of all."""
    verdict = request.query_params.get("verdict") or None
    query = Query(limit=SHOWN, verdict=verdict)
    found, named = await asked(request, lambda served: (shown(served, query), book_names(served)))
    language = visit_of(request).language
    tables = {
        "type": codes.EVENT_NAMES,
        "stage": CODES["STAGES"],
        "verdict": codes.VERDICTS,
        "book": named,
    }
    context = {
        "items": found.items,
        "book_names": named,
        "verdict": verdict,
        "verdicts": VERDICT_ORDER,
        "shown": SHOWN,
        "noted": " ".join(sorted(NOTED)),
        # What the script writes into rows comes from here, so that it holds no words of its own.
        "names": {
            name: {code: pick(words, language) for code, words in table.items()}
            for name, table in tables.items()
        },
    }
    return page(request, "live.html.j2", context)
