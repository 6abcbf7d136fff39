"""What the report's templates are given: a `Summary` sorted, cut to size and drawn."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from markupsafe import Markup

from vermilion.desk.summary import Example, MissingLine, RuleLine, Summary
from vermilion.pages.charts import share_bar
from vermilion.pages.codes import VERDICT_ORDER, VERDICTS, named
from vermilion.pages.plan import Ask, asks, lead
from vermilion.pages.problems import Group, by_gravity, first_hit, problems
from vermilion.pages.text import visible
from vermilion.pages.verdicts import Book, book_of
from vermilion.pages.words import Language, pick, say, thousands
from vermilion.rulebook import Words

MOST_MISSING = 100
MOST_ASKED = 6
"""Facts of a grouped question that are named at once."""
MOST_REJECTS = 40
MOST_FILES = 6
MOST_EXAMPLES = 5
MOST_OPEN = 8
"""Most rules told in full that are unfolded from the start."""

MOST_CARDS = 64
"""Rules told in full; the rest, which touched least, are listed."""

EXAMPLE_BUDGET = 100
"""Example rows in a whole report, shared evenly: what keeps the file below a megabyte."""


class Card(NamedTuple):
    """A rule that hit or could not decide, with its place on the page."""

    number: int
    rule: RuleLine
    examples: int
    """How many examples are shown."""
    open: bool
    """Whether it is unfolded, as it is where there are few."""


class Row(NamedTuple):
    """A rule that was hit, in the table of problems."""

    rule: RuleLine
    bar: Markup
    example: Example | None


class Theme(NamedTuple):
    """Problems under one heading, or under none."""

    title: Words | None
    rows: list[Row]
    told: str
    """How many rules, hit how often."""
    bar: Markup
    """Its hits by verdict, against those of the theme with most."""


class Question(NamedTuple):
    """A grouped question and how far it leads."""

    ask: Ask
    bar: Markup


class View(NamedTuple):
    """Everything of one run in one language."""

    books: list[Book]
    problems: list[Theme]
    colours: list[str]
    """Verdicts that occur in the themes' bars."""
    hit: int
    """How many rules were hit."""
    lead: str
    """What the questions are for."""
    questions: list[Question]
    cards: list[Card]
    """Rules that were hit, in full."""
    waiting: list[Card]
    """Rules that were not hit and lack facts, in full."""
    rest: list[RuleLine]
    """Rules that hit or could not decide and have no card."""
    quiet: list[RuleLine]
    missing: list[MissingLine]
    numbers: dict[str, int]
    """Card number by rule id."""
    period: tuple[str, str] | None
    drafts: int
    citations: int
    verify: str
    unaccounted: int


def view_of(summary: Summary, language: Language) -> View:
    """Sort and draw a run for one language."""
    touched = by_gravity(summary.rules)
    quiet = sorted((r for r in summary.rules if not (r.hit or r.missing)), key=_quietness)
    told = touched[:MOST_CARDS]
    shown = max(1, min(MOST_EXAMPLES, EXAMPLE_BUDGET // max(len(told), 1)))
    few = sum(rule.hit > 0 for rule in told) <= MOST_OPEN
    cards = [Card(number, rule, shown, few) for number, rule in enumerate(told, start=1)]
    cited = [c for r in told for c in r.citations]
    days = [day for book in summary.rulebooks for day, _ in book.by_day]
    accounted = summary.judged + summary.duplicate + summary.rejected
    return View(
        books=[book_of(b, f"{language}-{i}", language) for i, b in enumerate(summary.rulebooks)],
        problems=_themes(problems(summary.rules), language),
        colours=[v for v in VERDICT_ORDER if any(r.verdict == v and r.hit for r in touched)],
        hit=sum(rule.hit > 0 for rule in touched),
        lead=lead(summary, language),
        questions=[Question(ask, _progress(ask, language)) for ask in asks(summary, language)],
        cards=[card for card in cards if card.rule.hit],
        waiting=[card for card in cards if not card.rule.hit],
        rest=touched[MOST_CARDS:],
        quiet=quiet,
        missing=by_effect(summary.missing),
        numbers={card.rule.id: card.number for card in reversed(cards)},
        period=(min(days), max(days)) if days else None,
        drafts=sum(c.status != "verified" for c in cited),
        citations=len(cited),
        verify=f"vermilion record verify --book {shlex.quote(visible(summary.book or ''))}",
        unaccounted=abs(summary.read - accounted),
    )


def by_effect(missing: list[MissingLine]) -> list[MissingLine]:
    """Sort questions by how many events an answer frees, then by how many wait."""
    return sorted(missing, key=lambda m: (-m.frees, -m.events, m.fact))


def things_of(fact: str) -> str:
    """Return what kind of thing a lacking fact is asked for: a token's is asked of its collection."""
    kind = fact.partition(".")[0]
    return "collection" if kind == "token" else kind


def css_of(verdict: str) -> str:
    """Return the end of the CSS class of a verdict; a foreign code never becomes one."""
    return verdict if verdict in VERDICTS else "not_applicable"


def _quietness(rule: RuleLine) -> tuple[bool, str]:
    return (not rule.passed, rule.id)


def _themes(groups: list[Group], language: Language) -> list[Theme]:
    longest = max((rule.hit for group in groups for rule in group.rules), default=0)

    def row(rule: RuleLine) -> Row:
        told = say("count.events", language, n=rule.hit)
        bar = share_bar([(f"v-{css_of(rule.verdict)}", rule.hit)], longest, told)
        return Row(rule, bar, first_hit(rule))

    most = max((_hits(group) for group in groups), default=0)
    return [
        Theme(
            title=group.theme,
            rows=[row(rule) for rule in group.rules],
            told=say("problems.theme", language, n=len(group.rules), hits=_hits(group)),
            bar=_by_verdict(group, most, language),
        )
        for group in groups
    ]


def _hits(group: Group) -> int:
    return sum(rule.hit for rule in group.rules)


def _by_verdict(group: Group, most: int, language: Language) -> Markup:
    parts: dict[str, int] = {}
    for rule in group.rules:
        verdict = css_of(rule.verdict)
        parts[verdict] = parts.get(verdict, 0) + rule.hit
    told = say("separator", language).join(
        f"{pick(named(VERDICTS, verdict), language)}{say('colon', language)}{thousands(hits)}"
        for verdict, hits in parts.items()
    )
    return share_bar([(f"v-{verdict}", hits) for verdict, hits in parts.items()], most, told)


def _progress(ask: Ask, language: Language) -> Markup:
    """Draw how many events are decided before a question and how many more by its answer."""
    gained = ask.after - ask.before
    told = say("plan.bar", language, before=ask.before, gained=gained, total=ask.total)
    left = ask.total - ask.after
    parts = [("v-before", ask.before), ("v-gained", gained), ("v-missing", left)]
    return share_bar(parts, ask.total, told)
