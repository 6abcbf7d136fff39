"""What the rulebook browser shows, from rulebooks alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from vermilion.desk.summarise import citation_line
from vermilion.desk.summary import CitationLine
from vermilion.language import facts_read, walk
from vermilion.language.tree import Parameter as ParameterNode
from vermilion.language.tree import Values
from vermilion.pages.codes import THEMES
from vermilion.rulebook import Engine, LoadedRule, Profile, Rule, Rulebook, Words
from vermilion.rulebook.binding import binds
from vermilion.rulebook.cases import case_facts, judge_case
from vermilion.rulebook.engine import AliveCitation
from vermilion.rulebook.model import BINDS_ORDER, Case, Instrument, NamedList, Parameter, Window
from vermilion.rulebook.windows import nodes_of, windows_read
from vermilion.web.served import Served

_MORE = re.compile(r"\s*[:：(（]")


class Force(NamedTuple):
    """A rulebook in force: its text, for which operator, and its digest."""

    rulebook: Rulebook
    profile: Profile
    digest: str

    @property
    def heading(self) -> Any:
        """The rulebook's heading."""
        return self.rulebook.document.rulebook


class Group(NamedTuple):
    """Rules on one matter."""

    title: Words | None
    rules: list[Rule]


class Parts(NamedTuple):
    """What a rulebook has beside its rules."""

    instruments: list[Instrument]
    parameters: dict[str, Parameter]
    windows: dict[str, Window]
    lists: dict[str, NamedList]


class Used(NamedTuple):
    """What a rule's conditions read beside facts: names by kind."""

    facts: list[str]
    parameters: list[str]
    lists: list[str]
    windows: list[str]


class Tried(NamedTuple):
    """One case of a rule and what it comes to now."""

    case: Case
    outcome: str
    facts: dict[str, Any]
    missing: tuple[str, ...]
    problem: str | None


def in_force(served: Served) -> list[Force]:
    """Return the rulebooks in force; what they hold never changes, so any thread may read it."""
    return [
        Force(engine.rulebook, engine.profile, engine.digest)
        for engine in served.book.active_engines()
    ]


def book_names(served: Served) -> dict[str, Words]:
    """Return what the rulebooks in force are called where there is little room, by id."""
    return {one.rulebook.id: brief(one.heading.title) for one in in_force(served)}


def brief(title: Words) -> Words:
    """Return a title up to its first colon or bracket, behind which titles say more."""
    return Words(*(_MORE.split(text, maxsplit=1)[0] or text for text in (title.zh, title.en)))


def groups(rulebook: Rulebook, wanted: str = "") -> list[Group]:
    """Return the rules by matter, those whose id or title holds a text; rules of no matter come last."""
    by_prefix: dict[str, list[Rule]] = {}
    for loaded in rulebook.rules:
        rule = loaded.rule
        text = f"{rule.id} {rule.title.zh} {rule.title.en}".lower()
        if wanted.lower() in text:
            by_prefix.setdefault(_matter(rule.id), []).append(rule)
    by_title: dict[Words, list[Rule]] = {}
    for key, title in THEMES.items():
        if key in by_prefix:
            by_title.setdefault(title, []).extend(by_prefix[key])
    named = [Group(title, rules) for title, rules in by_title.items()]
    rest = [rule for key, rules in by_prefix.items() if key not in THEMES for rule in rules]
    return [*named, Group(None, rest)] if rest else named


def parts(rulebook: Rulebook, wanted: str = "") -> Parts:
    """Return what a rulebook has beside rules: what holds a text in its id, its titles or its terms."""
    document = rulebook.document

    def told(id: str, *texts: Words, terms: Iterable[str | None] = ()) -> bool:
        said = [id, *terms, *(each for one in texts for each in (one.zh, one.en))]
        return any(wanted.lower() in one.lower() for one in said if one)

    return Parts(
        [
            one
            for one in document.instruments
            if told(one.id, one.title, one.issuer, terms=[one.number])
        ],
        {name: one for name, one in document.parameters.items() if told(name, one.title)},
        {name: one for name, one in document.windows.items() if told(name, one.title)},
        {
            name: one
            for name, one in document.lists.items()
            if told(name, one.title, terms=one.values)
        },
    )


def _matter(id: str) -> str:
    return id.rpartition("-")[0]


def clauses(force: Force, rule: Rule) -> Iterator[tuple[CitationLine, bool]]:
    """Yield a rule's citations, the strongest first, and whether each is in force today."""
    day = dt.datetime.now(dt.UTC).date()
    lines = []
    for citation in rule.citations:
        instrument = force.rulebook.instruments[citation.instrument]
        alive = AliveCitation(citation, instrument, binds(citation, instrument, force.profile))
        lines.append((citation_line(alive), instrument.in_force.covers(day)))
    yield from sorted(lines, key=lambda pair: BINDS_ORDER.index(pair[0].binds))


def used(loaded: LoadedRule) -> Used:
    """Return what a rule reads, over all types of event to which it applies."""
    found = Used([], [], [], [])
    for condition in loaded.conditions.values():
        nodes = nodes_of(condition)
        read = [one for node in nodes for one in walk(node)]
        found.facts.extend(str(path) for node in nodes for path in facts_read(node, bound=True))
        found.parameters.extend(one.name for one in read if isinstance(one, ParameterNode))
        found.lists.extend(one.name for one in read if isinstance(one, Values) and one.name)
        found.windows.extend(windows_read(condition))
    facts = [one for one in dict.fromkeys(sorted(found.facts)) if not one.startswith("windows.")]
    return Used(facts, *(sorted(dict.fromkeys(names)) for names in found[1:]))


def tried(engines: Sequence[Engine], rulebook_id: str, rule_id: str) -> list[Tried]:
    """Run a rule's cases through the function that judges events."""
    for engine in engines:
        for loaded in engine.rulebook.rules:
            if (engine.rulebook.id, loaded.rule.id) == (rulebook_id, rule_id):
                return [_try(engine, loaded, case) for case in loaded.rule.cases]
    return []


def _try(engine: Engine, loaded: LoadedRule, case: Case) -> Tried:
    try:
        moment = _moment(engine, case.at)
        day = engine.legal_date(moment)
        facts = case_facts(case, day, moment)
        outcome, why = judge_case(engine, loaded, case, day, facts)
    except (msgspec.ValidationError, ValueError, KeyError) as error:
        return Tried(case, "", {}, (), str(error))
    return Tried(case, outcome, msgspec.to_builtins(dict(why.facts)), why.missing, None)


def _moment(engine: Engine, at: str) -> dt.datetime:
    """Return the moment of a case: as stated, or noon in the rulebook's zone where only a day is."""
    read = dt.datetime.fromisoformat(at)
    return read if read.tzinfo else read.replace(hour=12, tzinfo=ZoneInfo(engine.zone))
