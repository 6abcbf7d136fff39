"""Lay a rulebook out for the handbook in one language: what every one of its faces shows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from vermilion.desk.decision import without_slots
from vermilion.desk.summary import WindowLine
from vermilion.language import tree
from vermilion.pages.codes import BINDINGS, EVENT_NAMES, STATUSES, TIERS, VERDICTS, named
from vermilion.pages.handbook_cases import case_lines
from vermilion.pages.handbook_sentences import Sayer, Sentence
from vermilion.pages.handbook_shapes import (
    BookView,
    ClauseIndex,
    ClauseView,
    Condition,
    ListView,
    ParameterView,
    RuleView,
    Told,
)
from vermilion.pages.handbook_words import word
from vermilion.pages.interview_words import word_text
from vermilion.pages.telling import Teller
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import LoadedRule, Profile, Rulebook, check_document
from vermilion.rulebook.model import (
    Citation,
    ClauseRef,
    Instrument,
    Parameter,
    ParameterValue,
    Period,
    Words,
)
from vermilion.rulebook.periods import DAY, Periods, value_on
from vermilion.rulebook.verification import Verification, clause_key
from vermilion.rulebook.windows import nodes_of

_DIGITS = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100}
_NUMBER = re.compile(rf"([{_DIGITS}十百]+|[0-9]+)")

Verified = Mapping[bytes, Verification]
"""What people say of clauses with their words, by `clause_key`."""


def view(
    rulebook: Rulebook,
    language: Language,
    *,
    as_of: dt.date | None = None,
    profile: Profile | None = None,
    verified: Verified | None = None,
) -> BookView:
    """Return a rulebook as the handbook shows it.

    Args:
        rulebook: whose rules are shown.
        language: of everything but the words of clauses and what authors wrote in code.
        as_of: shows only the rules, clauses and values of that day; all of them where it is None.
        profile: the operator, who is part of the rulebook's digest.
        verified: what people said of citations in a book.
    """
    heading = rulebook.document.rulebook
    viewer = _Viewer(rulebook, language, as_of, verified or {})
    rules = [viewer.rule(one) for one in rulebook.rules if viewer.is_shown(one)]
    clauses = [clause for rule in rules for clause in rule.clauses]
    return BookView(
        id=rulebook.id,
        title=pick(heading.title, language),
        version=heading.version,
        territory=word_text(heading.territory, language),
        zone=heading.time_zone,
        digest=rulebook.digest(profile or Profile()),
        as_of=None if as_of is None else str(as_of),
        rules=rules,
        clauses=_index(rules),
        not_covered=[pick(one, language) for one in heading.not_covered or ()],
        drafts=sum(not clause.verified for clause in clauses),
        citations=len(clauses),
        cases=sum(len(rule.cases) for rule in rules),
    )


def _index(rules: Sequence[RuleView]) -> list[ClauseIndex]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for rule in rules:
        for clause in rule.clauses:
            key = (clause.instrument, clause.title, clause.pinpoint)
            found.setdefault(key, []).append(rule.id)
    ordered = sorted(found.items(), key=lambda one: (one[0][0], _in_order(one[0][2])))
    return [ClauseIndex(*key, rules=list(dict.fromkeys(ids))) for key, ids in ordered]


def _in_order(pinpoint: str) -> list[tuple[int, str]]:
    """Return what brings clauses into the order of their text: numbers count as numbers."""
    parts = _NUMBER.split(pinpoint)
    return [(_number(one), "") if n % 2 else (0, one) for n, one in enumerate(parts)]


def _number(written: str) -> int:
    """Return a whole number below a thousand that is written in digits or in Chinese."""
    if written.isascii():
        return int(written)
    total, digit = 0, 0
    for sign in written:
        if sign in _TENS:
            total, digit = total + (digit or 1) * _TENS[sign], 0
        else:
            digit = _DIGITS.index(sign)
    return total + digit


class _Viewer:
    def __init__(
        self, rulebook: Rulebook, language: Language, as_of: dt.date | None, verified: Verified
    ) -> None:
        self.book = rulebook
        self.document = rulebook.document
        self.language = language
        self.as_of = as_of
        self.verified = verified
        self.periods = Periods(rulebook)
        windows = {
            name: WindowLine(title=one.title, function=one.function)
            for name, one in self.document.windows.items()
        }
        self.teller = Teller(language, windows)

    def is_shown(self, loaded: LoadedRule) -> bool:
        return bool(self.citations(loaded))

    def citations(self, loaded: LoadedRule) -> list[Citation]:
        """Return the citations that carry a rule on the day, or all of them."""
        rule, day = loaded.rule, self.as_of
        if day is None:
            return list(rule.citations)
        alive = {id: one for id, one in self.book.instruments.items() if one.in_force.covers(day)}
        return [c for c in rule.citations if c.instrument in alive and rule.in_force.covers(day)]

    def rule(self, loaded: LoadedRule) -> RuleView:
        rule = loaded.rule
        citations = self.citations(loaded)
        nodes = [
            n for one in loaded.conditions.values() for top in nodes_of(one) for n in tree.walk(top)
        ]
        spans = self.periods.spans(self.periods.rule(rule))
        joint = say("separator", self.language)
        return RuleView(
            id=rule.id,
            key=rule.key,
            title=self._pick(rule.title),
            verdict=rule.verdict,
            verdict_text=self._pick(named(VERDICTS, rule.verdict)),
            missing_text=self._pick(named(VERDICTS, rule.on_missing)),
            events=self._events(rule.applies_to),
            stages=joint.join(self._word(f"stage.{one}") for one in rule.stage),
            mode=self._word(f"mode.{rule.mode}"),
            house=rule.id in self.book.house_rules,
            confidential=rule.id in self.book.confidential,
            days=say("answer.semicolon", self.language).join(map(self._days, spans))
            or self._word("never"),
            classes=", ".join(dict.fromkeys(f"{c.binding}/{c.tier}" for c in citations)),
            clauses=[self._clause(one) for one in citations],
            applies=None if rule.applies_if is None else self._applies(loaded, rule.applies_if),
            violates=self._violates(loaded),
            parameters=[self._parameter(name) for name in rule.parameters],
            lists=list(self._lists(nodes)),
            windows=list(self._windows(nodes)),
            reason=without_slots(self._pick(rule.reason)),
            remedy=self._pick(rule.remedy),
            question=self._maybe(rule.question),
            open_question=self._maybe(rule.open_question),
            readings=list(self._readings(loaded)),
            cases=case_lines(rule.cases, self.document, self.teller),
        )

    def _applies(self, loaded: LoadedRule, text: str) -> Condition:
        found = {e: c.applies for e, c in loaded.conditions.items() if c.applies is not None}
        return Condition(text, self._told(found))

    def _violates(self, loaded: LoadedRule) -> Condition:
        found = {event: one.violates for event, one in loaded.conditions.items()}
        return Condition(loaded.rule.violates_if, self._told(found))

    def _told(self, conditions: Mapping[str, tree.Node]) -> list[Told]:
        """Tell event types apart only where a condition says something else of them."""
        said: dict[Sentence, list[str]] = {}
        for event, node in conditions.items():
            said.setdefault(Sayer(self.teller, self.document, event).say(node), []).append(event)
        alone = len(said) == 1
        return [
            Told("" if alone else self._events(events), sentence)
            for sentence, events in said.items()
        ]

    def _readings(self, loaded: LoadedRule) -> Iterator[tuple[str, Condition]]:
        rule = loaded.rule
        for one in rule.readings or ():
            read = msgspec.structs.replace(
                rule, violates_if=one.violates_if, reason=one.text, readings=msgspec.UNSET
            )
            document = msgspec.structs.replace(self.document, rules=[read])
            (alone,) = check_document(document).rules
            yield self._pick(one.text), self._violates(alone)

    def _clause(self, citation: Citation) -> ClauseView:
        instrument = self.book.instruments[citation.instrument]
        said = self._verification(citation)
        status = self._pick(named(STATUSES, "verified" if said else citation.status))
        if said is not None:
            status = self._word("verified_by", by=said.by, at=said.at.date())
        return ClauseView(
            instrument=instrument.id,
            title=self._instrument(instrument),
            pinpoint=citation.pinpoint,
            quote=citation.quote,
            essence=self._maybe(citation.essence),
            binding=self._pick(named(BINDINGS, citation.binding)),
            tier=self._pick(named(TIERS, citation.tier)),
            verified=said is not None or citation.status == "verified",
            status=status,
            bound=self._pick(instrument.addressees.text),
            days=self._days(instrument.in_force),
            source=instrument.source,
        )

    def _verification(self, citation: Citation) -> Verification | None:
        if citation.quote_sha256 is None:
            return None
        key = clause_key(citation.instrument, citation.pinpoint, citation.quote_sha256)
        return self.verified.get(key)

    def _instrument(self, one: Instrument) -> str:
        title = self._pick(one.title)
        return title if one.number is None else f"{title} ({one.number})"

    def _parameter(self, name: str) -> ParameterView:
        parameter = self.document.parameters[name]
        values = sorted(self._values(parameter), key=lambda one: one.from_)
        rows = [
            (str(one.from_), self._value(one.value), self._source(one.source)) for one in values
        ]
        return ParameterView(name, self._pick(parameter.title), rows)

    def _values(self, parameter: Parameter) -> list[ParameterValue]:
        return list(parameter.values) if self.as_of is None else [value_on(parameter, self.as_of)]

    def _value(self, value: int | str) -> str:
        return word_text(value, self.language) if isinstance(value, str) else f"{value:,}"

    def _source(self, source: ClauseRef | str) -> str:
        if isinstance(source, str):
            return self._word("policy")
        return f"{source.instrument} {source.pinpoint}"

    def _lists(self, nodes: Sequence[tree.Node]) -> Iterator[ListView]:
        read = {one.name: None for one in nodes if isinstance(one, tree.Values) and one.name}
        for name in read:
            entry = self.document.lists[name]
            values = [(one, word_text(one, self.language)) for one in entry.values]
            exceptions = say("separator", self.language).join(entry.exceptions)
            yield ListView(name, self._pick(entry.title), entry.source, values, exceptions)

    def _windows(self, nodes: Sequence[tree.Node]) -> Iterator[tuple[str, str]]:
        paths = {str(one): None for one in nodes if isinstance(one, tree.Path)}
        for name, window in self.document.windows.items():
            if f"windows.{name}" in paths:
                yield name, self._pick(window.title)

    def _events(self, events: Sequence[str]) -> str:
        return say("separator", self.language).join(
            self._pick(named(EVENT_NAMES, one)) for one in events
        )

    def _days(self, period: Period) -> str:
        last = None if period.to is None else period.to - DAY
        key = {(0, 0): "always", (1, 0): "since", (0, 1): "until", (1, 1): "between"}
        which = key[int(period.from_ is not None), int(last is not None)]
        return self._word(which, first=period.from_, last=last)

    def _word(self, key: str, **values: object) -> str:
        return word(key, self.language, **values)

    def _pick(self, words: Words) -> str:
        return pick(words, self.language)

    def _maybe(self, words: Words | None) -> str | None:
        return None if words is None else self._pick(words)
