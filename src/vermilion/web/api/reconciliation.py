"""Hold what settled against what was permitted, while the desk goes on."""

from __future__ import annotations

import datetime as dt
from itertools import islice

from litestar import get

from vermilion.desk.loop.reconcile import Reconciliation, Reconciling
from vermilion.web.asking import Asked, service_of
from vermilion.web.service import Service

SLICE = 1_000
"""Entries that are gone through in one go; the desk answers others between two of them."""


@get("/v1/reconciliation", opt={"right": "read"}, summary="Reconcile")
async def read_reconciliation(request: Asked) -> Reconciliation:
    """Count what was proposed, permitted, resolved and settled, and what no permit explains.

    It goes through the whole record.
    """
    return await reconciled(service_of(request))


async def reconciled(service: Service) -> Reconciliation:
    """Return the reconciliation of the served book; the desk answers others meanwhile."""
    walk = await service.call(
        lambda served: Reconciling(served.book.keys.origin, served.book.configuration.permits)
    )
    statements = await service.call(lambda served: served.book.record.statements())
    while await service.call(lambda _: walk.take(islice(statements, SLICE))):
        pass
    now = dt.datetime.now(dt.UTC)
    return await service.call(
        lambda served: walk.found(served.book.keys.origin, now, served.book.loop.rows)
    )
