"""Public rule sets flag what their published definitions say, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from vermilion.market.declaration import chosen, detectors
from vermilion.market.entities import make_entities
from vermilion.market.prepare import prepare
from vermilion.market.run import run_detectors
from vermilion.sql import DuckDb, SqlEngine

from .harness import Row, found, told, write

PUBLISHED = [one.name for one in detectors().values() if one.published]


def flagged(name: str, moves: Sequence[Row], **more: Any) -> set[str]:
    """Return ids of the moves in any finding."""
    findings = found(name, moves, **more)
    return {id for finding in findings for ids in finding.rows.values() for id in ids}


def sold(*pairs: str, **more: Any) -> list[dict[str, Any]]:
    """Return sales from first letter to second, a day apart."""
    return [
        {"sender": seller, "recipient": buyer, "day": day} | more
        for day, (seller, buyer) in enumerate(pairs)
    ]


def test_public_rule_sets_are_there_and_do_not_run_unasked() -> None:
    """Eight public rules can be named, and none of them is among those that run by default."""
    assert PUBLISHED == [
        "allium",
        "anchain_repurchase",
        "dune_back_and_forth",
        "dune_flash_loan",
        "dune_funded",
        "dune_self",
        "dune_three_times",
        "reservoir_pair",
    ]
    assert not {one.name for one in chosen(None)} & set(PUBLISHED)
    assert [one.name for one in chosen(["dune_self"])] == ["dune_self"]


def test_honest_chain_of_owners_is_clean(tmp_path: Path) -> None:
    """A token that passes from each owner to a new one breaks no public rule."""
    with DuckDb("500MB", 1) as sql:
        assert _seen(sql, write(tmp_path, moves=sold("AB", "BC", "CD", "DE"))) == []


def test_self_trade() -> None:
    """Dune's first rule: the sale whose buyer is its seller."""
    assert flagged("dune_self", sold("AB", "BB", "BC")) == {"m1"}


def test_back_and_forth_at_any_age() -> None:
    """Dune's second rule: both legs, after any time, of tokens with several units too; not rings."""
    moves = sold("AB", "BC")
    moves.append({"sender": "B", "recipient": "A", "day": 900})
    assert flagged("dune_back_and_forth", moves) == {"m0", "m2"}
    assert flagged("dune_back_and_forth", sold("AB", "BA", many=True)) == {"m0", "m1"}
    assert flagged("dune_back_and_forth", sold("AB", "BC", "CA")) == set()


def test_back_and_forth_is_blind_to_free_legs() -> None:
    """A token given back is no other trade, so the pair of sales is not seen."""
    moves = sold("AB", "BA", "AB")
    moves[1] |= {"kind": "transfer", "price": None}
    assert flagged("dune_back_and_forth", moves) == set()


def test_three_times() -> None:
    """Dune's third rule: three purchases or sales of a unique token by one account, of all of them."""
    assert flagged("dune_three_times", sold("AB", "BC", "CB", "BD", "DB")) == {"m0", "m2", "m4"}
    assert flagged("dune_three_times", sold("AB", "BC", "CB", "BD")) == set()
    assert flagged("dune_three_times", sold("AB", "CB", "DB", many=True)) == set()


def test_three_times_leaves_out_listed_lenders_as_buyers() -> None:
    """A listed lending account that buys three times is left out, one that sells is not."""
    accounts = [{"party": "L", "role": "lending"}]
    bought = sold("AL", "BL", "CL")
    assert flagged("dune_three_times", bought) == {"m0", "m1", "m2"}
    assert flagged("dune_three_times", bought, accounts=accounts) == set()
    assert flagged("dune_three_times", sold("LA", "LB", "LC"), accounts=accounts) == {
        "m0",
        "m1",
        "m2",
    }


FUNDED = {
    ("FA", "FB"): True,
    ("AB", "FA"): True,
    ("FA", "GB"): False,
    ("FA", "GB", "FB"): False,
    ("FA",): False,
    ("XA", "AB"): False,
    ("XA", "XB"): False,
}
"""Who paid whom, in order, and whether A and B are first funded by one or by each other; X is an exchange."""


def test_funded() -> None:
    """Dune's fourth rule: first payers known for both, neither an exchange, the same or each other."""
    moves, payments, expected = [], [], set()
    for case, (paid, linked) in enumerate(FUNDED.items()):
        moves.append({"sender": f"A{case}", "recipient": f"B{case}", "token": f"c{case}/1"})
        payments += [
            {"payer": f"{payer}{case}", "payee": f"{payee}{case}", "day": -9 + day}
            for day, (payer, payee) in enumerate(paid)
        ]
        expected |= {f"m{case}"} if linked else set()
    exchanges = [{"party": f"X{case}", "role": "exchange"} for case in range(len(FUNDED))]
    assert flagged("dune_funded", moves, payments=payments, accounts=exchanges) == expected


@pytest.mark.parametrize(("back", "expected"), [(1_001, {"m0"}), (999, set())])
def test_flash_loan(back: int, expected: set[str]) -> None:
    """Dune's fifth rule: a lender paid and repaid in full within the transaction of the sale."""
    paid = [
        {"payer": "L", "payee": "B", "tx": "t", "amount": 1_000},
        {"payer": "B", "payee": "L", "tx": "t", "amount": back},
    ]
    moves = [
        {"sender": "A", "recipient": "B", "tx": "t"},
        {"sender": "B", "recipient": "C", "tx": "u"},
    ]
    accounts = [{"party": "L", "role": "lending"}]
    assert flagged("dune_flash_loan", moves, payments=paid, accounts=accounts) == expected


def test_reverse_pair_of_any_token() -> None:
    """Reservoir: the pair the other way round in the collection, whatever the token, or no price."""
    moves = sold("AB", "BA", "AC")
    moves[1]["token"] = "c/2"
    assert flagged("reservoir_pair", moves) == {"m0", "m1"}
    moves[1]["token"] = "d/2"
    assert flagged("reservoir_pair", moves) == set()
    moves[2]["price"] = 10
    assert flagged("reservoir_pair", moves) == {"m2"}


@pytest.mark.parametrize(("days", "expected"), [(30, {"m0", "m2"}), (31, set())])
def test_repurchase_within_thirty_days(days: int, expected: set[str]) -> None:
    """AnChain: bought again at most thirty days after it was sold, from whomever."""
    moves = sold("AB", "BC")
    moves.append({"sender": "C", "recipient": "A", "day": days})
    assert flagged("anchain_repurchase", moves) == expected


WEIGHTS = {
    "same": (16, sold("AA"), []),
    "each_other": (12, sold("AB"), [("A", "B", -90, None, 5)]),
    "token_back": (8, sold("AB", "BA"), []),
    "collection_back": (4, sold("AB", "BA"), []),
    "repeated": (4, sold("AB", "AC", "AD"), []),
    "same_first": (2, sold("AB"), [("F", "A", -90, None, 5), ("F", "B", -80, None, 5)]),
    "same_frequent": (1, sold("AB"), [("F", "A", -90, None, 5), ("F", "B", -80, None, 5)]),
    "seller_paid": (4, sold("AB"), [("F", "B", -90, None, 5), ("A", "B", -7 + 0.01, None, 5)]),
    "buyer_paid": (4, sold("AB"), [("F", "A", -90, None, 5), ("B", "A", -1, None, 5)]),
    "refund": (16, sold("AB", tx="t"), [("B", "A", 0, "t", 10_000), ("A", "B", 0, "t", 5_001)]),
}


@pytest.mark.parametrize("part", WEIGHTS)
def test_weights(part: str) -> None:
    """Each of Allium's flags has its weight, four to the point, on an example of its own."""
    weight, moves, paid = WEIGHTS[part]
    payments = [
        {"payer": payer, "payee": payee, "hour": day * 24, "tx": tx, "amount": amount}
        for payer, payee, day, tx, amount in paid
    ]
    every = found("allium", moves, payments=payments, parameters={"min_score": 1})
    assert {one.parts[part] for one in every} == {weight}
    assert all(one.score == sum(one.parts.values()) for one in every)


def test_sold_transferred_back_and_sold_again() -> None:
    """The lightest flag: both sales around a transfer back, of a unique token."""
    moves = sold("AB", "BA", "AC")
    moves[1] |= {"kind": "transfer", "price": None}
    every = found("allium", moves, parameters={"min_score": 1})
    assert [one.parts["again"] for one in every] == [1, 1]
    assert found("allium", moves) == []


def test_half_refund_and_old_payments_do_not_count() -> None:
    """Half the price back is not most of it, and a payment of more than a week ago is not recent."""
    paid = [
        {"payer": "B", "payee": "A", "tx": "t", "day": 0, "amount": 10_000},
        {"payer": "A", "payee": "B", "tx": "t", "day": 0, "amount": 5_000},
        {"payer": "F", "payee": "B", "day": -90},
        {"payer": "G", "payee": "A", "day": -90},
        {"payer": "A", "payee": "B", "day": -7},
    ]
    assert found("allium", sold("AB", tx="t"), payments=paid, parameters={"min_score": 1}) == []


def test_rules_mean_the_same_on_every_engine(sail: SqlEngine, tmp_path: Path) -> None:
    """Every rule finds the same on DuckDB and on Sail, in a market where every rule finds something."""
    moves = sold("AB", "BA", "AA", "AB", "BA", "AB", tx="t")
    payments = [
        {"payer": "F", "payee": "A", "day": -9},
        {"payer": "F", "payee": "B", "day": -8},
        {"payer": "L", "payee": "B", "day": 0, "tx": "t", "amount": 9_000},
        {"payer": "B", "payee": "L", "day": 0, "tx": "t", "amount": 9_000},
    ]
    accounts = [{"party": "L", "role": "lending"}]
    paths = write(tmp_path, moves=moves, payments=payments, accounts=accounts)
    with DuckDb("500MB", 1) as duck:
        one, other = _seen(duck, paths), _seen(sail, paths)
    assert {name for name, _, _ in one} == set(PUBLISHED)
    assert one == other


def _seen(sql: SqlEngine, paths: Mapping[str, Sequence[Path]]) -> list[tuple[str, str, Any]]:
    prepare(sql, paths)
    make_entities(sql)
    seen = run_detectors(sql, chosen(PUBLISHED))
    return [(one.detector, one.id, one.parts) for one in told(sql, seen)]
