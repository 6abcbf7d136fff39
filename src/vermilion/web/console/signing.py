"""Sign in and out, and change one's own password."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.response import Response

from vermilion.errors import Error
from vermilion.web.access.accounts import accounts_of
from vermilion.web.access.passwords import MAX_LENGTH, MIN_LENGTH
from vermilion.web.access.routes import MOST_BYTES
from vermilion.web.access.signing_in import Welcome, change_password, sign_in, sign_out
from vermilion.web.console.forms import form_of, local, see
from vermilion.web.console.frame import page

Asked = Request[Any, Any, Any]


@get("/sign-in", opt={"right": "public"})
async def sign_in_page(request: Asked) -> Response[str]:
    """Show the form; who is signed in already goes on."""
    onward = local(request.query_params.get("next", "/"), "/")
    if request.user is not None:
        return see(onward)
    return _form(request, onward)


@post("/sign-in", opt={"right": "public"}, status_code=303, request_max_body_size=MOST_BYTES)
async def sign_in_now(request: Asked) -> Response[str]:
    """Sign in and go on to where the visitor wanted to go."""
    form = await form_of(request)
    onward = local(form.get("next", "/"), "/")
    try:
        welcome = await sign_in(request, form.get("name", ""), form.get("password", ""))
    except Error as error:
        return _form(request, onward, error, form.get("name", ""))
    return _welcomed(welcome, onward)


@post("/sign-out", opt={"right": "public"}, status_code=303)
async def sign_out_now(request: Asked) -> Response[str]:
    """End the session and return to the form."""
    answer = see("/sign-in?done=signed_out")
    answer.cookies.extend(sign_out(request))
    return answer


@get("/password", opt={"right": "read_rules"})
async def password_page(request: Asked) -> Response[str]:
    """Show the form that changes one's own password."""
    return _password(request)


@post("/password", opt={"right": "read_rules"}, status_code=303)
async def password_now(request: Asked) -> Response[str]:
    """Change one's own password; other sessions end."""
    form = await form_of(request)
    try:
        name, old, new = request.user.name, form.get("old", ""), form.get("new", "")
        welcome = await change_password(request, name, old, new)
    except Error as error:
        return _password(request, error)
    return _welcomed(welcome, "/password?done=password")


def _form(request: Asked, onward: str, error: Error | None = None, name: str = "") -> Response[str]:
    context = {
        "onward": onward,
        "problem": error,
        "name": name[:64],
        "oidc": accounts_of(request).oidc is not None,
        "signed_out": request.query_params.get("done") == "signed_out" and error is None,
    }
    return page(request, "sign_in.html.j2", context, 200 if error is None else error.http_status)


def _password(request: Asked, error: Error | None = None) -> Response[str]:
    context = {
        "problem": error,
        "least": MIN_LENGTH,
        "most": MAX_LENGTH,
        "changed": request.query_params.get("done") == "password" and error is None,
    }
    return page(request, "password.html.j2", context, 200 if error is None else error.http_status)


def _welcomed(welcome: Welcome, onward: str) -> Response[str]:
    answer = see(onward)
    answer.cookies.extend(welcome.cookies)
    return answer
