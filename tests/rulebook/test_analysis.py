"""What is said to be proven is so: no facts contradict it, and plain contradictions are found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from language.random_rules import PARAMETERS, SCOPE, conditions, facts, roots_of_sale
from vermilion.language import Facts, explain, parse
from vermilion.rulebook.analysis import analyse
from vermilion.rulebook.proof import Goal, Prover, Wanted

from .books import book, citation, instrument, rule, words

MEANS: dict[Wanted, set[bool | None]] = {
    "true": {True},
    "false": {False},
    "not true": {False, None},
    "not false": {True, None},
}
WANTED = st.sampled_from(list(MEANS))
PROVER = Prover(PARAMETERS, frozenset({"windows.deals"}))


def impossible(*wanted: tuple[str, Wanted]) -> bool:
    """Tell whether it is proven that texts do not come out as wanted together."""
    return PROVER.impossible(*(Goal(parse(text, SCOPE), one) for text, one in wanted))


@given(
    texts=st.lists(conditions(depth=2), min_size=2, max_size=2),
    wanted=st.lists(WANTED, min_size=2, max_size=2),
    seen=st.lists(facts(), min_size=2, max_size=4),
)
@settings(deadline=None, max_examples=150)
def test_what_is_proven_impossible_never_happens(
    texts: list[str], wanted: list[Wanted], seen: list[Any]
) -> None:
    """Random conditions, alone and together, over random facts with unknowns."""
    goals = [Goal(parse(t, SCOPE), one) for t, one in zip(texts, wanted, strict=True)]
    for tried in (goals, goals[:1]):
        if PROVER.impossible(*tried):
            for sale, known in seen:
                over = Facts(roots_of_sale(sale, known), PARAMETERS)
                came = [explain(goal.node, over).value in MEANS[goal.wanted] for goal in tried]
                assert not all(came)


@given(text=conditions(depth=2))
@example(
    text='all("NIFA" in seller.memberships and "CBA" in seller.memberships for x in seller.memberships)'
)
@settings(deadline=None, max_examples=60)
def test_no_condition_comes_out_in_two_ways(text: str) -> None:
    """True and false, true and not true, false and not false exclude one another, provably."""
    assert impossible((text, "true"), (text, "false"))
    assert impossible((text, "true"), (text, "not true"))
    assert impossible((text, "false"), (text, "not false"))


@pytest.mark.parametrize(
    "text",
    [
        'price.currency == "CNY" and price.currency == "USD"',
        'price.currency == "CNY" and amount(price, "USD") > 5',
        'amount(price, "CNY") > 5 and amount(price, "CNY") < 6',
        'amount(price, "CNY") > 5 and not amount(price, "CNY") > 2 * 2',
        "known(price) and not known(price)",
        "known(price.currency) and not known(price)",
        'purpose == "investment" and purpose in ["custody"]',
        "len(settlement) < 0",
        "windows.deals < 0",
        "token.divisible and not token.divisible",
        "age(buyer.birth_date) < params.years and age(buyer.birth_date) >= 18",
        "age(buyer.birth_date) < 18 and not known(buyer.birth_date)",
        "buyer.birth_date < event.date and event.date < buyer.birth_date",
        "buyer.birth_date < event.date and not known(buyer.birth_date)",
        "event.date != event.date",
        '"loan" in token.underlying and len(token.underlying) == 0',
        '"loan" in token.underlying and all(x == "security" for x in token.underlying)',
        'any(x == "loan" for x in token.underlying) and "loan" not in token.underlying',
        'any(p.kind == "person" for p in parties) and all(p.kind != "person" for p in parties)',
        "matches(offer, lists.letters) and not matches(offer, lists.letters)",
    ],
)
def test_contradictions_are_proven(text: str) -> None:
    """Of each kind of test, and between what belongs together."""
    assert impossible((text, "true"))


@pytest.mark.parametrize(
    "text",
    [
        'price.currency != "CNY" and amount(price, "USD") > 5',
        'amount(price, "CNY") > 5 and amount(price, "CNY") < 7',
        "buyer.birth_date < event.date and seller.birth_date > event.date",
        "any(any(p.id != q.id for q in parties) for p in parties)",
        '"loan" in token.underlying and "security" in token.underlying',
        'any(p.kind == "person" for p in parties) and any(p.kind != "person" for p in parties)',
        "len(settlement) == 0 and not any(leg.channel_licensed for leg in settlement)",
        'purpose not in ["custody"] and known(purpose)',
        "windows.deals >= 0 and windows.deals != 1",
    ],
)
def test_what_can_be_is_left_alone(text: str) -> None:
    """Nothing is said of conditions that some facts satisfy."""
    assert not impossible((text, "true"))


def found(*rules: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """Return the rules and codes of what is proven."""
    return [(one.rule, one.code) for one in analyse(book(*rules, **changes))]


def wrong(id: str, violated: str, **more: Any) -> dict[str, Any]:
    """Return a rule with a condition."""
    return rule(id, violates_if=violated, reason=words("no"), **more)


COINS = "price.currency in lists.coins"
ETHER = 'price.currency == "ETH"'


class TestPairs:
    """Rules beside one another."""

    def test_a_narrower_rule_is_subsumed(self) -> None:
        """Where the wider one is as strong, on the same events, stages and days."""
        wide, narrow = wrong("XX-R-01", COINS), wrong("XX-R-02", ETHER)
        assert found(wide, narrow) == [("XX-R-02", "subsumed")]
        assert found(narrow, wide) == [("XX-R-02", "subsumed")]

    @pytest.mark.parametrize(
        ("wide", "narrow"),
        [
            ({"verdict": "review"}, {}),
            ({"applies_to": ["offer"]}, {}),
            ({}, {"applies_to": ["sale", "offer"]}),
            ({"stage": ["proposed"]}, {}),
            ({"in_force": {"from": "2021-01-01"}}, {}),
            ({"mode": "shadow"}, {}),
            ({"applies_if": "known(token.divisible)"}, {}),
            ({"applies_if": "token.divisible"}, {"applies_if": "known(token.divisible)"}),
        ],
    )
    def test_one_that_says_more_is_not(self, wide: dict[str, Any], narrow: dict[str, Any]) -> None:
        """Weaker, elsewhere, later, in shadow or under a further condition."""
        rules = wrong("XX-R-01", COINS, **wide), wrong("XX-R-02", ETHER, **narrow)
        assert ("XX-R-02", "subsumed") not in found(*rules)

    def test_of_two_equal_rules_one_is_told(self) -> None:
        """And not both, which would leave none."""
        rules = wrong("XX-R-01", COINS), wrong("XX-R-02", COINS)
        assert found(*rules) == [("XX-R-01", "subsumed")]

    def test_what_it_alone_cites_is_told(self) -> None:
        """A rule in vain may still be the only one to name a law."""
        rules = wrong("XX-R-01", COINS), wrong("XX-R-02", ETHER, citations=[citation("XX-NEW")])
        (one,) = analyse(book(*rules, instruments=[instrument(), instrument("XX-NEW")]))
        assert "it alone cites XX-NEW" in one.message

    def test_two_rules_that_none_can_pass(self) -> None:
        """Each may pass by itself; together none does, and an event is in the scope of both."""
        rules = wrong("XX-R-01", COINS), wrong("XX-R-02", "price.currency not in lists.coins")
        assert found(*rules) == [("XX-R-02", "contradiction")]

    def test_scopes_that_do_not_meet_are_no_contradiction(self) -> None:
        """What applies to one cannot apply to the other."""
        one = wrong("XX-R-01", COINS, applies_if="token.divisible")
        other = wrong(
            "XX-R-02", "price.currency not in lists.coins", applies_if="not token.divisible"
        )
        assert found(one, other) == []

    def test_rules_of_different_days_are_no_contradiction(self) -> None:
        """One ends when the other begins."""
        one = wrong("XX-R-01", COINS, in_force={"to": "2022-01-01"})
        more = {"in_force": {"from": "2022-01-01"}}
        assert found(one, wrong("XX-R-02", "price.currency not in lists.coins", **more)) == []


class TestAlone:
    """One rule by itself."""

    def test_a_parameter_counts_with_each_of_its_values(self) -> None:
        """Dead under every value is dead; under one of two it is not."""
        over = 'amount(price, "CNY") > params.cap and amount(price, "CNY") < 150'
        values = [
            {"from": "2020-01-01", "value": 200, "source": "policy"},
            {"from": "2022-01-01", "value": 300, "source": "policy"},
        ]
        cap = {"cap": {"title": words("cap"), "values": values}}
        assert found(wrong("XX-R-01", over), parameters=cap) == [("XX-R-01", "never_hits")]
        values[1]["value"] = 100
        assert found(wrong("XX-R-01", over), parameters=cap) == []

    def test_the_event_type_is_known(self) -> None:
        """A condition on another type than the rule applies to is dead, and told of that type."""
        one = wrong(
            "XX-R-01", 'event.type == "offer" and known(price)', applies_to=["offer", "sale"]
        )
        (told,) = analyse(book(one))
        assert (told.code, "on sale" in told.message) == ("never_hits", True)

    def test_the_stage_is_known(self) -> None:
        """A rule on proposals never sees what settled."""
        one = wrong("XX-R-01", 'event.stage == "settled" and known(price)', stage=["proposed"])
        assert found(one) == [("XX-R-01", "never_hits")]

    def test_all_in_the_scope_may_be_meant(self) -> None:
        """`True` is how an author says so; a test that is always true is a mistake."""
        assert found(wrong("XX-R-01", "True", applies_if="token.divisible")) == []
        always = "known(price) or not known(price)"
        assert found(wrong("XX-R-01", always)) == [("XX-R-01", "never_passes")]

    def test_rules_that_are_off_are_left_alone(self) -> None:
        """They judge nothing."""
        assert found(wrong("XX-R-01", "known(price) and not known(price)", mode="off")) == []
