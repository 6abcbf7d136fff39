"""Answer what is held, as an officer: a whole cause, or one event; by two people where that is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from litestar import Request, post
from litestar.response import Response

from vermilion.desk.loop.answer import Answered, Unconfirmed, answer, unconfirmed
from vermilion.desk.loop.resolve import MOST_DAYS, strictest
from vermilion.desk.sealing import opened
from vermilion.errors import Error, UsageError
from vermilion.facts.events import By, EventName, Resolution, ResolutionAction
from vermilion.rulebook import Profile
from vermilion.web.access.rights import allowed
from vermilion.web.asking import actor
from vermilion.web.console.forms import back_to, form_of
from vermilion.web.console.problem import error_page
from vermilion.web.console.serving import asked
from vermilion.web.served import Served

ACTIONS: tuple[ResolutionAction, ...] = ("release", "refuse", "override")

USUAL_DAYS = 30
"""Days that the form for a cause offers at first. Policy."""


class Answerer(NamedTuple):
    """Whether the visitor can answer, what hinders, and what takes two people."""

    hindered: str | None
    """The key of a text, or None."""
    two_people: frozenset[str]
    by: str
    latest: str
    """Last day that may be named as an end, ISO."""
    usual: str
    key: str | None
    """The public key that the profile lists for the visitor, who then signs; else None."""
    record: str
    """The record's name, over which officers sign."""


def answerer(served: Served, by: str, role: str | None) -> Answerer:
    """Return how a visitor stands to what is held.

    Args:
        served: the book, between two groups.
        by: under which id the visitor acts.
        role: of the visitor.
    """
    profile = profile_of(served)
    named = {one.id: one for one in profile.officers}
    hindered = key = None
    if role is None or not allowed(role, "resolve"):  # type: ignore[arg-type]
        hindered = "case.not_officer"
    elif named and by not in named:
        hindered = "case.no_person"
    elif named and named[by].key is not None:
        hindered, key = "case.must_sign", named[by].key
    today = dt.datetime.now(dt.UTC).date()
    return Answerer(
        hindered,
        frozenset(map(str, profile.two_people)),
        by,
        (today + dt.timedelta(days=MOST_DAYS - 1)).isoformat(),
        (today + dt.timedelta(days=USUAL_DAYS)).isoformat(),
        key,
        served.book.keys.origin,
    )


def profile_of(served: Served) -> Profile:
    """Return who may resolve and who signs, by all rulebooks in force."""
    book = served.book
    return strictest([one.profile for one in book.active_engines()] or [book.profile])


def waiting_for(
    waiting: Sequence[Unconfirmed], cause: str | None, event: tuple[str, str] | None
) -> list[Unconfirmed]:
    """Return the resolutions on a cause or an event that wait for a second person."""
    return [
        one
        for one in waiting
        if (cause is not None and one.cause == cause) or (event is not None and one.event == event)
    ]


def reasons_of(served: Served, waiting: Iterable[Unconfirmed]) -> dict[str, str]:
    """Return by id why those decided whose answers wait, so that who confirms can weigh it."""
    told = {}
    for one in waiting:
        entry = served.history.find(one.source, one.id)
        place = None if entry is None else served.history.entry(entry)
        judged = None if place is None else opened(served.book.read(place))
        data = None if judged is None else judged.event.data
        if isinstance(data, Resolution) and data.reason:
            told[one.id] = data.reason
    return told


@post("/resolutions", opt={"right": "resolve"}, status_code=303)
async def resolve(request: Request[Any, Any, Any]) -> Response[str]:
    """Record an answer to a cause or to one event, and return to where it was given."""
    form = await form_of(request)
    try:
        said = _said(form, actor(request))
        done = await asked(request, lambda served: answer(served.desk, said))
    except Error as error:
        return error_page(request, error)
    return _returned(form, done)


@post("/resolutions/confirmation", opt={"right": "resolve"}, status_code=303)
async def confirm(request: Request[Any, Any, Any]) -> Response[str]:
    """Confirm another person's answer, which then takes effect."""
    form = await form_of(request)
    name = EventName(source=form.get("source", ""), id=form.get("id", ""))
    by, reason = By(by=actor(request)), form.get("reason", "").strip() or None

    def confirmed(served: Served) -> Answered:
        found = [
            one
            for one in unconfirmed(served.book)
            if (one.source, one.id) == (name.source, name.id)
        ]
        if not found:
            raise UsageError("nothing_to_confirm", "no such answer waits for confirmation")
        action = found[0].action
        said = Resolution(action=action, parties=by, reason=reason, confirms=name)
        return answer(served.desk, said)

    try:
        return _returned(form, await asked(request, confirmed))
    except Error as error:
        return error_page(request, error)


@post("/resolutions/end", opt={"right": "resolve"}, status_code=303)
async def end(request: Request[Any, Any, Any]) -> Response[str]:
    """Let an answer to a cause hold no longer."""
    form = await form_of(request)
    try:
        said = _said({**form, "action": "release", "until": ""}, actor(request))
        ends = form.get("id", "")
        done = await asked(request, lambda served: answer(served.desk, said, ends=ends))
    except Error as error:
        return error_page(request, error)
    return _returned(form, done)


def _said(form: Mapping[str, str], by: str) -> Resolution:
    action = form.get("action", "")
    if action not in ACTIONS:
        raise UsageError("no_action", "choose what you answer")
    cause, source, id = (form.get(name) or None for name in ("cause", "source", "id"))
    if cause is None and (source is None or id is None):
        raise UsageError("nothing_named", "the form names neither a case nor an event")
    return Resolution(
        action=action,
        parties=By(by=by),
        reason=form.get("reason", "").strip() or None,
        cause=cause,
        event=None if cause or not source or not id else EventName(source=source, id=id),
        until=_until(form.get("until", "")),
    )


def _until(day: str) -> dt.datetime | None:
    """Return the end of a day in UTC; None where none is named."""
    if not day:
        return None
    try:
        read = dt.date.fromisoformat(day)
    except ValueError:
        raise UsageError(
            "bad_day", "the end is not a day", help="write it as `2026-03-31`"
        ) from None
    return dt.datetime.combine(read + dt.timedelta(days=1), dt.time(), dt.UTC)


def _returned(form: Mapping[str, str], done: Answered) -> Response[str]:
    """Return to the page with what the answer did."""
    effect = done.effect
    why = " ".join(effect.void) or None
    return back_to(form.get("back", ""), "/cases", effect.effect, n=len(done.permits), why=why)
