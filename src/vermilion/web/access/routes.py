"""Routes under /v1/access: sign in and out, and manage keys and people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from litestar import MediaType, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from vermilion.web.access.accounts import accounts_of
from vermilion.web.access.keys import KeyAsked, KeyLine
from vermilion.web.access.people import PersonAsked, PersonLine
from vermilion.web.access.rights import Role
from vermilion.web.access.signing_in import (
    Asked,
    Welcome,
    begin_elsewhere,
    change_password,
    csrf_of,
    finish_elsewhere,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from vermilion.web.access.store import Access

Typed = Annotated[str, msgspec.Meta(max_length=1_024)]

MOST_BYTES = 16_384
"""Largest body of who is not signed in yet. Policy."""

_NOT_KEPT = {"Cache-Control": "no-store"}


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name and its password."""

    name: Typed
    password: Typed


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name, its password, and the one to take its place."""

    name: Typed
    password: Typed
    new: Typed


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password that an administrator gives somebody."""

    password: Typed


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role, and for an officer the id under which the profile lists the officer."""

    role: Role
    officer: str | None = None


class Me(msgspec.Struct, frozen=True):
    """Who asks; `csrf` is for forms, and empty for keys."""

    name: str
    role: Role
    person: str | None
    sources: list[str]
    csrf: str


class KeyMade(msgspec.Struct, frozen=True):
    """A new key; it cannot be shown again."""

    name: str
    key: str


class KeysListed(msgspec.Struct, frozen=True):
    """All keys in order of their names, withdrawn ones too."""

    items: list[KeyLine]


class PeopleListed(msgspec.Struct, frozen=True):
    """All people in order of their names, disabled ones too."""

    items: list[PersonLine]


@post("/sign-in", status_code=200, opt={"right": "public"}, request_max_body_size=MOST_BYTES)
async def sign_in_(request: Asked, data: JSONBody[Credentials]) -> Response[Me]:
    """Sign in with a name and a password; the answer sets the session's cookie."""
    return _welcomed(await sign_in(request, data.name, data.password))


@post("/password", status_code=200, opt={"right": "public"}, request_max_body_size=MOST_BYTES)
async def password(request: Asked, data: JSONBody[PasswordChange]) -> Response[Me]:
    """Change one's own password; all sessions end, and a new one begins."""
    return _welcomed(await change_password(request, data.name, data.password, data.new))


@post("/sign-out", status_code=204, opt={"right": "public"})
async def sign_out_(request: Asked) -> Response[None]:
    """End this session."""
    return _nothing(sign_out(request))


@post("/sign-out-everywhere", status_code=204, opt={"right": "read_rules"})
async def sign_out_everywhere_(request: Asked) -> Response[None]:
    """End all sessions of who asks."""
    return _nothing(await sign_out_everywhere(request))


@get("/me", opt={"right": "read_rules"})
async def me(request: Asked) -> Response[Me]:
    """Return who asks, and the token that changes by cookie must carry."""
    name, role, person, sources, _ = request.user
    return Response(Me(name, role, person, list(sources), csrf_of(request)), headers=_NOT_KEPT)


@get("/keys", opt={"right": "administer"})
async def keys(request: Asked) -> KeysListed:
    """Return all keys, without what opens anything."""
    return KeysListed(accounts_of(request).access.keys())


@post("/keys", opt={"right": "administer"})
async def add_key(request: Asked, data: JSONBody[KeyAsked]) -> Response[KeyMade]:
    """Make a key; the answer shows it once."""
    accounts, by = accounts_of(request), request.user.name
    key = accounts.access.add_key(data.name, data.role, data.person, data.sources, by=by)
    await accounts.tell()
    return Response(KeyMade(data.name, key), status_code=201, headers=_NOT_KEPT)


@post("/keys/{name:str}/revocation", status_code=204, opt={"right": "administer"})
async def revoke_key(request: Asked, name: FromPath[str]) -> None:
    """Let a key open nothing any more."""
    await _change(request, lambda access, by: access.revoke_key(name, by=by))


@get("/people", opt={"right": "administer"})
async def people(request: Asked) -> PeopleListed:
    """Return all people who may sign in, or could."""
    return PeopleListed(accounts_of(request).access.people())


@post("/people", status_code=204, opt={"right": "administer"})
async def add_person(request: Asked, data: JSONBody[PersonAsked]) -> None:
    """Add a person who signs in with a password."""

    def add(access: Access, by: str) -> None:
        asked = (data.name, data.role, data.password)
        access.add_person(*asked, officer=data.officer, display=data.display, by=by)

    await _change(request, add)


@post("/people/{name:str}/role", status_code=204, opt={"right": "administer"})
async def set_role(request: Asked, name: FromPath[str], data: JSONBody[NewRole]) -> None:
    """Give a person another role; the person's sessions end."""
    await _change(request, lambda access, by: access.set_role(name, data.role, data.officer, by=by))


@post("/people/{name:str}/disabling", status_code=204, opt={"right": "administer"})
async def disable(request: Asked, name: FromPath[str]) -> None:
    """Let a person sign in no more; the person's sessions end."""
    await _change(request, lambda access, by: access.disable(name, by=by))


@post("/people/{name:str}/password", status_code=204, opt={"right": "administer"})
async def set_password(request: Asked, name: FromPath[str], data: JSONBody[NewPassword]) -> None:
    """Give a person another password; the person's sessions end."""
    await _change(request, lambda access, by: access.set_password(name, data.password, by=by))


@get("/sign-in/oidc", opt={"right": "public"}, include_in_schema=False)
async def begin_oidc(request: Asked) -> Redirect:
    """Send a browser to the identity provider."""
    address, cookies = await begin_elsewhere(request)
    return Redirect(address, status_code=302, cookies=cookies, headers=_NOT_KEPT)


@get("/sign-in/oidc/callback", opt={"right": "public"}, include_in_schema=False)
async def finish_oidc(request: Asked) -> Response[str]:
    """Let a browser in that comes back from the identity provider."""
    welcome = await finish_elsewhere(request)
    # A page that goes on by itself, because the strict cookie does not follow a redirection.
    return Response(_ONWARD, media_type=MediaType.HTML, cookies=welcome.cookies, headers=_NOT_KEPT)


access_routes = Router(
    "/v1/access",
    route_handlers=[
        sign_in_,
        password,
        sign_out_,
        sign_out_everywhere_,
        me,
        keys,
        add_key,
        revoke_key,
        people,
        add_person,
        set_role,
        disable,
        set_password,
    ],
    tags=["access"],
)
"""Everything under /v1/access."""

oidc_routes = Router("/", route_handlers=[begin_oidc, finish_oidc])
"""The way to an identity provider and back."""

_ONWARD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="0;url=/"><title>Vermilion</title>
<p><a href="/">已登录，继续 / Signed in: go on</a></p></html>
"""


async def _change(request: Asked, change: Callable[[Access, str], object]) -> None:
    """Make a change beside the loop in the name of who asks, and bring it into the record."""
    accounts = accounts_of(request)
    await accounts.beside(change, accounts.access, request.user.name)
    await accounts.tell()


def _welcomed(welcome: Welcome) -> Response[Me]:
    name, role, person, sources, _ = welcome.caller
    said = Me(name, role, person, list(sources), welcome.csrf)
    return Response(said, cookies=welcome.cookies, headers=_NOT_KEPT)


def _nothing(cookies: list[Cookie]) -> Response[None]:
    return Response(None, status_code=204, cookies=cookies, headers=_NOT_KEPT)
