"""The interview as a page shows it: plans to choose from, one question at a time, the answers so far.

Fragments of HTML for a frame that somebody else gives; no script and no style stands in them. Their
classes begin with `may-i`, and `templates/interview.css` dresses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from vermilion.desk.may_i import PLANS, UNKNOWN, Answers, Outcome, Plan, Question
from vermilion.desk.may_i.reading import SHOWN_ROWS, Fields
from vermilion.desk.may_i.vocabulary import Part
from vermilion.errors import Error
from vermilion.facts.money import CURRENCIES
from vermilion.pages.codes import BINDS, VERDICTS, named
from vermilion.pages.frame import rendered
from vermilion.pages.interview_words import (
    error_text,
    label_text,
    question_text,
    tell,
    value_text,
    word_text,
)
from vermilion.pages.words import Language, pick

_VIRTUAL = [code for code, one in CURRENCIES.items() if one.kind == "virtual"]
OFFERED = ["CNY", *_VIRTUAL, *sorted(set(CURRENCIES) - {"CNY", *_VIRTUAL})]
"""Currencies in the order in which a form offers them: the local one, those that rules ask for, the rest."""

MOST_ASKERS = 12
"""Rules that are shown as the reason of a question."""


class Line(NamedTuple):
    """One answer so far; `implied` where the plan alone says it."""

    fact: str
    label: str
    value: str
    implied: bool


def render_plans(language: Language, action: str, *, csrf: str = "") -> Markup:
    """Return the plans to choose from, each with a button that begins its interview.

    Args:
        language: of the texts.
        action: where the forms are posted.
        csrf: the token that goes with them.
    """
    return rendered(
        "interview_plans.html.j2",
        {
            "plans": PLANS.values(),
            "action": action,
            "csrf": csrf,
            "tell": partial(tell, language=language),
            "words": partial(pick, language=language),
        },
    )


def render_step(
    plan: Plan,
    answers: Answers,
    question: Question | None,
    language: Language,
    *,
    action: str,
    csrf: str,
    everything: bool = False,
    error: Error | None = None,
    fields: Fields | None = None,
    outcome: Outcome | None = None,
) -> Markup:
    """Return one step: the question as a form, or that nothing more is asked, and the answers so far.

    The forms carry plan and answers along, so that `advance` needs nothing else.

    Args:
        plan: what somebody wants to do.
        answers: what was answered.
        question: what is asked now; None where no answer can change the verdict.
        language: of the texts.
        action: where the forms are posted.
        csrf: the token that goes with them.
        everything: further wrongs are asked for as well.
        error: why the last answer was refused.
        fields: what the form sent with it, to be filled in again.
        outcome: the answer so far; its verdicts are shown where nothing more is asked.
    """
    sent = fields if fields is not None and error is not None else {}
    return rendered(
        "interview.html.j2",
        {
            "plan": plan,
            "carried": _carried(plan, answers, csrf, everything=everything),
            "question": question,
            "part": question
            and Part(question.fact, question.kind, question.options, required=True),
            "asked": question and question_text(plan, question.fact, language),
            "lines": _lines(plan, answers, language),
            "answered": len(answers),
            "everything": everything,
            "error": error and error_text(error, language),
            "outcome": outcome,
            "action": action,
            "language": language,
            "currencies": OFFERED,
            "shown_rows": SHOWN_ROWS,
            "most_askers": MOST_ASKERS,
            "tell": partial(tell, language=language),
            "words": partial(pick, language=language),
            "word": partial(word_text, language=language),
            "label": partial(label_text, language=language),
            "verdict": lambda code: pick(named(VERDICTS, code), language),
            "binds": lambda code: pick(named(BINDS, code), language),
            "given": lambda name: sent.get(name, ()),
            "typed": lambda name: next(iter(sent.get(name, ())), ""),
        },
    )


def _carried(
    plan: Plan, answers: Answers, csrf: str, *, everything: bool
) -> Sequence[tuple[str, str]]:
    """Return the hidden fields of every form."""
    found = [
        ("csrf", csrf),
        ("plan", plan.id),
        ("answers", msgspec.json.encode(dict(answers)).decode()),
    ]
    return [*found, ("everything", "yes")] if everything else found


def _lines(plan: Plan, answers: Answers, language: Language) -> list[Line]:
    facts = {
        **{fact: value for fact, value in plan.implied.items() if fact not in answers},
        **answers,
    }
    return [
        Line(fact, label_text(fact, language), _value(fact, value, language), fact not in answers)
        for fact, value in facts.items()
    ]


def _value(fact: str, value: object, language: Language) -> str:
    return value_text(fact, UNKNOWN if value is None else value, language)
