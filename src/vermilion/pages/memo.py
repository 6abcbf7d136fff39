"""The memo of an interview: one printable HTML file in both languages, and plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup

from vermilion.desk.may_i import PLANS, Cited, Found, Outcome, Plan, Ruled, Unneeded
from vermilion.pages.charts import seal_mark
from vermilion.pages.codes import (
    BINDINGS,
    BINDS,
    EVENT_NAMES,
    OPERATOR_WORDS,
    STATUSES,
    TIERS,
    VERDICTS,
    named,
)
from vermilion.pages.frame import framed, rendered
from vermilion.pages.interview_words import (
    STAND_INS,
    label_text,
    question_text,
    tell,
    value_text,
    word_text,
)
from vermilion.pages.passing import passing_lines
from vermilion.pages.telling import Teller
from vermilion.pages.text import visible
from vermilion.pages.words import LANGUAGES, Language, pick, say
from vermilion.rulebook import Words

_TABLES = {
    "VERDICTS": VERDICTS,
    "BINDINGS": BINDINGS,
    "BINDS": BINDS,
    "TIERS": TIERS,
    "STATUSES": STATUSES,
    "EVENT_NAMES": EVENT_NAMES,
}


_PATH = re.compile(r" `[^`]*`")
"""A fact's path, which a terminal shows beside its name."""


class Groups(NamedTuple):
    """The rules of a memo by what they mean for the plan."""

    stops: Sequence[Ruled]
    conditions: Sequence[Ruled]
    unknown: Sequence[Ruled]


def render_memo(outcome: Outcome, *, language: Language = "en") -> str:
    """Return the memo as one HTML file in both languages, which asks the network for nothing.

    Args:
        outcome: what the rulebooks find.
        language: the one that shows first, and alone where the reader prints.
    """
    plan = PLANS[outcome.plan]
    pages = {each: _page(outcome, plan, each) for each in LANGUAGES}
    titles = {each: tell("memo.title", each, plan=pick(plan.title, each)) for each in LANGUAGES}
    return framed(pages, titles, language, "memo.css")


def _page(outcome: Outcome, plan: Plan, language: Language) -> Markup:
    return rendered("memo.html.j2", _context(outcome, plan, language))


def _context(outcome: Outcome, plan: Plan, language: Language) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "plan": plan,
        "language": language,
        "seal": seal_mark(),
        "say": partial(say, language=language),
        "tell": partial(tell, language=language),
        "words": partial(pick, language=language),
        "code": lambda table, code: pick(named(_TABLES[table], code), language),
        "visible": visible,
        "groups": groups,
        "unfinished": _unfinished(outcome, plan, language),
        "confidential": _is_confidential(outcome),
        "who": ", ".join(word_text(role, language) for role in outcome.operator["roles"]),
        "memberships": _memberships(outcome, language),
        "territory": _territory(outcome, language),
        "label": partial(label_text, language=language),
        "value": partial(value_text, language=language),
        "facts": partial(_facts, language=language),
        "lacks": partial(_lacks, language=language),
        "passing": lambda rule, found: [
            _PATH.sub("", line) for line in _passing(rule, found, language)
        ],
        "by_title": _by_title,
        "forces": partial(_forces, language=language),
        "drafts": partial(_drafts, language=language),
    }


def groups(found: Found) -> Groups:
    """Sort the rules of a rulebook's answer by what they mean for the plan."""
    hits = [one for one in found.rules if one.outcome == "hit"]
    return Groups(
        stops=_once([one for one in hits if one.verdict in {"deny", "review"}]),
        conditions=_once([one for one in hits if one.verdict not in {"deny", "review"}]),
        unknown=_once([one for one in found.rules if one.outcome != "hit"]),
    )


def _once(rules: Sequence[Ruled]) -> list[Ruled]:
    """Tell a rule once that finds the same on several events of a plan, on the first of them."""
    return list({(one.id, one.verdict): one for one in reversed(rules)}.values())[::-1]


def _unfinished(outcome: Outcome, plan: Plan, language: Language) -> str | None:
    if outcome.next is None:
        return None
    question = question_text(plan, outcome.next.fact, language)
    return tell("memo.unfinished", language, question=question)


def _is_confidential(outcome: Outcome) -> bool:
    return any(
        rule.confidential and rule.outcome == "hit"
        for found in outcome.rulebooks
        for rule in found.rules
    )


def _forces(found: Found, language: Language) -> str | None:
    """Return how many of the rules against a plan bind, and as what."""
    counts: dict[str, int] = {}
    for one in groups(found).stops:
        counts[one.binds] = counts.get(one.binds, 0) + 1
    parts = [
        tell("memo.force.one", language, n=counts[force], force=pick(words, language))
        for force, words in BINDS.items()
        if force in counts
    ]
    if not parts:
        return None
    return tell("memo.force", language, forces=say("answer.semicolon", language).join(parts))


def _drafts(found: Found, language: Language) -> str | None:
    """Say how many citations nobody has checked yet."""
    if not found.drafts:
        return None
    if found.drafts == found.citations:
        return tell("memo.all_drafts", language)
    return tell("memo.drafts", language, n=found.drafts, all=found.citations)


def _memberships(outcome: Outcome, language: Language) -> str:
    if not outcome.operator["memberships_known"]:
        return tell("memo.unasked", language)
    names = [word_text(one, language) for one in outcome.operator["memberships"]]
    return say("separator", language).join(names) or tell("memo.none", language)


def _territory(outcome: Outcome, language: Language) -> str:
    return pick(named(OPERATOR_WORDS, outcome.operator["territory"]), language)


def _facts(rule: Ruled, found: Found, language: Language) -> list[tuple[str, str]]:
    """Return the facts that decided, by what they are called."""
    teller = Teller(language, found.history)
    return [
        (teller.label(path, rule.event), _shown(teller, path, value, rule.event))
        for path, value in rule.facts.items()
    ]


def _shown(teller: Teller, path: str, value: Any, event: str) -> str:
    """Return a fact's value; what a plan calls by a stand-in is told by its name."""
    texts = value if isinstance(value, list) else [value]
    if texts and all(isinstance(one, str) and one.startswith("may-i:") for one in texts):
        return say("separator", teller.language).join(
            word_text(one, teller.language) for one in texts
        )
    return teller.value(path, value, event)


def _lacks(rule: Ruled, found: Found, language: Language) -> list[str]:
    """Return what a rule lacks: what was asked and is not known, and what nobody was asked for."""
    teller = Teller(language, found.history)
    return [
        *(label_text(fact, language) for fact in rule.unknown),
        *(teller.label(path, rule.event) for path in rule.lacking),
    ]


def _passing(rule: Ruled, found: Found, language: Language) -> list[str]:
    if rule.passing is None:
        return []
    lines = passing_lines(rule.passing, Teller(language, found.history), rule.event)
    return [_named(line, language) for line in lines]


def _named(text: str, language: Language) -> str:
    for id, words in STAND_INS.items():
        text = text.replace(id, pick(words, language))
    return text


def _by_title(rules: Sequence[Unneeded]) -> dict[str, Words]:
    return {f"{one.id}@{one.version}": one.title for one in rules}


# The terminal.


def memo_text(outcome: Outcome, language: Language) -> str:
    """Return the memo as plain text in one language."""
    return "\n".join(_lines(outcome, PLANS[outcome.plan], language))


def _lines(outcome: Outcome, plan: Plan, language: Language) -> Iterator[str]:
    colon = say("colon", language)

    def line(key: str, value: str, indent: int = 0) -> str:
        return f"{' ' * indent}{tell(key, language)}{colon}{value}"

    yield tell("memo.title", language, plan=pick(plan.title, language))
    if _is_confidential(outcome):
        yield tell("memo.confidential", language)
    unfinished = _unfinished(outcome, plan, language)
    if unfinished:
        yield unfinished
    roles = say("separator", language).join(
        word_text(one, language) for one in outcome.operator["roles"]
    )
    yield line("memo.who", roles)
    yield line("memo.memberships", _memberships(outcome, language))
    yield line("memo.territory", _territory(outcome, language))
    for found in outcome.rulebooks:
        yield ""
        yield from _found_lines(found, language)
    yield ""
    yield tell("memo.facts_stated", language)
    for one in outcome.facts:
        value = value_text(one.fact, one.value, language).replace("\n", "\n      ")
        aside = f"  ({tell('implied', language)})" if one.implied else ""
        yield f"  {label_text(one.fact, language)}{colon}{value}{aside}  [{one.fact}]"
    yield ""
    yield from _not_looked(outcome, language)
    yield ""
    yield tell("memo.advice", language)


def _found_lines(found: Found, language: Language) -> Iterator[str]:
    colon = say("colon", language)
    yield tell(f"memo.finds.{found.verdict}", language, rulebook=pick(found.title, language))
    yield f"  {tell('memo.as_of', language)}{colon}{found.as_of}  {found.id} {found.digest[:16]}"
    forces = _forces(found, language)
    if forces:
        yield f"  {forces}"
    drafts = _drafts(found, language)
    if drafts:
        yield f"  {drafts}"
    sorted_ = groups(found)
    for key, rules in zip(("memo.stops", "memo.conditions", "memo.unknown"), sorted_, strict=True):
        if rules:
            yield ""
            yield tell(key, language)
        for rule in rules:
            yield from _rule_lines(rule, found, language)


def _rule_lines(rule: Ruled, found: Found, language: Language) -> Iterator[str]:
    colon = say("colon", language)
    verdict, force = pick(VERDICTS[rule.verdict], language), pick(BINDS[rule.binds], language)
    yield f"  {rule.id}@{rule.version}  {pick(rule.title, language)}  [{verdict}; {force}]"
    if rule.outcome == "hit":
        yield f"    {pick(rule.reason, language)}"
        for label, value in _facts(rule, found, language):
            yield f"    - {label}{colon}{value}"
        yield f"    → {pick(rule.remedy, language)}"
        yield from (f"    {line}" for line in _passing(rule, found, language))
    else:
        lacks = say("separator", language).join(_lacks(rule, found, language))
        yield f"    {tell('memo.lacks', language)}{colon}{lacks}"
        would = pick(VERDICTS[rule.would], language)
        yield f"    {tell('memo.would', language, would=would, verdict=verdict)}"
        if rule.question:
            yield f"    → {pick(rule.question, language)}"
    for cited in rule.citations:
        yield from _cited_lines(cited, language)
    if rule.open_question:
        yield f"    {tell('memo.open', language)}{colon}{pick(rule.open_question, language)}"


def _cited_lines(cited: Cited, language: Language) -> Iterator[str]:
    tags = "; ".join(
        pick(named(_TABLES[table], code), language)
        for table, code in (
            ("BINDINGS", cited.binding),
            ("TIERS", cited.tier),
            ("STATUSES", cited.status),
            ("BINDS", cited.binds),
        )
    )
    yield f"    § {pick(cited.title, language)}, {cited.pinpoint} [{tags}]"
    if cited.quote:
        yield f"      “{cited.quote}”"
    if cited.essence:
        yield f"      {pick(cited.essence, language)}"


def _not_looked(outcome: Outcome, language: Language) -> Iterator[str]:
    yield tell("memo.not_looked", language)
    for key in ("truth", "screening", "jurisdictions"):
        yield f"  - {tell(f'memo.not.{key}', language)}"
    for found in outcome.rulebooks:
        if found.history:
            yield f"  - {tell('memo.not.history', language)}"
            yield from (f"      {pick(one.title, language)}" for one in found.history.values())
        if found.unneeded:
            key = "unasked" if outcome.next is not None else "unneeded"
            yield f"  - {tell(f'memo.not.{key}', language)}"
            for name, title in _by_title(found.unneeded).items():
                yield f"      {name} {pick(title, language)}"
