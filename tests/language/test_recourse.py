"""What would make a rule pass: every suggestion does, none can be shortened, none is overlooked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given

from vermilion.facts.entities import Party, Token
from vermilion.facts.events import PaymentLeg
from vermilion.facts.money import Money
from vermilion.facts.namespace import EventFacts
from vermilion.language import Condition, Facts, Policy, Recourse, applied, fuse, recourse, tree
from vermilion.language.places import with_values
from vermilion.language.requirements import Requirement
from vermilion.language.wanted_lists import reads_its_list

from .random_rules import DAYS, MOMENT, PARAMETERS, conditions, facts, roots_of_sale
from .test_agreement import brief, condition, thorough

if TYPE_CHECKING:
    from vermilion.facts.events import Sale

# An event's own facts are what it is; its parties are those that it names.
TODAY = dt.date(2022, 7, 5)
FIXED = frozenset({"event", "parties"})
POLICY = Policy(fixed=FIXED)
CLEAR = {"passed", "not applicable"}


def facts_of(sale: Sale, known: dict[str, Any]) -> Facts:
    """Return everything that a rule may read, the list of parties by its roles."""
    names = ("seller", "buyer", "issuer")[: len(known["parties"])]
    return Facts(roots_of_sale(sale, known), PARAMETERS, {"parties": names})


def fused(rule: Condition, sale: Sale, found: Facts) -> str:
    """Return the outcome by the compiled function, which shares nothing with the search."""
    own = {name: found.roots[name] for name in sale.__struct_fields__ if name in found.roots}
    hit, unknown, passed = fuse("sale", [rule], PARAMETERS)(
        msgspec.structs.replace(sale, **own), found.roots
    )
    return "hit" if hit else "unknown" if unknown else "passed" if passed else "not applicable"


@thorough
@given(texts=conditions(), applies=conditions(depth=1), sale_and_known=facts())
def test_every_suggestion_clears_and_none_can_be_shortened(
    texts: str, applies: str, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """By the compiled function: with all changes the rule is clear, with one left out it is not."""
    sale, known = sale_and_known
    rule, found = condition(applies, texts), facts_of(sale, known)
    if fused(rule, sale, found) in CLEAR:
        return
    for alternative in recourse(rule, found, "sale", POLICY).alternatives:
        assert fused(rule, sale, applied(found, alternative, "sale")) in CLEAR
        for left_out in alternative:
            fewer = tuple(one for one in alternative if one is not left_out)
            assert fused(rule, sale, applied(found, fewer, "sale")) not in CLEAR


UNIVERSE: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("price",): tuple(Money(n, c) for n in (0, 1, 2, 3, 20) for c in ("CNY", "USD", "ETH")),
    ("purpose",): ("investment", "custody"),
    ("offer",): ("", "a", "b", "c", "other"),
    ("buyer", "kind"): ("person", "organisation"),
    ("buyer", "kyc", "status"): ("verified", "pending", "none"),
    ("buyer", "self_supporting"): (True, False),
    ("buyer", "birth_date"): (*DAYS, dt.date(1980, 1, 1), dt.date(2021, 1, 1)),
    ("buyer", "memberships"): (
        [],
        ["NIFA"],
        ["CBA"],
        ["CCIA"],
        ["NIFA", "CBA"],
        ["NIFA", "CBA", "CCIA"],
    ),
    ("seller", "id"): ("a", "b", "c", "other"),
    ("seller", "kyc", "expires_on"): (*DAYS, dt.date(1980, 1, 1), dt.date(2030, 1, 1)),
    ("token", "underlying"): (
        [],
        ["artwork"],
        ["loan"],
        ["security"],
        ["artwork", "loan", "security"],
    ),
    ("token", "divisible"): (True, False),
    ("token", "edition", "size"): (*range(22),),
    ("work", "ai_generated"): (True, False),
    ("windows.deals",): (*range(22),),
}
"""Facts, and values that each is given in turn."""


@brief
@given(text=conditions(depth=2), sale_and_known=facts())
def test_no_single_change_is_overlooked(
    text: str, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """Where one other value of one fact clears a rule, a single change is found.

    Not so where a number is multiplied with itself, nor where a condition on a list's elements reads
    the list as well; and a rule is not asked to be unknown.
    """
    sale, known = sale_and_known
    rule, found = condition(None, text), facts_of(sale, known)
    over_lists = [one for one in tree.walk(rule.violates) if isinstance(one, tree.Quantifier)]
    if "*" in text or any(map(reads_its_list, over_lists)) or fused(rule, sale, found) in CLEAR:
        return
    clears = [
        (place, value)
        for place, values in UNIVERSE.items()
        for value in values
        if fused(rule, sale, with_values(found, {place: value}, "sale")) in CLEAR
    ]
    if clears:
        result = recourse(rule, found, "sale", POLICY)
        assert [len(one) for one in result.alternatives[:1]] == [1], clears[0]


def test_what_is_fixed_is_changed_only_where_it_was_unknown() -> None:
    """A known birth date is named as what holds the rule; an unknown one is asked for."""
    rule = condition(None, "age(buyer.birth_date) < 18")
    policy = Policy(fixed=frozenset({"birth_date", "event"}))
    event = EventFacts(
        date=TODAY, time=MOMENT, type="sale", stage="proposed", source="s", subject="e"
    )
    young = Facts(
        {"buyer": Party(id="b", birth_date=dt.date(2010, 1, 1)), "event": event}, PARAMETERS
    )
    assert recourse(rule, young, "sale", policy) == Recourse(
        "nothing can", (), ("buyer.birth_date",)
    )
    unknown = Facts({"buyer": Party(id="b"), "event": event}, PARAMETERS)
    (((change,),)) = recourse(rule, unknown, "sale", policy).alternatives
    assert (change.fact, change.way) == ("buyer.birth_date", "supply")
    assert change.example == dt.date(2004, 7, 5)


def test_a_scope_is_left_only_by_what_the_policy_allows() -> None:
    """A rule on cash is passed by paying otherwise, where that is for the parties to choose."""
    rule = condition('any(leg.instrument == "cash" for leg in settlement)', 'purpose == "custody"')
    legs = [PaymentLeg(instrument="cash")]
    found = Facts({"settlement": legs, "purpose": "custody"}, PARAMETERS)
    allowed = Policy(frozenset({"purpose"}), leaving=frozenset({"instrument"}))
    (((change,),)) = recourse(rule, found, "sale", allowed).alternatives
    assert change.fact == "settlement[0].instrument"
    refused = Policy(frozenset({"purpose"}), leaving=frozenset())
    assert recourse(rule, found, "sale", refused).outcome == "nothing can"


def test_an_empty_list_is_filled_where_its_words_do_not_matter() -> None:
    """A rule that holds of nothing is cleared by anything, whatever text it looks into beside."""
    rule = condition(
        None,
        "all(any(matches(offer, lists.letters) for leg in settlement) for one in token.underlying)",
    )
    roots = {"token": Token(id="t", underlying=[]), "settlement": [], "offer": "a"}
    (((change,),)) = recourse(rule, Facts(roots, PARAMETERS), "sale").alternatives
    assert (change.fact, change.way) == ("token.underlying", "change")


def test_a_list_on_whose_elements_a_rule_rests_is_not_emptied() -> None:
    """A condition on the elements that reads the list as well is cleared by other elements."""
    rule = condition(None, 'all("artwork" in token.underlying for one in token.underlying)')
    roots = {"token": Token(id="t", underlying=["artwork"])}
    (((change,),)) = recourse(rule, Facts(roots, PARAMETERS), "sale").alternatives
    assert change.fact == "token.underlying"
    assert change.example
    assert "artwork" not in change.example


def test_no_price_is_in_a_currency_that_there_is_not() -> None:
    """Where only a word that is no currency would clear the rule, nothing is suggested."""
    rule = condition(None, "price.currency != purpose")
    roots = {"price": Money(1, "CNY"), "purpose": "investment"}
    fixed = Policy(fixed=frozenset({"purpose"}))
    assert not recourse(rule, Facts(roots, PARAMETERS), "sale", fixed).alternatives


def test_numbers_over_the_past_are_not_edited() -> None:
    """What only time or fewer events bring about is said to be so."""
    rule = condition(None, "windows.deals > params.few")
    (((change,),)) = recourse(rule, Facts({"windows.deals": 5}, PARAMETERS), "sale").alternatives
    assert (change.way, change.requirements[0].requirement) == ("past", Requirement("at most", 2))


def test_both_sides_of_a_comparison_move_where_one_alone_does_not() -> None:
    """A price above the marked one, and a leg above the price: both come down."""
    rule = condition(
        None,
        'amount(price, "CNY") > params.few or any(amount(leg.amount, "CNY") > amount(price, "CNY") for leg in settlement)',
    )
    legs = [PaymentLeg(amount=Money(9, "CNY"))]
    found = Facts({"price": Money(9, "CNY"), "settlement": legs}, PARAMETERS)
    (alternative,) = recourse(rule, found, "sale").alternatives
    assert {one.fact for one in alternative} == {"price.amount", "settlement[0].amount.amount"}


def test_texts_name_the_terms_that_stand_against_them() -> None:
    """A text must lose the terms of a list; to withhold it is no remedy."""
    rule = condition(None, "matches(offer, lists.letters)")
    (((change,),)) = recourse(rule, Facts({"offer": "a"}, PARAMETERS), "sale").alternatives
    (needed,) = change.requirements
    requirement = needed.requirement
    assert requirement.kind == "no term of"
    assert requirement.operand.found("a b") == ("a", "b")
    hidden = condition(None, "known(offer)")
    assert recourse(hidden, Facts({"offer": "a"}, PARAMETERS), "sale").outcome == "nothing can"
