"""Find out who asks, and let nobody do what their role has no right to.

Every route handler declares its right as `opt={"right": ...}`. What declares none is refused, at
start by `check_rights` and at each request by the guard.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request
from litestar.config.app import AppConfig
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from vermilion.web.access.accounts import Accounts, accounts_of
from vermilion.web.access.caller import Caller
from vermilion.web.access.cookies import session_token
from vermilion.web.access.limits import Limiter, Rates
from vermilion.web.access.origin import refuse_foreign, refuse_forged
from vermilion.web.access.refusals import NotAllowedError, NotSignedInError
from vermilion.web.access.rights import RIGHTS, Right, allowed
from vermilion.web.access.store import Access


class Authentication:
    """ASGI middleware that sets `request.user` to the caller, or to None for nobody.

    `request.auth` is the session's token where the caller is a person with a browser; what is in the
    state as `caller_now` tells who that is by now, for an answer that takes long. A request
    with a bearer key is that key's: cookies are not looked at, whatever the key is worth.

    Args:
        app: what comes next.
        access: who may ask.
        limiter: how often.

    Raises:
        TooManyError: `too_many_requests`.
        StorageError: `access_damaged`.
    """

    def __init__(self, app: ASGIApp, access: Access, limiter: Limiter) -> None:
        self._app = app
        self._access = access
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say who asks, and pass the request on."""
        caller, token, given = self._who(scope)
        self._limiter.take(caller, scope)
        scope["user"] = caller
        scope["auth"] = token
        scope["state"]["key_given"] = given
        scope["state"]["caller_now"] = lambda: self._who(scope)[0]
        await self._app(scope, receive, send)

    def _who(self, scope: Scope) -> tuple[Caller | None, str | None, bool]:
        """Return the caller, the session's token, and whether a key was given."""
        cookies = ""
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, key = value.decode("latin-1").partition(" ")
                known = scheme.lower() == "bearer"
                return (self._access.caller_of_key(key.strip()) if known else None), None, True
            if name == b"cookie":
                cookies = f"{cookies}; {value.decode('latin-1')}"
        token = session_token(scope, cookies) if cookies else None
        caller = None if token is None else self._access.caller_of_session(token)
        return caller, (None if caller is None else token), False


async def require_right(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Let a request through to a handler only where its caller has the handler's right.

    What a browser sends to change something must come from a page of ours and of this session.

    Raises:
        NotSignedInError: `not_signed_in`, or `key_unknown`.
        NotAllowedError: `not_allowed`, `foreign_page` or `csrf_wrong`.
    """
    right = _right(handler)
    caller: Caller | None = connection.user
    role = None if caller is None else caller.role
    if right is None or not allowed(role, right):
        raise _refusal(caller, given=connection.scope["state"]["key_given"])
    if isinstance(connection, Request) and not connection.scope["state"]["key_given"]:
        refuse_foreign(connection)
        if caller is not None:
            await refuse_forged(connection, accounts_of(connection).access)


class Guarded:
    """Puts who may do what in front of every route: give it to Litestar as `on_app_init`.

    Routes find the accounts at `accounts_of(request)`. The application refuses to start with a
    route that declares no right.

    Args:
        accounts: who may ask.
        rates: how often.
    """

    def __init__(self, accounts: Accounts, rates: Rates | None = None) -> None:
        self._accounts = accounts
        self.limiter = Limiter(rates or Rates())
        """Counts the requests that come this way."""

    def __call__(self, config: AppConfig) -> AppConfig:
        """Add middleware, guard and check to an application's configuration."""
        access = self._accounts.access
        asks = DefineMiddleware(Authentication, access=access, limiter=self.limiter)
        config.middleware.insert(0, asks)
        config.guards.insert(0, require_right)
        config.state["accounts"] = self._accounts
        config.on_startup.insert(0, check_rights)
        return config


def check_rights(app: Litestar) -> None:
    """Refuse to start with a route that declares no right, or one that is not in the table.

    Raises:
        RuntimeError: names the routes.
    """
    lacking = [
        f"{route.path} ({handler.handler_name})"
        for route in app.routes
        for handler in _handlers(route)
        if _right(handler) is None
    ]
    if lacking:
        raise RuntimeError(f"routes without a right: {', '.join(sorted(lacking))}")


def _handlers(route: Any) -> list[BaseRouteHandler]:
    """Return the handlers of a route, of whatever kind it is."""
    found: list[BaseRouteHandler] = getattr(route, "route_handlers", None) or [route.route_handler]
    return found


def _right(handler: BaseRouteHandler) -> Right | None:
    """Return the right that a handler declares; that of telling a path's methods is public."""
    if getattr(handler, "http_methods", None) == {"OPTIONS"}:
        return "public"
    right = handler.opt.get("right")
    return right if right in RIGHTS else None


def _refusal(caller: Caller | None, *, given: bool) -> NotSignedInError | NotAllowedError:
    if caller is not None:
        return NotAllowedError(
            "not_allowed",
            f"the role {caller.role} may not do this",
            help="ask an administrator for another role, or use another key",
        )
    if given:
        return NotSignedInError(
            "key_unknown", "this key opens nothing", help="send `Authorization: Bearer vk_...`"
        )
    return NotSignedInError("not_signed_in", "nobody is signed in", help="sign in, or send a key")
