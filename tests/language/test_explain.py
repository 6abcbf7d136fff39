"""An explanation names the facts that decided, or those that would clear what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from vermilion.facts.entities import Kyc, Party, Token
from vermilion.facts.events import PaymentLeg
from vermilion.facts.money import Money
from vermilion.facts.namespace import NO_PARTY
from vermilion.language import Explanation, Facts, explain, parse
from vermilion.language.explain import MAX_FACTS

from .random_rules import PARAMETERS, SCOPE

BUYER = Party(id="b", kind="person", kyc=Kyc(status="pending"))
NOBODY = {"buyer": NO_PARTY, "seller": NO_PARTY, "token": Token(id="t"), "purpose": None}


def why(text: str, names: dict[str, list[str]] | None = None, **roots: Any) -> Explanation:
    """Return why a condition came out as it did, over a few facts."""
    return explain(parse(text, SCOPE), Facts(NOBODY | roots, PARAMETERS, names or {}))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        # Each could clear it alone: the first is asked for.
        ('purpose == "custody" and token.pooled', ["purpose"]),
        ('token.pooled and purpose == "custody"', ["token.pooled"]),
        ("not (token.pooled or token.divisible)", ["token.pooled"]),
        ("all(token.pooled for x in lists.letters)", ["token.pooled"]),
        # Only all of them together clear it.
        ('purpose == "custody" or token.pooled', ["purpose", "token.pooled"]),
        ("not (token.pooled and token.divisible)", ["token.pooled", "token.divisible"]),
        ("len(token.fraction_of) > token.decimals", ["token.fraction_of", "token.decimals"]),
        # What a known part has settled is not asked for.
        ("True and token.pooled", ["token.pooled"]),
        ("False or token.pooled", ["token.pooled"]),
        # An unknown whole is asked for, not the part of it that cannot be unknown by itself.
        ('price.currency == "CNY"', ["price"]),
        ('buyer.kyc.status == "none"', ["buyer.kyc.status"]),
        ('acquirer.kind == "person"', ["buyer.kind"]),
    ],
)
def test_what_is_missing_is_what_would_clear(text: str, missing: list[str]) -> None:
    """An unknown wrong asks for the facts that would show that there is none, and no more."""
    found = why(text, price=None)
    assert found.value is None
    assert list(found.missing) == missing


def test_money_in_another_currency_is_lacking() -> None:
    """Where an amount is unknown for its currency, the money is what is asked about."""
    found = why('amount(price, "CNY") > 1', price=Money(5, "USD"))
    assert (found.value, found.missing) == (None, ("price",))


def test_facts_that_decided_are_shown() -> None:
    """A true `or` shows the parts that made it true; others are left out."""
    found = why('buyer.kyc.status != "verified" or token.pooled', buyer=BUYER)
    assert found == Explanation(True, {"buyer.kyc.status": "pending"})


def test_absence_is_shown_where_it_decided() -> None:
    """`known` shows the fact that it found, or that there is none."""
    assert why("known(buyer.kind)", buyer=BUYER).facts == {"buyer.kind": "person"}
    assert why("known(buyer.name)", buyer=BUYER) == Explanation(False, {"buyer.name": None})


def test_elements_are_named_by_role_or_position() -> None:
    """A party is named by its role, any other element by where it stands in its list."""
    parties = why(
        'any(p.kyc.status != "verified" for p in parties)',
        {"parties": ["seller", "buyer"]},
        parties=[Party(id="s", kyc=Kyc(status="verified")), BUYER],
    )
    assert parties.facts == {"buyer.kyc.status": "pending"}
    legs = [PaymentLeg(instrument="cash"), PaymentLeg()]
    lacking = why('all(leg.instrument == "cash" for leg in settlement)', settlement=legs)
    assert lacking.missing == ("settlement[1].instrument",)
    assert lacking.facts == {"settlement[0].instrument": "cash"}


def test_a_list_of_thousands_is_told_by_its_first() -> None:
    """An explanation stays short however long a list is."""
    legs = [PaymentLeg(instrument="cash")] * 5_000
    found = why('any(leg.instrument == "cash" for leg in settlement)', settlement=legs)
    assert len(found.facts) == MAX_FACTS


def test_an_empty_list_explains_itself() -> None:
    """What holds because a list is empty shows the empty list."""
    found = why('any(leg.instrument == "cash" for leg in settlement)', settlement=[])
    assert found == Explanation(False, {"settlement": []})
