"""Where may this be sold: one printable HTML file in both languages."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from vermilion.desk.matrix import Asked, Finding, Matrix, OnReading, Place
from vermilion.pages.charts import seal_mark
from vermilion.pages.codes import BINDINGS, BINDS, EVENT_NAMES, STATUSES, TIERS, named
from vermilion.pages.frame import framed, rendered
from vermilion.pages.interview_words import STAND_INS, label_text, tell, value_text
from vermilion.pages.matrix_words import (
    answer_code,
    answer_text,
    headline,
    place_name,
    span_text,
    told,
)
from vermilion.pages.passing import passing_lines
from vermilion.pages.telling import Teller
from vermilion.pages.text import tongue, visible
from vermilion.pages.words import LANGUAGES, Language, pick, say
from vermilion.rulebook import Words

_TABLES = {"BINDINGS": BINDINGS, "BINDS": BINDS, "TIERS": TIERS, "STATUSES": STATUSES}
_PATH = re.compile(r" `[^`]*`")


def render_matrix(matrix: Matrix, *, language: Language = "en", title: Words | None = None) -> str:
    """Return the memo as one HTML file in both languages, which asks the network for nothing.

    Args:
        matrix: what the rulebooks find.
        language: the one that shows first, and alone where the reader prints.
        title: what the collection is called; its id where it has no name.
    """
    pages = {each: rendered("matrix.html.j2", _context(matrix, each, title)) for each in LANGUAGES}
    titles = {each: told("title", each, thing=thing(matrix, each, title)) for each in LANGUAGES}
    return framed(pages, titles, language, "memo.css", "matrix.css")


def thing(matrix: Matrix, language: Language, title: Words | None = None) -> str:
    """Return what the collection is called."""
    named_ = title or STAND_INS.get(matrix.collection)
    return visible(matrix.collection) if named_ is None else pick(named_, language)


def _context(matrix: Matrix, language: Language, title: Words | None) -> dict[str, Any]:
    shared = [one for one in matrix.asked if len(one.rules) > 1]
    return {
        "matrix": matrix,
        "thing": thing(matrix, language, title),
        "stands_in": matrix.collection in STAND_INS,
        "language": language,
        "seal": seal_mark(),
        "say": partial(say, language=language),
        "tell": partial(tell, language=language),
        "told": partial(told, language=language),
        "words": partial(pick, language=language),
        "code": lambda table, code: pick(named(_TABLES[table], code), language),
        "event": lambda name: pick(named(EVENT_NAMES, name), language),
        "visible": visible,
        "headline": headline(matrix, language),
        "confidential": is_confidential(matrix),
        "name": partial(place_name, language=language),
        "answer": partial(answer_text, language=language),
        "answer_code": answer_code,
        "span": partial(span_text, language=language),
        "lacking": lambda place: len(lacking(matrix, place)),
        "hits": lambda place: [rule for rule in place.rules if rule.outcome == "hit"],
        "undecided": lambda place: [rule for rule in place.rules if rule.outcome == "missing"],
        "shared": shared,
        "single": len(shared) < len(matrix.asked),
        "own_only": lambda place: [one for one in lacking(matrix, place) if len(one.rules) == 1],
        "stated": {one.fact for one in matrix.facts},
        "of_place": lambda asked, place: place.id in asked.rules,
        "label": partial(label_text, language=language),
        "value": partial(value_text, language=language),
        "facts": partial(_facts, language=language),
        "lacks": partial(lacks, language=language),
        "passing": partial(passing, language=language),
        "differs": differs,
        "tongue": tongue,
    }


def lacking(matrix: Matrix, place: Place) -> list[Asked]:
    """Return the facts that a place's rulebook lacks."""
    return [one for one in matrix.asked if place.id in one.rules]


def is_confidential(matrix: Matrix) -> bool:
    """Tell whether a rule of which those concerned must learn nothing was hit."""
    return any(
        rule.confidential and rule.outcome == "hit"
        for place in matrix.places
        for rule in place.rules
    )


def differs(reading: OnReading, place: Place) -> bool:
    """Tell whether a reading comes to another verdict than the rulebook, for its rule or the place."""
    own = next((r.verdict for r in place.rules if f"{r.id}@{r.version}" == reading.rule), "allow")
    return reading.verdict != own or reading.whole != place.verdict


def lacks(rule: Finding, place: Place, language: Language) -> list[str]:
    """Return what a rule lacks, by what the facts are called."""
    teller = Teller(language, place.history)
    return list(dict.fromkeys(teller.label(path, rule.event) for path in rule.missing))


def passing(rule: Finding, place: Place, language: Language) -> list[str]:
    """Return what would make a rule pass, in words; nothing where nothing was found.

    What cannot be changed once it is issued can still be planned otherwise, so that no reason why
    nothing would help is given.
    """
    if rule.passing is None or not rule.passing.alternatives:
        return []
    lines = passing_lines(rule.passing, Teller(language, place.history), rule.event)
    return [_PATH.sub("", line) for line in lines]


def _facts(rule: Finding, place: Place, language: Language) -> list[tuple[str, str]]:
    teller = Teller(language, place.history)
    return [
        (teller.label(path, rule.event), teller.value(path, value, rule.event))
        for path, value in rule.facts.items()
    ]
