"""The application: one served book, its interface for programs and its console for people.

Answers are given only for what the record holds durably. When the desk cannot answer, it says so
with 503 and gives no verdict: whoever asks holds the event, and never lets it pass.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from vermilion import __version__
from vermilion.errors import Error
from vermilion.web.access import Access, Change, Rates
from vermilion.web.access.accounts import Accounts
from vermilion.web.access.authenticate import Guarded
from vermilion.web.access.oidc import Oidc
from vermilion.web.access.routes import access_routes, oidc_routes
from vermilion.web.api import API_HANDLERS
from vermilion.web.api.described import tell_problems
from vermilion.web.asking import BoundedRequest
from vermilion.web.console import console_handlers, problem_page
from vermilion.web.console.frame import HEADERS
from vermilion.web.direct import Direct
from vermilion.web.going import kept_going
from vermilion.web.logs import client_left, say
from vermilion.web.market_feed import Feed
from vermilion.web.measures import CLIENT_LEFT, Measures, Measuring
from vermilion.web.problems import problem, problem_of
from vermilion.web.recorded import access_event
from vermilion.web.service import Service
from vermilion.web.settings import ServeSettings
from vermilion.web.watch_lists import Screener
from vermilion.web.webhooks import Webhooks

_FOR_PROGRAMS = ("/v1/", "/health/", "/metrics", "/schema")


def app_of(
    book: Path,
    settings: ServeSettings,
    goes_on: Callable[[Service], Coroutine[Any, Any, None]] | None = None,
) -> Litestar:
    """Return the application that serves a book; the book is opened when the application starts.

    Args:
        book: its folder.
        settings: how it is served.
        goes_on: what runs beside it until it ends.

    Raises:
        RulebookError: a setting is wrong.
        StorageError: keys and people, or the webhooks' outbox, cannot be read.
    """
    access = Access(book)
    webhooks = Webhooks(book, settings.webhooks)
    service = Service(book, webhooks)
    screener = Screener(service)
    oidc = None
    if settings.oidc is not None and settings.public_url is not None:
        oidc = Oidc(settings.oidc, settings.public_url, access.identities)
    accounts = Accounts(access, _recording(service), oidc)
    measures = Measures()
    rate = settings.limits.rate
    guarded = Guarded(accounts, Rates(key=(rate, 2 * rate)))

    def watched(config: AppConfig) -> AppConfig:
        """Measure every request, also one that is refused for who asks."""
        config.middleware.insert(0, DefineMiddleware(Measuring, measures=measures))
        return config

    app = Litestar(
        [*API_HANDLERS, access_routes, *([oidc_routes] if oidc else []), *console_handlers()],
        lifespan=[
            lambda _: _serving(
                service, accounts, webhooks, _going(service, settings, screener, goes_on)
            )
        ],
        on_app_init=[guarded, watched],
        before_send=[_harden],
        exception_handlers={Error: _failed, HTTPException: _failed, Exception: _failed},
        openapi_config=_described(),
        request_class=BoundedRequest,
        request_max_body_size=settings.limits.max_body,
        debug=False,
    )
    tell_problems(app.openapi_schema)
    app.state.direct = Direct(service, access, guarded.limiter, measures)
    app.state.webhooks, app.state.screener = webhooks, screener
    app.state.service, app.state.measures, app.state.settings = service, measures, settings
    return app


@asynccontextmanager
async def _serving(
    service: Service,
    accounts: Accounts,
    webhooks: Webhooks,
    beside: Callable[[], list[Coroutine[Any, Any, None]]],
) -> AsyncIterator[None]:
    """Open the book, keep going what goes on by itself, and close all in order at the end."""
    await service.start()
    await accounts.tell()
    always = [kept_going(accounts.follow), webhooks.run(), *beside()]
    going = [asyncio.create_task(one) for one in always]
    for task in going:
        task.add_done_callback(_ended)
    try:
        yield
    finally:
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        try:
            await service.stop()
        finally:
            webhooks.close()
            accounts.access.close()


def _going(
    service: Service,
    settings: ServeSettings,
    screener: Screener,
    goes_on: Callable[[Service], Coroutine[Any, Any, None]] | None,
) -> Callable[[], list[Coroutine[Any, Any, None]]]:
    """Return what starts all that runs beside the service by settings and by wish."""

    def begin() -> list[Coroutine[Any, Any, None]]:
        feed = Feed(service, settings.market)
        found = [kept_going(screener.run)]
        if settings.market.watch:
            found.append(kept_going(feed.run))
        return found if goes_on is None else [*found, goes_on(service)]

    return begin


def _ended(task: asyncio.Task[None]) -> None:
    """Say that something ended which goes on by itself."""
    if not task.cancelled() and (error := task.exception()) is not None:
        say("stopped", logging.ERROR, error)


def _recording(service: Service) -> Any:
    async def record(change: Change) -> None:
        await service.submit(access_event(change.by, "change", change.what, change.about))

    return record


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Tell an error: to programs as problem details, to people as a page."""
    if client_left():
        return Response(b"", status_code=CLIENT_LEFT)
    said = problem_of(error)
    if said.status >= 500:
        say("failed", logging.ERROR, error)
    if request.url.path.startswith(_FOR_PROGRAMS):
        return problem(error)
    return problem_page(request, said.status, said.code, said.detail, said.remedy)


async def _harden(message: Any, _: Any) -> None:
    """Send the security headers with everything, pages or not."""
    if message["type"] != "http.response.start":
        return
    sent = {name.lower() for name, _ in message["headers"]}
    message["headers"] = [
        *message["headers"],
        *(pair for pair in _HEADERS if pair[0] not in sent),
    ]


_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Vermilion",
        version=__version__,
        description="Decisions, permits and cases of one book. 503: hold the event, never pass it.",
        render_plugins=[JsonRenderPlugin()],
        openapi_router=Router("/schema", route_handlers=[], opt={"right": "public"}),
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"key": []}],
    )
