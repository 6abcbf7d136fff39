"""The cookie that holds a session's token."""

from __future__ import annotations

from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

NAME = "vermilion"
DEVICE = "vermilion-device"

DEVICE_SECONDS = 90 * 24 * 60 * 60
"""How long a browser is known as one that somebody signed in with. Policy."""

_LOOPBACK = (b"localhost", b"127.0.0.1", b"[::1]")


def session_token(scope: Any, cookies: str) -> str | None:
    """Return the session's token among the cookies of a request."""
    return _value(_name(scope, NAME), cookies)


def cookie_value(connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
    """Return the value of one of our cookies."""
    return _value(_name(connection.scope, name), connection.headers.get("cookie", ""))


def made(
    connection: ASGIConnection[Any, Any, Any, Any],
    name: str,
    value: str,
    *,
    seconds: int | None = None,
    samesite: Literal["strict", "lax"] = "strict",
) -> Cookie:
    """Return a cookie of ours; it ends with the browser, or after so many seconds.

    It is for this host alone and for encrypted connections (RFC 6265bis, `__Host-`), except on the
    same machine without encryption, where browsers would not take it.
    """
    return Cookie(
        key=_name(connection.scope, name),
        value=value,
        path="/",
        max_age=seconds,
        secure=not _plain(connection.scope),
        httponly=True,
        samesite=samesite,
    )


def _value(name: str, cookies: str) -> str | None:
    for one in cookies.split(";"):
        key, _, value = one.strip().partition("=")
        if key == name:
            return value or None
    return None


def _name(scope: Any, name: str) -> str:
    return name if _plain(scope) else f"__Host-{name}"


def _plain(scope: Any) -> bool:
    """Tell whether the browser speaks to this machine itself, and without encryption.

    The host is the one that the browser was told, so that a proxy on this machine, which does the
    encryption, is not taken for the browser.
    """
    if scope["scheme"] not in {"http", "ws"}:
        return False
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return host.lower() in _LOOPBACK or host.lower().rpartition(b":")[0] in _LOOPBACK
