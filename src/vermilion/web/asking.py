"""Whom a request comes from, and the service that it is for."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State

from vermilion.intake.exact import TOO_DEEP
from vermilion.web.access.caller import Caller
from vermilion.web.problems import unreadable
from vermilion.web.service import Service

Asked = Request[Caller, "str | None", State]
"""A request whose caller is known."""


class BoundedRequest(Request[Any, Any, Any]):
    """A request that refuses a body nested deeper than can be read: the client says how deep it is."""

    async def json(self) -> Any:
        """Return the body.

        Raises:
            DataError: `too_deep`.
        """
        try:
            return await super().json()
        except RecursionError:
            raise unreadable(TOO_DEEP) from None


def service_of(request: Request[Any, Any, Any]) -> Service:
    """Return the service that the application serves."""
    service: Service = request.app.state.service
    return service


def actor(request: Request[Any, Any, Any]) -> str:
    """Return the id under which the record names the caller: the officer's, or the account's name."""
    caller: Caller = request.user
    return caller.person or caller.name
