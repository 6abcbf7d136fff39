"""Pairs that trade both ways, and tokens that are sold, given back and sold again."""

from __future__ import annotations

from random import Random

from vermilion.sql import SqlEngine

from .harness import found
from .rows import Short, account, apart, gift, sale

ANY = {"min_score": 0}


def both_ways(forward: int, backward: int) -> list[Short]:
    """Return sales from a to b and back, each of another token."""
    moves = [sale("a", "b", token=f"c/{number}") for number in range(forward)]
    return moves + [sale("b", "a", token=f"c/x{number}") for number in range(backward)]


def test_a_symmetric_pair(engines: SqlEngine) -> None:
    """Two who sell each other different tokens of one collection equally often are found."""
    [one] = found("pair_symmetry", both_ways(4, 4), engine=engines)
    assert one.subject == {"collection": "c", "party": "a", "other": "b"}
    assert (len(one.rows["sell"]), len(one.rows["buy"])) == (4, 4)
    assert (one.figures["forward"], one.figures["backward"], one.figures["share"]) == (4, 4, 100)


def test_symmetry_number_and_share_have_a_least() -> None:
    """One way much more often, too few trades, or two who trade with everybody are not found.

    Trades in different collections do not add up, and a marketplace's account is nobody's pair.
    """
    random = Random(5)
    busy = []
    for number in range(900):
        seller, buyer = random.sample(range(12), 2)
        busy.append(sale(str(seller), str(buyer), token=f"c/{number}"))
    cases = {
        "even": both_ways(5, 3),
        "uneven": both_ways(6, 3),
        "few": both_ways(3, 2),
        "few more": both_ways(2, 3),
        "market": [sale("a", "m"), sale("m", "a")] * 6,
        "busy": busy,
    }
    said = [account("m", "marketplace")]
    made = apart("pair_symmetry", cases, accounts=said)
    assert {case for case, findings in made.items() if findings} == {"even"}
    made = apart("pair_symmetry", cases, accounts=said, parameters=ANY)
    assert {case for case, findings in made.items() if findings} == {"even", "busy"}
    assert len(made["busy"]) > 20


def test_sold_given_back_sold_again(engines: SqlEngine) -> None:
    """A token sold, given back without a price and sold again is found, with all its rows."""
    moves = [sale("a", "b"), gift("b", "a"), sale("a", "d")]
    [one] = found("trade_transfer_trade", moves, engine=engines)
    assert one.subject == {"collection": "c", "token": "c/1", "party": "a"}
    assert one.rows == {"sell": ["m0", "m2"], "free": ["m1"]}
    assert (one.figures["times"], one.figures["relays"]) == (1, 0)


def test_it_must_come_back_without_a_price_and_without_a_gap() -> None:
    """Relays may lie between, as many as the parameter allows, and escrow accounts.

    A sale back, a gap in the chain, a gift to somebody else or a passage through a lender is none of it;
    a friend who returns a piece after a year, sold on at another price, is below the least score.
    """
    cases = {
        "relays": [sale("a", "b"), gift("b", "r"), gift("r", "s"), gift("s", "a"), sale("a", "d")],
        "escrow": [sale("a", "b"), gift("b", "e"), gift("e", "a"), sale("a", "d")],
        "lender": [sale("a", "b"), gift("b", "l"), gift("l", "a"), sale("a", "d")],
        "sold back": [sale("a", "b"), sale("b", "a"), sale("a", "d")],
        "gap": [sale("a", "b"), gift("x", "a"), sale("a", "d")],
        "nothing seen": [sale("a", "b"), sale("a", "d")],
        "other seller": [sale("a", "b"), gift("b", "e"), sale("e", "d")],
        "never again": [sale("a", "b"), gift("b", "a")],
        "late": [
            sale("a", "b", day=0),
            gift("b", "a", day=400),
            sale("a", "d", day=500, price=30_000),
        ],
    }
    tables = {"accounts": [account("e", "escrow"), account("l", "lending")]}
    made = apart("trade_transfer_trade", cases, **tables)
    assert {case for case, findings in made.items() if findings} == {"relays", "escrow"}
    [one] = made["relays"]
    assert one.figures["relays"] == 2
    made = apart("trade_transfer_trade", cases, parameters=ANY | {"max_relays": 1}, **tables)
    assert {case for case, findings in made.items() if findings} == {"escrow", "late"}
