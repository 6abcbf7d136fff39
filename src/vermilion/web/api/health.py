"""Whether the desk answers, and numbers about it."""

from __future__ import annotations

from litestar import Response, get
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from vermilion.errors import StorageError
from vermilion.web.asking import Asked, service_of
from vermilion.web.measures import Measures
from vermilion.web.served import Served


@get(
    "/health/live",
    opt={"right": "public", "unlimited": True},
    media_type="text/plain",
    summary="Is it there?",
)
async def is_live() -> str:
    """Say that the process runs."""
    return "live\n"


@get(
    "/health/ready",
    opt={"right": "public", "unlimited": True},
    media_type="text/plain",
    summary="Does it answer?",
)
async def is_ready(request: Asked) -> str:
    """Say that the desk answers: it has its book, and could write to it and to what follows it."""
    service = service_of(request)
    if service.failure is not None or service.stopping:
        raise service.failure or StorageError("stopping", "the desk is stopping")
    await service.call(_check)
    return "ready\n"


def _check(served: Served) -> None:
    served.book.state.check()
    served.history.check()


@get("/metrics", opt={"right": "metrics"}, media_type="text/plain", summary="Metrics")
async def metrics(request: Asked) -> Response[bytes]:
    """Return counters and times in Prometheus' text format."""
    service = service_of(request)
    measures: Measures = request.app.state.measures
    size = await service.call(lambda served: served.book.record.size)
    now = CollectorRegistry()
    for name, help_, value in (
        ("vermilion_record_entries", "Entries in the record.", size),
        ("vermilion_jobs_waiting", "Requests that wait for the desk.", service.waiting),
        ("vermilion_watchers", "Readers of the live stream.", len(service.watchers)),
        ("vermilion_up", "1 while the desk answers.", int(service.failure is None)),
    ):
        Gauge(name, help_, registry=now).set(value)
    told = generate_latest(measures.registry) + generate_latest(now)
    return Response(told, media_type=CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8"))
