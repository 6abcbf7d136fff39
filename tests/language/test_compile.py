"""What the compiler makes of a condition."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from vermilion.errors import RulebookError
from vermilion.facts.entities import GuardianConsent, Party, Token
from vermilion.facts.events import PaymentLeg, Post, Sale
from vermilion.facts.namespace import EventFacts
from vermilion.language import Condition, Facts, Scope, explain, fuse, parse, roots_of, writer
from vermilion.language import compile as compiler
from vermilion.language.simplify import simplify
from vermilion.language.terms import Terms
from vermilion.language.writer import Writer, terms_of

from .random_rules import PARAMETERS, SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENT = dt.datetime(2022, 7, 5, tzinfo=dt.UTC)
EVENT = EventFacts(
    date=dt.date(2022, 7, 5), type="sale", stage="proposed", time=MOMENT, source="s", subject="e"
)


@pytest.fixture
def source_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return what Python source a rule's text is compiled to."""
    seen: list[str] = []

    def remember(source: str, *rest: Any) -> Any:
        seen.append(source)
        return compile(source, *rest)

    monkeypatch.setattr(compiler, "compile", remember, raising=False)

    def source(text: str) -> str:
        fuse("sale", [Condition(None, parse(text, SCOPE))], PARAMETERS)
        return seen[-1]

    return source


@pytest.mark.parametrize(
    "text",
    [
        'event.stage == "proposed"',
        "event.date >= event.date and params.few * 2 < 5",
        'not (params.letter in lists.letters or event.type != "sale")',
        "any(x == params.letter for x in lists.letters)",
        "len(parties) > 2",
        "age(event.date) == 0",
    ],
)
def test_what_cannot_be_unknown_costs_nothing(text: str, source_of: Callable[[str], str]) -> None:
    """Conditions over facts that are always known are compiled without a test for None."""
    assert "None" not in source_of(text)


def test_what_may_be_unknown_is_tested_once(source_of: Callable[[str], str]) -> None:
    """A fact read by several parts of a condition is loaded once."""
    source = source_of('purpose == "investment" or purpose == "custody" or known(purpose)')
    assert source.count("data.purpose") == 1
    assert "None" in source


def test_the_function_reaches_nothing_else() -> None:
    """The compiled function has no builtins but `int`, `len` and `type`."""
    text = 'amount(price, "CNY") > 1 and age(buyer.birth_date) < 18'
    fused = fuse("sale", [Condition(None, parse(text, SCOPE))], PARAMETERS)
    names = fused.__globals__  # type: ignore[attr-defined]
    assert names["__builtins__"] == {}
    assert {name for name in names if not name.startswith("c")} == {
        "__builtins__",
        "int",
        "len",
        "type",
        "age_on",
        "judge",
    }


def fused_source(event_type: str, scope: Scope, *texts: str) -> str:
    """Return the source that rules without a scope are compiled to."""
    rules = [(None, simplify(parse(text, scope), PARAMETERS)) for text in texts]
    return "def judge(data, known):\n" + compiler._judging(Writer(event_type), rules)


def test_the_writer_shows_what_it_writes() -> None:
    """The example in the writer's docstring is what its two rules are compiled to."""
    lines = [line[4:] for line in (writer.__doc__ or "").splitlines() if line.startswith("    ")]
    texts, shown = lines[:2], lines[2:]
    assert fused_source("sale", SCOPE, *texts).splitlines() == shown


def test_equal_rules_have_equal_source() -> None:
    """What is generated does not depend on the hashes of texts, which differ by process."""
    program = (
        "from tests.language.test_compile import SCOPE, fused_source\n"
        "print(fused_source('sale', SCOPE, 'buyer.kind in [\"person\", \"organisation\"]',"
        ' \'any(x in ["loan", "artwork", "security"] for x in token.underlying)\','
        ' \'purpose in ["investment", "custody"] and price.currency in lists.currencies\'))'
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert "hit += 4" in found.pop()


def test_texts_that_are_no_plain_words_are_not_written_out(
    source_of: Callable[[str], str],
) -> None:
    """Quotes, blanks and other scripts reach the function as objects and never as source."""
    for word in ("a b", "“", "数字", "a;b", "__import__('os')"):
        assert word not in source_of(f'offer == "{word}" or offer in ["{word}", "b"]')
    assert "v1 == 'a_b'" in source_of('offer == "a_b"')


def test_rules_in_one_scope_keep_their_own_bit() -> None:
    """Rules with the same `applies_if` are judged where it is found to hold, each with its bit."""
    applies = parse('purpose == "custody"', SCOPE)
    texts = ["token.decimals > 1", "token.decimals > 2", "known(offer)"]
    fused = fuse("sale", [Condition(applies, parse(text, SCOPE)) for text in texts], PARAMETERS)
    token = {"token": Token(id="t", decimals=2)}
    assert fused(Sale(purpose="custody"), token) == (0b001, 0, 0b110)
    assert fused(Sale(), token) == (0, 0b111, 0)
    assert fused(Sale(purpose="investment"), token) == (0, 0, 0)


def test_one_loop_serves_every_any_over_a_list() -> None:
    """Elements go by the names of their own condition, also where a name is used twice."""
    texts = [
        'any(y.kind == "person" for y in parties)',
        "any(any(y.guardian == x.id for y in x.guardian_consents) for x in parties)",
        "not all(x.self_supporting for x in parties)",
    ]
    assert fused_source("sale", SCOPE, *texts).count("in v1:") == 1
    consent = GuardianConsent(guardian="a", purposes=[])
    for owner, outcomes in (("a", (0b011, 0b100, 0)), ("b", (0b001, 0b100, 0b010))):
        child = Party(id=owner, kind="person", guardian_consents=[consent])
        nodes = [Condition(None, parse(text, SCOPE)) for text in texts]
        assert fuse("sale", nodes, PARAMETERS)(Sale(), {"parties": [child]}) == outcomes


POSTS = Scope(roots_of("post"), lists={"promises": ("稳赚",), "tongues": ("en", "de")})


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ('matches(text, lists.promises) and language == "de"', False),
        ('not (matches(text, lists.promises) or language == "en")', False),
        ('matches(text, lists.promises) or language == "en"', False),
        ("matches(text, lists.promises) and all(x != language for x in lists.tongues)", False),
        ('language == "zh" and (matches(text, lists.promises) or known(purpose))', False),
        ('matches(text, lists.promises) and language == "en"', True),
        ("matches(text, lists.promises) and chain_partner_proof", True),
    ],
)
def test_texts_are_searched_last(
    text: str, searched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text is searched only where nothing cheaper decides, and then once."""
    found: list[str] = []
    monkeypatch.setattr(Terms, "matches", lambda _, text: found.append(text))
    terms_of.cache_clear()
    function = fuse("post", [Condition(None, parse(text, POSTS))], {})
    terms_of.cache_clear()
    function(Post(text="稳赚", language="en"), {})
    assert len(found) == searched


def test_deep_conditions_compile() -> None:
    """The deepest condition that is read has its loops at no deeper indentation than Python's."""
    text = (
        "any(p.self_supporting or any(leg.channel_licensed or"
        ' any(c.guardian == p.id and leg.instrument == "cash" for c in p.guardian_consents)'
        " for leg in settlement) for p in parties)"
    )
    for level in range(60):
        fact, sign = (("token.divisible", "and"), ("token.pooled", "or"))[level % 2]
        text = f"{fact} {sign} ({text})"
    node = parse(text, SCOPE)
    fused = fuse("sale", [Condition(node, node)], PARAMETERS)
    leg = PaymentLeg(instrument="cash")
    for instrument, found in ((leg, (1, 0, 0)), (PaymentLeg(), (0, 1, 0))):
        consent = GuardianConsent(guardian="a", purposes=[])
        party = Party(id="a", self_supporting=False, guardian_consents=[consent])
        known = {"token": Token(id="t", divisible=True, pooled=False), "parties": [party]}
        assert fused(Sale(settlement=[instrument]), known) == found


def outcome(text: str, sale: Sale, **known: Any) -> bool | None:
    """Return what a condition comes to, by both readings."""
    node = parse(text, SCOPE)
    hit, unknown, _ = fuse("sale", [Condition(None, node)], PARAMETERS)(sale, known)
    fused = True if hit else None if unknown else False
    roots = {"price": sale.price, "settlement": sale.settlement, "purpose": sale.purpose, **known}
    assert explain(node, Facts(roots, PARAMETERS)).value is fused
    return fused


def test_another_currency_is_unknown() -> None:
    """An amount in another currency than asked for is unknown, neither more nor less."""
    from vermilion.facts.money import Money

    sale = Sale(price=Money(5, "USD"))
    assert outcome('amount(price, "CNY") > 1', sale) is None
    assert outcome('not (amount(price, "CNY") > 1)', sale) is None
    assert outcome('amount(price, "USD") > 1', sale) is True


def test_amounts_of_38_digits_stay_exact() -> None:
    """Money past 2^53 is compared digit by digit."""
    from vermilion.facts.money import Money

    most = 10**38 - 1
    sale = Sale(price=Money(str(most), "ETH"))
    assert outcome(f'amount(price, "ETH") == {most}', sale) is True
    assert outcome(f'amount(price, "ETH") < {most}', sale) is False
    assert outcome(f'amount(price, "ETH") * {most} > {most}', sale) is True


def test_empty_is_known() -> None:
    """An empty list holds no wrong and is no unknown; no list at all is unknown."""
    text = 'any(leg.instrument == "cash" for leg in settlement)'
    assert outcome(text, Sale(settlement=[])) is False
    assert outcome(text, Sale()) is None
    assert outcome(text.replace("any", "all"), Sale(settlement=[])) is True


def test_age_turns_on_the_birthday() -> None:
    """A year of age is complete on the birthday itself; 29 February waits for 1 March."""
    adult = "age(buyer.birth_date) >= params.years"
    day = dt.date(2004, 7, 5)
    assert outcome(adult, Sale(), buyer=Party(id="b", birth_date=day), event=EVENT) is True
    late = day + dt.timedelta(days=1)
    assert outcome(adult, Sale(), buyer=Party(id="b", birth_date=late), event=EVENT) is False
    leap = Party(id="b", birth_date=dt.date(2004, 2, 29))
    for today, grown in (("2022-02-28", False), ("2022-03-01", True)):
        on = EventFacts(
            date=dt.date.fromisoformat(today),
            type="sale",
            stage="proposed",
            time=MOMENT,
            source="s",
            subject="e",
        )
        assert outcome(adult, Sale(), buyer=leap, event=on) is grown


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("number", ["-18", "0", "17", "18", "params.years"])
def test_an_age_against_a_number(sign: str, number: str) -> None:
    """The short way to compare an age agrees with the long one on either side of every birthday."""
    days = [dt.date(y, m, d) for y in (2003, 2004, 2005) for m, d in ((2, 28), (3, 1), (7, 5))]
    days += [dt.date(2004, 2, 29), dt.date(2040, 7, 4), dt.date(2040, 7, 6), dt.date(2022, 7, 6)]
    for born in (None, *days):
        buyer = Party(id="b", birth_date=born)
        for today in (dt.date(2022, 2, 28), dt.date(2022, 3, 1), dt.date(2024, 2, 29), EVENT.date):
            event = msgspec.structs.replace(EVENT, date=today)
            for text in (
                f"age(buyer.birth_date) {sign} {number}",
                f"{number} {sign} age(buyer.birth_date)",
            ):
                found = outcome(text, Sale(), buyer=buyer, event=event)
                opposite = outcome(f"not {text}", Sale(), buyer=buyer, event=event)
                assert (found is None) == (opposite is None) == (born is None)
                assert born is None or opposite is not found


@pytest.mark.parametrize("kind", ["any", "all"])
@pytest.mark.parametrize(
    "test",
    ['x in ["loan", "fund", "artwork"]', 'x not in ["loan", "fund"]', 'x == "loan"', '"loan" != x'],
)
def test_words_in_a_list(kind: str, test: str) -> None:
    """Words are looked for in a list at once, which is the same as one by one."""
    text = f"{kind}({test} for x in token.underlying)"
    one_by_one = f"{kind}({test} or False for x in token.underlying)"
    for words in (None, [], ["loan"], ["artwork"], ["loan", "artwork"], ["ticket", "ticket"]):
        token = Token(id="t", underlying=words)
        found = outcome(text, Sale(), token=token)
        assert found is outcome(one_by_one, Sale(), token=token)
        assert (found is None) == (words is None)


@pytest.mark.parametrize("sign", ["and", "or"])
@pytest.mark.parametrize("looked", ["in", "not in"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_words_in_one_list(sign: str, looked: str, count: int) -> None:
    """Words that are looked for in one list are joined only where that means the same."""
    words = ["loan", "artwork", "ticket"]
    text = f" {sign} ".join(f'"{word}" {looked} token.underlying' for word in words[:count])
    for held in (None, [], ["fund"], ["loan"], ["loan", "artwork"], words):
        outcome(text, Sale(), token=Token(id="t", underlying=held))
        outcome(f"not ({text})", Sale(), token=Token(id="t", underlying=held))


def test_an_empty_list_of_the_rulebook_holds_nothing() -> None:
    """Nothing is in an empty list, and only nothing is within it."""
    scope = Scope(roots_of("sale"), lists={"none": ()})
    tests = ("any(x in lists.none for x in token.underlying)", "purpose in lists.none")
    tests += ("any(x not in lists.none for x in token.underlying)", "not purpose in lists.none")
    rules = [Condition(None, parse(text, scope)) for text in tests]
    token = {"token": Token(id="t", underlying=["loan"])}
    assert fuse("sale", rules, {})(Sale(purpose="custody"), token) == (0b1100, 0, 0b0011)
    rules = [Condition(None, parse(f"not {text}", scope)) for text in tests]
    assert fuse("sale", rules, {})(Sale(purpose="custody"), token) == (0b0011, 0, 0b1100)


def test_an_alias_is_the_role() -> None:
    """`acquirer` reads the buyer of a sale."""
    organisation = Party(id="b", kind="organisation")
    assert outcome('acquirer.kind == "person"', Sale(), buyer=organisation) is False


def test_rules_past_sixty_four_keep_their_own_bit() -> None:
    """Masks are as wide as there are rules."""
    conditions = [Condition(None, parse(f"token.decimals == {n}", SCOPE)) for n in range(200)]
    hit, unknown, passed = fuse("sale", conditions, PARAMETERS)(
        Sale(), {"token": Token(id="t", decimals=150)}
    )
    assert hit == 1 << 150
    assert unknown == 0
    assert passed == (1 << 200) - 1 - hit


def test_no_rules_judge_nothing() -> None:
    """Without a rule there is neither hit nor pass."""
    assert fuse("sale", [], {})(Sale(), {}) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "outcome", "facts"),
    [
        ("保證稳赚不赔", (1, 0, 0), {"text": ["稳赚"]}),
        ("谨防稳赚骗局", (0, 0, 1), {}),
        ("好看", (0, 0, 1), {}),
        (None, (0, 1, 0), {}),
    ],
)
def test_terms_in_a_text(text: str | None, outcome: tuple[int, int, int], facts: object) -> None:
    """A found term is a hit that shows the term and not the text; an unknown text is unknown."""
    scope = Scope(
        roots_of("post"), lists={"promises": ("稳赚",)}, exceptions={"promises": ("谨防稳赚",)}
    )
    condition = parse("matches(text, lists.promises)", scope)
    assert fuse("post", [Condition(None, condition)], {})(Post(text=text), {}) == outcome
    why = explain(condition, Facts({"text": text}))
    assert (why.value, why.facts) == ({1: True, 0: False}.get(outcome[0]) if text else None, facts)
    assert why.missing == (() if text else ("text",))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("matches(text)", "`matches` takes two arguments"),
        ('matches(text, ["a"])', "the terms are a list of the rulebook"),
        ("matches(lists.promises, lists.promises)", "`matches` needs a free text"),
        ("matches(purpose, lists.promises)", "`matches` needs a free text"),
        ("matches(text, lists.promise)", "there is no list `promise`"),
    ],
)
def test_terms_refused(text: str, reason: str) -> None:
    """Only free texts are searched, and only for lists of the rulebook."""
    with pytest.raises(RulebookError) as refused:
        parse(text, Scope(roots_of("post"), lists={"promises": ("稳赚",)}))
    assert reason in refused.value.message


@pytest.mark.parametrize(
    ("underlying", "redeemable", "hit"),
    [
        (["artwork"], ["loan"], True),
        (["loan"], ["artwork"], False),
        (["artwork"], [], False),
    ],
)
def test_the_outer_element_is_not_taken_for_the_inner(
    underlying: Any, redeemable: Any, hit: bool
) -> None:
    """Inside `any` the element of another list may be asked; the inner list is not searched for it."""
    text = 'any(any(y == "artwork" for x in token.redeemable_for) for y in token.underlying)'
    judge = fuse("sale", [Condition(None, parse(text, SCOPE))], PARAMETERS)
    token = Token(id="t", underlying=underlying, redeemable_for=redeemable)
    hits, *_ = judge(Sale(), {"token": token})
    assert bool(hits) is hit
