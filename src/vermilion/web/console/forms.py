"""Forms: read one, and return to a page with what was done."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from litestar import Request
from litestar.response import Response

from vermilion.pages.loop_words import VOIDS
from vermilion.pages.words import pick
from vermilion.web.console.frame import HEADERS, Visit
from vermilion.web.console.words import TEXTS, tell
from vermilion.web.console.writing import at

_RESERVED = ":/?#[]@!$&'()*+,;="  # RFC 3986, 2.2


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return a form's fields as texts; files are left out, of a field given twice the last counts."""
    return {
        key: value for key, value in (await request.form()).multi_items() if isinstance(value, str)
    }


def local(address: str, otherwise: str) -> str:
    """Return an address if it is one of our own pages, so that no form leads anywhere else."""
    parts = urlsplit(address.replace("\\", "/"))
    plain = address.isprintable() and address.startswith("/") and not address.startswith("//")
    return (
        address
        if plain and not parts.scheme and not parts.netloc and "\\" not in address
        else otherwise
    )


def back_to(address: str, otherwise: str, done: str, **values: object) -> Response[str]:
    """Return a redirect to a page of ours that will say what was done."""
    place = local(address, otherwise)
    path, _, query = place.partition("?")
    kept = {key: value for key, value in parse_qsl(query) if key not in {"done", "n", "why"}}
    target = at(path, **kept, done=done, **values)
    return see(target)


def see(target: str) -> Response[str]:
    """Return a redirect to another page of ours, to be asked for with GET."""
    # What is typed may be in any script; a header is in ASCII.
    headers = {**HEADERS, "Location": quote(target, safe=f"%{_RESERVED}")}
    return Response("", status_code=303, media_type="text/html; charset=utf-8", headers=headers)


def done_note(visit: Visit) -> str | None:
    """Return the text of what was just done, as the redirect says; None where nothing was."""
    asked = dict(visit.query)
    key = f"done.{asked.get('done')}"
    if key not in TEXTS:
        return None
    number = asked.get("n", "0")
    n = int(number) if number.isdecimal() and len(number) < 10 else 0
    told = [
        pick(VOIDS[one], visit.language) for one in asked.get("why", "").split() if one in VOIDS
    ]
    return tell(key, visit.language, n=n, why=tell("separator", visit.language).join(told))
