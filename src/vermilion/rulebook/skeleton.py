"""Write the skeleton of a rule, with cases, that loads and whose tests fail until it is filled in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import msgspec

from vermilion.errors import UsageError
from vermilion.facts.events import EVENT_TYPES
from vermilion.rulebook.model import Document, Ident, Instrument, Words
from vermilion.rulebook.periods import DAY
from vermilion.rulebook.yaml_text import quoted

_TO_FILL = Words("待填写", "to be written")


class Wanted(NamedTuple):
    """What a skeleton is made of."""

    id: str
    title: Words
    event: str
    instrument: Instrument
    binding: str
    day: dt.date


def check_id(id: str) -> None:
    """Refuse what cannot be a rule's id.

    Raises:
        UsageError: `bad_rule_id`.
    """
    try:
        msgspec.convert(id, Ident)
    except msgspec.ValidationError:
        raise UsageError(
            "bad_rule_id",
            f"`{id}` is no id of a rule",
            help="two letters of the territory, a hyphen, capitals, digits and hyphens: XX-PRICE-01",
        ) from None


def wanted(
    document: Document,
    id: str,
    title: Words,
    *,
    event: str,
    instrument: str | None,
    own: frozenset[str],
) -> Wanted:
    """Return what a skeleton is made of.

    Args:
        document: the rulebook that the rule is to lie in, with the overlay where it has one.
        id: the rule's id.
        title: its title.
        event: the event type that it applies to.
        instrument: what it cites; the last one of the rulebook where it is left out.
        own: instruments of the operator, of which a house rule cites one; empty for a rulebook's own.

    Raises:
        UsageError: `event_type_unknown`, `instrument_unknown`, `rule_exists`.
    """
    check_id(id)
    if event not in EVENT_TYPES:
        help = f"there are: {', '.join(EVENT_TYPES)}"
        raise UsageError("event_type_unknown", f"there is no event type `{event}`", help=help)
    if id in {rule.id for rule in document.rules}:
        raise UsageError("rule_exists", f"there is a rule `{id}` already", help="choose another id")
    known = {one.id: one for one in document.instruments if not own or one.id in own}
    chosen = known.get(instrument or next(reversed(known), ""))
    if chosen is None:
        raise UsageError(
            "instrument_unknown",
            f"there is no instrument `{instrument}` to cite"
            if instrument
            else "nothing can be cited",
            help=f"there are: {', '.join(known)}" if known else "write instruments.yaml first",
        )
    classes = {c.instrument: c.binding for rule in document.rules for c in rule.citations}
    binding = classes.get(chosen.id, "O" if own else "N")
    return Wanted(id, title, event, chosen, binding, chosen.in_force.from_ or dt.date(2020, 1, 1))


def rule_text(of: Wanted) -> str:
    """Return a rule's file: complete in form, with `False` for a condition and five cases."""
    texts = {
        name: f"{name}: {{zh: {_TO_FILL.zh}, en: {_TO_FILL.en}}}"
        for name in ("reason", "remedy", "question")
    }
    later = of.day + 30 * DAY
    before = of.day - DAY
    return f"""\
id: {of.id}
version: 1
title:
  zh: {quoted(of.title.zh)}
  en: {quoted(of.title.en)}
applies_to: [{of.event}]
# 何为违反；各事件类型可读的事实见文档。 What is wrong; docs/reference/facts.md has what it may read.
violates_if: "False"
verdict: review
on_missing: review
mode: shadow
citations:
  - instrument: {of.instrument.id}
    # 条款与原文；quote 须附 quote_sha256。 The clause and its words; a quote needs its quote_sha256.
    pinpoint: {_TO_FILL.zh}
    essence: {{zh: {_TO_FILL.zh}, en: {_TO_FILL.en}}}
    binding: {of.binding}
    tier: D
    status: draft
confidential: false
{texts["reason"]}
{texts["remedy"]}
{texts["question"]}
parameters: []
# 用例：填入事实。 Cases: fill in the facts.
cases:
  - {{kind: comply, event: {of.event}, at: {later}, facts: {{}}, expect: pass}}
  - {{kind: violate, event: {of.event}, at: {later}, facts: {{}}, expect: hit}}
  - {{kind: missing, event: {of.event}, at: {later}, facts: {{}}, expect: missing}}
  - {{kind: day_before, event: {of.event}, at: {before}, facts: {{}}, expect: not_applicable}}
  - {{kind: day_of, event: {of.event}, at: {of.day}, facts: {{}}, expect: hit, alive: [{of.instrument.id}]}}
"""


def policy_text(id: str, day: dt.date) -> str:
    """Return an overlay's instruments with one policy of the operator, for house rules to cite."""
    return f"""\
- id: {id}
  title: {{zh: 本平台政策（{_TO_FILL.zh}）, en: our policy ({_TO_FILL.en})}}
  issuer: {{zh: 本平台, en: the platform}}
  in_force: {{from: {day}}}
  addressees:
    text: {{zh: 本平台, en: the platform}}
"""


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        UsageError: `file_exists`: it is left as it is; `output_unwritable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            "file_exists", "the file is there already, and was left as it is", where=str(path)
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "output_unwritable", f"cannot be written: {reason}", where=str(path)
        ) from None
