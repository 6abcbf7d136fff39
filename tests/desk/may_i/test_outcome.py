"""Plans whose answer was worked out by hand from the clauses end with those clauses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from vermilion.desk.may_i import UNKNOWN, Outcome, Ruled, next_question, outcome, plan_of
from vermilion.rulebook import Engine, Profile

from .samples import AT, CN, ETHER, GOOD, YUAN, played, verdicts


def asked(plan: str, answers: dict[str, Any], *, at: dt.datetime = AT) -> Outcome:
    """Return the outcome of a plan with some answers."""
    return outcome(plan_of(plan), answers, CN, at=at)


def hits(found: Outcome) -> dict[str, Ruled]:
    """Return the rules that were hit, by id."""
    return {one.id: one for one in found.rulebooks[0].rules if one.outcome == "hit"}


def pinpoints(rule: Ruled) -> list[str]:
    """Return where a rule's clauses stand."""
    return [cited.pinpoint for cited in rule.citations]


SCAN = {
    "work.relic.data_kind": "raw_capture",
    "work.relic.copy_method": "scan",
    "token.edition.limited": True,
    "offer.price": YUAN,
}
RUBBING = {
    "work.relic.data_kind": "restoration",
    "work.relic.copy_method": "rubbing",
    "work.relic.grade": "first",
}


def test_a_museum_does_not_sell_a_raw_scan_as_limited_goods() -> None:
    """NCHA seminar of April 2022: raw relic data, limited, for a price; it is guidance."""
    found = asked("museum_relic", SCAN)
    rule = hits(found)["CN-RL-01"]
    assert verdicts(found) == ["deny"]
    assert pinpoints(rule) == ["座谈会意见"]
    assert rule.citations[0].quote == "文博单位不应直接将文物原始数据作为限量商品发售"
    assert (rule.binds, rule.citations[0].status) == ("guidance", "draft")
    assert rule.passing is not None
    assert {one.fact for way in rule.passing.alternatives for one in way} == {
        "token.edition.limited",
        "price.amount",
    }


def test_a_free_scan_is_no_limited_goods_for_a_price() -> None:
    """The same scan given away is not what the seminar's words speak of."""
    free = {**SCAN, "offer.price": {"amount": 0, "currency": "CNY"}}
    assert "CN-RL-01" not in hits(asked("museum_relic", free))


@pytest.mark.parametrize(
    ("level", "denied"), [("none", True), ("provincial", True), ("national", False)]
)
def test_a_rubbing_of_a_first_grade_relic_takes_the_national_approval(
    level: str, denied: bool
) -> None:
    """Cultural Relics Protection Law 2024, article 62: grade one needs the State Council's authority."""
    found = asked("museum_relic", {**RUBBING, "work.relic.approval_level": level})
    assert ("CN-RL-02" in hits(found)) == denied
    if denied:
        assert "第六十二条第一款" in pinpoints(hits(found)["CN-RL-02"])
        assert hits(found)["CN-RL-02"].binds == "law"


def test_before_the_law_of_2025_no_approval_by_grade_was_named() -> None:
    """The day before 1 March 2025 the same rubbing is not denied by it."""
    before = dt.datetime(2025, 2, 28, 4, tzinfo=dt.UTC)
    lacking = {**RUBBING, "work.relic.approval_level": "none"}
    assert "CN-RL-02" not in hits(asked("museum_relic", lacking, at=before))
    assert "CN-RL-02" in hits(asked("museum_relic", lacking, at=before + dt.timedelta(days=1)))


def test_a_brand_that_does_everything_right_may_sell_its_cards_for_yuan() -> None:
    """5,000 numbered cards at a fixed price in renminbi: nothing stands against it."""
    asked_, found = played(plan_of("brand_cards"), GOOD)
    assert verdicts(found) == ["allow"]
    assert found.rulebooks[0].rules == []
    assert "CN-N4-01@1" in found.rulebooks[0].passed
    assert {"offer.price", "token.edition.numbered", "platform.licences"} <= set(asked_)


def test_a_brand_may_not_price_its_cards_in_ether() -> None:
    """Initiative, line four, and the marking rules' article 9: prices are in renminbi."""
    _, found = played(plan_of("brand_cards"), {**GOOD, "offer.price": ETHER})
    rule = hits(found)["CN-N4-01"]
    assert verdicts(found) == ["deny"]
    assert "二(四)" in pinpoints(rule)
    assert any(cited.instrument == "CN-SAMR-PRICE-2022" for cited in rule.citations)


def test_a_platform_without_filing_may_go_ahead_on_conditions() -> None:
    """What only takes a filing shown is a condition, with its remedy, and no denial."""
    _, found = played(plan_of("brand_cards"), {**GOOD, "platform.filing_number_shown": False})
    assert verdicts(found) == ["condition"]
    assert set(hits(found)) == {"CN-LC-01"}


def test_a_resale_market_may_not_list_continuously() -> None:
    """Initiative, line three: no continuous listing."""
    found = asked(
        "resale_market", {"platform.features": ["fixed_price_sale", "continuous_listing"]}
    )
    rule = hits(found)["CN-N3-02"]
    assert verdicts(found) == ["deny"]
    assert "二(三)" in pinpoints(rule)
    assert rule.facts == {"platform.features[1]": "continuous_listing"}


def test_a_loan_secured_on_collectibles_is_for_a_person() -> None:
    """Initiative, line six: whether it finances investment is open; as a purchase loan it is not."""
    found = asked("secured_loan", {"loan.purpose": "other"})
    assert verdicts(found) == ["review"]
    assert pinpoints(hits(found)["CN-N6-04"])[0] == "二(六)"
    assert hits(found)["CN-N6-04"].open_question is not None
    bought = asked("secured_loan", {"loan.purpose": "buy_collectibles"})
    assert verdicts(bought) == ["deny"]
    assert pinpoints(hits(bought)["CN-N6-03"])[0] == "二(六)"


def test_an_advertisement_must_not_promise_returns() -> None:
    """Advertising Law, article 25; the memo shows the word that was found."""
    found = asked("advertisement", {"post.text": "稳赚不赔，先到先得"})
    rule = hits(found)["CN-AD-02"]
    assert verdicts(found) == ["deny"]
    assert pinpoints(rule)[0] == "第二十五条第（一）项"
    assert rule.binds == "law"
    assert verdicts(asked("advertisement", {"post.text": "今日开售"})) == ["allow"]


def test_a_fund_sold_as_collectibles_is_denied() -> None:
    """Initiative, line one: no financial product in disguise."""
    found = asked(
        "financial_product", {"product.kind": "fund", "product.issued_as_collectibles": True}
    )
    assert verdicts(found) == ["deny"]
    assert "CN-N1-03" in hits(found)


def test_a_bank_does_not_invest() -> None:
    """Initiative, line six: a member institution that buys is denied, one that is no member is not."""
    member = {"buyer.memberships": ["CBA"], "sale.purpose": "investment"}
    assert "CN-N6-01" in hits(asked("company_purchase", member))
    other = {
        "buyer.memberships": [],
        "buyer.control.memberships": [],
        "sale.purpose": "investment",
    }
    assert "CN-N6-01" not in hits(asked("company_purchase", other))


def test_memberships_decide_whether_the_initiative_binds() -> None:
    """A duty for a member, guidance for others; the verdict is the same for both."""
    member = asked("secured_loan", {"loan.purpose": "other", "operator.memberships": ["CBA"]})
    other = asked("secured_loan", {"loan.purpose": "other", "operator.memberships": []})
    assert verdicts(member) == verdicts(other)
    assert hits(member)["CN-N6-04"].binds == "membership"
    assert hits(other)["CN-N6-04"].binds == "guidance"


def test_the_operator_of_a_book_asks_for_itself() -> None:
    """A bank's own book states its memberships: they are taken over, and nobody asks for them."""
    own = Profile(roles=["bank"], memberships=["CBA"])
    engines = [Engine(CN[0].rulebook, own)]
    plan, answers = plan_of("secured_loan"), {"loan.purpose": "other"}
    assert next_question(plan, answers, engines, at=AT) is None
    found = outcome(plan, answers, engines, at=AT)
    assert hits(found)["CN-N6-04"].binds == "membership"
    assert found.rulebooks[0].digest == engines[0].digest


def test_another_operator_lends_its_territory_only() -> None:
    """A bank's question at a platform's book is not answered by the platform's memberships."""
    engines = [Engine(CN[0].rulebook, Profile(roles=["platform"], memberships=["NIFA"]))]
    found = outcome(plan_of("secured_loan"), {"loan.purpose": "other"}, engines, at=AT)
    assert found.operator["roles"] == ["bank"]
    assert not found.operator["memberships_known"]
    assert hits(found)["CN-N6-04"].binds == "guidance"


def test_what_is_not_known_is_told_with_what_it_would_decide() -> None:
    """A fact asked and not known leaves a review, and says what it could become."""
    _, found = played(plan_of("brand_cards"), {**GOOD, "issuer.lists_hit": UNKNOWN})
    rules = found.rulebooks[0].rules
    rule = rules[0]
    assert verdicts(found) == ["review"]
    assert [(one.id, one.event) for one in rules] == [("CN-N5-03", "issue"), ("CN-N5-03", "offer")]
    assert (rule.id, rule.unknown, rule.lacking) == ("CN-N5-03", ["issuer.lists_hit"], [])
    assert (rule.verdict, rule.would, rule.confidential) == ("review", "deny", True)


def test_what_nobody_can_answer_is_told_apart() -> None:
    """A compared price is held against past deals, of which an interview knows none."""
    _, found = played(plan_of("brand_cards"), {**GOOD, "offer.compared_price": YUAN})
    rule = next(one for one in found.rulebooks[0].rules if one.id == "CN-PR-01")
    assert (rule.outcome, rule.unknown, rule.lacking) == ("missing", [], ["windows.last_deal"])
    assert "last_deal" in found.rulebooks[0].history


def test_an_outcome_is_a_pure_function_and_plain_json() -> None:
    """The same arguments give the same bytes, and unfinished ones name the next question."""
    first, second = (
        msgspec.json.encode(asked("museum_relic", {"offer.price": YUAN})) for _ in range(2)
    )
    assert first == second
    assert msgspec.json.decode(first)["next"]["fact"] == "token.underlying"


def test_implied_facts_are_marked_and_can_be_overruled() -> None:
    """What the plan says is no answer; an answer takes its place."""
    found = asked("museum_relic", {"work.relic.released_by": "other"})
    given = {one.fact: (one.value, one.implied) for one in found.facts}
    assert given["work.depicts_relic"] == (True, True)
    assert given["work.relic.released_by"] == ("other", False)


def test_what_binds_stands_before_what_does_not() -> None:
    """Of rules that deny alike, those that bind as law come first."""
    wrong = {"token.rights": ["dividend"], "platform.features": ["order_book"], **SCAN}
    forces = [one.binds for one in asked("museum_relic", wrong).rulebooks[0].rules]
    assert forces == sorted(forces, key=["law", "membership", "policy", "guidance"].index)
    assert {"law", "guidance"} <= set(forces)
