"""Where may this be sold: shared facts computed once, each jurisdiction by itself, dates and readings."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.closures import token_character, token_reach, token_scheme
from vermilion.desk.matrix import (
    JURISDICTIONS,
    Finding,
    Matrix,
    Place,
    goods_of_events,
    goods_of_plan,
    matrix,
)
from vermilion.desk.may_i import PLANS
from vermilion.errors import UsageError
from vermilion.facts.entities import Character, Scheme, Token
from vermilion.facts.events import Event
from vermilion.rulebook import Rulebook, find_rulebook, load_rulebook

NOON = "2026-06-01T04:00:00Z"
WORLD = tuple(name for name in JURISDICTIONS if name != "cn")
COLLECTION = "eip155:1/erc721:0xabc"
CLEAN = {
    "underlying": ["artwork"],
    "redeemable_for": [],
    "rights": ["display"],
    "edition": {"size": 100},
    "divisible": False,
    "fraction_of": [],
    "pooled": False,
    "transferable_for_value": True,
    "character": {
        "unique": True,
        "fungible_in_practice": False,
        "payment_use": False,
        "investment_use": False,
        "coin_exchange": False,
        "profit_promise": False,
        "efforts_promise": False,
    },
}
"""A collection about which everything is known, and nothing speaks against it anywhere."""


@cache
def book(name: str) -> Rulebook:
    """Return a shipped rulebook."""
    return load_rulebook(find_rulebook(name))


def event(kind: str, id: str, **data: Any) -> Event:
    """Return an event of noon on the first of June 2026."""
    plain = {"type": kind, "specversion": "1.0", "id": id, "source": "museum", "time": NOON}
    return msgspec.convert({**plain, "stage": "proposed", "data": data}, Event)


def issue(id: str = COLLECTION, **facts: Any) -> Event:
    """Return the issue of a token."""
    return event("issue", f"issue:{id}", token={"id": id, **facts}, platform="p")


def offer(token: str = COLLECTION, *, euro: int | None = 1_000_00) -> Event:
    """Return an offer of a token at a venue without anonymous trading."""
    price = {} if euro is None else {"price": {"amount": euro, "currency": "EUR"}}
    venue = {"platforms": [{"id": "p", "features": ["fixed_price_sale"]}]}
    return event("offer", f"offer:{token}", token=token, platform="p", inline=venue, **price)


def judged(
    *names: str, as_of: str | None = None, character: dict[str, Any] | None = None, **facts: Any
) -> Matrix:
    """Return the matrix of the clean collection with some facts changed."""
    stated = {**CLEAN, **facts, "character": {**CLEAN["character"], **(character or {})}}
    goods = goods_of_events([issue(**stated), offer()])
    day = None if as_of is None else dt.date.fromisoformat(as_of)
    return matrix(goods, [book(name) for name in names or WORLD], as_of=day)


def place(*arguments: str, **facts: Any) -> Place:
    """Return one jurisdiction's cell."""
    (found,) = judged(*arguments, **facts).places
    return found


def hit(found: Place) -> list[str]:
    """Return the rules that were hit."""
    return [rule.id for rule in found.rules if rule.outcome == "hit"]


def token(**facts: Any) -> Token:
    """Return a token as it is stated."""
    return msgspec.convert({"id": "m:token:1", **facts}, Token)


def character(**facts: Any) -> Character:
    """Return what a token of which this is stated is like."""
    stated = token(**facts)
    return token_character(stated, token_reach(stated, lambda _: None).reach)


def scheme(**facts: Any) -> Scheme:
    """Return what a token of which this is stated has of a scheme."""
    return token_scheme(token(**facts), character(**facts))


WHOLE: dict[str, Any] = {"divisible": False, "fraction_of": [], "pooled": False}


class TestCharacter:
    """What follows of a token's character, and what does not."""

    def test_nothing_known_gives_nothing(self) -> None:
        """A token of which nothing is stated has a character of which nothing is known."""
        assert character() == Character()
        assert scheme() == Scheme()

    @pytest.mark.parametrize(
        "part",
        [{"divisible": True}, {"decimals": 2}, {"fraction_of": ["x"]}, {"pooled": True}],
    )
    def test_a_part_is_neither_unique_nor_whole(self, part: dict[str, Any]) -> None:
        """A fraction of a unique thing stands for every other fraction, whatever is attested."""
        found = character(**{**WHOLE, **part}, character={"unique": True, "fractional": False})
        assert (found.unique, found.fungible_in_practice, found.fractional) == (False, True, True)

    def test_an_id_and_a_number_show_nothing(self) -> None:
        """Numbered units with metadata of their own may yet stand for one another."""
        edition = {"size": 5_000, "numbered": True, "own_metadata": True, "serial": 7}
        found = character(**WHOLE, edition=edition)
        assert (found.unique, found.fungible_in_practice, found.fractional) == (None, None, False)

    def test_units_that_nothing_tells_apart_stand_for_one_another(self) -> None:
        """Without number and metadata of its own no unit is unique; one of the two leaves it open."""
        bare = {"size": 10, "numbered": False, "own_metadata": False}
        assert character(edition=bare).unique is False
        assert character(edition={**bare, "numbered": True}).unique is None
        assert character(edition={**bare, "own_metadata": True}).unique is None

    def test_one_of_one_is_unique_outside_of_a_collection_only(self) -> None:
        """A single whole is unique; within a collection it may be one of ten thousand alike."""
        single = {**WHOLE, "edition": {"size": 1}}
        assert character(**single).unique is True
        assert character(**single).fungible_in_practice is False
        assert character(**single, collection="m:collection:1").unique is None
        assert character(**{**single, "id": f"{COLLECTION}/7"}).unique is None
        assert character(**{**single, "edition": {"size": 2}}).unique is None
        assert character(**{**single, "pooled": None}).unique is None

    @pytest.mark.parametrize(
        ("rights", "paid", "promised"),
        [
            (["display"], False, None),
            (["income"], True, True),
            (["dividend"], True, True),
            (["interest"], True, True),
            (["profit_share"], True, True),
            (["buy_back"], True, None),
            (["display", "guaranteed_price"], True, None),
            ([], False, None),
        ],
    )
    def test_rights_show_claims_and_promises(
        self, rights: list[str], paid: bool, promised: bool | None
    ) -> None:
        """A right to a share is a promise of profit; to be bought back is a claim only."""
        found = character(rights=rights)
        assert (found.financial_rights, found.profit_promise) == (paid, promised)

    def test_an_asset_underneath_is_found_and_its_absence_must_be_known(self) -> None:
        """One known financial class is enough; without the rest nothing is cleared."""
        assert character(underlying=["loan"]).financial_asset is True
        assert character(underlying=["artwork"]).financial_asset is None
        assert character(underlying=["artwork"], redeemable_for=[]).financial_asset is False

    def test_a_scheme_shares_what_rights_say_or_promises_make_out(self) -> None:
        """No sharing is known only where rights are known and no profit is promised."""
        no_promise = {"profit_promise": False}
        assert scheme(rights=["income"]).profit_sharing is True
        assert scheme(rights=["display"]).profit_sharing is None
        assert scheme(rights=["display"], character=no_promise).profit_sharing is False
        assert scheme(character=no_promise).profit_sharing is None
        assert scheme(rights=[], character={"profit_promise": True}).profit_sharing is True
        assert scheme(pooled=True).managed_or_pooled is True
        assert scheme(pooled=False).managed_or_pooled is None

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "divisible": st.booleans(),
                "pooled": st.booleans(),
                "fraction_of": st.sampled_from([[], ["x"]]),
                "edition": st.fixed_dictionaries(
                    {},
                    optional={
                        "size": st.sampled_from([1, 2]),
                        "numbered": st.booleans(),
                        "own_metadata": st.booleans(),
                    },
                ),
                "rights": st.sampled_from([[], ["display"], ["income"], ["buy_back"]]),
                "character": st.fixed_dictionaries(
                    {}, optional={"unique": st.booleans(), "financial_rights": st.booleans()}
                ),
            },
        )
    )
    def test_what_speaks_against_a_token_is_never_argued_away(self, facts: dict[str, Any]) -> None:
        """What is attested against a token stands, and what its structure shows stands."""
        found, attested = character(**facts), facts.get("character", {})
        bare = character(**{**facts, "character": None})
        assert found.unique is not True or False not in (attested.get("unique"), bare.unique)
        assert found.financial_rights is not False or True not in (
            attested.get("financial_rights"),
            bare.financial_rights,
        )


class TestGoods:
    """What is sold is found among events, or said to be lacking."""

    def test_an_issue_alone_is_judged_as_an_offer_too(self) -> None:
        """Whoever asks where a collection may be sold means to offer it."""
        goods = goods_of_events([issue(**CLEAN)])
        found = matrix(goods, [book("jp"), book("eu")])
        assert found.events == ["issue", "offer"]
        assert [one.fact for one in found.asked] == ["offer.price"]

    def test_a_token_belongs_to_its_collection(self) -> None:
        """An offer of one token is judged with what was stated of the collection."""
        goods = goods_of_events([issue(**CLEAN), offer(f"{COLLECTION}/7")])
        assert goods.collection == COLLECTION
        assert matrix(goods, [book("eu")]).places[0].verdict == "allow"

    def test_of_several_collections_one_is_named(self) -> None:
        """Two collections are not judged as one; a token names its own."""
        events = [issue(**CLEAN), issue("m:token:2", **{**CLEAN, "divisible": True})]
        with pytest.raises(UsageError, match="2 collections") as refused:
            goods_of_events(events)
        assert refused.value.code == "which_collection"
        assert "m:token:2" in (refused.value.help or "")
        second = matrix(goods_of_events(events, "m:token:2"), [book("eu")])
        assert hit(second.places[0]) == ["EU-MICA-01"]
        assert goods_of_events(events, f"{COLLECTION}/3").collection == COLLECTION
        with pytest.raises(UsageError, match="no event issues or offers `m:token:3`"):
            goods_of_events(events, "m:token:3")

    def test_without_issue_and_offer_there_is_nothing_to_sell(self) -> None:
        """Statements alone, and plans that sell nothing, are refused."""
        with pytest.raises(UsageError) as refused:
            goods_of_events([event("work", "w", work={"id": "m:work:1"})])
        assert refused.value.code == "nothing_to_sell"
        at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
        with pytest.raises(UsageError, match="offers nothing for sale"):
            goods_of_plan(PLANS["secured_loan"], {}, at)


class TestPlaces:
    """Each jurisdiction answers for itself."""

    def test_everything_known_and_nothing_against_it(self) -> None:
        """A small, unique collection without claims passes everywhere, and nothing is asked."""
        found = judged()
        assert {one.id: one.verdict for one in found.places} == dict.fromkeys(WORLD, "allow")
        assert found.asked == []
        assert all(one.passed and one.least == one.most == "allow" for one in found.places)

    def test_one_change_is_seen_where_a_norm_reads_it_and_nowhere_else(self) -> None:
        """Use for payment matters to Japan, Korea, Singapore and FATF, and to nobody else."""
        found = judged(character={"payment_use": True})
        assert {one.id: hit(one) for one in found.places if hit(one)} == {
            "jp": ["JP-FSA-02"],
            "kr": ["KR-VA-01"],
            "sg": ["SG-PSA-01"],
            "fatf": ["FA-VA-01"],
        }

    def test_fractions_of_a_unique_work_are_within(self) -> None:
        """Attested as unique, a fraction is still a fraction: Union, Hong Kong, Korea, Japan, US, FATF."""
        found = judged(divisible=True)
        assert [one.id for one in found.places if hit(one)] == [
            "hk",
            "jp",
            "kr",
            "eu",
            "uk",
            "us",
            "fatf",
        ]

    def test_claims_to_be_paid_are_seen_everywhere(self) -> None:
        """A share in income makes every jurisdiction look for its own law of finance."""
        found = judged(rights=["display", "income"])
        assert all(hit(one) for one in found.places)
        by_id = {one.id: hit(one) for one in found.places}
        assert by_id["eu"] == ["EU-MIFID-01"]
        assert by_id["hk"] == ["HK-SFC-01"]

    def test_four_elements_make_a_scheme_and_three_do_not(self) -> None:
        """Hong Kong's test asks for all four; each by itself clears it where it is absent."""
        four = {"arrangement": True, "no_daily_control": True, "managed_or_pooled": True}
        promised = {"profit_promise": True}
        assert hit(place("hk", scheme=four, character=promised)) == ["HK-SFC-02"]
        for element in four:
            assert hit(place("hk", scheme={**four, element: False}, character=promised)) == []
        assert hit(place("hk", scheme=four)) == []

    def test_japan_takes_either_number(self) -> None:
        """More than a million units at less than 1,000 yen; one of the two clears it."""

        def yen(amount: int, size: int) -> str:
            stated = {**CLEAN, "edition": {"size": size}}
            sold = event(
                "offer", "o", token=COLLECTION, price={"amount": amount, "currency": "JPY"}
            )
            (found,) = matrix(goods_of_events([issue(**stated), sold]), [book("jp")]).places
            return found.verdict

        assert [yen(999, 1_000_001), yen(1_000, 1_000_001), yen(999, 1_000_000)] == [
            "review",
            "allow",
            "allow",
        ]

    def test_the_deciding_rule_comes_first_with_its_clause(self) -> None:
        """The strongest verdict leads, and what was found leads what is lacking."""
        found = place("eu", edition={"size": 5_000}, character={"unique": None})
        first: Finding = found.rules[0]
        assert [(one.id, one.outcome) for one in found.rules] == [
            ("EU-MICA-02", "hit"),
            ("EU-MICA-01", "missing"),
        ]
        assert (first.citations[0].instrument, first.citations[0].pinpoint) == (
            "EU-MICA-2023",
            "recital 11",
        )
        assert first.binds == "law"

    def test_what_is_lacking_bounds_the_answer(self) -> None:
        """Between the best and the worst that the facts lacking can come to lies the answer."""
        found = place("hk", character={"fungible_in_practice": None})
        assert (found.verdict, found.least, found.most) == ("review", "allow", "review")
        unpriced = goods_of_events([issue(**CLEAN), offer(euro=None)])
        (union,) = matrix(unpriced, [book("eu")]).places
        assert (union.verdict, union.least, union.most) == ("condition", "allow", "condition")

    def test_a_fact_is_asked_once_for_all(self) -> None:
        """One fact that four jurisdictions lack is one question that names the four."""
        found = judged(character={"payment_use": None})
        assert [(one.fact, one.entity) for one in found.asked] == [
            ("token.character.payment_use", COLLECTION)
        ]
        assert list(found.asked[0].rules) == ["jp", "kr", "sg", "fatf"]
        assert len(found.asked[0].questions) >= 2

    def test_the_plainer_fact_is_asked_for(self) -> None:
        """Nobody is asked for a conclusion that a plain fact would show."""
        asked = {one.fact for one in judged(rights=None, fraction_of=None, underlying=None).asked}
        assert asked == {"token.rights", "token.fraction_of", "token.underlying"}

    def test_what_would_change_it_is_told(self) -> None:
        """A hit names the fact that would make it pass."""
        (rule,) = place("sg", character={"payment_use": True}).rules
        assert rule.passing is not None
        facts = {one.fact for way in rule.passing.alternatives for one in way}
        assert facts == {"token.character.payment_use"}

    def test_facts_tell_what_was_stated_and_what_follows(self) -> None:
        """What the structure shows is marked as following, beside what somebody attested."""
        facts = {one.fact: one for one in judged("eu").facts}
        assert facts["token.character.unique"].follows is False
        assert facts["token.character.fractional"].follows is True
        assert facts["offer.price"].value == {"amount": 100_000, "currency": "EUR"}
        assert "token.id" not in facts

    def test_the_same_facts_give_the_same_bytes(self) -> None:
        """Nothing but its arguments goes into a matrix."""
        assert msgspec.json.encode(judged()) == msgspec.json.encode(judged())


SWITCHES = [
    ("eu", {"unique": False}, "2024-12-30", "allow", "review", "EU-MICA-01", "Art. 2(3)"),
    (
        "kr",
        {"payment_use": True},
        "2024-07-19",
        "allow",
        "review",
        "KR-VA-01",
        "four criteria (number to be checked / 条次待核)",
    ),
    (
        "uk",
        {"fungible_in_practice": True},
        "2027-10-25",
        "review",
        "review",
        "UK-CA-01",
        "public offers; Schedule 1 (number to be checked / 条次待核)",
    ),
    ("us", {"profit_promise": True}, "2026-03-17", "review", "allow", "US-SEC-01", ""),
    (
        "us",
        {"efforts_promise": True, "profit_promise": None},
        "2026-03-17",
        "review",
        "review",
        "US-SEC-02",
        "digital collectibles (page to be checked / 页码待核)",
    ),
]


@pytest.mark.parametrize(("name", "facts", "day", "before", "after", "rule", "clause"), SWITCHES)
def test_a_day_makes_the_difference(
    name: str, facts: dict[str, Any], day: str, before: str, after: str, rule: str, clause: str
) -> None:
    """The same facts on two days in a row: another answer, by another clause."""
    first = dt.date.fromisoformat(day)
    eve = place(name, as_of=(first - dt.timedelta(days=1)).isoformat(), character=facts)
    then = place(name, as_of=day, character=facts)
    assert (eve.verdict, then.verdict) == (before, after)
    changed = set(hit(eve)) ^ set(hit(then))
    assert rule in changed
    told = {one.id: one for one in (*eve.rules, *then.rules)}[rule]
    assert clause in {cited.pinpoint for cited in told.citations} | {""}


def test_the_day_is_each_place_s_own() -> None:
    """One moment lies on two days: in Seoul the act is in force, in Washington it is yesterday."""
    moment = "2024-07-18T15:30:00Z"
    plain = msgspec.to_builtins(issue(**{**CLEAN, "character": {"payment_use": True}}))
    goods = goods_of_events([msgspec.convert({**plain, "time": moment}, Event)])
    korea, us = matrix(goods, [book("kr"), book("us")]).places
    assert (korea.as_of, us.as_of) == ("2024-07-19", "2024-07-18")
    assert "KR-VA-01" in hit(korea)


class TestReadings:
    """Rival readings are judged beside the rulebook and change nothing in it."""

    def test_a_narrower_reading_lets_pass_what_the_rule_stops(self) -> None:
        """Units that are not unique but never stand for one another: in by the rule, out by use."""
        found = place("eu", character={"unique": False})
        verdicts = [(one.verdict, one.whole) for one in found.readings if "MICA-01" in one.rule]
        assert found.verdict == "review"
        assert verdicts[1] == ("allow", "allow")

    def test_a_wider_reading_stops_what_the_rule_lets_pass(self) -> None:
        """From 2026 on a promise of profit alone passes in the US, save by the orders of 2023."""
        found = place("us", character={"profit_promise": True})
        assert found.verdict == "allow"
        assert [(one.rule, one.verdict, one.whole) for one in found.readings] == [
            ("US-SEC-02@1", "review", "review")
        ]

    def test_a_reading_counts_with_the_other_rules(self) -> None:
        """On a reading that clears one rule, the place still answers what another rule finds."""
        found = place("eu", edition={"size": 5_000}, character={"unique": False})
        by_use = [one for one in found.readings if one.rule == "EU-MICA-01@1"][1]
        assert (by_use.verdict, by_use.whole) == ("allow", "review")

    def test_a_reading_is_there_while_its_rule_is(self) -> None:
        """Before a rule is in force nobody reads it."""
        before = place("eu", as_of="2024-12-29")
        assert {one.rule for one in before.readings} == {"EU-AML-01@1"}

    def test_an_unknown_fact_leaves_a_reading_open(self) -> None:
        """A reading passes nothing for lack of a fact."""
        found = place("sg", character={"payment_use": True}, transferable_for_value=None)
        reading = next(one for one in found.readings if one.rule == "SG-PSA-01@1")
        assert reading.verdict == "review"
