"""The coverage page: every part of the norms against rules, cases and status, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reference.markdown import document, table
from vermilion.rulebook import (
    Rule,
    Rulebook,
    Words,
    find_rulebook,
    load_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.load import SHIPPED
from vermilion.rulebook.yaml_source import Source

HEAD = ("part", "about", "clauses", "rules", "class/tier", "cases", "status", "left out")


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the norms: the rules that judge it, and what is left out and why."""

    id: str
    rules: list[str]
    about: Words | None = None
    left: Words | None = None


def page() -> str:
    """Return the page over all shipped rulebooks."""
    books = [load_rulebook(find_rulebook(name)) for name in shipped_rulebooks()]
    return document(
        "# Coverage",
        "Which part of the norms which rules judge, and what is left out and why.\n"
        "`decided` rules deny or set conditions, `review` rules hand the question to a person, with what is "
        "open in law where that is said, and `not judged` has no rule.\n"
        "No citation has been held against the official text by a person where the status says `draft`.",
        *(part for book in books for part in _book(book)),
    )


def rows(book: Rulebook) -> list[Row]:
    """Return the rows of a rulebook; one a rule where it states none."""
    path = SHIPPED / book.id / "coverage.yaml"
    if path.is_file():
        return msgspec.convert(Source(path).data, list[Row])
    return [Row(id=one.rule.id, rules=[one.rule.id]) for one in book.rules]


def _book(book: Rulebook) -> Iterator[str]:
    heading = book.document.rulebook
    rules = {one.rule.id: one.rule for one in book.rules}
    yield f"## {heading.id}: {heading.title.en}"
    yield table(HEAD, (_row(one, rules) for one in rows(book)))
    if heading.not_covered:
        yield "Not covered:"
        yield "\n".join(f"- {one.zh} / {one.en}" for one in heading.not_covered)


def _row(row: Row, rules: dict[str, Rule]) -> tuple[str, ...]:
    named = [rules[id] for id in row.rules]
    about = row.about or named[0].title
    statuses = {citation.status for one in named for citation in one.citations}
    verdicts = {one.verdict for one in named}
    judged = "not judged"
    if named:
        judged = "decided"
        if verdicts == {"review"}:
            open_in_law = any(one.open_question for one in named)
            judged = "review with open question" if open_in_law else "review"
    return (
        row.id,
        f"{about.zh} / {about.en}",
        "; ".join(
            dict.fromkeys(f"{c.instrument} {c.pinpoint}" for one in named for c in one.citations)
        ),
        ", ".join(f"[{one.id}](rules.md#{one.id.lower()})" for one in named) or "none",
        ", ".join(dict.fromkeys(f"{c.binding}/{c.tier}" for one in named for c in one.citations)),
        str(sum(len(one.cases) for one in named)),
        ", ".join([judged, *sorted(statuses)]),
        f"{row.left.zh} / {row.left.en}" if row.left else "",
    )
