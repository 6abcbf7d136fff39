"""Only what can still change the answer is asked, and everything that can is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.may_i import PLANS, UNKNOWN, Plan, next_question, outcome, plan_of
from vermilion.desk.may_i.looking import look
from vermilion.desk.may_i.vocabulary import fact_type, may_ask
from vermilion.errors import DataError, UsageError

from .samples import AT, CN, ETHER, GOOD, YUAN, played, universe, values, verdicts

SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WHOLE = "token.reach.classes"


def answered(data: st.DataObject, plan: Plan, fact: str, *, known: int = 3) -> Any:
    """Draw an answer; one in four is that it is not known."""
    return data.draw(values(plan, fact)) if data.draw(st.integers(0, known)) else UNKNOWN


def interviewed(data: st.DataObject, plan: Plan, at: dt.datetime) -> dict[str, Any]:
    """Answer at random until nothing is asked; each question promises fewer than the one before."""
    answers: dict[str, Any] = {}
    most = 1_000
    while question := next_question(plan, answers, CN, at=at):
        assert question.fact not in {**plan.implied, **answers}
        if not question.fact.startswith("operator."):
            assert question.at_most < most
            most = question.at_most
        answers[question.fact] = answered(data, plan, question.fact)
    return answers


@SLOW
@given(data=st.data())
def test_what_is_not_asked_cannot_change_the_verdict(data: st.DataObject) -> None:
    """Whatever is answered to the questions that were never asked, the verdict stays."""
    plan = data.draw(st.sampled_from(list(PLANS.values())))
    at = data.draw(st.sampled_from([AT, dt.datetime(2022, 7, 5, tzinfo=dt.UTC)]))
    answers = interviewed(data, plan, at)
    before = verdicts(outcome(plan, answers, CN, at=at))
    rest = [fact for fact in universe(plan) if fact not in answers]
    told = UNKNOWN not in [answers.get(f"token.{one}") for one in ("underlying", "redeemable_for")]
    more = {
        fact: data.draw(values(plan, fact))
        for fact in rest
        if (fact != WHOLE or told) and data.draw(st.booleans())
    }
    assert verdicts(outcome(plan, {**answers, **more}, CN, at=at)) == before


@SLOW
@given(data=st.data())
def test_every_verdict_lies_in_what_was_thought_possible(data: st.DataObject) -> None:
    """At each step, each rule's outcome on further answers is one of those that the look allowed."""
    plan = data.draw(st.sampled_from(list(PLANS.values())))
    facts = [fact for fact in universe(plan) if fact != WHOLE]
    first = {fact: answered(data, plan, fact) for fact in facts if data.draw(st.booleans())}
    more = {fact: answered(data, plan, fact) for fact in facts if fact not in first}
    before, after = look(plan, first, CN, AT), look(plan, {**first, **more}, CN, AT)
    for one, later in zip(before.prospects, after.prospects, strict=True):
        assert later.outcomes <= one.outcomes
        ruled = {rule.id: rule.outcome for rule in later.judged.ruling.rules}
        passed = {name.rpartition("@")[0] for name in later.judged.ruling.passed}
        id = one.rule.rule.id
        now = ruled.get(id) or ("pass" if id in passed else "not_applicable")
        assert now in later.outcomes


@SLOW
@given(data=st.data())
def test_the_order_of_answers_does_not_matter(data: st.DataObject) -> None:
    """The same answers in another order lead to the same question and the same verdicts."""
    plan = data.draw(st.sampled_from(list(PLANS.values())))
    facts = data.draw(st.lists(st.sampled_from(universe(plan)), max_size=8, unique=True))
    answers = {fact: answered(data, plan, fact) for fact in facts}
    other = dict(data.draw(st.permutations(list(answers.items()))))
    assert next_question(plan, answers, CN, at=AT) == next_question(plan, other, CN, at=AT)
    assert verdicts(outcome(plan, answers, CN, at=AT)) == verdicts(outcome(plan, other, CN, at=AT))


BAD: dict[str, Any] = {
    "token.underlying": ["security"],
    "token.redeemable_for": ["loan"],
    "token.rights": ["dividend"],
    "token.divisible": True,
    "token.decimals": 2,
    "token.fraction_of": ["x"],
    "token.pooled": True,
    "token.co_owned": True,
    "token.edition.size": 6_000,
    "token.edition.fixed": False,
    "token.edition.numbered": False,
    "token.edition.own_metadata": False,
    "work.ai_generated": True,
    "work.licence.unbroken": False,
    "work.licence.in_force": False,
    "work.licence.rights": ["exhibition"],
    "work.licence.territories": ["HK"],
    "work.licence.edition_limit": 4_999,
    "issuer.kyc.status": "pending",
    "issuer.kyc.expires_on": "2026-05-31",
    "issuer.lists_hit": ["x"],
    "issuer.control.lists_hit": ["x"],
    "platform.features": ["order_book"],
    "platform.licences": [],
    "platform.filing_number_shown": False,
    "offer.price": ETHER,
    "offer.compared_price": YUAN,
    "offer.ad_texts": ["稳赚不赔"],
    "offer.disclosure.items": [],
    "offer.disclosure.prominent": False,
    "offer.disclosure.before_purchase": False,
}
"""For each fact asked of the brand, an answer that alone spoils a plan in which all else is good."""

LEADING = {"work.depicts_relic", "work.licence.edition_unlimited", "operator.memberships"}
"""Facts that only lead to another one: alone they spoil nothing."""


def test_each_question_of_a_good_plan_could_change_its_verdict() -> None:
    """All is well with the brand's cards; of the facts asked, each one alone would have undone that."""
    plan = plan_of("brand_cards")
    asked, found = played(plan, GOOD)
    assert verdicts(found) == ["allow"]
    answers = {fact: GOOD[fact] for fact in asked}
    for fact in asked:
        if fact not in LEADING:
            spoiled = outcome(plan, {**answers, fact: BAD[fact]}, CN, at=AT)
            assert verdicts(spoiled) != ["allow"], fact


def test_a_denial_that_stands_ends_the_interview() -> None:
    """After one answer that no other can undo, nothing but the memberships is asked."""
    plan = plan_of("secured_loan")
    question = next_question(plan, {"loan.purpose": "buy_collectibles"}, CN, at=AT)
    assert question is not None
    assert question.fact == "operator.memberships"
    known = {"loan.purpose": "buy_collectibles", "operator.memberships": []}
    assert next_question(plan, known, CN, at=AT) is None


def test_everything_that_is_wrong_is_asked_where_a_person_wants_it() -> None:
    """With `everything` the interview goes on beside a denial, and more rules are found."""
    plan = plan_of("brand_cards")
    wrong = {
        **GOOD,
        "offer.price": ETHER,
        "token.rights": ["dividend"],
        "issuer.kyc.status": "none",
    }
    few, brief = played(plan, wrong)
    many, full = played(plan, wrong, everything=True)
    assert len(many) > len(few)
    hit = {one.id for one in full.rulebooks[0].rules if one.outcome == "hit"}
    assert {"CN-N4-01", "CN-N1-02", "CN-N5-01"} <= hit
    assert verdicts(brief) == verdicts(full) == ["deny"]


def test_a_preferred_fact_is_asked_first_only_while_it_matters() -> None:
    """A fact taken back is asked again at once, unless its answer could change nothing any more."""
    plan = plan_of("brand_cards")
    question = next_question(plan, {}, CN, at=AT, prefer="offer.price")
    assert question is not None
    assert question.fact == "offer.price"
    denied = {"token.rights": ["dividend"], "operator.memberships": []}
    assert next_question(plan, denied, CN, at=AT, prefer="offer.price") is None


def test_a_question_tells_who_asks_and_where_it_stands() -> None:
    """The rules that depend on the answer are named with their verdicts and clauses."""
    question = next_question(plan_of("resale_market"), {}, CN, at=AT)
    assert question is not None
    assert (question.fact, question.kind) == ("platform.features", "choices")
    assert "continuous_listing" in question.options
    asker = next(one for one in question.askers if one.rule == "CN-N3-02")
    assert (asker.verdict, asker.event) == ("deny", "platform")
    assert any(clause.pinpoint == "二(三)" for clause in asker.clauses)


def test_optional_is_what_no_rule_ever_lacks() -> None:
    """A compared price may simply not be there; a price may not."""
    plan = plan_of("brand_cards")
    for fact, optional in {
        "offer.compared_price": True,
        "issuer.kyc.expires_on": True,
        "offer.price": False,
        "token.underlying": False,
        "issuer.control.lists_hit": False,
    }.items():
        question = next_question(plan, {}, CN, at=AT, prefer=fact)
        assert question is not None
        assert (question.fact, question.optional) == (fact, optional)


def test_what_lies_in_further_collectibles_is_asked_as_a_whole() -> None:
    """Where redemption leads to other collectibles, what these come to in the end is asked."""
    plan = plan_of("goods_token")
    opened = {"token.underlying": ["artwork"], "token.redeemable_for": ["collectible"]}
    question = next_question(plan, opened, CN, at=AT, prefer=WHOLE)
    assert question is not None
    assert question.fact == WHOLE
    closed = {**opened, "token.redeemable_for": ["ticket"]}
    other = next_question(plan, closed, CN, at=AT, prefer=WHOLE)
    assert other is not None
    assert other.fact != WHOLE
    bad = outcome(plan, {**opened, WHOLE: ["security"]}, CN, at=AT)
    assert verdicts(bad) == ["deny"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"offer.nonsense": 1}, "fact_unknown"),
        ({"token": {}}, "fact_unknown"),
        ({"token.id": "x"}, "fact_unknown"),
        ({"token.edition": {}}, "fact_unknown"),
        ({"loan.purpose": "other"}, "fact_unknown"),
        ({"operator.officers": []}, "fact_unknown"),
        ({"offer.price": 5}, "bad_answer"),
        ({"offer.price": {"amount": 1, "currency": "XXX"}}, "bad_answer"),
        ({"offer.mode": "haggling"}, "bad_answer"),
        ({"token.edition.size": -1}, "bad_answer"),
        ({"offer.ad_texts": ["x" * 100_001]}, "bad_answer"),
        ({f"token.{n}": 1 for n in range(501)}, "too_many_answers"),
    ],
)
def test_answers_that_cannot_be_are_refused_with_their_place(
    answers: dict[str, Any], code: str
) -> None:
    """What is no fact of the plan, or no value of its fact, is refused and named."""
    with pytest.raises((UsageError, DataError)) as refused:
        next_question(plan_of("brand_cards"), answers, CN, at=AT)
    assert refused.value.code == code
    assert code == "too_many_answers" or refused.value.where == next(iter(answers))


def test_no_plan_implies_what_it_cannot_say() -> None:
    """Each plan's implied facts are facts of its own, and its events are judged without an answer."""
    for plan in PLANS.values():
        for fact in plan.implied:
            assert fact_type(plan, fact) is not None
        assert look(plan, {}, CN, AT).judged
        assert all(may_ask(plan, fact) for fact in universe(plan))


def test_an_unknown_plan_is_refused_with_the_known_ones() -> None:
    """The error names what there is."""
    with pytest.raises(UsageError) as refused:
        plan_of("lemonade")
    assert "museum_relic" in (refused.value.help or "")
