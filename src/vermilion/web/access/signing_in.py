"""Begin and end sessions of browsers; pages and the JSON interface share this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from litestar import Request
from litestar.datastructures import Cookie

from vermilion.web.access.accounts import Accounts, accounts_of
from vermilion.web.access.caller import Caller
from vermilion.web.access.cookies import DEVICE, DEVICE_SECONDS, NAME, cookie_value, made
from vermilion.web.access.limits import address_of
from vermilion.web.access.oidc import LASTS, Begun, Oidc
from vermilion.web.access.refusals import NotFoundError, NotSignedInError
from vermilion.web.access.sessions import Proven

Asked = Request[Any, Any, Any]

OIDC = "vermilion-oidc"


class Welcome(NamedTuple):
    """Who signed in, the token for the pages' forms, and the cookies that the answer must set."""

    caller: Caller
    csrf: str
    cookies: list[Cookie]


async def sign_in(request: Asked, name: str, password: str) -> Welcome:
    """Begin a session for who gives a name and its password; the browser's session before ends.

    Raises:
        NotSignedInError: `wrong_password`, whatever of the two is wrong.
        TooManyError: `too_many_sign_ins` or `busy`.
        StorageError: `access_damaged`.
    """
    access = accounts_of(request).access
    token = await _in_thread(request, access.sign_in, name, password)
    return _welcome(request, token)


async def change_password(request: Asked, name: str, old: str, new: str) -> Welcome:
    """Change a password for who knows the old one; all sessions end, and a new one begins.

    Raises:
        UsageError: the new password is weak.
        NotSignedInError, TooManyError, StorageError: as for `sign_in`.
    """
    accounts = accounts_of(request)
    token = await _in_thread(request, accounts.access.change_password, name, old, new)
    await accounts.tell()
    return _welcome(request, token)


def sign_out(request: Asked) -> list[Cookie]:
    """End the browser's session, and return the cookies that the answer must set."""
    if request.auth is not None:
        accounts_of(request).access.sign_out(request.auth)
    return [made(request, NAME, "", seconds=0)]


async def sign_out_everywhere(request: Asked) -> list[Cookie]:
    """End all sessions of who asks, and return the cookies that the answer must set."""
    accounts = accounts_of(request)
    if request.auth is not None:
        accounts.access.sign_out_everywhere(request.user.name, by=request.user.name)
        await accounts.tell()
    return sign_out(request)


def csrf_of(request: Asked) -> str:
    """Return the token that each form of this session's pages carries; empty without a session."""
    if request.auth is None:
        return ""
    return accounts_of(request).access.csrf_token(request.auth)


async def begin_elsewhere(request: Asked) -> tuple[str, list[Cookie]]:
    """Begin a sign-in with the identity provider; return its address and the cookies to set.

    Raises:
        NotFoundError: `no_provider`.
        ProviderError: `provider_silent` or `provider_wrong`.
    """
    begun: Begun = await _oidc(accounts_of(request)).begin()
    # Lax: the browser comes back from another site.
    cookie = made(request, OIDC, begun.cookie, seconds=LASTS, samesite="lax")
    return begun.address, [cookie]


async def finish_elsewhere(request: Asked) -> Welcome:
    """Finish a sign-in when the browser comes back; its session before ends.

    Answer with a page and no redirection: a browser that comes from another site sends the new
    cookie only with a request that a page of ours makes.

    Raises:
        NotFoundError: `no_provider`.
        NotAllowedError, ProviderError: as for `Oidc.finish`.
    """
    accounts = accounts_of(request)
    answer = {str(key): str(value) for key, value in request.query_params.items()}
    proven: Proven = await _oidc(accounts).finish(cookie_value(request, OIDC), answer)
    await accounts.tell()
    welcome = _welcome(request, accounts.access.begin_session(proven))
    welcome.cookies.append(made(request, OIDC, "", seconds=0, samesite="lax"))
    return welcome


def _oidc(accounts: Accounts) -> Oidc:
    if accounts.oidc is None:
        raise NotFoundError("no_provider", "there is no identity provider", help="use a password")
    return accounts.oidc


async def _in_thread(request: Asked, prove: Callable[..., str | None], *typed: str) -> str | None:
    """Run what takes half a second beside the loop, for the device and address of a request."""
    address, device = address_of(request.scope), cookie_value(request, DEVICE)
    return await accounts_of(request).beside(prove, *typed, address, device)


def _welcome(request: Asked, token: str | None) -> Welcome:
    """Return what a new session gives; the one that the browser had ends."""
    access = accounts_of(request).access
    caller = None if token is None else access.caller_of_session(token)
    if token is None or caller is None:
        raise NotSignedInError(
            "wrong_password", "name or password is wrong", help="check both and try again"
        )
    if request.auth is not None:
        access.sign_out(request.auth)
    device = made(request, DEVICE, access.device(caller.name), seconds=DEVICE_SECONDS)
    return Welcome(caller, access.csrf_token(token), [made(request, NAME, token), device])
