"""Refusals, with the status that HTTP has for each."""

from __future__ import annotations

import math

from vermilion.errors import UsageError

REALM = 'Bearer realm="vermilion"'


class NotFoundError(UsageError):
    """What is named is not there."""

    http_status = 404


class TakenError(UsageError):
    """What is to be made is there already."""

    http_status = 409


class AccessError(UsageError):
    """A request that is refused for who asks; `headers` belong to the answer."""

    def __init__(self, code: str, message: str, *, help: str | None = None) -> None:
        super().__init__(code, message, help=help)
        self.headers: dict[str, str] = {}


class NotSignedInError(AccessError):
    """Nobody is signed in (RFC 9110, 15.5.2); says how a program signs in (RFC 6750, 3)."""

    http_status = 401

    def __init__(self, code: str, message: str, *, help: str | None = None) -> None:
        super().__init__(code, message, help=help)
        wrong = ', error="invalid_token"' if code == "key_unknown" else ""
        self.headers = {"WWW-Authenticate": REALM + wrong}


class NotAllowedError(AccessError):
    """Who asks is known and may not do it, or what was sent does not come from our own page."""

    http_status = 403


class TooManyError(AccessError):
    """Too much was asked in too short a time (RFC 6585, 4).

    Args:
        code: stable machine name.
        message: what is wrong, for a person.
        wait: seconds after which it may be asked again.
    """

    http_status = 429

    def __init__(self, code: str, message: str, wait: float) -> None:
        seconds = max(1, math.ceil(wait))
        super().__init__(code, message, help=f"ask again in {seconds} s")
        self.headers = {"Retry-After": str(seconds)}
