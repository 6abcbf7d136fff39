"""Cases: the queue, one case with its journal, and the forms by which people work on it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Response

from vermilion.desk.cases.attachments import MOST_BYTES
from vermilion.desk.cases.links import target_of
from vermilion.desk.cases.model import Case, CaseDetail, CasePage, CaseQuery
from vermilion.desk.decision import without_slots
from vermilion.desk.loop.answer import Unconfirmed, unconfirmed
from vermilion.desk.loop.rows import Answer
from vermilion.desk.summarise import citation_line, window_lines
from vermilion.errors import Error, UsageError
from vermilion.facts.events import CaseLink
from vermilion.pages.telling import Teller
from vermilion.rulebook import Rule, Words
from vermilion.web.asking import actor
from vermilion.web.console.csv import csv_file
from vermilion.web.console.forms import back_to, done_note, form_of
from vermilion.web.console.frame import HEADERS, page, visit_of
from vermilion.web.console.names import lacking, work_titles
from vermilion.web.console.problem import error_page, problem_page
from vermilion.web.console.resolving import answerer, reasons_of, waiting_for
from vermilion.web.console.serving import asked
from vermilion.web.linking import link_case
from vermilion.web.served import Served

ON_A_PAGE = 30
"""Cases on one page. Policy."""

MOST_IN_CSV = 2_000
"""Rows of one download. Policy."""

STATUSES = ("open", "waiting_confirmation", "answered", "closed")

COLUMNS = (
    "cause", "status", "severity", "overdue", "due_at", "opened_at", "events", "assignee",
    "rulebook", "rule", "fact", "entity", "binds",
)  # fmt: skip

BETWEEN_CASES = ("same_scheme", "duplicate", "follows_from")
LINKS = (*BETWEEN_CASES, "party", "work", "token", "finding")

_CAUSE = re.compile(r"[0-9a-f]{32}\Z")
_ADDRESS = re.compile(r"/cases/([0-9a-f]{32})/?\Z")
_NAMED = re.compile(r"[0-9a-f]{32}/?\Z")
"""A case's number at the end of what was typed: people paste the page's address."""


def query_of(request: Request[Any, Any, Any]) -> CaseQuery:
    """Return which cases a page's address asks for; a status that there is not is no filter."""
    said = request.query_params
    status = said.get("status")
    return CaseQuery(
        text=text_of(said.get("q")),
        status=status if status in STATUSES else None,
        assignee=actor(request) if said.get("mine") else None,
        overdue=True if said.get("overdue") else None,
        before=said.get("before") or None,
        limit=ON_A_PAGE,
    )


def text_of(said: str | None) -> str:
    """Return what to look for of what was typed or pasted: a case's address stands for its number."""
    wanted = (said or "").strip()[:512]
    named = _ADDRESS.search(wanted)
    return named[1] if named else wanted


@get("/cases", opt={"right": "read"})
async def cases(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the queue: overdue, gravest and soonest due first."""
    query = query_of(request)
    try:
        found, waiting, works = await asked(request, lambda served: _listed(served, query))
    except Error as error:
        return error_page(request, error)
    context = {
        "items": found.items,
        "next": found.next,
        "query": query,
        "mine": query.assignee is not None,
        "filtered": _filtered(query),
        "statuses": STATUSES,
        "waiting": waiting[0],
        "titles": waiting[1],
        "works": works,
        "done": done_note(visit_of(request)),
    }
    return page(request, "cases.html.j2", context)


def _listed(
    served: Served, query: CaseQuery
) -> tuple[CasePage, tuple[list[Unconfirmed], dict[str, Words]], dict[str, str]]:
    found = served.cases.page(query)
    return found, _unconfirmed(served, query), work_titles(served, lacking(found.items))


def _filtered(query: CaseQuery) -> bool:
    return bool(query.text or query.status or query.assignee or query.overdue)


def _unconfirmed(served: Served, query: CaseQuery) -> tuple[list[Unconfirmed], dict[str, Words]]:
    """Return what waits for a second person, and what its cases are called; on the first page alone."""
    waiting = [] if query.before or _filtered(query) else unconfirmed(served.book)
    return waiting, served.cases.titles(one.cause for one in waiting if one.cause)


@get("/cases.csv", opt={"right": "read"})
async def cases_csv(request: Request[Any, Any, Any]) -> Response[bytes] | Response[str]:
    """Return the same cases as a file."""
    query, rows = query_of(request), list[Case]()
    try:
        while len(rows) < MOST_IN_CSV:
            found = await asked(request, partial(_page, query))
            rows += found.items
            if found.next is None:
                break
            query = msgspec.structs.replace(query, before=found.next, limit=200)
    except Error as error:
        return error_page(request, error)
    table = [
        ["" if (cell := getattr(one, name)) is None else str(cell) for name in COLUMNS]
        for one in rows
    ]
    return csv_file("cases.csv", COLUMNS, table)


def _page(query: CaseQuery, served: Served) -> CasePage:
    return served.cases.page(query)


@get("/cases/{cause:str}", opt={"right": "read"})
async def case(request: Request[Any, Any, Any], cause: FromPath[str]) -> Response[str]:
    """Show one case."""
    if not _CAUSE.match(cause):
        return problem_page(request, 404)
    visit, by = visit_of(request), actor(request)
    said = request.query_params.get("before", "")
    before = int(said) if said.isdecimal() and len(said) < 16 else None

    def gathered(served: Served) -> Any:
        found: CaseDetail | None = served.cases.case(cause, before=before)
        if found is None:
            return None
        waiting = waiting_for(unconfirmed(served.book), cause, None)
        stands = served.book.loop.rows.answer(bytes.fromhex(cause))
        rule, clauses, windows = _rule(served, found.case)
        who, reasons = answerer(served, by, visit.role), reasons_of(served, waiting)
        works = work_titles(served, lacking([found.case]))
        return found, waiting, reasons, stands, rule, clauses, windows, who, works

    try:
        known = await asked(request, gathered)
    except Error as error:
        return error_page(request, error)
    if known is None:
        return problem_page(request, 404)
    found, waiting, reasons, stands, rule, clauses, windows, answering, works = known
    context = {
        "it": found.case,
        "detail": found,
        "works": works,
        "before": before,
        "waiting": waiting,
        "reasons": reasons,
        "stands": stands,
        "rule": rule,
        "reason": None
        if rule is None
        else Words(*map(without_slots, (rule.reason.zh, rule.reason.en))),
        "clauses": clauses,
        "teller": Teller(visit.language, windows),
        "answering": answering,
        "overridable": found.case.binds not in {"law", "membership"},
        "most_bytes": f"{MOST_BYTES // 2**20} MiB",
        "target_of": target_of,
        "between_cases": BETWEEN_CASES,
        "link_kinds": LINKS,
        "done": done_note(visit),
        "until": _until(stands),
    }
    return page(request, "case.html.j2", context)


def _rule(served: Served, one: Case) -> tuple[Rule | None, list[Any], dict[str, Any]]:
    """Return a case's rule as it is in force now, its clauses and the windows' titles."""
    for engine in served.desk.engines:
        if engine.rulebook.id != one.rulebook:
            continue
        day = engine.legal_date(dt.datetime.now(dt.UTC))
        for loaded in engine.rulebook.rules:
            if loaded.rule.key == one.rule:
                alive = [citation_line(each) for each in engine.in_force(loaded, day)]
                return loaded.rule, alive, window_lines(engine.rulebook)
    return None, [], {}


def _until(stands: Answer | None) -> Any:
    if stands is None or stands.until is None:
        return None
    return dt.datetime.fromtimestamp(stands.until, dt.UTC)


@post("/cases/{cause:str}/notes", opt={"right": "work_cases"}, status_code=303)
async def note(request: Request[Any, Any, Any], cause: FromPath[str]) -> Response[str]:
    """Write a note on a case."""
    form = await form_of(request)
    by, text = actor(request), form.get("note", "")
    return await _worked(request, cause, "note", lambda served: served.cases.note(cause, by, text))


@post("/cases/{cause:str}/assignment", opt={"right": "work_cases"}, status_code=303)
async def assign(request: Request[Any, Any, Any], cause: FromPath[str]) -> Response[str]:
    """Assign a case to somebody, or to nobody."""
    form = await form_of(request)
    by, to = actor(request), form.get("assignee", "").strip() or None
    return await _worked(
        request, cause, "assign", lambda served: served.cases.assign(cause, by, to)
    )


@post("/cases/{cause:str}/links", opt={"right": "work_cases"}, status_code=303)
async def link(request: Request[Any, Any, Any], cause: FromPath[str]) -> Response[str]:
    """Link a case to another one, or to what it is about."""
    form = await form_of(request)
    how, id = form.get("how", ""), form.get("id", "").strip()
    if how not in LINKS or not _CAUSE.match(cause):
        return problem_page(request, 400)
    if how in BETWEEN_CASES and (named := _NAMED.search(id)):
        id = named[0].rstrip("/")
    try:
        await link_case(request, cause, msgspec.convert({how: id}, CaseLink))
    except msgspec.ValidationError:
        return error_page(request, UsageError("bad_link", "this is no case's number"))
    except Error as error:
        return error_page(request, error)
    return back_to(f"/cases/{cause}", "/cases", "link")


@post("/cases/{cause:str}/links/{entry:int}/removal", opt={"right": "work_cases"}, status_code=303)
async def unlink(
    request: Request[Any, Any, Any], cause: FromPath[str], entry: FromPath[int]
) -> Response[str]:
    """Take a link back."""
    by = actor(request)
    return await _worked(
        request, cause, "unlink", lambda served: served.cases.unlink(cause, by, entry)
    )


@post(
    "/cases/{cause:str}/attachments",
    opt={"right": "work_cases"},
    status_code=303,
    request_max_body_size=MOST_BYTES + 2**20,
)
async def attach(request: Request[Any, Any, Any], cause: FromPath[str]) -> Response[str]:
    """Store a file with a case."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return problem_page(request, 400)
    content, name, media_type = await file.read(), file.filename, file.content_type
    by = actor(request)
    return await _worked(
        request, cause, "attach",
        lambda served: served.cases.attach(cause, by, name, media_type, content),
    )  # fmt: skip


@get("/cases/{cause:str}/attachments/{sha256:str}", opt={"right": "read"})
async def attachment(
    request: Request[Any, Any, Any], cause: FromPath[str], sha256: FromPath[str]
) -> Response[bytes] | Response[str]:
    """Return a file of a case as a download; no browser shows it as a page of ours."""
    try:
        found = await asked(request, lambda served: served.cases.attachment(cause, sha256))
    except Error as error:
        status = {"unknown_attachment": 404, "erased": 410}.get(error.code, error.http_status)
        return problem_page(request, status, error.code, error.message, error.help)
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
    }
    return Response(found.content, media_type="application/octet-stream", headers=headers)


async def _worked(
    request: Request[Any, Any, Any], cause: str, what: str, call: Callable[[Served], object]
) -> Response[str]:
    """Do something on a case and return to its page."""
    if not _CAUSE.match(cause):
        return problem_page(request, 404)
    try:
        await asked(request, call)
    except Error as error:
        if error.code == "unknown_case":
            return problem_page(request, 404, error.code, error.message)
        return error_page(request, error)
    return back_to(f"/cases/{cause}", "/cases", what)
