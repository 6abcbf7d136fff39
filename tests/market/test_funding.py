"""Common funders, and parties of whom one funded the other."""

from __future__ import annotations

from vermilion.sql import SqlEngine

from .harness import DAY, START, found
from .rows import account, paid, sale

ANY = {"min_score": 0}
FUNDED = [paid("f", "a", day=-2), paid("f", "b", day=-1)]


def test_both_funded_by_one(engines: SqlEngine) -> None:
    """Buyer and seller whose first money came from one wallet are found, a finding for the pair."""
    moves = [sale("a", "b"), sale("b", "a", token="c/2"), sale("a", "x", token="c/3")]
    [one] = found("common_funder", moves, payments=FUNDED, engine=engines)
    assert one.subject == {"collection": "c", "party": "a", "other": "b"}
    assert one.rows == {"buy": ["m1"], "sell": ["m0"]}
    assert (one.figures["amount"], one.figures["hours"]) == (1_000, 24)
    assert one.figures["funded"] == 2


def test_who_joins_nobody(engines: SqlEngine) -> None:
    """A later payment, one after the sale, services, distributors and prices of sales join nobody.

    Labels are dated: a wallet that became an exchange after it paid joins still.
    """
    moves, payments, accounts = [], [], []
    for role in ("exchange", "bridge", "mixer", "custody", "issuer", "platform", "later", "crowd"):
        moves.append(sale(f"{role}-a", f"{role}-b", token=f"{role}/1"))
        payments += [paid(role, f"{role}-a", day=-2), paid(role, f"{role}-b", day=-1)]
        if role not in ("later", "crowd"):
            accounts.append(account(role, role))
    accounts.append(account("later", "exchange", from_ms=START))
    payments += [paid("crowd", f"user{number}", day=-1) for number in range(19)]
    moves.append(sale("s-a", "s-b", token="second/1"))
    payments += [paid("g", "s-a", day=-9), paid("s", "s-a", day=-2), paid("s", "s-b", day=-1)]
    moves.append(sale("t-a", "t-b", token="after/1", minute=0))
    payments += [paid("t", "t-a", day=-2), paid("t", "t-b", minute=1)]
    made = found("common_funder", moves, payments=payments, parameters=ANY)
    assert len(made) == 7
    tables = {"payments": payments, "accounts": accounts}
    made = found("common_funder", moves, parameters=ANY, engine=engines, **tables)
    assert [one.subject["collection"] for one in made] == ["later"]


def test_so_many_parties_one_may_fund() -> None:
    """A funder of as many parties as the limit still joins them."""
    payments = [*FUNDED, *(paid("f", f"user{number}", day=-1) for number in range(18))]
    [one] = found("common_funder", [sale("a", "b")], payments=payments)
    assert one.figures["funded"] == 20


def test_the_price_of_a_sale_is_no_funding() -> None:
    """Who was first paid by selling to one buyer has no funder by that."""
    moves, payments = [sale("a", "b"), sale("c", "d", token="d/1")], []
    for seller, price in (("a", 700), ("c", 701)):
        moves.append(sale(seller, "rich", token=f"x/{seller}", price=700, day=-1))
        payments.append(paid("rich", seller, amount=price, day=-1))
    for seller, tx in (("b", "0x1"), ("d", "0x2")):
        moves.append(sale(seller, "rich", token=f"x/{seller}", tx="0x1", day=-1))
        payments.append(paid("rich", seller, tx=tx, day=-1))
    [one] = found("common_funder", moves, payments=payments, parameters=ANY)
    assert (one.subject["party"], one.subject["other"]) == ("c", "d")


def test_relatives_who_trade_once_are_not_found() -> None:
    """One sale between two whom one person funded long before is below the least score."""
    moves = [sale("a", "b", day=200), sale("f", "b", day=201)]
    assert not found("common_funder", moves, payments=FUNDED)
    assert not found("funded_each_other", moves, payments=FUNDED)


def test_the_seller_funded_the_buyer(engines: SqlEngine) -> None:
    """It is found though the seller's own money came from an exchange."""
    payments = [paid("x", "a", day=-5), paid("a", "b", day=-1, amount=12_000)]
    accounts = [account("x", "exchange")]
    tables = {"payments": payments, "accounts": accounts}
    [one] = found("funded_each_other", [sale("a", "b")], engine=engines, **tables)
    assert one.subject == {"collection": "c", "party": "a", "other": "b"}
    assert one.rows == {"sell": ["m0"]}
    assert one.parts == {"link": 35, "soon": 25, "covers": 15, "buyer": 10, "trades": 0}
    assert one.figures == {"funded_ms": START - DAY, "amount": 12_000, "hours": 24}


def test_the_buyer_funded_the_seller() -> None:
    """The other direction is found too, and scores less."""
    payments = [paid("b", "a", day=-1)]
    [one] = found("funded_each_other", [sale("a", "b")], payments=payments)
    assert one.parts["buyer"] == 0


def test_money_with_as_many_digits_as_there_may_be() -> None:
    """Amounts near 10^38 are compared without overflow."""
    payments = [paid("a", "b", day=-1, amount=10**38 - 1)]
    [one] = found("funded_each_other", [sale("a", "b", price=10**38 - 2)], payments=payments)
    assert one.parts["covers"] == 15
