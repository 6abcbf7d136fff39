"""Ask a person with a plan only for what can still change the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from vermilion.desk.may_i.looking import RANKS, REACHING, Look, Prospect, asked_as, look
from vermilion.desk.may_i.plans import Plan
from vermilion.desk.may_i.proposal import Answers
from vermilion.desk.may_i.vocabulary import (
    OPERATOR,
    Kind,
    Part,
    fact_type,
    kind_of,
    options_of,
    parts_of,
)
from vermilion.language import tree
from vermilion.language.types import BOOL
from vermilion.rulebook import Engine, Verdict, Words

WEIGHTS = {RANKS["deny"]: 4, RANKS["review"]: 2, RANKS["condition"]: 1}
"""Policy. How much it counts that a fact comes next in a rule, by the strongest verdict of the rule."""

MEMBERSHIPS = f"{OPERATOR}.memberships"


class Clause(msgspec.Struct, frozen=True):
    """Where a norm stands."""

    instrument: str
    title: Words
    pinpoint: str


class Asker(msgspec.Struct, frozen=True):
    """A rule that depends on a fact: what it says where it is violated, and on what it rests."""

    rulebook: str
    rule: str
    title: Words
    event: str
    verdict: Verdict
    binds: str
    question: Words | None
    clauses: list[Clause]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked next.

    `optional` tells that rules take note where there is no such thing, so that "none" and "not
    known" come to the same. `at_most` is how many questions are left, this one included. Moments are
    read in `zone`.
    """

    fact: str
    kind: Kind
    options: list[str]
    parts: list[Part]
    suggestions: dict[str, list[str]]
    optional: bool
    askers: list[Asker]
    answered: int
    at_most: int
    zone: str


def next_question(
    plan: Plan,
    answers: Answers,
    engines: Sequence[Engine],
    *,
    at: dt.datetime,
    everything: bool = False,
    prefer: str | None = None,
) -> Question | None:
    """Return the question whose answer decides most, or None where no answer changes the verdict.

    It depends on its arguments alone; the same arguments give the same question.

    Args:
        plan: what somebody wants to do.
        answers: what was answered so far, by fact; `unknown` for what was asked and is not known.
        engines: the rulebooks that judge, for the operator of a book or for nobody.
        at: when it would happen; decides which rules are in force.
        everything: also ask what can only show further wrongs beside a verdict that stands.
        prefer: a fact to ask for before others, if its answer can still change the verdict.

    Raises:
        UsageError: `fact_unknown`: an answer is for no fact of the plan.
        DataError: `bad_answer`: a value cannot be one of its fact.
    """
    seen = look(plan, answers, engines, at)
    return question_in(seen, engines, everything=everything, prefer=prefer)


def question_in(
    seen: Look, engines: Sequence[Engine], *, everything: bool, prefer: str | None = None
) -> Question | None:
    """Return the next question about a plan that was looked at."""
    open_ = [one for one in seen.prospects if _matters(one, seen, everything=everything)]
    if not open_:
        return _membership(seen, engines)
    wanted = prefer is not None and any(prefer in one.facts for one in open_)
    chosen = prefer if prefer is not None and wanted else _first(open_)
    zone = open_[0].judged.judge.engine.zone
    return _question(seen, chosen, open_, zone)


def _matters(one: Prospect, seen: Look, *, everything: bool) -> bool:
    """Tell whether a rule can still come to something stronger than what stands anyhow."""
    if not one.facts or one.high <= RANKS["allow"]:
        return False
    return one.high > one.low if everything else one.high > seen.least[one.judged.number]


def _first(open_: Sequence[Prospect]) -> str:
    """Return the fact that comes next in most rules, the stronger ones counting more.

    A rule's author puts the cheap and telling fact first. Of equals the first in the rulebook's order.
    """
    next_: dict[str, int] = {}
    anywhere: dict[str, int] = {}
    for one in open_:
        for place, fact in enumerate(one.facts):
            anywhere[fact] = anywhere.get(fact, 0) + WEIGHTS[one.high]
            if place == 0:
                next_[fact] = next_.get(fact, 0) + WEIGHTS[one.high]
    return max(next_, key=lambda fact: (next_[fact], anywhere[fact]))


def _question(seen: Look, fact: str, open_: Sequence[Prospect], zone: str) -> Question:
    hint = fact_type(seen.plan, fact)
    depending = [one for one in open_ if fact in one.facts]
    return Question(
        fact=fact,
        kind=kind_of(hint),
        options=list(options_of(hint)) if kind_of(hint) in {"choice", "choices"} else [],
        parts=list(parts_of(hint)),
        suggestions=_suggestions(fact, depending) if kind_of(hint) == "rows" else {},
        optional=all(_only_if_known(fact, one) for one in depending),
        askers=[_asker(one) for one in depending],
        answered=len(seen.answers),
        at_most=len({each for one in open_ for each in one.facts}),
        zone=zone,
    )


def _only_if_known(fact: str, one: Prospect) -> bool:
    """Tell whether a rule reads a fact only where it is known, so that it is never lacking."""

    def is_it(node: tree.Node) -> bool:
        if not isinstance(node, tree.Path):
            return False
        if node.bound:
            return ".".join(node.steps) == fact.partition(".")[2]
        read = asked_as(one.judged.step, str(node)) or ""
        reaching = fact in REACHING and read.startswith("token.reach.")
        return reaching or f"{read}.".startswith(f"{fact}.")

    condition = one.rule.condition
    items = [node for node in (condition.applies, condition.violates) if node is not None]
    return not _lacked(tree.And(BOOL, nullable=True, items=tuple(items)), is_it)


def _lacked(node: tree.Node, is_it: Callable[[tree.Node], bool]) -> bool:
    """Tell whether a fact is read where nobody has made sure that it is known."""
    if is_it(node):
        return True
    parts = tuple(tree.children(node))
    if isinstance(node, tree.And):
        sure = any(isinstance(part, tree.Known) and is_it(part.fact) for part in parts)
    elif isinstance(node, tree.Or):
        sure = any(
            isinstance(part, tree.Not)
            and isinstance(part.item, tree.Known)
            and is_it(part.item.fact)
            for part in parts
        )
    else:
        sure = isinstance(node, tree.Known)
    return not sure and any(_lacked(part, is_it) for part in parts)


def _suggestions(fact: str, depending: Sequence[Prospect]) -> dict[str, list[str]]:
    """Return, for parts of rows whose words are open, the words that rules look for."""
    found: dict[str, list[str]] = {}
    for one in depending:
        for node in tree.walk(one.rule.condition.violates):
            if not (isinstance(node, tree.Quantifier) and isinstance(node.source, tree.Path)):
                continue
            if not fact.endswith(str(node.source)):
                continue
            for each in tree.walk(node.body):
                if (
                    isinstance(each, tree.Compare)
                    and isinstance(each.left, tree.Path)
                    and each.left.root == node.variable
                    and each.left.steps
                    and isinstance(each.right, tree.Values)
                ):
                    words = found.setdefault(each.left.steps[-1], [])
                    words += [word for word in each.right.values if word not in words]
    return found


def _asker(one: Prospect) -> Asker:
    rule, engine = one.rule, one.judged.judge.engine
    return Asker(
        rulebook=engine.rulebook.id,
        rule=rule.rule.id,
        title=rule.rule.title,
        event=one.judged.step.type,
        verdict=rule.rule.verdict,
        binds=rule.binds,
        question=rule.rule.question,
        clauses=[
            Clause(cited.instrument.id, cited.instrument.title, cited.citation.pinpoint)
            for cited in rule.citations
        ],
    )


def _membership(seen: Look, engines: Sequence[Engine]) -> Question | None:
    """Ask for memberships where only they tell whether a rule that stops the plan binds.

    The operator of a book who asks for itself has stated them.
    """
    own = any(seen.plan.role in engine.profile.roles for engine in engines)
    stopping = [
        one
        for one in seen.prospects
        if one.outcomes & {"hit", "missing"}
        and one.low >= RANKS["condition"]
        and any(cited.instrument.addressees.memberships for cited in one.rule.citations)
    ]
    if own or MEMBERSHIPS in seen.facts or not stopping:
        return None
    found = _question(seen, MEMBERSHIPS, [], stopping[0].judged.judge.engine.zone)
    return msgspec.structs.replace(
        found, askers=[_asker(one) for one in stopping], optional=False, at_most=1
    )
