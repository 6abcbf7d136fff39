"""Ask a question of `vermilion may-i` in a terminal."""

from __future__ import annotations

import click

from vermilion.desk.may_i import Plan, Question, read_answer
from vermilion.desk.may_i.reading import NONE_SUFFIX, SHOWN_ROWS, UNKNOWN_FIELD
from vermilion.desk.may_i.vocabulary import Part
from vermilion.errors import DataError
from vermilion.pages.interview_words import (
    error_text,
    label_text,
    question_text,
    tell,
    word_text,
)
from vermilion.pages.words import Language

DONT_KNOW = "?"
NONE = "-"

Fields = dict[str, list[str]]


def ask(plan: Plan, question: Question, language: Language) -> object:
    """Ask on stderr until the answer can be read, and return it."""
    rules = ", ".join(dict.fromkeys(one.rule for one in question.askers))
    progress = tell("progress", language, answered=question.answered, left=question.at_most)
    click.echo(
        f"\n{click.style(question_text(plan, question.fact, language), bold=True)}", err=True
    )
    click.echo(f"  {progress} · {rules}", err=True)
    while True:
        fields = _fields(question, language)
        try:
            return read_answer(plan, question, fields)
        except DataError as error:
            click.echo(f"  {error_text(error, language)}", err=True)


def _fields(question: Question, language: Language) -> Fields:
    """Return what a form would have sent."""
    if question.kind == "rows":
        return _rows(question, language)
    part = Part(question.fact, question.kind, question.options, required=True)
    unknown = "none_or_unknown" if question.optional else "dont_know"
    hints = [f"{DONT_KNOW} = {tell(unknown, language)}"]
    if question.kind in {"choices", "names", "texts"}:
        hints.append(f"{NONE} = {tell('there_is_none', language)}")
    click.echo(f"  {'  '.join(hints)}", err=True)
    text = _prompt(part, ">", language)
    if text == DONT_KNOW:
        return {UNKNOWN_FIELD: ["yes"]}
    return _sent(part, question.fact, text)


def _rows(question: Question, language: Language) -> Fields:
    """Ask for each item of a list, part by part; nothing for the first part ends it."""
    found: Fields = {}
    for number in range(SHOWN_ROWS):
        click.echo(f"  {tell('row', language, n=number + 1)}  ({DONT_KNOW} {NONE})", err=True)
        for place, part in enumerate(question.parts):
            name = f"{question.fact}.{number}.{part.name}"
            text = _prompt(
                part, f"{label_text(f'{question.fact}.{part.name}', language)} >", language
            )
            if place == 0 and text == DONT_KNOW:
                return {UNKNOWN_FIELD: ["yes"]}
            if place == 0 and text in {"", NONE}:
                return found or {question.fact + NONE_SUFFIX: ["yes"]}
            if text not in {"", NONE, DONT_KNOW}:
                found |= _sent(part, name, text)
    return found


def _prompt(part: Part, words: str, language: Language) -> str:
    options = ["yes", "no"] if part.kind == "yes_no" else part.options
    for number, code in enumerate(options, start=1):
        told = tell(code, language) if part.kind == "yes_no" else word_text(code, language)
        click.echo(f"  {number:2}  {told}", err=True)
    text: str = click.prompt(
        f"  {words}", default="", show_default=False, prompt_suffix=" ", err=True
    )
    return text.strip()


def _sent(part: Part, name: str, text: str) -> Fields:
    """Return an answer as a form sends it: numbers stand for choices, `99.90 CNY` for money."""
    if text == NONE:
        return {name + NONE_SUFFIX: ["yes"]}
    parts = [one.strip() for one in text.replace("，", ",").split(",") if one.strip()]
    match part.kind:
        case "yes_no":
            return {name: [_chosen(["yes", "no"], text)]}
        case "choice":
            return {name: [_chosen(part.options, text)]}
        case "choices":
            return {name: [_chosen(part.options, one) for one in parts]}
        case "names":
            return {name: parts}
        case "money":
            amount, _, currency = text.partition(" ")
            return {
                f"{name}.amount": [amount],
                f"{name}.currency": [currency.strip().upper() or "CNY"],
            }
        case _:
            return {name: [text]}


def _chosen(options: list[str], text: str) -> str:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(options):
        return options[int(text) - 1]
    short = [code for code in options if code.startswith(text.lower())]
    return short[0] if len(short) == 1 else text
