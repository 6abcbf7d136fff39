"""The rulebooks' reference page: every rule with its citations, and the instruments behind them."""

from __future__ import annotations

from collections.abc import Iterator

from reference.markdown import code, document, quote, table
from vermilion.rulebook import (
    Citation,
    Instrument,
    Rule,
    Rulebook,
    Words,
    find_rulebook,
    load_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.model import Parameter, Period

CITATION_HEAD = ("instrument", "pinpoint", "class", "tier", "status", "instrument in force")
INSTRUMENT_HEAD = ("id", "title", "issuer", "in force", "repealed by", "addresses")
PARAMETER_HEAD = ("name", "title", "from", "value", "source")


def page() -> str:
    """Return the page over all shipped rulebooks."""
    books = [load_rulebook(find_rulebook(name)) for name in shipped_rulebooks()]
    return document(
        "# Rules",
        "What the shipped rulebooks say, as they say it.\n"
        "Classes of norms and tiers of evidence are told in the [glossary](../glossary.md).\n"
        "A citation that is `draft` has not been held against the official text by a person.",
        *(part for book in books for part in _rulebook(book)),
    )


def _rulebook(book: Rulebook) -> Iterator[str]:
    heading = book.document.rulebook
    yield f"## {book.id}: {heading.title.en}"
    yield heading.title.zh
    yield f"Version {heading.version}; territory {heading.territory}; legal dates in {heading.time_zone}."
    yield table(("rule", "title", "on", "verdict"), (_line(one.rule) for one in book.rules))
    for one in book.rules:
        yield from _rule(one.rule, book)
    yield f"### Instruments of {book.id}"
    yield table(INSTRUMENT_HEAD, (_instrument(one) for one in book.document.instruments))
    yield f"### Parameters of {book.id}"
    yield table(
        PARAMETER_HEAD, (row for pair in book.document.parameters.items() for row in _values(*pair))
    )
    yield f"### Lists of {book.id}"
    rows = [
        (
            f"`{name}`",
            _both(entry.title),
            entry.source,
            ", ".join(f"`{value}`" for value in entry.values),
        )
        for name, entry in book.document.lists.items()
    ]
    yield table(("name", "title", "source", "values"), rows)


def _line(rule: Rule) -> tuple[str, str, str, str]:
    return (
        f"[{rule.id}](#{rule.id.lower()})",
        _both(rule.title),
        ", ".join(rule.applies_to),
        rule.verdict,
    )


def _rule(rule: Rule, book: Rulebook) -> Iterator[str]:
    yield f"### {rule.id}"
    yield f"{rule.title.zh} / {rule.title.en}"
    yield "\n".join(f"- {line}" for line in _properties(rule))
    if rule.applies_if is not None:
        yield "Applies if:"
        yield code(rule.applies_if, "python")
    yield "Violated if:"
    yield code(rule.violates_if, "python")
    yield f"Reason: {_both(rule.reason)}"
    yield f"Remedy: {_both(rule.remedy)}"
    if rule.open_question is not None:
        yield f"Open question: {_both(rule.open_question)}"
    yield table(
        CITATION_HEAD, (_citation(one, book.instruments[one.instrument]) for one in rule.citations)
    )
    for citation in rule.citations:
        yield from _clause(citation)


def _properties(rule: Rule) -> Iterator[str]:
    yield f"Version: {rule.version}"
    yield f"Applies to: {', '.join(rule.applies_to)} ({', '.join(rule.stage)})"
    yield f"Verdict: {rule.verdict}; where a fact is missing: {rule.on_missing}"
    yield f"Mode: {rule.mode}"
    if rule.in_force != Period():
        yield f"In force: {_period(rule.in_force)}, while an instrument below is"
    else:
        yield "In force: while an instrument below is"
    if rule.confidential:
        yield "Confidential: customers are not told of it"


def _citation(citation: Citation, instrument: Instrument) -> tuple[str, ...]:
    return (
        citation.instrument,
        citation.pinpoint,
        citation.binding,
        citation.tier,
        citation.status,
        _period(instrument.in_force),
    )


def _clause(citation: Citation) -> Iterator[str]:
    yield f"{citation.instrument} {citation.pinpoint}:"
    if citation.quote is not None:
        yield quote(citation.quote)
    if citation.essence is not None:
        yield f"In substance: {_both(citation.essence)}"


def _instrument(one: Instrument) -> tuple[str, ...]:
    number = f" ({one.number})" if one.number else ""
    return (
        one.id,
        _both(one.title) + number,
        _both(one.issuer),
        _period(one.in_force),
        one.repealed_by or "",
        _both(one.addressees.text),
    )


def _values(name: str, parameter: Parameter) -> Iterator[tuple[str, ...]]:
    for dated in parameter.values:
        source = dated.source
        words = source if isinstance(source, str) else f"{source.instrument} {source.pinpoint}"
        yield f"`{name}`", _both(parameter.title), str(dated.from_), f"`{dated.value}`", words


def _period(period: Period) -> str:
    begin = "" if period.from_ is None else f"from {period.from_}"
    end = "" if period.to is None else f"until before {period.to}"
    return " ".join(part for part in (begin, end) if part) or "always"


def _both(words: Words) -> str:
    return f"{words.zh.strip()} / {words.en.strip()}"
