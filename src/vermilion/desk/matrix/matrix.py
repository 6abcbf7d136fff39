"""Judge one collection under each jurisdiction's rulebook; their verdicts are never merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.judge import Judge, stronger
from vermilion.desk.know import Knowledge
from vermilion.desk.matrix.goods import Goods, leaves
from vermilion.desk.matrix.judged import Judged, Place, findings, in_force, passed, span
from vermilion.desk.matrix.readings import Rivals, rule_verdicts
from vermilion.desk.may_i.proposal import STAND_IN
from vermilion.desk.settled import facts_read
from vermilion.desk.summarise import window_lines
from vermilion.facts.events import event_type_of
from vermilion.rulebook import Engine, Profile, Rulebook, Verdict, Words

JURISDICTIONS = ("cn", "hk", "jp", "kr", "sg", "eu", "uk", "us", "fatf")
"""The shipped rulebooks that say where something may be sold; FATF's is a standard, not a place."""

_NO_FACTS = frozenset(
    {"inline", "provenance", "valid_from", "valid_until", "token", "work", "platform", "parties"}
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that is lacking, asked once for all: of what, by which rules of which rulebooks.

    `questions` are the rules' own words for it.
    """

    fact: str
    entity: str
    rules: dict[str, list[str]]
    questions: list[Words]


class Stated(msgspec.Struct, frozen=True):
    """A fact that the answer rests on: as it was stated, or as it follows from what was."""

    fact: str
    value: Any
    follows: bool


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Where a collection may be sold: one place for each rulebook asked, and what they lack.

    `as_of` is the day whose rules were applied, or null where each event's own day was.
    """

    collection: str
    events: list[str]
    at: str
    as_of: str | None
    places: list[Place]
    asked: list[Asked]
    facts: list[Stated]


class _Ready(NamedTuple):
    """A jurisdiction's rulebook with its rival readings, ready to judge."""

    judge: Judge
    rivals: Rivals
    rival_judge: Judge | None


def matrix(goods: Goods, rulebooks: Sequence[Rulebook], *, as_of: dt.date | None = None) -> Matrix:
    """Return what each rulebook finds on a collection, as for somebody who sells in its territory.

    It depends on its arguments alone; nothing is sealed, nothing of the past is counted.

    Args:
        goods: the collection, its issue and its offer.
        rulebooks: one for each jurisdiction, in the order in which they are shown.
        as_of: the day whose rules are applied, instead of each event's own in the place's zone.
    """
    ready = _ready(goods, rulebooks, as_of)
    judged = [_judged(one.judge, goods) for one in ready]
    places = [_place(one, goods, found) for one, found in zip(ready, judged, strict=True)]
    last = goods.events[-1]
    return Matrix(
        collection=goods.collection,
        events=list(dict.fromkeys(event_type_of(event) for event in goods.events)),
        at=last.time.isoformat(),
        as_of=None if as_of is None else as_of.isoformat(),
        places=places,
        asked=list(_asked(ready, judged)),
        facts=list(_facts(ready, goods)),
    )


def _ready(goods: Goods, rulebooks: Sequence[Rulebook], as_of: dt.date | None) -> list[_Ready]:
    profiles = [_profile(one) for one in rulebooks]
    engines = [Engine(*pair) for pair in zip(rulebooks, profiles, strict=True)]
    rivals = [Rivals(*pair) for pair in zip(rulebooks, profiles, strict=True)]
    read = facts_read([*engines, *(one.engine for one in rivals if one.engine is not None)])
    knowledge = Knowledge(goods.standing, read)

    def judge(engine: Engine | None) -> Judge | None:
        return None if engine is None else Judge(engine, knowledge, as_of=as_of)

    return [
        _Ready(Judge(engine, knowledge, as_of=as_of), rival, judge(rival.engine))
        for engine, rival in zip(engines, rivals, strict=True)
    ]


def _profile(rulebook: Rulebook) -> Profile:
    """Return somebody who issues and sells in the rulebook's territory, a member of nothing."""
    return Profile(roles=["issuer", "platform"], territory=rulebook.document.rulebook.territory)


def _judged(judge: Judge, goods: Goods) -> list[Judged]:
    return [Judged(event, judge.judge(event).ruling) for event in goods.events]


def _place(one: _Ready, goods: Goods, judged: Sequence[Judged]) -> Place:
    engine = one.judge.engine
    heading = engine.rulebook.document.rulebook
    rules = findings(one.judge, judged)
    cited = [cited for rule in rules for cited in rule.citations]
    least, most = span(one.judge, judged)
    rival = [] if one.rival_judge is None else _judged(one.rival_judge, goods)
    lines = window_lines(engine.rulebook)
    read = {name for event in judged for name in event.ruling.features}
    return Place(
        id=engine.rulebook.id,
        title=heading.title,
        territory=heading.territory,
        as_of=judged[-1].ruling.as_of,
        digest=engine.digest,
        verdict=_strongest(found.ruling.verdict for found in judged),
        least=least,
        most=most,
        rules=rules,
        passed=passed(one.judge, judged, {rule.id for rule in rules}),
        readings=one.rivals.found(rival, list(_verdicts(one.judge, judged))),
        not_covered=list(heading.not_covered or ()),
        history={name: line for name, line in lines.items() if name in read},
        drafts=sum(cite.status != "verified" for cite in cited),
        citations=len(cited),
    )


def _strongest(verdicts: Iterable[Verdict]) -> Verdict:
    found: Verdict = "not_applicable"
    for one in verdicts:
        found = stronger(found, one)
    return found


def _verdicts(judge: Judge, judged: Sequence[Judged]) -> Iterator[tuple[str, str, Verdict]]:
    for one in judged:
        rules = {rule.rule.key: rule.rule for rule in in_force(judge, one).values()}
        for id, verdict in rule_verdicts(one.ruling, rules):
            yield id, event_type_of(one.event), verdict


def _asked(ready: Sequence[_Ready], judged: Sequence[Sequence[Judged]]) -> Iterator[Asked]:
    """Give each fact that is lacking once, those that most rulebooks lack first."""
    asking: dict[tuple[str, str], dict[str, list[str]]] = {}
    words: dict[tuple[str, str], dict[str, Words]] = {}
    for one, found in zip(ready, judged, strict=True):
        book = one.judge.engine.rulebook.id
        for event in found:
            rules = in_force(one.judge, event)
            for lacking in event.ruling.missing:
                key = lacking.fact, lacking.entity
                live = [id for id in lacking.rules if id in rules]
                here = asking.setdefault(key, {}).setdefault(book, [])
                here += [id for id in live if id not in here]
                for id in live:
                    question = rules[id].rule.question
                    if question is not None:
                        words.setdefault(key, {})[question.en] = question
    ranked = sorted(asking, key=lambda key: (-len(asking[key]), key))
    for key in ranked:
        rules_of = {book: ids for book, ids in asking[key].items() if ids}
        if rules_of:
            yield Asked(
                fact=key[0],
                entity=key[1],
                rules=rules_of,
                questions=list(words.get(key, {}).values()),
            )


def _facts(ready: Sequence[_Ready], goods: Goods) -> Iterator[Stated]:
    """Give what was stated of the goods, and what of their character follows from it."""
    if not ready:
        return
    knowledge = ready[0].judge.knowledge
    engine = ready[0].judge.engine
    stated: dict[str, Any] = {}
    joined: dict[str, Any] = {}
    for event in goods.events:
        event_type = event_type_of(event)
        known = knowledge.join(event, event_type, engine.legal_date(event.time))
        data: Any = event.data
        plain = msgspec.to_builtins(data)
        own = {name: value for name, value in plain.items() if name not in _NO_FACTS}
        stated.update(_leaves({event_type: own} if event_type != "issue" else {}))
        token = goods.standing.at("token", goods.collection, event.time)
        stated.update(_leaves({"token": msgspec.to_builtins(token)} if token else {}))
        for root in ("token", "work", "platform"):
            if root in known.roots:
                joined.update(_leaves({root: msgspec.to_builtins(known.roots[root])}))
    for fact, value in (joined | stated).items():
        follows = fact not in stated and _computed(fact)
        if not _is_name(fact, value) and not (follows and value == []):
            yield Stated(fact, value, follows)


def _is_name(fact: str, value: Any) -> bool:
    """Tell whether a fact only names things, or stands in for what a plan does not know."""
    stands_in = isinstance(value, str) and (value.startswith("may-i:") or value == STAND_IN)
    return stands_in or fact.rpartition(".")[2] in {"id", "series", "whole", "collection"}


def _computed(fact: str) -> bool:
    return fact.startswith(("token.character.", "token.scheme.", "token.reach.", "work.licence."))


def _leaves(plain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for root, value in plain.items():
        yield from leaves(value, root)
