"""Sales whose price is paid back inside the same transaction."""

from __future__ import annotations

from typing import Any

from vermilion.sql import SqlEngine

from .harness import DAY, START, Found, found
from .rows import Short, account, paid, sale

SOLD = sale("a", "b", price=1_000, tx="t1")


def refunded(*payments: Short, moves: tuple[Short, ...] = (SOLD,), **more: Any) -> list[Found]:
    """Return what is found where these payments were made."""
    return found("instant_refund", moves, payments=payments, **more)


def back(amount: int, **more: Any) -> Short:
    """Return a payment from the seller to the buyer in the sale's transaction."""
    return {**paid("a", "b", amount=amount, tx="t1"), **more}


def test_most_of_the_price_comes_back(engines: SqlEngine) -> None:
    """Half of the price in several parts is a refund, a coin less is none, on every engine."""
    [one] = refunded(back(300), back(200), engine=engines)
    assert one.subject == {"collection": "c", "party": "a", "other": "b"}
    assert one.rows == {"refunded": ["m0"]}
    assert one.parts == {"refund": 60, "whole": 0, "again": 0}
    assert not refunded(back(300), back(199), engine=engines)


def test_nearly_all_and_again() -> None:
    """Nine tenths of the price, and a second time, score more; all sales are shown in one finding."""
    moves = (SOLD, sale("a", "b", price=1_000, tx="t2", token="c/2"))
    [one] = refunded(back(900), back(500, tx="t2"), moves=moves)
    assert one.parts == {"refund": 60, "whole": 20, "again": 20}
    assert one.rows == {"refunded": ["m0", "m1"]}


def test_what_is_no_refund() -> None:
    """Money of another transaction, currency, direction or account, or of a service, is none."""
    assert not refunded(back(1_000, tx="t2"))
    assert not refunded(back(1_000, tx=None))
    assert not refunded(back(1_000, currency="USD"))
    assert not refunded(back(1_000, payer="b", payee="a"))
    assert not refunded(back(1_000, payee="x"))
    assert not refunded(back(1_000), accounts=[account("a", "marketplace")])


def test_the_buyers_purse_stands_for_the_buyer() -> None:
    """Money to whom the buyer's first money came from is a refund."""
    first = paid("x", "b", ms=START - DAY)
    assert refunded(first, back(1_000, payee="x"))
    assert not refunded(first, back(1_000, payee="y"))


def test_the_price_of_another_token_is_no_refund() -> None:
    """Where tokens go both ways in one transaction, each price pays for its own token."""
    other = sale("b", "a", price=1_000, tx="t1", token="c/2")
    assert not refunded(back(1_000), moves=(SOLD, other))
    [one] = refunded(back(1_600), moves=(SOLD, other))
    assert one.rows == {"refunded": ["m0"]}


def test_a_token_of_another_collection_pays_for_nothing_here() -> None:
    """What went the other way in another collection is not taken off, as sales are taken by collection."""
    other = sale("b", "a", price=1_000, tx="t1", token="d/1")
    [one] = refunded(back(1_000), moves=(SOLD, other))
    assert one.rows == {"refunded": ["m0"]}


def test_amounts_without_end(engines: SqlEngine) -> None:
    """Amounts as large as columns hold end no run, on every engine."""
    most = 10**38 - 1
    moves = tuple(sale("a", "b", price=most, tx="t1", token=f"c/{n}") for n in range(2))
    [one] = refunded(back(most), back(most), moves=moves, engine=engines)
    assert one.rows == {"refunded": ["m0", "m1"]}


def test_a_service_that_buys_got_no_refund() -> None:
    """A buyer that holds for others is none of whom anything can be said."""
    assert refunded(back(1_000))
    assert not refunded(back(1_000), accounts=[account("b", "custody")])
