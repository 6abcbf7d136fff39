"""The handbook in Markdown: one document a language, fit for a repository or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from vermilion.pages.handbook_sentences import Sentence
from vermilion.pages.handbook_shapes import BookView, ClauseView, Condition, ListView, RuleView
from vermilion.pages.handbook_words import word
from vermilion.pages.text import prose, visible
from vermilion.pages.words import Language, say

_MARKS = re.compile(r"([\\`*_{}\[\]<>|])|&(?=[#\w]+;)")
_STARTS = re.compile(r"^(\d*)(?=[-+#~=.)])")
"""What makes a list, heading or rule at the start of a line: a backslash after the digits ends it."""
_TICKS = re.compile(r"`+")


def markdown(book: BookView, language: Language) -> str:
    """Return a rulebook as Markdown (CommonMark with tables as GitHub reads them)."""
    parts = _Writer(language).book(book)
    return "\n\n".join(part for part in parts if part) + "\n"


def inline(text: str) -> str:
    """Return a text on one line in which nothing is taken for Markdown or HTML."""
    line = " ".join(visible(part) for part in text.splitlines() if part.strip())
    clean = _MARKS.sub(lambda found: "&amp;" if found[0] == "&" else f"\\{found[0]}", line)
    return _STARTS.sub(lambda found: f"{found[0]}\\", clean)


def code(text: str) -> str:
    """Return a text as code within a line."""
    shown = " ".join(visible(part) for part in text.splitlines())
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells in Markdown; a pipe or line break in one stays within its cell."""
    return "\n".join(_row(cells) for cells in (head, ["---"] * len(head), *rows))


def _row(cells: Sequence[str]) -> str:
    clean = (re.sub(r"(?<!\\)\|", r"\\|", cell).replace("\n", " ") for cell in cells)
    return f"| {' | '.join(clean)} |"


def _block(text: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{prose(text).strip()}\n{fence}"


def _quote(text: str) -> str:
    return "\n".join(f"> {inline(line)}".rstrip() for line in text.strip().splitlines())


def _list(sentence: Sentence, colon: str, depth: int = 0) -> Iterator[str]:
    end = colon.rstrip() if sentence.parts else ""
    yield f"{'  ' * depth}- {inline(sentence.text)}{end}"
    for one in sentence.parts:
        yield from _list(one, colon, depth + 1)


class _Writer:
    def __init__(self, language: Language) -> None:
        self.word = partial(word, language=language)
        self.say = partial(say, language=language)

    def book(self, book: BookView) -> Iterator[str]:
        w = self.word
        yield f"# {inline(w('title', name=book.title))}"
        yield w("lead")
        yield "\n".join(self._particulars(book))
        if book.drafts:
            yield f"**{w('drafts', n=book.drafts, all=book.citations)}**"
        yield f"## {w('by_rule')}"
        head = [w(key) for key in ("rule", "name", "verdict", "force", "in_force")]
        yield table(head, (self._line(rule) for rule in book.rules))
        yield f"## {w('by_clause')}"
        head = [w(key) for key in ("instrument", "clause", "rules")]
        yield table(
            head,
            (
                (
                    f"{inline(one.title)} ({code(one.instrument)})",
                    inline(one.pinpoint),
                    ", ".join(map(_link, one.rules)),
                )
                for one in book.clauses
            ),
        )
        yield f"## {w('not_covered')}"
        yield "\n".join(f"- {inline(one)}" for one in book.not_covered) or w("none_stated")
        yield f"## {w('rules')}"
        for rule in book.rules:
            yield from self._rule(rule)
        yield w("limits")

    def _particulars(self, book: BookView) -> Iterator[str]:
        w, counts = self.word, (len(book.rules), book.citations, book.cases)
        yield self._item("rulebook", f"{code(book.id)}, {w('version', n=book.version)}")
        yield self._item("territory", inline(book.territory))
        yield self._item("zone", book.zone)
        yield self._item("day", book.as_of or w("all_days"))
        yield self._item("extent", w("counts", rules=counts[0], clauses=counts[1], cases=counts[2]))
        yield self._item("digest", code(book.digest))

    def _item(self, key: str, text: str) -> str:
        return f"- {self.word(key)}{self.say('colon')}{text}"

    def _line(self, rule: RuleView) -> tuple[str, ...]:
        return (
            _link(rule.id),
            inline(rule.title),
            rule.verdict_text,
            rule.classes,
            rule.days,
        )

    def _rule(self, rule: RuleView) -> Iterator[str]:
        w = self.word
        yield f"### {rule.id}"
        yield f"**{inline(rule.title)}**"
        yield "\n".join(self._properties(rule))
        yield f"#### {w('clauses')}"
        for clause in rule.clauses:
            yield from self._clause(clause)
        yield f"#### {w('how')}"
        if rule.applies is not None:
            yield from self._condition("applies_if", rule.applies)
        yield from self._condition("violates_if", rule.violates)
        for key, text in (
            ("reason", rule.reason),
            ("remedy", rule.remedy),
            ("question", rule.question),
            ("open_question", rule.open_question),
        ):
            if text is not None:
                yield f"**{w(key)}{self.say('colon')}** {inline(text)}"
        for text, reading in rule.readings:
            yield f"**{w('readings')}{self.say('colon')}** {inline(text)}"
            yield from self._condition("reading", reading)
        yield from self._read(rule)
        yield f"#### {w('cases')}"
        head = [w(f"case.{key}") for key in ("kind", "at", "event", "facts", "expect")]
        yield table(head, self._cases(rule))

    def _properties(self, rule: RuleView) -> Iterator[str]:
        yield self._item("rule", code(rule.key))
        yield self._item("verdict", rule.verdict_text)
        yield self._item("on_missing", rule.missing_text)
        yield self._item("stages", f"{rule.events} ({rule.stages})")
        yield self._item("in_force", rule.days)
        yield self._item("mode", rule.mode)
        if rule.house:
            yield f"- {self.word('house')}"
        if rule.confidential:
            yield f"- {self.word('confidential')}"

    def _clause(self, clause: ClauseView) -> Iterator[str]:
        yield f"*{inline(clause.title)}*, {inline(clause.pinpoint)} ({code(clause.instrument)})"
        if clause.quote is not None:
            yield _quote(clause.quote)
        if clause.essence is not None:
            yield f"{self.word('substance')}{self.say('colon')}{inline(clause.essence)}"
        lines = [
            f"- {clause.binding}",
            f"- {clause.tier}",
            f"- {inline(clause.status)}",
            self._item("bound", inline(clause.bound)),
            self._item("in_force", clause.days),
        ]
        if clause.source is not None:
            lines.append(self._item("source", inline(clause.source)))
        yield "\n".join(lines)

    def _condition(self, key: str, condition: Condition) -> Iterator[str]:
        yield f"**{self.word(key)}{self.say('colon').rstrip()}**"
        for said in condition.told:
            if said.events:
                yield self.word("on_event", events=said.events)
            yield "\n".join(_list(said.sentence, self.say("colon")))
        yield _block(condition.text)

    def _read(self, rule: RuleView) -> Iterator[str]:
        w = self.word
        if rule.parameters:
            head = [w(key) for key in ("parameters", "from", "value", "source")]
            rows = (
                (f"{inline(one.title)} ({code(one.name)})", first, inline(value), inline(source))
                for one in rule.parameters
                for first, value, source in one.values
            )
            yield table(head, rows)
        if rule.windows:
            lines = [f"- {inline(title)} ({code(name)})" for name, title in rule.windows]
            yield f"**{w('windows')}{self.say('colon').rstrip()}**"
            yield "\n".join(lines)
        if rule.lists:
            yield f"**{w('lists')}{self.say('colon').rstrip()}**"
            yield "\n".join(self._named(one) for one in rule.lists)

    def _named(self, one: ListView) -> str:
        values = ", ".join(
            code(value) if value == told else f"{inline(told)} ({code(value)})"
            for value, told in one.values
        )
        colon = self.say("colon")
        line = f"- {inline(one.title)} ({code(one.name)}; {inline(one.source)}){colon}{values}"
        if one.exceptions:
            line += f" ({inline(self.word('exceptions', values=one.exceptions))})"
        return line

    def _cases(self, rule: RuleView) -> Iterator[tuple[str, ...]]:
        colon, semicolon = self.say("colon"), self.say("answer.semicolon")
        for case in rule.cases:
            facts = semicolon.join(
                f"{inline(label)}{colon}{inline(value)}" for label, value in case.facts
            )
            yield (
                case.kind_text,
                case.at,
                case.event,
                facts or self.word("case.nothing"),
                semicolon.join([case.expect_text, *map(inline, case.notes)]),
            )


def _link(rule: str) -> str:
    return f"[{rule}](#{rule.lower()})"
