"""One event before the shipped rulebook of China on any day, judged by a desk."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake import Received
from vermilion.rulebook import Engine, Rulebook, find_rulebook, load_rulebook

LAST, FIRST = "T23:59:59+08:00", "T00:00:00+08:00"
"""The last second of a day in China, and the first."""


class Said(NamedTuple):
    """What one rule said: hit, missing, pass or nothing, and the clauses behind a hit or question."""

    outcome: str | None
    clauses: frozenset[tuple[str, str]] = frozenset()


@functools.cache
def cn() -> Rulebook:
    """Return the rulebook."""
    return load_rulebook(find_rulebook("cn"))


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()  # taken away when the tests are over


@functools.cache
def desk() -> Desk:
    """Return a desk with the rulebook, in a book of its own that keeps nothing of what it judges."""
    book = Book.open(Path(_folder().name) / "book")
    return Desk(book, [Engine(cn(), book.profile)])


def line(kind: str, moment: str, data: dict[str, Any], stage: str = "settled") -> dict[str, Any]:
    """Return an event as a line of a file would hold it."""
    named = {"specversion": "1.0", "type": kind, "source": "//dates", "id": "1", "stage": stage}
    return named | {"time": moment, "data": data}


def said(rule: str, kind: str, moment: str, data: dict[str, Any]) -> Said:
    """Judge an event, and return what one rule said to it."""
    event, canonical = canonical_form(msgspec.convert(line(kind, moment, data), Event))
    judged = desk().judge(Received(event, canonical, "events.ndjson", 1))
    ruling = judged.ruled[0].ruling
    (written,) = desk().decisions(judged)
    for one in json.loads(written)["rules"]:
        if one["id"] == rule:
            clauses = {(clause["instrument"], clause["pinpoint"]) for clause in one["citations"]}
            return Said(one["outcome"], frozenset(clauses))
    return Said("pass" if rule in {key.partition("@")[0] for key in ruling.passed} else None)
