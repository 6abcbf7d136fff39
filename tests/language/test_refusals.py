"""A wrong rule is refused at load, with line and column, the reason and a suggestion."""

from __future__ import annotations

import pytest

from vermilion.errors import RulebookError
from vermilion.language import Place, Scope, parse, roots_of

from .random_rules import SCOPE

WRONG = {
    # Names.
    "prise.currency == 'CNY'": (1, "no fact `prise`", "did you mean `price`?"),
    "price.curency == 'CNY'": (7, "no fact of a money `curency`", "did you mean `currency`?"),
    "buyer.kyc.state == 'none'": (11, "no fact of a kyc `state`", "did you mean `status`?"),
    "buyer.zzz == 'none'": (7, "no fact of a party `zzz`", "there are: `account_check`"),
    "price.currency.code == 'CNY'": (16, "no fact of a text `code`", None),
    "parties.kyc == 'none'": (9, "a list of party has no `kyc`", "use `any` or `all`"),
    "any(p.kyk.status == 'none' for p in parties)": (7, "`kyk`", "did you mean `kyc`?"),
    "any(q.kind == 'person' for p in parties)": (5, "no fact `q`", "there are: "),
    "any(p in lists.letters for p in p)": (33, "no fact `p`", "there are: "),
    "price.currency in lists.curencies": (25, "no list `curencies`", "`currencies`?"),
    "lists.assets.first == 'x'": (1, "`lists` is followed by one name", None),
    "lists == 'x'": (1, "`lists` is followed by one name", None),
    "params.fev > 1": (8, "no parameter `fev`", "did you mean `few`?"),
    "lenn(parties) > 1": (1, "no function `lenn`", "did you mean `len`?"),
    # Words of a closed choice.
    "buyer.kind == 'persn'": (15, "no value `persn`", "did you mean `person`?"),
    "'persn' != buyer.kind": (1, "no value `persn`", "did you mean `person`?"),
    "purpose in ['investment', 'costody']": (12, "no value `costody`", "`custody`?"),
    "'NIFI' in buyer.memberships": (1, "no value `NIFI`", "did you mean `NIFA`?"),
    "price.currency in lists.letters": (19, "no value `a`", "there are: "),
    "any(x == 'lone' for x in token.underlying)": (10, "no value `lone`", "`loan`?"),
    'amount(price, "RMB") > 1': (15, "no currency `RMB`", "did you mean"),
    # Types.
    "len(parties) == 'two'": (17, "a whole number cannot be compared with a text", None),
    "buyer.birth_date > 18": (20, "a date cannot be compared with a whole number", None),
    "buyer.self_supporting == 1": (26, "a truth value cannot be compared", None),
    "price > 100": (9, "money cannot be compared as such", 'use `amount(…, "CNY")`'),
    "price == price": (10, "money cannot be compared as such", 'use `amount(…, "CNY")`'),
    "price.amount > 100": (7, "an amount needs its currency", 'use `amount(…, "CNY")`'),
    "price in lists.assets": (1, "money cannot be compared as such", None),
    "purpose < 'x'": (1, "a text has no order; only `==` and `!=` apply", None),
    "buyer.self_supporting > True": (1, "a truth value has no order", None),
    "token.underlying == token.underlying": (1, "cannot be compared", "use `in`, `len` or `any`"),
    "purpose in 'investment'": (12, "`in` needs a list on its right, this is a text", None),
    "purpose in price": (12, "`in` needs a list on its right", None),
    "1 in lists.assets": (1, "a whole number cannot be compared with a text", None),
    "purpose in [1]": (13, "a written-out list holds texts only", None),
    "purpose in []": (12, "the list is empty", None),
    "purpose + 1 == 2": (1, "`+` needs whole numbers, this is a text", None),
    "1 - price == 2": (5, "`-` needs whole numbers, this is a money", None),
    "1 / 2 == 2": (1, "only `+`, `-` and `*`", "multiplication on the other side"),
    "len(purpose) > 1": (5, "`len` needs a list, this is a text", None),
    "age(purpose) > 1": (5, "`age` needs a date, this is a text", None),
    "amount(purpose, 'CNY') > 1": (8, "`amount` needs money, this is a text", None),
    "amount(price, purpose) > 1": (15, "the currency is a literal", None),
    "any(True for x in purpose)": (19, "`for` needs a list, this is a text", None),
    # Conditions.
    "price": (1, "a condition is needed, this is a money", None),
    "1": (1, "a condition is needed, this is a whole number", None),
    "known(price) and purpose": (18, "a condition is needed here", "compare it with a value"),
    "not parties": (5, "a condition is needed here, this is a list", "use `any(...)`"),
    "any(p for p in parties)": (5, "a condition is needed here, this is a party", None),
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_rules_are_refused_at_their_place(text: str) -> None:
    """Each mistake is told where it stands and, where possible, with what was meant."""
    column, reason, help = WRONG[text]
    with pytest.raises(RulebookError) as refused:
        parse(text, SCOPE, Place("CN-X-01.yaml", 3, 15))
    assert reason in refused.value.message
    assert refused.value.where == f"CN-X-01.yaml:3:{14 + column}"
    if help is not None:
        assert help in (refused.value.help or "")


@pytest.mark.parametrize("text", [text for text in WRONG if " " in text])
def test_places_hold_over_several_lines(text: str) -> None:
    """In a text of several lines the mistake's own line and column are named."""
    column, reason, _ = WRONG[text]
    with pytest.raises(RulebookError) as refused:
        parse(f"known(price)\n  and (\n  {text}\n)", SCOPE, Place("CN-X-01.yaml", 3, 15))
    if reason.startswith("a condition is needed, "):
        return
    assert reason in refused.value.message
    assert refused.value.where == f"CN-X-01.yaml:5:{2 + column}"


def test_places_count_characters_not_bytes() -> None:
    """Chinese texts before a mistake do not shift its column."""
    with pytest.raises(RulebookError) as refused:
        parse("buyer.name == '胖虎' and prise == 1", SCOPE)
    assert refused.value.where == "rule:1:24"


def test_leading_blanks_count() -> None:
    """Blanks and line breaks before a text do not shift its places."""
    with pytest.raises(RulebookError) as refused:
        parse("\n   prise == 1", SCOPE)
    assert refused.value.where == "rule:2:4"


def test_syntax_errors_are_placed_on_their_line() -> None:
    """A missing operand in the third line is told in the third line."""
    with pytest.raises(RulebookError) as refused:
        parse("known(price)\nand known(purpose)\nor or True", SCOPE)
    assert refused.value.where == "rule:3:4"


def test_age_needs_an_event() -> None:
    """Without an event there is no day to count years to."""
    scope = Scope({"buyer": roots_of("sale")["buyer"]})
    with pytest.raises(RulebookError, match="needs an event"):
        parse("age(buyer.birth_date) < 18", scope)


@pytest.mark.parametrize("event_type", ["offer", "transfer", "holding", "post"])
def test_names_are_those_of_the_event_type(event_type: str) -> None:
    """A name of another event type is unknown, so a rule cannot wait for what never comes."""
    with pytest.raises(RulebookError, match="no fact `settlement`"):
        parse("len(settlement) > 0", Scope(roots_of(event_type)))
