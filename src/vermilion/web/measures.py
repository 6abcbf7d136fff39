"""Counts and times of requests, for Prometheus."""

from __future__ import annotations

import time

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""

CLIENT_LEFT = 499
"""The status that nobody hears, as proxies count it: the client went away while it still asked."""


class Measures:
    """Numbers of one application, by route template, method and status: nothing of what was asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "vermilion_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "vermilion_request_seconds",
            "Seconds from request to answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(method, route).observe(seconds)


class Measuring:
    """ASGI middleware that measures requests.

    Args:
        app: what comes next.
        measures: where it is counted.
    """

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure one request."""
        begun, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = scope.get("path_template") or "none"
            method = str(scope.get("method", ""))
            self._measures.note(method, route, status, time.perf_counter() - begun)
