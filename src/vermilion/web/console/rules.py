"""The rulebook browser: rulebooks in force, their rules, and one rule with its clause and cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from vermilion.desk.decision import without_slots
from vermilion.desk.summarise import window_lines
from vermilion.pages.telling import Teller
from vermilion.rulebook import Words
from vermilion.web.console.frame import page, visit_of
from vermilion.web.console.problem import problem_page
from vermilion.web.console.rules_view import clauses, groups, in_force, parts, tried, used
from vermilion.web.console.serving import asked, copies_of

MOST_TERMS = 400
"""Entries of a list that are shown; the rest are counted."""


@get("/rules", opt={"right": "read_rules"})
async def rulebooks(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the rulebooks in force and all their rules."""
    found = await asked(request, in_force)
    wanted = request.query_params.get("q", "").strip()[:100]
    context = {
        "books": [(force, groups(force.rulebook, wanted)) for force in found],
        "wanted": wanted,
    }
    return page(request, "rules.html.j2", context)


@get("/rules/{rulebook:str}", opt={"right": "read_rules"})
async def rulebook(request: Request[Any, Any, Any], rulebook: FromPath[str]) -> Response[str]:
    """Show one rulebook: rules, instruments, parameters, lists and windows."""
    force = next(
        (one for one in await asked(request, in_force) if one.rulebook.id == rulebook), None
    )
    if force is None:
        return problem_page(request, 404)
    wanted = request.query_params.get("q", "").strip()[:100]
    context = {
        "force": force,
        "groups": groups(force.rulebook, wanted),
        "parts": parts(force.rulebook, wanted),
        "wanted": wanted,
        "most": MOST_TERMS,
    }
    return page(request, "rulebook.html.j2", context)


@get("/rules/{rulebook:str}/{rule:str}", opt={"right": "read_rules"})
async def rule(
    request: Request[Any, Any, Any], rulebook: FromPath[str], rule: FromPath[str]
) -> Response[str]:
    """Show one rule."""
    force = next(
        (one for one in await asked(request, in_force) if one.rulebook.id == rulebook), None
    )
    loaded = None
    if force is not None:
        loaded = next((one for one in force.rulebook.rules if one.rule.id == rule), None)
    if force is None or loaded is None:
        return problem_page(request, 404)
    cases = await copies_of(request).ask(request, lambda engines: tried(engines, rulebook, rule))
    language = visit_of(request).language
    cited = list(clauses(force, loaded.rule))
    teller = Teller(language, window_lines(force.rulebook))
    context = {
        "force": force,
        "rule": loaded.rule,
        "reason": Words(*map(without_slots, (loaded.rule.reason.zh, loaded.rule.reason.en))),
        "clauses": cited,
        "alive": any(now for _, now in cited),
        "used": used(loaded),
        "cases": cases,
        "teller": teller,
        "read": lambda path: called(teller, path, loaded.rule.applies_to),
        "given": given,
        "document": force.rulebook.document,
        "house": rule in force.rulebook.house_rules,
        "confidential": rule in force.rulebook.confidential,
    }
    return page(request, "rule.html.j2", context)


def called(teller: Teller, path: str, types: Iterable[str]) -> list[str]:
    """Return what a fact is called in each type of event; nothing where only the rule names it so."""
    labels = dict.fromkeys(teller.label(path, one) for one in types)
    return [one for one in labels if one != path]


def given(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return a case's facts as paths with values, as rules read them."""
    told: list[tuple[str, Any]] = []
    for name, value in facts.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and value and not {"amount", "currency"} <= value.keys():
            told += given(value, f"{path}.")
        else:
            told.append((path, value))
    return told
