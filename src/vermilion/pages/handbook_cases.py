"""Tell the cases of a rule: what is known on which day, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vermilion.pages.codes import EVENT_NAMES, ROLES, named
from vermilion.pages.handbook_sentences import Sayer
from vermilion.pages.handbook_words import word
from vermilion.pages.interview_words import value_text
from vermilion.pages.telling import Teller
from vermilion.pages.words import pick, say
from vermilion.rulebook.model import Case, Document

_PROPOSED = "proposed"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class CaseLine(NamedTuple):
    """A case; `notes` tell what is lacking, or which instruments carry the rule on that day."""

    kind: str
    kind_text: str
    at: str
    event: str
    facts: Sequence[tuple[str, str]]
    expect: str
    expect_text: str
    notes: Sequence[str]


def case_lines(cases: Sequence[Case], document: Document, teller: Teller) -> list[CaseLine]:
    """Return a line for each case."""
    return [_line(one, Sayer(teller, document, one.event)) for one in cases]


def _line(case: Case, sayer: Sayer) -> CaseLine:
    language = sayer.language
    joint = say("separator", language)
    event = pick(named(EVENT_NAMES, case.event), language)
    if case.stage != _PROPOSED:
        event += f" ({word(f'stage.{case.stage}', language)})"
    notes = []
    if case.missing:
        labels = dict.fromkeys(sayer.label(path) for path in case.missing)
        notes.append(word("case.lacks", language, facts=joint.join(labels)))
    if case.alive:
        notes.append(word("case.alive", language, instruments=joint.join(case.alive)))
    return CaseLine(
        kind=case.kind,
        kind_text=word(f"kind.{case.kind}", language),
        at=case.at,
        event=event,
        facts=list(_facts(case.facts, sayer)),
        expect=case.expect,
        expect_text=word(f"expect.{case.expect}", language),
        notes=notes,
    )


def _facts(given: Mapping[str, Any], sayer: Sayer, within: str = "") -> Iterator[tuple[str, str]]:
    """Give the facts of a case with their values, those of things one by one."""
    for name, value in given.items():
        path = f"{within}.{name}" if within else str(name)
        is_money = isinstance(value, Mapping) and set(value) == {"amount", "currency"}
        if isinstance(value, Mapping) and value and not is_money:
            yield from _facts(value, sayer, path)
        else:
            yield sayer.label(path), _value(path, value, sayer)


def _value(path: str, value: Any, sayer: Sayer) -> str:
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    if path.startswith("windows."):
        return sayer.teller.value(path, value, sayer.event)
    root, _, below = path.partition(".")
    if root in ROLES:
        return value_text(f"party.{below}", value, sayer.language)
    known = sayer.teller.label(path) != path
    return value_text(path if known else f"{sayer.event}.{path}", value, sayer.language)
