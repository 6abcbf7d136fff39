"""People and keys, for administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from vermilion.errors import Error, UsageError
from vermilion.web.access.accounts import accounts_of
from vermilion.web.access.passwords import MAX_LENGTH, MIN_LENGTH
from vermilion.web.access.rights import PERSON_ROLES, ROLES, Role
from vermilion.web.access.store import Access
from vermilion.web.console.forms import back_to, done_note, form_of
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.problem import error_page

Asked = Request[Any, Any, Any]


@get("/people", opt={"right": "administer"})
async def people(request: Asked) -> Response[str]:
    """Show who may sign in, and which keys there are."""
    access = accounts_of(request).access
    context = {
        "people": access.people(),
        "keys": access.keys(),
        "person_roles": PERSON_ROLES,
        "key_roles": ROLES,
        "least": MIN_LENGTH,
        "most": MAX_LENGTH,
        "done": done_note(visit_of(request)),
    }
    return page(request, "people.html.j2", context)


@post("/people", opt={"right": "administer"}, status_code=303)
async def add_person(request: Asked) -> Response[str]:
    """Add a person who signs in with a password."""
    form = await form_of(request)

    def add(access: Access, by: str) -> None:
        access.add_person(
            form.get("name", ""),
            _role(form.get("role", "")),
            form.get("password", ""),
            officer=form.get("officer", "").strip() or None,
            display=form.get("display", "").strip() or None,
            by=by,
        )

    return await _changed(request, add, "person_added")


@post("/people/{name:str}/role", opt={"right": "administer"}, status_code=303)
async def set_role(request: Asked, name: FromPath[str]) -> Response[str]:
    """Give a person another role; the person's sessions end."""
    form = await form_of(request)
    officer = form.get("officer", "").strip() or None

    def give(access: Access, by: str) -> None:
        access.set_role(name, _role(form.get("role", "")), officer, by=by)

    return await _changed(request, give, "role_changed")


@post("/people/{name:str}/disabling", opt={"right": "administer"}, status_code=303)
async def disable(request: Asked, name: FromPath[str]) -> Response[str]:
    """Let a person sign in no more."""
    return await _changed(
        request, lambda access, by: access.disable(name, by=by), "person_disabled"
    )


@post("/people/{name:str}/password", opt={"right": "administer"}, status_code=303)
async def set_password(request: Asked, name: FromPath[str]) -> Response[str]:
    """Give a person another password; the person's sessions end."""
    new = (await form_of(request)).get("password", "")
    return await _changed(
        request, lambda access, by: access.set_password(name, new, by=by), "password_set"
    )


@post("/keys", opt={"right": "administer"}, status_code=201)
async def add_key(request: Asked) -> Response[str]:
    """Make a key and show it, this once."""
    form, accounts = await form_of(request), accounts_of(request)
    sources = [line.strip() for line in form.get("sources", "").splitlines() if line.strip()]
    name, person = form.get("name", ""), form.get("person", "").strip() or None
    try:
        role = _role(form.get("role", ""))
        key = await asyncio.to_thread(
            accounts.access.add_key, name, role, person, sources, by=request.user.name
        )
        await accounts.tell()
    except Error as error:
        return error_page(request, error)
    return page(request, "key.html.j2", {"name": name, "role": role, "key": key}, 201)


@post("/keys/{name:str}/revocation", opt={"right": "administer"}, status_code=303)
async def revoke_key(request: Asked, name: FromPath[str]) -> Response[str]:
    """Let a key open nothing any more."""
    return await _changed(request, lambda access, by: access.revoke_key(name, by=by), "key_revoked")


async def _changed(
    request: Asked, change: Callable[[Access, str], object], done: str
) -> Response[str]:
    """Make a change beside the loop in the visitor's name, bring it into the record, and return."""
    accounts = accounts_of(request)
    try:
        await asyncio.to_thread(change, accounts.access, request.user.name)
        await accounts.tell()
    except Error as error:
        return error_page(request, error)
    return back_to("/people", "/people", done)


def _role(text: str) -> Role:
    if text not in ROLES:
        raise UsageError("role_refused", f"`{text[:40]}` is no role", help="choose one of the list")
    return text
