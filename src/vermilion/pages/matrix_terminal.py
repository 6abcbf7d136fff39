"""Where may this be sold, on a terminal; imported only when printing."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vermilion.desk.matrix import Asked, Finding, Matrix, Place
from vermilion.pages.interview_words import label_text, tell
from vermilion.pages.matrix import differs, is_confidential, lacking, passing, thing
from vermilion.pages.matrix_words import (
    answer_code,
    answer_text,
    headline,
    place_name,
    span_text,
    told,
)
from vermilion.pages.printing import put_head, put_line
from vermilion.pages.text import visible
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import Words

_STYLES = {
    "deny": "bold red",
    "review": "yellow",
    "condition": "blue",
    "allow": "green",
    "missing": "magenta",
    "not_applicable": "dim",
}


def print_matrix(
    matrix: Matrix, console: Console, language: Language = "en", title: Words | None = None
) -> None:
    """Print the table, what is lacking, what stands against it with its clauses, and rival readings.

    Foreign text is never read as markup, and no line is longer than the console is wide.
    """
    put_line(console, Text(told("title", language, thing=thing(matrix, language, title)), "bold"))
    if is_confidential(matrix):
        put_line(console, Text(tell("memo.confidential", language), "reverse"))
    day = matrix.as_of or told("own_day", language, at=matrix.at[:10])
    put_line(console, Text(f"{told('as_of', language)}{say('colon', language)}{day}", "dim"))
    put_line(console, Text(headline(matrix, language)))
    console.print()
    console.print(_table(matrix, language))
    _asked(matrix, console, language)
    for place in matrix.places:
        _place(place, console, language)
    console.print()
    put_line(console, Text(told("advice", language), "dim"))


def _table(matrix: Matrix, language: Language) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for key in ("place", "answer", "decides"):
        table.add_column(told(key, language), overflow="fold")
    table.add_column(told("lacks", language), justify="right")
    for place in matrix.places:
        code = answer_code(place)
        first = place.rules[0] if place.rules else None
        decides = f"{first.id} {pick(first.title, language)}" if first else ""
        table.add_row(
            Text(place_name(place, language)),
            Text(answer_text(code, language), _STYLES[code]),
            Text(decides or told("nothing", language)),
            Text(str(len(lacking(matrix, place)) or "–")),
        )
    return table


def _asked(matrix: Matrix, console: Console, language: Language) -> None:
    if not matrix.asked:
        return
    stated = {one.fact for one in matrix.facts}
    put_head(console, told("asked", language))
    for one in matrix.asked:
        label = f"{label_text(one.fact, language)} [{one.fact}]"
        put_line(console, Text(f"- {label}"), indent=2)
        if one.fact in stated and one.questions:
            put_line(console, Text(pick(one.questions[0], language)), indent=4)
        put_line(console, Text(_serves(one, matrix, language), "dim"), indent=4)


def _serves(one: Asked, matrix: Matrix, language: Language) -> str:
    names = [place_name(place, language) for place in matrix.places if place.id in one.rules]
    return say("separator", language).join(names)


def _place(place: Place, console: Console, language: Language) -> None:
    hits = [rule for rule in place.rules if rule.outcome == "hit"]
    rivals = [reading for reading in place.readings if differs(reading, place)]
    put_head(console, place_name(place, language), f"{place.as_of}  {place.id} {place.digest[:16]}")
    span = span_text(place, language)
    if span:
        put_line(console, Text(f"{told('span', language)}{say('colon', language)}{span}"), indent=2)
    for rule in hits:
        for indent, text in _rule(rule, place, language):
            put_line(console, Text(visible(text)), indent=indent)
    for reading in rivals:
        whole = answer_text(reading.whole, language)
        rule_answer = answer_text(reading.verdict, language)
        answer = told("readings.whole", language, rule=rule_answer, whole=whole)
        text = f"≠ {reading.rule} {pick(reading.text, language)} → {answer}"
        put_line(console, Text(text), indent=2)
    if place.not_covered:
        covered = say("answer.semicolon", language).join(
            pick(one, language) for one in place.not_covered
        )
        text = f"{told('not_covered', language)}{say('colon', language)}{covered}"
        put_line(console, Text(text, "dim"), indent=2)


def _rule(rule: Finding, place: Place, language: Language) -> Iterator[tuple[int, str]]:
    answer = answer_text(rule.verdict, language)
    yield 2, f"{rule.id}@{rule.version}  {pick(rule.title, language)}  [{answer}]"
    yield 4, pick(rule.reason, language)
    for cited in rule.citations:
        yield 4, f"§ {pick(cited.title, language)}, {cited.pinpoint}"
        if cited.quote:
            yield 6, f"“{cited.quote}”"
        if cited.essence:
            yield 6, pick(cited.essence, language)
    yield 4, f"→ {pick(rule.remedy, language)}"
    yield from ((4, line) for line in passing(rule, place, language))
    if rule.open_question:
        opened = pick(rule.open_question, language)
        yield 4, f"{tell('memo.open', language)}{say('colon', language)}{opened}"
