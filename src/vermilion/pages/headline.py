"""The answer in one sentence for each rulebook: what stops, what waits, what questions free."""

from __future__ import annotations

from vermilion.desk.summary import RulebookLine, Summary
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, say


def headlines(summary: Summary, language: Language) -> list[str]:
    """Return one sentence per rulebook, since verdicts of jurisdictions are never merged.

    Questions are asked once for all rulebooks: they end the sentence of a single rulebook and
    are a sentence of their own after several.
    """
    if not any(sum(book.verdicts.values()) for book in summary.rulebooks):
        return [_sentence(_nothing(summary, language), language)]
    questions = _questions(summary, language)
    if len(summary.rulebooks) == 1:
        verdicts = _verdicts(summary.rulebooks[0], language)
        whole = say("answer.semicolon", language).join(filter(None, (verdicts, questions)))
        return [_sentence(whole, language)]
    lines = [
        say(
            "answer.of",
            language,
            title=shorten(pick(book.title, language), 80),
            sentence=_sentence(_verdicts(book, language), language, upper=False),
        )
        for book in summary.rulebooks
    ]
    return lines + ([_sentence(questions, language)] if questions else [])


def of_permits(summary: Summary, language: Language) -> list[str]:
    """Say how many permits a run issued and how many findings it made; nothing where none."""
    told = (("loop.issued", summary.permitted), ("loop.found", summary.found))
    return [say(key, language, n=number) for key, number in told if number]


def _verdicts(book: RulebookLine, language: Language) -> str:
    count = book.verdicts.get
    parts = [
        say(f"answer.{verdict}", language, n=number)
        for verdict in ("deny", "review", "condition")
        if (number := count(verdict, 0))
    ]
    total = sum(book.verdicts.values())
    events = say("count.events", language, n=total)
    if not parts and not count("allow", 0):
        return say("answer.no_rule", language, n=total, events=events)
    if not parts and not count("not_applicable", 0):
        return say("answer.all_allowed", language, n=total, events=events)
    if not parts:
        return say("answer.no_stop", language, events=events)
    joined = say("answer.comma", language).join(parts)
    return say("answer.among", language, events=events, parts=joined)


def _questions(summary: Summary, language: Language) -> str:
    freed = summary.plan[-1].freed if summary.plan else 0
    if freed:
        n = len(summary.plan)
        questions = say("count.questions", language, n=n)
        events = say("count.events", language, n=freed)
        return say("answer.questions", language, n=n, questions=questions, events=events)
    if not summary.waiting:
        return ""
    events = say("count.events", language, n=summary.waiting)
    return say("answer.waiting", language, n=summary.waiting, events=events)


def _nothing(summary: Summary, language: Language) -> str:
    if not summary.rejected:
        return say("answer.nothing", language)
    rows = say("count.rows", language, n=summary.rejected)
    return say("answer.unreadable", language, rows=rows)


def _sentence(words: str, language: Language, *, upper: bool = True) -> str:
    start = words[:1].upper() if upper else words[:1]
    return start + words[1:] + say("answer.stop", language)
