"""What the compiler makes of a condition."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from vermilion.facts.entities import Party, Token
from vermilion.facts.events import Sale
from vermilion.facts.namespace import EventFacts
from vermilion.language import Condition, Facts, explain, fuse, parse
from vermilion.language import compile as compiler

from .random_rules import PARAMETERS, SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = EventFacts(date=dt.date(2022, 7, 5), type="sale", stage="proposed")


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
    """The compiled function has no builtins but `len`."""
    text = 'amount(price, "CNY") > 1 and age(buyer.birth_date) < 18'
    fused = fuse("sale", [Condition(None, parse(text, SCOPE))], PARAMETERS)
    names = fused.__globals__  # type: ignore[attr-defined]
    assert names["__builtins__"] == {}
    assert {name for name in names if not name.startswith("c")} == {
        "__builtins__",
        "len",
        "amount_in",
        "age_on",
        "judge",
    }


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
        on = EventFacts(date=dt.date.fromisoformat(today), type="sale", stage="proposed")
        assert outcome(adult, Sale(), buyer=leap, event=on) is grown


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
