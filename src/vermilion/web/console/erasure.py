"""Erase a person, for administrators: a form, what is lost, and what the record says of it."""

from __future__ import annotations

from typing import Any, get_args

from litestar import Request, get, post
from litestar.response import Response

from vermilion.errors import Error
from vermilion.facts.events import ErasureGround
from vermilion.web.console.forms import back_to, done_note, form_of
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.problem import error_page
from vermilion.web.erasing import check_erasure, erase_person, erasures_of

_TYPED = ("ground", "asked_by", "reference", "relationship_ended")


@get("/erasure", opt={"right": "administer"})
async def erasure_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form, and whether the person whom the address names was erased."""
    person = request.query_params.get("id", "")[:512]
    try:
        erased = await erasures_of(request, person) if person else []
    except Error as error:
        return error_page(request, error)
    return _page(request, {"person": person, "erased": erased})


@post("/erasure", opt={"right": "administer"}, status_code=303)
async def erase_now(request: Request[Any, Any, Any]) -> Response[str]:
    """Say what is lost, and erase once that is confirmed; what refuses it is told over the form."""
    form = await form_of(request)
    person = form.get("id", "").strip()
    said: dict[str, object] = {name: form.get(name, "").strip() for name in _TYPED}
    said["despite_retention"] = form.get("despite_retention") == "yes"
    try:
        if form.get("sure") == "yes":
            await erase_person(request, person, **said)
            return back_to("/erasure", "/erasure", "erased", id=person)
        await check_erasure(request, person, **said)
    except Error as error:
        if error.http_status >= 500:
            return error_page(request, error)
        return _page(request, {"person": person, "said": said, "error": error}, 400)
    return _page(request, {"person": person, "said": said, "sure": True})


def _page(
    request: Request[Any, Any, Any], context: dict[str, object], status: int = 200
) -> Response[str]:
    typed: dict[str, object] = {**dict.fromkeys(_TYPED, ""), "despite_retention": False}
    shown = {"erased": [], "said": typed, "sure": False, "error": None}
    more = {"grounds": get_args(ErasureGround), "done": done_note(visit_of(request))}
    return page(request, "erasure.html.j2", {**shown, **more, **context}, status)
