"""Problem details (RFC 9457): what is wrong, in which field, and what to do about it."""

from __future__ import annotations

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException

from vermilion.errors import DataError, Error
from vermilion.intake.items import Fault

MEDIA_TYPE = "application/problem+json"

_SEE_ROUTES = "check method and path; all routes are at `/schema/openapi.json`"

HOLD = "hold the event and ask again; nothing was decided"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with a request, or with the service.

    `code` is stable and for programs; `field` the place in what was sent; `remedy` what to do.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    remedy: str | None = None


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported media type",
    422: "Not understood",
    429: "Too many requests",
    500: "Internal failure",
    503: "Not available",
}

_STATUS_OF = {
    "erased": 410,
    **dict.fromkeys(("unknown_case", "unknown_attachment", "unknown_link", "permit_unknown"), 404),
    "unknown_person": 404,
    **dict.fromkeys(("erased_already", "must_be_kept"), 409),
}
"""Statuses of errors that elsewhere are told without one."""


def problem_of(error: Exception) -> Problem:
    """Return what is told of an error: all that is meant for people, nothing of what is not."""
    match error:
        case Error():
            code, detail = error.code, error.message
            status = _STATUS_OF.get(code, error.http_status)
            where = error.where if status < 500 else None
            return _problem(status, code, detail, field=where, remedy=error.help)
        case HTTPException():
            code = _TITLES.get(error.status_code, "error").lower().replace(" ", "_")
            detail, field = _told_of(error)
            remedy = _SEE_ROUTES if error.status_code in {404, 405} else None
            return _problem(error.status_code, code, detail, field=field, remedy=remedy)
        case _:
            return _problem(500, "internal_failure", "the desk failed at this", remedy=HOLD)


def problem(error: Exception) -> Response[bytes]:
    """Return the response that tells an error."""
    said = problem_of(error)
    return Response(
        written(said),
        status_code=said.status,
        media_type=MEDIA_TYPE,
        headers=headers_of(error, said.status),
    )


def written(said: Problem) -> bytes:
    """Write a problem out."""
    return msgspec.json.encode(said)


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """Return the headers that an error's answer has beside those of every answer."""
    headers = dict(getattr(error, "headers", None) or {})
    if status == 503:
        headers.setdefault("Retry-After", "1")
    return headers


def unreadable(found: Fault) -> DataError:
    """Return the error of an event that cannot be read."""
    return DataError(found.code, found.reason, help=found.remedy, where=found.field)


def _told_of(error: HTTPException) -> tuple[str, str | None]:
    """Return what is wrong with a parameter or a part of the body, and which one it is."""
    faults = error.extra if isinstance(error.extra, list) else []
    for fault in faults:
        if isinstance(fault, dict) and "message" in fault:
            return str(fault["message"]), fault.get("key")
    return error.detail, None


def _problem(
    status: int, code: str, detail: str, *, field: str | None = None, remedy: str | None = None
) -> Problem:
    title = _TITLES.get(status, "Error")
    return Problem(
        type="about:blank",
        title=title,
        status=status,
        code=code,
        detail=_writable(detail),
        field=None if field is None else _writable(field),
        remedy=None if remedy is None else _writable(remedy),
    )


def _writable(text: str) -> str:
    """Return a text with a question mark for what is no character: half a pair of UTF-16."""
    return text.encode("utf-8", "replace").decode()
