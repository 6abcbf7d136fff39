"""Link cases as a person asks: only to what this book knows."""

from __future__ import annotations

from typing import Any

from litestar import Request

from vermilion.desk.cases.links import target_of
from vermilion.desk.history import Query
from vermilion.desk.watch.publish_events import SOURCE
from vermilion.facts.events import CaseLink
from vermilion.web.access.refusals import NotFoundError
from vermilion.web.asking import actor, service_of
from vermilion.web.market import market_of
from vermilion.web.recorded import record_access
from vermilion.web.served import Served


async def link_case(request: Request[Any, Any, Any], cause: str, link: CaseLink) -> int:
    """Record that a case hangs together with something known; return the entry, durable.

    Whether a party or a finding is known is itself a read about somebody, and is recorded first.

    Raises:
        NotFoundError: `unknown_thing`.
        UsageError: as for `Cases.link`.
        StorageError: the desk cannot answer.
    """
    by, (_, kind, id) = actor(request), target_of(link)

    def known(served: Served) -> bool:
        if kind == "finding":
            return served.history.find(SOURCE, id) is not None
        return kind == "case" or bool(served.history.page(Query(limit=1, thing=(kind, id))).items)

    if kind in {"party", "finding"}:
        await record_access(request, kind, id)
    service = service_of(request)
    there = await service.call(known)
    if not there and kind == "finding":
        there = await market_of(request).finding(id) is not None
    if not there:
        raise NotFoundError("unknown_thing", f"this book knows no {kind} of that id")
    return await service.call(lambda served: served.cases.link(cause, by, link))
