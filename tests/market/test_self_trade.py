"""Self trades: a sale whose two sides are one."""

from __future__ import annotations

from vermilion.sql import SqlEngine

from .harness import found
from .rows import account, gift, paid, sale


def test_buyer_is_seller(engines: SqlEngine) -> None:
    """Sales to oneself are one finding for each token and party, with each such sale as its row."""
    moves = [
        sale("a", "b"),
        sale("b", "b"),
        sale("b", "b", price=None),
        sale("b", "c"),
        sale("z", "z", token="c/2"),
        gift("q", "q", token="c/3"),
        sale(None, None, token="c/4"),
    ]
    one, two = found("self_trade", moves, engine=engines)
    assert one.subject == {"collection": "c", "token": "c/1", "party": "b"}
    assert one.rows == {"priced": ["m1"], "sell": ["m2"]}
    assert one.parts == {"same": 90, "again": 10}
    assert (two.subject["token"], two.score) == ("c/2", 90)


def test_services_do_not_trade_with_themselves() -> None:
    """A marketplace's contract on both sides is no self trade, on the dates of its label only."""
    moves = [sale("m", "m", day=0), sale("m", "m", day=9)]
    said = [account("m", "marketplace", until_ms=1_650_000_000_000 + 86_400_000)]
    [one] = found("self_trade", moves, accounts=said)
    assert one.rows == {"priced": ["m1"]}


def test_a_sale_inside_an_entity_is_one() -> None:
    """Two wallets of one entity trade with themselves, on the level of entities only."""
    moves = [sale("a", "b"), sale("b", "x")]
    payments = [paid("x-change", "a", day=-3), paid("a", "b", day=-2)]
    said = [account("x-change", "exchange")]
    assert not found("self_trade", moves, payments=payments, accounts=said)
    [one] = found("self_trade", moves, payments=payments, accounts=said, level="entity")
    assert one.rows == {"priced": ["m0"]}
    assert one.subject["party"] == "a"
