"""What a rule can still come to: small rules of which the answer is plain, and random ones against the engine."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.desk.may_i import UNKNOWN, next_question, outcome, plan_of
from vermilion.desk.may_i.looking import Prospect, look
from vermilion.rulebook import Engine, Profile

from ..samples import rule, rulebook, window
from .samples import AT, ETHER, YUAN, verdicts

PLAN = plan_of("goods_token")


def engine(*rules: dict[str, Any], **options: Any) -> list[Engine]:
    """Return a rulebook of some rules, for nobody."""
    return [Engine(rulebook(*rules, **options), Profile(roles=[]))]


def prospect(condition: str, answers: dict[str, Any], **options: Any) -> Prospect:
    """Return what one rule on the offer can still come to."""
    engines = engine(rule("XX-A", "offer", condition), **options)
    (one,) = look(PLAN, answers, engines, AT).prospects
    return one


GROWING = (
    'known(token.reach.known_classes) and any(x == "security" for x in token.reach.known_classes)'
)
WITHIN = '"security" in token.reach.known_classes'


@pytest.mark.parametrize(
    ("condition", "answers", "outcomes", "facts"),
    [
        # Nothing asked yet: it may be anything.
        ("token.divisible", {}, {"hit", "missing", "pass"}, ["token.divisible"]),
        ("token.divisible", {"token.divisible": UNKNOWN}, {"missing"}, []),
        ("token.divisible", {"token.divisible": True}, {"hit"}, []),
        # One known part decides; what is left does not matter.
        ("token.divisible and token.pooled", {"token.pooled": False}, {"pass"}, []),
        ("token.divisible or token.pooled", {"token.pooled": True}, {"hit"}, []),
        (
            "token.divisible or token.pooled",
            {"token.pooled": UNKNOWN},
            {"hit", "missing"},
            ["token.divisible"],
        ),
        (
            "token.divisible and token.pooled",
            {"token.pooled": UNKNOWN},
            {"missing", "pass"},
            ["token.divisible"],
        ),
        # What is asked for being known is never lacking, and can turn a rule either way.
        ("known(token.decimals)", {}, {"hit", "pass"}, ["token.decimals"]),
        ("not known(token.approval_number)", {}, {"hit", "pass"}, ["token.approval_number"]),
        ("known(token.decimals)", {"token.decimals": UNKNOWN}, {"pass"}, []),
        # A part of an amount is asked for as the amount.
        ('price.currency != "CNY"', {}, {"hit", "missing", "pass"}, ["offer.price"]),
        ('amount(price, "CNY") > 5', {"offer.price": ETHER}, {"missing"}, []),
        # A list that may still get longer: what it has, it has.
        (GROWING, {"token.underlying": ["security"]}, {"hit"}, []),
        (
            GROWING,
            {"token.underlying": ["artwork"]},
            {"hit", "missing", "pass"},
            ["token.redeemable_for", "token.reach.classes"],
        ),
        (GROWING, {"token.underlying": ["artwork"], "token.redeemable_for": []}, {"pass"}, []),
        (WITHIN, {"token.underlying": ["security"]}, {"hit"}, []),
        (
            WITHIN,
            {"token.underlying": ["artwork"]},
            {"hit", "missing", "pass"},
            ["token.redeemable_for", "token.reach.classes"],
        ),
        # Parties answer by their names in the plan; one of them may have two roles.
        (
            'any(p.kyc.status != "verified" for p in parties)',
            {},
            {"hit", "missing", "pass"},
            ["issuer.kyc.status"],
        ),
        # Items of a list are answered with it.
        (
            'any(x.type == "a" for x in platform.licences)',
            {"platform.licences": [{"type": "b"}]},
            {"pass"},
            [],
        ),
        (
            'any(x.number == "1" for x in platform.licences)',
            {"platform.licences": [{"type": "b"}]},
            {"missing"},
            [],
        ),
        # Names and what is computed are for nobody to answer.
        ('seller.id == "x"', {}, {"pass"}, []),
        ("len(seller.control.known_lists_hit) > 0", {}, {"missing"}, []),
    ],
)
def test_what_a_rule_can_still_come_to(
    condition: str, answers: dict[str, Any], outcomes: set[str], facts: list[str]
) -> None:
    """The outcomes left, and the facts that decide, in the order of the text."""
    one = prospect(condition, answers)
    assert one.outcomes == outcomes
    assert list(one.facts) == facts


def test_the_scope_comes_before_the_wrong() -> None:
    """While the scope is open its facts come first; where it does not hold nothing else is asked."""
    scoped = rule("XX-A", "offer", "token.pooled", applies_if="token.divisible")
    before = look(PLAN, {}, engine(scoped), AT).prospects[0]
    assert list(before.facts) == ["token.divisible", "token.pooled"]
    assert before.outcomes == {"not_applicable", "missing", "hit", "pass"}
    after = look(PLAN, {"token.divisible": False}, engine(scoped), AT).prospects[0]
    assert (after.outcomes, after.facts) == ({"not_applicable"}, ())


def test_a_window_that_counts_the_plan_itself_rests_on_what_it_reads() -> None:
    """Whether the offer counts depends on its price, so the window asks for the price."""
    counted = {
        "dear": window(
            "count", "offer", "token.id", where='amount(price, "CNY") > 5', including=True
        )
    }
    one = prospect("windows.dear > 0", {}, windows=counted)
    assert list(one.facts) == ["offer.price"]
    known = prospect("windows.dear > 0", {"offer.price": YUAN}, windows=counted)
    assert (known.outcomes, known.facts) == ({"hit"}, ())
    past = {"dear": counted["dear"] | {"including": False}}
    assert prospect("windows.dear > 0", {}, windows=past).outcomes == {"pass"}


def test_a_rule_that_cannot_beat_what_stands_is_not_asked_about() -> None:
    """Beside a standing review only rules that deny are asked about, beside a denial none."""
    engines = engine(
        rule("XX-A", "offer", "token.divisible"),
        rule("XX-B", "offer", "token.pooled", verdict="review"),
        rule("XX-C", "offer", "token.co_owned", verdict="condition"),
    )
    asked = {
        fact
        for fact in ("token.divisible", "token.pooled", "token.co_owned")
        for question in [next_question(PLAN, {"token.pooled": True}, engines, at=AT, prefer=fact)]
        if question is not None and question.fact == fact
    }
    assert asked == {"token.divisible"}
    assert next_question(PLAN, {"token.divisible": True}, engines, at=AT) is None


def test_the_stronger_and_the_more_frequent_fact_comes_first() -> None:
    """One rule that denies outweighs one review; two reviews with the same fact equal it and more."""
    deny = rule("XX-C", "offer", "token.co_owned")
    review = rule("XX-A", "offer", "token.pooled", verdict="review")
    first = next_question(PLAN, {}, engine(review, deny), at=AT)
    assert first is not None
    assert first.fact == "token.co_owned"
    again = [review | {"id": f"XX-A{n}"} for n in range(3)]
    other = next_question(PLAN, {}, engine(deny, *again), at=AT)
    assert other is not None
    assert other.fact == "token.pooled"


def test_rules_that_are_off_or_in_shadow_ask_nothing() -> None:
    """Only live rules decide, so only they ask."""
    silent = engine(
        rule("XX-A", "offer", "token.pooled", mode="shadow"),
        rule("XX-B", "offer", "token.co_owned", mode="off"),
    )
    assert next_question(PLAN, {}, silent, at=AT) is None


FACTS = ["token.divisible", "token.pooled", "token.co_owned", "platform.filing_number_shown"]


def conditions() -> st.SearchStrategy[str]:
    """Return conditions over four facts that may be unknown."""
    leaf = st.sampled_from([*FACTS, *(f"known({fact})" for fact in FACTS)])
    return st.recursive(
        leaf,
        lambda below: st.one_of(
            st.builds("not ({})".format, below),
            st.builds("({}) and ({})".format, below, below),
            st.builds("({}) or ({})".format, below, below),
        ),
        max_leaves=6,
    )


@settings(max_examples=30, deadline=None)
@given(
    condition=conditions(),
    known=st.dictionaries(st.sampled_from(FACTS), st.sampled_from([True, False, UNKNOWN])),
)
def test_every_completion_lies_in_what_is_possible(condition: str, known: dict[str, Any]) -> None:
    """All completions by the real engine: no outcome beyond, and where one fact decides nothing, none."""
    engines = engine(rule("XX-A", "offer", condition))
    (before,) = look(PLAN, known, engines, AT).prospects
    open_ = [fact for fact in FACTS if fact not in known]
    reached = set()
    for values in product([True, False, UNKNOWN], repeat=len(open_)):
        found = outcome(PLAN, {**known, **dict(zip(open_, values, strict=True))}, engines, at=AT)
        reached.add(verdicts(found)[0])
    names = {"hit": "deny", "missing": "review", "pass": "allow"}
    allowed = {names[one] for one in before.outcomes}
    assert reached <= allowed
    if not before.facts:
        assert len(reached) == 1
