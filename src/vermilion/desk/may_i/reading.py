"""Read what a form sends back as the answer to a question: typed, bounded, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from vermilion.desk.may_i.interview import Question
from vermilion.desk.may_i.plans import Plan
from vermilion.desk.may_i.proposal import UNKNOWN, checked
from vermilion.desk.may_i.vocabulary import Kind, Part
from vermilion.errors import DataError
from vermilion.facts.money import CURRENCIES, MAX_MINOR_UNITS

UNKNOWN_FIELD = "unknown"
NONE_SUFFIX = ".none"
"""A box of this name says that a list is empty."""

SHOWN_ROWS = 4
"""Policy. Rows that a form offers; a list may have more through other doors."""

MOST_TEXT = 100_000
"""Characters of one field; the longest text that an event may hold."""

Fields = Mapping[str, Sequence[str]]
"""What a form sent, by name of the field."""


def read_answer(plan: Plan, question: Question, fields: Fields) -> Any:
    """Return an answer as JSON writes it, or `unknown` where the button for that was pressed.

    Fields are named after the fact: `offer.price.amount`, `platform.licences.0.number`.

    Args:
        plan: the plan asked about.
        question: what was asked.
        fields: what the form sent.

    Raises:
        DataError: `bad_answer` or one of `answer_…`; `where` is the field, `help` what to write.
    """
    if UNKNOWN_FIELD in fields:
        return UNKNOWN
    part = Part(question.fact, question.kind, question.options, required=True)
    if question.kind == "rows":
        value = _rows(question, fields)
    else:
        value = _read(part, question.fact, fields, question.zone)
    if value is None:
        raise _refused(
            "answer_lacking",
            question.fact,
            "nothing is answered",
            "answer, or say that you do not know",
        )
    checked(plan, {question.fact: value})
    return value


def _read(part: Part, name: str, fields: Fields, zone: str) -> Any | None:
    """Return the value of one field, or None where it was left empty."""
    if part.kind in {"choices", "names", "texts"}:
        return _list(part, name, fields)
    if part.kind == "money":
        return _money(name, fields)
    text = _text(name, fields)
    return None if text is None else _one(part.kind, part.options, name, text, zone)


def _one(kind: Kind, options: Sequence[str], name: str, text: str, zone: str) -> Any:
    match kind:
        case "yes_no":
            return _choice(name, text, ["yes", "no"]) == "yes"
        case "choice":
            return _choice(name, text, options)
        case "number":
            return _number(name, text)
        case "date":
            return _date(name, text)
        case "moment":
            return _moment(name, text, zone)
        case "digest":
            return text.lower()
        case _:
            return text


def _choice(name: str, text: str, options: Sequence[str]) -> str:
    if text not in options:
        raise _refused(
            "answer_no_choice",
            name,
            "this is none of the choices",
            f"choose one of {', '.join(options)}",
        )
    return text


def _number(name: str, text: str) -> int:
    digits = text.replace(",", "").replace("，", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise _refused(
            "answer_no_number", name, "this is no whole number", "write digits only, such as 5000"
        )
    return int(digits)


def _date(name: str, text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise _refused(
            "answer_no_date", name, "this is no date", "write it like 2026-11-22"
        ) from None


def _moment(name: str, text: str, zone: str) -> str:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _refused(
            "answer_no_time", name, "this is no time", "write it like 2026-11-22T10:00"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).isoformat()


def _money(name: str, fields: Fields) -> dict[str, Any] | None:
    """Return an amount that was written in major units, exactly; no digit is rounded away."""
    text = _text(f"{name}.amount", fields)
    if text is None:
        return None
    currency = _choice(
        f"{name}.currency", _text(f"{name}.currency", fields) or "", list(CURRENCIES)
    )
    decimals = CURRENCIES[currency].decimals
    whole, _, fraction = text.replace(",", "").replace("，", "").partition(".")
    digits = whole + fraction.ljust(decimals, "0")
    if not (digits.isascii() and digits.isdigit() and whole and len(fraction) <= decimals):
        raise _refused(
            "answer_no_amount",
            f"{name}.amount",
            "this is no amount",
            f"write digits with at most {decimals} decimals, such as 99"
            + (".90" if decimals else ""),
        )
    if len(digits) > 40 or int(digits) > MAX_MINOR_UNITS:
        raise _refused(
            "answer_too_large", f"{name}.amount", "this amount is too large", "write a smaller one"
        )
    amount = int(digits)
    return {"amount": amount if amount <= 2**53 else str(amount), "currency": currency}


def _list(part: Part, name: str, fields: Fields) -> list[str] | None:
    given = [one for one in fields.get(name, ()) if one.strip()]
    if sum(map(len, given)) > MOST_TEXT:
        raise _refused(
            "answer_too_long", name, f"this is longer than {MOST_TEXT:,} characters", "shorten it"
        )
    if part.kind == "names":
        given = [line.strip() for one in given for line in one.splitlines() if line.strip()]
    if part.kind == "choices":
        given = list(dict.fromkeys(_choice(name, one, part.options) for one in given))
    none = fields.get(name + NONE_SUFFIX)
    if given and none:
        raise _refused(
            "answer_both", name, "both something and nothing is chosen", "choose one or the other"
        )
    return given if given or none else None


def _rows(question: Question, fields: Fields) -> list[dict[str, Any]] | None:
    rows = []
    for number in range(SHOWN_ROWS):
        prefix = f"{question.fact}.{number}"
        row = {
            part.name: value
            for part in question.parts
            if (value := _read(part, f"{prefix}.{part.name}", fields, question.zone)) is not None
        }
        lacking = [part.name for part in question.parts if part.required and part.name not in row]
        if row and lacking:
            raise _refused(
                "answer_row_lacking",
                f"{prefix}.{lacking[0]}",
                "this is lacking in the row",
                "fill it in",
            )
        if row:
            rows.append(row)
    none = fields.get(question.fact + NONE_SUFFIX)
    if rows and none:
        raise _refused(
            "answer_both", question.fact, "both rows and none are given", "choose one or the other"
        )
    return rows if rows or none else None


def _text(name: str, fields: Fields) -> str | None:
    found = fields.get(name, ())
    if len(found) > 1:
        raise _refused("answer_twice", name, "this field was sent twice", "send it once")
    text = found[0].strip() if found else ""
    if len(text) > MOST_TEXT:
        raise _refused(
            "answer_too_long", name, f"this is longer than {MOST_TEXT:,} characters", "shorten it"
        )
    return text or None


def _refused(code: str, field: str, message: str, help: str) -> DataError:
    return DataError(code, message, help=help, where=field)
