"""What would make a judged event pass, for each live rule that denied it or sent it to review."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from vermilion.desk.decision import RuleOutcome, Ruling
from vermilion.desk.judge import Judge
from vermilion.facts.events import Event, event_type_of
from vermilion.language import Alternative, Change, Facts, Policy, applied, recourse
from vermilion.language.changes import Needed
from vermilion.language.requirements import TermList
from vermilion.rulebook import Engine, RuleInForce, Words

FIXED: dict[str, Words] = {
    "event": Words("事件本身的事实", "it is what the event itself is"),
    "parties": Words("参与方由事件决定", "who takes part is what the event is"),
    "id": Words("是谁、是哪一件，不能更换", "who or what it is about is what the event is"),
    "kind": Words("业务或主体的性质", "it is what the business or the party is"),
    "purpose": Words("改换名目不是补救", "another name for the same business is no remedy"),
    "birth_date": Words("出生日期是既成事实", "a date of birth is what it is"),
    "self_supporting": Words("生活来源是既成事实", "how somebody lives is what it is"),
    "residency": Words("居住地是既成事实", "where somebody lives is what it is"),
    "memberships": Words("由协会名册载明", "the association's register says it"),
    "lists_hit": Words("由名单筛查得出", "the screening says it"),
    "list_matches": Words("由名单筛查得出", "the screening says it"),
    "wallets": Words("所用钱包是既成事实", "which wallets somebody uses is what it is"),
    "control": Words("由控制关系得出", "it follows from who controls the party"),
    "controlled_by": Words("由登记机关载明", "the company register says it"),
    "beneficial": Words("由实际持有关系得出", "it follows from who holds in the end"),
    "holds_for": Words("由实际持有关系得出", "it follows from who holds in the end"),
    "identity": Words("账户背后是谁，不能更换", "who is behind an account is what it is"),
    "person": Words("账户背后是谁，不能更换", "who is behind an account is what it is"),
    "related_to": Words("关联关系是既成事实", "who is related to whom is what it is"),
    "operator": Words("平台经营者由登记载明", "the register says who operates the platform"),
    "issuer": Words("发行方是既成事实", "who issued it is what it is"),
    "author": Words("作者是既成事实", "who made the work is what it is"),
    "series": Words("由发行得出", "it follows from the issue"),
    "size": Words("发行后份数不得改动", "the size of an edition is not to be moved"),
    "ai_generated": Words("作品如何生成是既成事实", "how the work was made is what it is"),
    "depicts_relic": Words("作品所示之物是既成事实", "what the work shows is what it is"),
    "grade": Words("文物级别由主管部门认定", "the authority graded the relic"),
    "copy_method": Words("作品如何制成是既成事实", "how the work was made is what it is"),
    "data_kind": Words("数据的性质是既成事实", "what the data are is what they are"),
    "released_by": Words("由谁发布是既成事实", "who released it is what it is"),
    "acquired_at": Words("取得时间是既成事实", "when it was acquired is what it is"),
    "underlying": Words(
        "底层商品是什么，由发行决定", "what it stands for was settled at the issue"
    ),
    "mode": Words("怎样发售是既成事实", "how it was offered is what it is"),
    "type": Words("许可的种类由机关载明", "the authority says which licence it is"),
    "valid_from": Words("不得倒签", "nothing is to be dated back"),
    "terms_published_at": Words("公布时间是既成事实", "when it was published is what it is"),
    "used_table_sha256": Words("实际所用是既成事实", "what was used is what it is"),
    "offer": Words("所依据的发售是既成事实", "the offer that it rests on is what it is"),
}
"""Facts, by field or root, that nobody can honestly change once they are known, and why not."""

_CHOSEN = frozenset({"instrument"})
"""How to pay is for the parties to choose; to leave the scope of a rule otherwise is to dodge it."""

_STOPPING = frozenset({"deny", "review"})
_FALLING = frozenset({"count", "distinct", "sum"})
_RISING = frozenset({"held_for", "trading_days"})
_MOVED = _FALLING | _RISING
"""Functions of windows whose numbers move by doing less, and by waiting."""

POLICY = Policy(fixed=frozenset(FIXED), leaving=_CHOSEN)


class Need(msgspec.Struct, frozen=True, gc=False):
    """What a fact, or a part of it such as `.valid_until`, must be like."""

    part: str
    kind: str
    operand: Any
    found: list[str]
    """Of a text that must hold no term of a list: the terms found in it."""


class PassingChange(msgspec.Struct, frozen=True, gc=False):
    """One fact to be changed; `way` and `element` as in `language.Change`."""

    fact: str
    way: str
    needs: list[Need]
    example: Any
    now: Any
    element: str | None


class Passing(msgspec.Struct, frozen=True, gc=False):
    """What would make one rule pass: any one of the alternatives; or why nothing would.

    `held_by` names the facts on which it rests and which nobody can change.
    """

    rule: str
    outcome: str
    alternatives: list[list[PassingChange]]
    held_by: list[str]


def would_pass(
    judge: Judge, event: Event, ruling: Ruling, *, for_customer: bool = False
) -> list[Passing]:
    """Return, for each live rule at deny or review, what would make it pass.

    Effect on nothing. What stands is joined to the event again, so the judge must know what was
    known when the event was judged, and no more; past numbers come from the ruling's features.

    Args:
        judge: the judge that gave the ruling.
        event: the event judged.
        ruling: its ruling.
        for_customer: tell of denials by ordinary rules only, and take no account of confidential
            ones, so that what these stop looks like any review.
    """
    day = dt.date.fromisoformat(ruling.as_of)
    event_type = event_type_of(event)
    rules = {one.rule.id: one for one in judge.engine.on(event_type, event.stage, day).rules}
    withheld = judge.engine.rulebook.confidential if for_customer else frozenset()
    stopping = frozenset({"deny"}) if for_customer else _STOPPING
    asked = [
        rules[outcome.id]
        for outcome in ruling.rules
        if outcome.id not in withheld and _verdict(rules[outcome.id], outcome) in stopping
    ]
    if not asked:
        return []
    facts = joined_facts(judge, event, ruling)
    trial = _Trial(judge, event, day, facts, withheld)
    return [trial.passing(one) for one in asked]


class _Trial:
    """Tries alternatives by the engine's function, under all rules in force."""

    def __init__(
        self,
        judge: Judge,
        event: Event,
        day: dt.date,
        facts: Facts,
        withheld: frozenset[str],
    ) -> None:
        self.event = event
        self.event_type = event_type_of(event)
        self.fused = judge.engine.on(self.event_type, event.stage, day)
        self.facts = facts
        self.policy = policy_of(judge.engine)
        self.functions = {
            f"windows.{one.name}": one.window.function for one in judge.engine.rulebook.windows
        }
        self.live = sum(
            1 << place
            for place, one in enumerate(self.fused.rules)
            if one.rule.mode == "live"
            and one.rule.verdict in _STOPPING
            and one.rule.id not in withheld
        )
        self.hit, _ = self.outcome(facts)

    def outcome(self, facts: Facts) -> tuple[int, int]:
        """Return which rules are hit, and which lack a fact."""
        fields = self.event.data.__struct_fields__
        data = msgspec.structs.replace(
            self.event.data, **{name: facts.roots[name] for name in fields}
        )
        hit, unknown, _ = self.fused.function(data, facts.roots)
        return hit & self.live, unknown

    def passing(self, one: RuleInForce) -> Passing:
        """Return what would make a rule pass and no other one fail."""
        found = recourse(one.condition, self.facts, self.event_type, self.policy)
        able = [one for one in found.alternatives if all(map(self.comes_about, one))]
        sound = [one for one in able if not self.harm(one)]
        outcome = found.outcome
        if not sound and found.alternatives:
            outcome = "not found" if able else "nothing can"
        alternatives = [[_change(change) for change in one] for one in sound]
        return Passing(one.rule.id, outcome, alternatives, list(found.held_by))

    def harm(self, alternative: Alternative) -> int:
        """Return the rules that an alternative would newly hit."""
        return self.outcome(applied(self.facts, alternative, self.event_type))[0] & ~self.hit

    def comes_about(self, change: Change) -> bool:
        """Tell whether waiting or doing less moves a number over the past as is needed."""
        if change.way != "past":
            return True
        kinds = {needed.requirement.kind for needed in change.requirements}
        rises = self.functions[change.fact] in _RISING
        return ("at most" if rises else "at least") not in kinds


def policy_of(engine: Engine) -> Policy:
    """Return which facts may be suggested to be changed under a rulebook.

    Of numbers over the past only those that waiting or doing less can move.
    """
    return Policy(
        fixed=POLICY.fixed
        | {
            f"windows.{one.name}"
            for one in engine.rulebook.windows
            if one.window.function not in _MOVED
        },
        leaving=POLICY.leaving,
    )


def joined_facts(judge: Judge, event: Event, ruling: Ruling) -> Facts:
    """Return the facts that a ruling was given on, as its rules see them."""
    engine = judge.engine
    event_type = event_type_of(event)
    known = judge.knowledge.join(event, event_type, engine.legal_date(event.time))
    moments = {one.name for one in engine.rulebook.windows if one.type.kind == "time"}
    windows = {
        f"windows.{name}": dt.datetime.fromtimestamp(answer, dt.UTC)
        if name in moments and answer is not None
        else answer
        for name, answer in ruling.features.items()
    }
    data = event.data
    own = {field: getattr(data, field) for field in data.__struct_fields__}
    parameters = engine.parameters(dt.date.fromisoformat(ruling.as_of))
    return Facts(own | known.roots | windows, parameters, known.names)


def still_rests(judge: Judge, event: Event, ruling: Ruling) -> bool:
    """Tell whether the rules that were hit or lacked a fact still do, on the facts joined again."""
    day = dt.date.fromisoformat(ruling.as_of)
    fused = judge.engine.on(event_type_of(event), event.stage, day)
    hit, unknown, _ = fused.function(event.data, joined_facts(judge, event, ruling).roots)
    found = {
        one.rule.id: "hit" if hit >> place & 1 else "missing"
        for place, one in enumerate(fused.rules)
        if (hit | unknown) >> place & 1
    }
    return found == {one.id: one.outcome for one in ruling.rules}


def _verdict(one: RuleInForce, outcome: RuleOutcome) -> str | None:
    if one.rule.mode != "live":
        return None
    return one.rule.verdict if outcome.outcome == "hit" else one.rule.on_missing


def _change(change: Change) -> PassingChange:
    """Write a change without the texts that are looked through for terms: they are somebody's."""
    needs = [_need(one, change.now) for one in change.requirements]
    private = any(need.kind in {"no term of", "a term of"} for need in needs)
    return PassingChange(
        fact=change.fact,
        way=change.way,
        needs=needs,
        example=None if private else msgspec.to_builtins(change.example),
        now=None if private else msgspec.to_builtins(change.now),
        element=change.element,
    )


def _need(needed: Needed, now: Any) -> Need:
    requirement = needed.requirement
    terms = requirement.operand
    if not isinstance(terms, TermList):
        return Need(needed.part, requirement.kind, msgspec.to_builtins(terms), [])
    found = list(terms.found(now)) if isinstance(now, str) else []
    return Need(needed.part, requirement.kind, terms.name, found)
