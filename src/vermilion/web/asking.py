"""Whom a request comes from, and the service that it is for."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State

from vermilion.web.access.caller import Caller
from vermilion.web.service import Service

Asked = Request[Caller, "str | None", State]
"""A request whose caller is known."""


def service_of(request: Request[Any, Any, Any]) -> Service:
    """Return the service that the application serves."""
    service: Service = request.app.state.service
    return service


def actor(request: Request[Any, Any, Any]) -> str:
    """Return the id under which the record names the caller: the officer's, or the account's name."""
    caller: Caller = request.user
    return caller.person or caller.name
