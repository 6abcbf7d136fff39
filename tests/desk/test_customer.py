"""A customer's answer does not tell a list or a suspicion from an ordinary review."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.desk.customer import (
    ASKED_BY_CUSTOMERS,
    MESSAGES,
    CustomerAnswer,
    Customers,
    is_asked,
)
from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge
from vermilion.desk.loop.rows import Shown
from vermilion.desk.memory import Memory
from vermilion.desk.sealing import Judgement
from vermilion.desk.settled import facts_read
from vermilion.desk.supplied import SUPPLIED
from vermilion.facts.entities import ENTITY_KINDS
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.namespace import data_type
from vermilion.rulebook import Engine, Profile, Rulebook
from vermilion.store import StandingFacts

from .samples import CN, event, received, rule, rulebook, window, words

STANDINGS: tuple[Shown, ...] = get_args(Shown)
UNRESOLVED: tuple[Shown, ...] = ("waiting", "refused", "withdrawn")
"""What may come of a proposal that a deny stops: it is never permitted."""

REVIEW = rule("XX-REVIEWED", "sale payment", 'event.stage == "proposed"', verdict="review")
"""An ordinary review that is always hit."""


def judged(plain: dict[str, Any], *rulebooks: Rulebook) -> tuple[Customers, Judgement]:
    """Return an event's judgement under some rulebooks, and who answers customers under them."""
    engines = [Engine(one, Profile()) for one in rulebooks]
    knowledge, memory = Knowledge(StandingFacts(), facts_read(engines)), Memory(engines)
    one = received(plain)
    ruled = [Judge(engine, knowledge, memory).judge(one.event) for engine in engines]
    kept = {engine.digest: engine for engine in engines}
    return Customers(engines, kept.__getitem__), Judgement(one.event, one.canonical, ruled)


def answer(
    plain: dict[str, Any], *rulebooks: Rulebook, standing: Shown = "waiting"
) -> CustomerAnswer:
    """Return what the customer is told of an event under some rulebooks."""
    customers, judgement = judged(plain, *rulebooks)
    return customers.view(judgement, standing)


def line(plain: dict[str, Any], *rulebooks: Rulebook, standing: Shown = "waiting") -> bytes:
    """Return the line that the customer gets."""
    customers, judgement = judged(plain, *rulebooks)
    return b"".join(customers.lines([(judgement, standing)]))


def sale(**data: Any) -> dict[str, Any]:
    """Return a proposed sale whose facts are all as they should be, but for some."""
    buyer = {"id": "b", "kind": "person", "lists_hit": []} | data.pop("buyer", {})
    facts: dict[str, Any] = {"price": {"amount": 5, "currency": "CNY"}, "mode": "fixed_price"}
    plain = event("sale", "S-1", stage="proposed", parties={"buyer": "b"}, **(facts | data))
    plain["data"]["inline"] = {"parties": [buyer]}
    return plain


# --- The property: random rulebooks, random events, a confidential rule of any kind -----------

CONDITIONS = [
    'price.currency != "CNY"',
    'buyer.kyc.status == "failed"',
    'mode == "lottery"',
    'purpose == "investment"',
    "age(buyer.birth_date) < 18",
    "not risk_notice_acknowledged",
    "platform.financing_offered",
    "automated",
]
SECRETS = ["any(len(p.lists_hit) > 0 for p in parties)", "len(buyer.lists_hit) > 0", "automated"]
REASONS = ["plain", "the price is in {price.currency}"]
VERDICTS = st.sampled_from(["deny", "review", "condition"])


@st.composite
def ordinary_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return some rules that are not confidential; the first is never hit."""
    never = rule("XX-NEVER", "sale", 'event.stage == "settled"')
    rules = [never]
    for number in range(draw(st.integers(0, 4))):
        condition = draw(st.sampled_from(CONDITIONS))
        reasons = [one for one in REASONS if "{" not in one or one.split("{")[1][:-1] in condition]
        rules.append(
            rule(
                f"XX-R-{number}",
                "sale",
                condition,
                verdict=draw(VERDICTS),
                on_missing=draw(VERDICTS),
                mode=draw(st.sampled_from(["live", "live", "shadow"])),
                reason=words(draw(st.sampled_from(reasons))),
            )
        )
    return rules


@st.composite
def secret_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Return a rule on lists, marked or not, or a marked one on something else."""
    condition = draw(st.sampled_from(SECRETS))
    return rule(
        "XX-SECRET",
        "sale",
        condition,
        verdict=draw(VERDICTS),
        on_missing=draw(VERDICTS),
        mode=draw(st.sampled_from(["live", "live", "live", "shadow"])),
        confidential="lists_hit" not in condition or draw(st.booleans()),
        title=words("SECRET"),
        reason=words("SECRET"),
        remedy=words("SECRET"),
        question=words("SECRET"),
    )


@st.composite
def sales(draw: st.DrawFn) -> dict[str, Any]:
    """Return a proposed sale each of whose facts is good, bad or unknown."""

    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    status = one_of(None, "verified", "failed")
    return sale(
        price=one_of(None, *({"amount": 5, "currency": c} for c in ("CNY", "ETH"))),
        mode=one_of(None, "lottery", "fixed_price"),
        purpose=one_of(None, "investment", "marketing"),
        risk_notice_acknowledged=one_of(None, True, False),
        automated=one_of(None, True, False),
        buyer={
            "lists_hit": one_of(None, [], ["un"], ["un"]),
            "birth_date": one_of(None, "1990-01-01", "2020-01-01"),
            "kyc": status and {"status": status},
        },
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(ordinary_rules(), min_size=1, max_size=3), secret_rules(), sales(), st.data())
def test_a_confidential_stop_is_the_ordinary_hold(
    books: list[list[dict[str, Any]]], secret: dict[str, Any], plain: dict[str, Any], data: Any
) -> None:
    """Byte for byte what an ordinary review in its place gives, and nothing if something else stops.

    Where it does not stop the event, the answer is that of the rulebooks without it.
    """
    number = data.draw(st.integers(0, len(books) - 1))
    place = data.draw(st.integers(0, len(books[number])))

    def with_rule(*one: dict[str, Any]) -> list[Rulebook]:
        changed = [*books[number][:place], *one, *books[number][place:]]
        shown = [*books[:number], changed, *books[number + 1 :]]
        return [rulebook(*rules, id=f"x{n}") for n, rules in enumerate(shown)]

    real, reviewed, without = with_rule(secret), with_rule(REVIEW), with_rule()
    verdict = _live_verdict(plain, real, secret)
    standing = data.draw(
        st.sampled_from(UNRESOLVED if verdict == "deny" else STANDINGS), label="standing"
    )
    told = line(plain, *real, standing=standing)
    assert b"SECRET" not in told
    assert b"lists_hit" not in told
    ordinary = line(plain, *without, standing=standing)
    stops = verdict in {"deny", "review"}
    assert told == (line(plain, *reviewed, standing=standing) if stops else ordinary)
    if not stops or answer(plain, *without, standing=standing).status != "allowed":
        assert told == ordinary


def _live_verdict(
    plain: dict[str, Any], books: Sequence[Rulebook], secret: dict[str, Any]
) -> str | None:
    """Return what the confidential rule says of an event where it is in force."""
    for ruling, *_ in judged(plain, *books)[1].ruled:
        for outcome in ruling.rules:
            if outcome.id == secret["id"] and secret["mode"] == "live":
                return str(secret["verdict" if outcome.outcome == "hit" else "on_missing"])
    return None


# --- The shipped rule --------------------------------------------------------------------------


def payment(*, convertible: bool = False, **payer: Any) -> dict[str, Any]:
    """Return a proposed payment in points that the shipped rules allow, but for what is changed."""
    plain = event(
        "payment",
        "P-1",
        stage="proposed",
        parties={"payer": "a", "payee": "b"},
        settlement=[
            {
                "amount": {"amount": 500, "currency": "CNY"},
                "instrument": "points",
                "channel": "points",
                "channel_licensed": True,
                "funding": "own_funds",
            }
        ],
        platform="v",
    )
    clean = {"kind": "person", "residency": "CN", "lists_hit": []}
    points = {"convertible": convertible, "transferable": False, "capped": True}
    plain["data"]["inline"] = {
        "parties": [{"id": "a"} | clean | payer, {"id": "b"} | clean],
        "platforms": [{"id": "v", "points": points, "financing_offered": False}],
    }
    return plain


OVERLAY = rulebook(
    rule("XX-COUNTRY", "payment", 'payer.residency == "KP"', verdict="review"), id="overlay"
)
LISTED: list[dict[str, Any]] = [
    {"lists_hit": ["un"]},
    {"lists_hit": None},
    {"control": {"known_lists_hit": ["un"]}},
    {"kind": "organisation", "control": {"lists_hit": ["un"]}},
]


@pytest.mark.parametrize("payer", LISTED)
@pytest.mark.parametrize("standing", UNRESOLVED)
def test_a_listed_party_looks_like_one_under_ordinary_review(
    payer: dict[str, Any], standing: Shown
) -> None:
    """The shipped list rule, hit or unscreened, gives the bytes that shipped reviews give."""
    screened = {"kind": payer.get("kind", "person"), "control": {"lists_hit": []}}
    told = line(payment(**payer), CN, standing=standing)
    assert told == line(payment(convertible=True), CN, standing=standing)
    assert told == line(payment(convertible=True, **payer), CN, standing=standing)
    assert told == line(payment(**payer), CN, OVERLAY, standing=standing)
    assert told == line(payment(residency="KP", **screened), CN, OVERLAY, standing=standing)


def test_the_payment_that_the_test_starts_from_is_allowed() -> None:
    """Otherwise its hold would say nothing of lists."""
    assert answer(payment(), CN, OVERLAY).status == "allowed"


def test_a_listed_party_that_is_denied_anyway_gets_the_ordinary_denial() -> None:
    """The reasons are those of the other rules."""
    foreign, listed = payment(), payment(lists_hit=["un"])
    for plain in (foreign, listed):
        plain["data"]["settlement"][0]["amount"]["currency"] = "USD"
    told = line(listed, CN)
    assert told == line(foreign, CN)
    assert json.loads(told)["status"] == "declined"


# --- What is shown -----------------------------------------------------------------------------

COIN = rule(
    "XX-COIN",
    "sale",
    'price.currency != "CNY"',
    reason=words("the price is in {price.currency}"),
)


def test_a_denial_shows_reason_and_clause() -> None:
    """The event's own facts are filled in."""
    (reason,) = answer(sale(price={"amount": 5, "currency": "ETH"}), rulebook(COIN)).reasons
    assert (reason.reason.en, reason.remedy) == ("the price is in ETH", None)
    (clause,) = reason.clauses
    assert (clause.instrument, clause.pinpoint, clause.binds) == ("XX-LAW", "art. 1", "law")


def test_a_reason_holds_no_number_over_the_past() -> None:
    """It may count what the other party did."""
    bought = window("count", "sale", "buyer.id", including=True)
    counted = rule("XX-W", "sale", "windows.bought >= 1", reason=words("{windows.bought} bought"))
    (reason,) = answer(sale(), rulebook(counted, windows={"bought": bought})).reasons
    assert reason.reason.en == "… bought"


def test_conditions_are_shown_where_the_event_is_allowed() -> None:
    """And not while it is held, nor where it is declined."""
    condition = COIN | {"id": "XX-C", "verdict": "condition"}
    coins = sale(price={"amount": 5, "currency": "ETH"})
    allowed = answer(coins, rulebook(condition))
    assert (allowed.status, len(allowed.conditions)) == ("allowed", 1)
    assert answer(coins, rulebook(condition, REVIEW)).conditions == []
    assert answer(coins, rulebook(condition, REVIEW), standing="permitted") == allowed
    assert answer(coins, rulebook(condition, COIN)).conditions == []


def test_a_rule_in_shadow_shows_nowhere() -> None:
    """Whatever it says, the answer is that of the rulebook without it."""
    shadow = COIN | {"id": "XX-S", "mode": "shadow"}
    for price in (None, {"amount": 5, "currency": "ETH"}):
        assert line(sale(price=price), rulebook(shadow, REVIEW)) == line(
            sale(price=price), rulebook(REVIEW)
        )


@pytest.mark.parametrize(
    ("on_missing", "status"),
    [("review", "held"), ("condition", "allowed"), ("deny", "declined")],
)
def test_what_the_customer_can_supply_is_asked_for(on_missing: str, status: str) -> None:
    """Facts of the event and of the parties that it names, once each."""
    rules = [
        COIN | {"on_missing": on_missing},
        COIN | {"id": "XX-COIN-2", "on_missing": on_missing},
        rule("XX-B", "sale", "buyer.self_supporting", on_missing=on_missing),
    ]
    told = answer(sale(price=None), rulebook(*rules), rulebook(rules[0], id="yy"))
    assert (told.status, told.reasons, told.conditions) == (status, [], [])
    assert [(ask.fact, ask.entity) for ask in told.asks] == [
        ("party.self_supporting", "b"),
        ("sale.price", "S-1"),
    ]
    assert answer(sale(price=None), rulebook(*rules), standing="withdrawn").asks == []


@pytest.mark.parametrize(
    "condition",
    [
        "platform.financing_offered",
        "automated",
        "len(buyer.related_to) > 0",
        "any(leg.channel_licensed == False for leg in settlement)",
        "token.divisible",
    ],
)
def test_what_others_know_is_not_asked_for(condition: str) -> None:
    """Facts of the platform, of watching, of registries and of another's goods."""
    plain = sale(token="t", platform="v", settlement=[{"channel": "c"}])
    told = answer(plain, rulebook(rule("XX-Q", "sale", condition)))
    assert (told.status, told.asks) == ("held", [])


def test_who_issues_goods_is_asked_about_them() -> None:
    """A museum learns which fact of its work or token is lacking."""
    plain = event("issue", "I", stage="proposed", token={"id": "t"}, parties={"issuer": "m"})
    told = answer(plain, rulebook(rule("XX-Q", "issue", "token.divisible")))
    assert [(ask.fact, ask.entity) for ask in told.asks] == [("token.divisible", "t")]


def test_controllers_of_a_party_are_not_asked_for() -> None:
    """Who controls whom is known from elsewhere, and its gaps are not told."""
    plain = sale(buyer={"kind": "organisation", "controlled_by": ["c"]})
    asked = rule("XX-Q", "sale", '"NIFA" in buyer.control.memberships')
    assert answer(plain, rulebook(asked)).asks == []
    plain["data"]["inline"]["parties"][0]["controlled_by"] = None
    assert [ask.fact for ask in answer(plain, rulebook(asked)).asks] == ["party.controlled_by"]


def test_every_fact_that_is_asked_for_exists() -> None:
    """Of entities and of the event types that customers propose."""
    for fact in SUPPLIED:
        kind, field = fact.split(".")
        shape = ENTITY_KINDS.get(kind) or data_type(kind)
        assert field in shape.__struct_fields__
        assert kind in ENTITY_KINDS or kind in ASKED_BY_CUSTOMERS


# --- What came of it since ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        ("waiting", "held"),
        ("refused", "declined"),
        ("permitted", "allowed"),
        ("withdrawn", "withdrawn"),
    ],
)
def test_a_reviewed_event_answers_as_it_stands(standing: Shown, status: Any) -> None:
    """Without reasons and requests, in the one text of its status."""
    told = answer(sale(), rulebook(REVIEW), standing=standing)
    assert (told.status, told.message) == (status, MESSAGES[status])
    assert (told.conditions, told.reasons, told.asks) == ([], [], [])


def test_a_denied_event_is_never_called_allowed() -> None:
    """Not even where somebody says that it was permitted."""
    coins = sale(price={"amount": 5, "currency": "ETH"})
    assert answer(coins, rulebook(COIN), standing="permitted").status == "declined"
    secret = COIN | {"confidential": True}
    assert answer(coins, rulebook(secret), standing="permitted").status == "held"


# --- Files -------------------------------------------------------------------------------------


def test_a_file_has_its_lines_in_the_same_places() -> None:
    """Of each proposal that customers make, in order, whatever was found."""
    listed, ordinary = payment(lists_hit=["un"]), payment(convertible=True)
    statement = event("party", "s", party={"id": "a", "lists_hit": ["un"]})

    def file(middle: dict[str, Any]) -> list[bytes]:
        pairs = [judged(one, CN) for one in (statement, payment(), middle, payment())]
        return [b"".join(c.lines([(one, "waiting")])) for c, one in pairs]

    assert file(listed) == file(ordinary)
    assert [bool(one) for one in file(listed)] == [False, True, True, True]


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_only_proposals_of_customers_are_answered(kind: str) -> None:
    """What already happened, facts, resolutions and findings are no questions of theirs."""
    make: Any = EVENT_TYPES[kind]
    now = dt.datetime.now(dt.UTC)
    for stage in ("proposed", "settled", "withdrawn"):
        one = make(id="1", source="s", time=now, stage=stage, specversion="1.0", data=None)
        assert is_asked(one) is (stage == "proposed" and kind in ASKED_BY_CUSTOMERS)


def test_an_earlier_rulebook_is_fetched_from_the_book() -> None:
    """The answer is by the rulebook that judged, active or not."""
    customers, judgement = judged(sale(price={"amount": 5, "currency": "ETH"}), rulebook(COIN))
    engine = Engine(rulebook(COIN), Profile())
    asked: list[str] = []

    def kept(digest: str) -> Engine:
        asked.append(digest)
        return engine

    later = Customers([], kept)
    assert later.view(judgement) == later.view(judgement) == customers.view(judgement)
    assert asked == [engine.digest]
