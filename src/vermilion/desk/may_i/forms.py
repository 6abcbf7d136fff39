"""An interview as forms carry it: what was answered travels along, and nothing is kept between steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.may_i.interview import Question, next_question
from vermilion.desk.may_i.plans import Plan, plan_of
from vermilion.desk.may_i.proposal import Answers, checked
from vermilion.desk.may_i.reading import Fields, read_answer
from vermilion.errors import DataError, Error, UsageError
from vermilion.rulebook import Engine

PLAN, ANSWERS, FACT, CHANGE, EVERYTHING = "plan", "answers", "fact", "change", "everything"
"""Names of the fields that every step carries, and of what its buttons send."""


class At(NamedTuple):
    """Where an interview is: what was answered, what is asked next, and what was wrong with the last."""

    plan: Plan
    answers: Answers
    question: Question | None
    everything: bool
    error: Error | None = None


def advance(fields: Fields, engines: Sequence[Engine], at: dt.datetime) -> At:
    """Return the next step of an interview after a form was sent; it depends on its arguments alone.

    A refused answer leaves the interview where it was, with the error.

    Args:
        fields: what the form sent; `fact` and its fields answer, `change` takes an answer back,
            `everything` asks on beside a verdict that stands.
        engines: the rulebooks that judge.
        at: when the plan would happen.

    Raises:
        UsageError: `plan_unknown`, `fact_unknown`: no form of ours sent this.
        DataError: `bad_answer`: what was answered before cannot be read.
    """
    plan = plan_of(_one(fields, PLAN) or "")
    answers = _answers(plan, fields)
    everything = _one(fields, EVERYTHING) is not None
    change, fact = _one(fields, CHANGE), _one(fields, FACT)
    error: Error | None = None
    if change is not None:
        answers.pop(change, None)
    question = next_question(
        plan, answers, engines, at=at, everything=everything, prefer=change or fact
    )
    if change is None and fact is not None:
        if question is None or question.fact != fact:
            raise UsageError("fact_unknown", "this is not what is asked now", where=fact)
        try:
            answers[fact] = read_answer(plan, question, fields)
        except DataError as refused:
            error = refused
        else:
            question = next_question(plan, answers, engines, at=at, everything=everything)
    return At(plan, answers, question, everything, error)


def _answers(plan: Plan, fields: Fields) -> dict[str, Any]:
    text = _one(fields, ANSWERS)
    try:
        found = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DataError(
            "bad_answer", "the answers so far cannot be read", help="start again", where=ANSWERS
        ) from None
    checked(plan, found)
    return found


def _one(fields: Fields, name: str) -> str | None:
    found = fields.get(name, ())
    return found[0] if found else None
