"""Sales that marketplaces tell of, in place of the transfers that settle them."""

from __future__ import annotations

from pathlib import Path

from intake.evm.chain_logs import ART, COINS, NOBODY, WETH, Chain
from intake.evm.decoding import FEES, A, B, C, D, codes, decoded, moves
from vermilion.intake.evm.topics import Event


def test_a_listing_that_is_taken(tmp_path: Path) -> None:
    """The order and its transfer are one sale; the price is all that is paid, fees included."""
    found = decoded(tmp_path, Chain().tx().sale(A, B, 7, 1000).logs)
    assert moves(found) == [("sale", 7, A, B, 1, 1000, "ETH")]
    [row] = found.moves.to_pylist()
    assert row["platform"] == "seaport"
    assert row["id"].endswith(":1"), "the sale keeps the identity of its transfer"


def test_a_bid_that_is_accepted(tmp_path: Path) -> None:
    """A bid names its offerer as buyer, and costs what he offers, out of which fees are paid."""
    chain = Chain().tx()
    chain.order(B, A, [(1, WETH, 0, 900)], [(2, ART, 7, 1, B), (1, WETH, 0, 50, FEES)])
    chain.money(B, A, 850).money(B, FEES, 50).unique(A, B, 7)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [("sale", 7, A, B, 1, 900, "WETH")]
    assert found.payments["amount"].to_pylist() == [850, 50]


def test_a_bundle_has_no_price_for_a_token(tmp_path: Path) -> None:
    """Tokens sold together are sales without a price each, and counted."""
    chain = Chain().tx().order(A, B, [(2, ART, 1, 1), (2, ART, 2, 1)], [(0, NOBODY, 0, 500, A)])
    chain.unique(A, B, 1).unique(A, B, 2)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [("sale", n, A, B, 1, None, None) for n in (1, 2)]
    assert found.notes["bundles"] == 1


def test_tokens_for_tokens(tmp_path: Path) -> None:
    """A barter is two sales without a price, whether money is added or not."""
    chain = Chain().tx().order(A, B, [(2, ART, 1, 1)], [(2, ART, 2, 1, A), (0, NOBODY, 0, 500, A)])
    chain.unique(A, B, 1).unique(B, A, 2)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [("sale", 1, A, B, 1, None, None), ("sale", 2, B, A, 1, None, None)]
    assert found.notes["barters"] == 1


def test_two_currencies_make_no_price(tmp_path: Path) -> None:
    """Payments in two currencies are not added up."""
    chain = (
        Chain().tx().order(A, B, [(2, ART, 1, 1)], [(0, NOBODY, 0, 5, A), (1, WETH, 0, 6, FEES)])
    )
    found = decoded(tmp_path, chain.unique(A, B, 1).logs)
    assert moves(found) == [("sale", 1, A, B, 1, None, None)]
    assert found.notes["mixed_currencies"] == 1


def test_an_order_without_money_is_a_transfer(tmp_path: Path) -> None:
    """What is given away through a marketplace stays a transfer."""
    chain = Chain().tx().order(A, B, [(2, ART, 1, 1)], [])
    assert moves(decoded(tmp_path, chain.unique(A, B, 1).logs)) == [
        ("transfer", 1, A, B, 1, None, None)
    ]


def test_units_are_sold_whole(tmp_path: Path) -> None:
    """A sale of several units has the price of all of them."""
    chain = Chain().tx().order(A, B, [(3, COINS, 5, 40)], [(0, NOBODY, 0, 80, A)])
    found = decoded(tmp_path, chain.single(A, B, 5, 40).logs)
    assert moves(found) == [("sale", 5, A, B, 40, 80, "ETH")]
    assert found.moves["many"].to_pylist() == [True]


def test_hands_between_are_no_owners(tmp_path: Path) -> None:
    """A token that passes a conduit and an aggregator within a transaction changes hands once."""
    chain = Chain().tx().order(A, C, [(2, ART, 1, 1)], [(0, NOBODY, 0, 80, A)])
    found = decoded(tmp_path, chain.unique(A, D, 1).unique(D, C, 1).unique(C, B, 1).logs)
    assert moves(found) == [("sale", 1, A, B, 1, 80, "ETH")]
    assert found.notes["passed_through"] == 2


def test_two_sales_in_one_transaction(tmp_path: Path) -> None:
    """A token sold on within a transaction is two sales, each with its price."""
    found = decoded(tmp_path, Chain().tx().sale(A, B, 1, 100).sale(B, C, 1, 120).logs)
    assert moves(found) == [
        ("sale", 1, A, B, 1, 100, "ETH"),
        ("sale", 1, B, C, 1, 120, "ETH"),
    ]


def test_a_token_that_comes_back(tmp_path: Path) -> None:
    """A sale whose token returns at once stays a sale, and its return a transfer."""
    found = decoded(tmp_path, Chain().tx().sale(A, B, 1, 100).unique(B, A, 1).logs)
    assert moves(found) == [
        ("sale", 1, A, B, 1, 100, "ETH"),
        ("transfer", 1, B, A, 1, None, None),
    ]


def test_a_mint_is_not_swallowed(tmp_path: Path) -> None:
    """A token minted and sold within a transaction is a mint and a sale."""
    found = decoded(tmp_path, Chain().tx().unique(NOBODY, A, 1).sale(A, B, 1, 100).logs)
    assert moves(found) == [("mint", 1, None, A, 1, None, None), ("sale", 1, A, B, 1, 100, "ETH")]


def test_matched_orders_are_one_sale(tmp_path: Path) -> None:
    """Two orders matched with each other, each without the other hand, are one sale at what is paid."""
    chain = Chain().tx()
    chain.order(A, NOBODY, [(2, ART, 1, 1)], [(1, WETH, 0, 90, A)])
    chain.order(B, NOBODY, [(1, WETH, 0, 100)], [(2, ART, 1, 1, B), (1, WETH, 0, 10, FEES)])
    found = decoded(tmp_path, chain.unique(A, B, 1).logs)
    assert moves(found) == [("sale", 1, A, B, 1, 100, "WETH")]


def test_a_looksrare_order_that_is_taken(tmp_path: Path) -> None:
    """A taker of an ask buys and one of a bid sells; each is one sale with its transfer, fees included."""
    chain = Chain().tx().unique(A, B, 7).money(B, A, 980).money(B, FEES, 20)
    chain.taken(Event.TAKER_BID, (B, A), 7, 1000)
    chain.tx().taken(Event.TAKER_ASK, (B, C), 7, 900).unique(B, C, 7)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [
        ("sale", 7, A, B, 1, 1000, "WETH"),
        ("sale", 7, B, C, 1, 900, "WETH"),
    ]
    assert set(found.moves["platform"].to_pylist()) == {"looksrare"}


def test_looksrare_units_and_strangers(tmp_path: Path) -> None:
    """Units are sold whole, nobody else's word counts, and amounts beyond 38 digits are rejects."""
    chain = Chain().tx().single(A, B, 5, 40)
    chain.taken(Event.TAKER_BID, (B, A), 5, 80, collection=COINS, amount=40)
    chain.tx().unique(A, B, 1).taken(Event.TAKER_BID, (B, A), 1, 80, market=D)
    chain.tx().unique(A, B, 2).taken(Event.TAKER_BID, (B, A), 2, 10**38)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [
        ("sale", 5, A, B, 40, 80, "WETH"),
        ("transfer", 1, A, B, 1, None, None),
        ("transfer", 2, A, B, 1, None, None),
    ]
    assert found.notes["foreign_orders"] == 1
    assert found.rejects["code"].to_pylist() == ["too_large"]


def test_units_swept_from_many(tmp_path: Path) -> None:
    """Units of one token bought from two sellers in one transaction are a sale of each."""
    chain = Chain().tx()
    chain.order(A, C, [(3, COINS, 5, 1)], [(0, NOBODY, 0, 8, A)])
    chain.order(B, C, [(3, COINS, 5, 1)], [(0, NOBODY, 0, 9, B)])
    found = decoded(tmp_path, chain.single(A, C, 5, 1).single(B, C, 5, 1).logs)
    assert moves(found) == [("sale", 5, A, C, 1, 8, "ETH"), ("sale", 5, B, C, 1, 9, "ETH")]


def test_a_sale_whose_transfer_is_absent(tmp_path: Path) -> None:
    """Where only the marketplace's logs are there, the order alone is the sale, and counted."""
    logs = Chain().tx().sale(A, B, 7, 1000).logs[:1]
    found = decoded(tmp_path, logs)
    assert moves(found) == [("sale", 7, A, B, 1, 1000, "ETH")]
    assert found.notes["sales_without_transfer"] == 1


def test_other_transactions_settle_nothing(tmp_path: Path) -> None:
    """A transfer in another transaction, or of another token, is not taken for the sale's."""
    chain = Chain().tx().sale(A, B, 1, 10).unique(A, B, 2).tx().unique(A, B, 1)
    assert [row[0] for row in moves(decoded(tmp_path, chain.logs))] == [
        "sale", "transfer", "transfer",
    ]  # fmt: skip


def test_anybody_can_emit_an_order(tmp_path: Path) -> None:
    """An order told by a contract that is no marketplace gives a transfer no price."""
    chain = Chain().tx().order(A, B, [(2, ART, 1, 1)], [(0, NOBODY, 0, 9, A)], market=ART)
    found = decoded(tmp_path, chain.unique(A, B, 1).logs)
    assert moves(found) == [("transfer", 1, A, B, 1, None, None)]
    assert found.notes["foreign_orders"] == 1


def test_prices_past_38_digits(tmp_path: Path) -> None:
    """A sum of payments is exact up to 38 digits, and beyond them the order is a reject."""
    half = 5 * 10**37
    first = Chain().tx().sale(A, B, 1, 10**38 - 1)
    assert moves(decoded(tmp_path, first.logs))[0][5] == 10**38 - 1
    paid = [(0, NOBODY, 0, half, A), (0, NOBODY, 0, half, FEES)]
    second = Chain().tx().order(A, B, [(2, ART, 1, 1)], paid).unique(A, B, 1)
    found = decoded(tmp_path, second.logs)
    assert codes(found) == [(1, "data.amount", "too_large")]
    assert moves(found) == [("transfer", 1, A, B, 1, None, None)]


def test_punks_change_hands(tmp_path: Path) -> None:
    """Assignments, transfers and purchases of punks are moves, and their Transfer is no payment."""
    chain = Chain().tx().punk(Event.PUNK_ASSIGN, [A], 9)
    chain.tx().punk(Event.TRANSFER, [A, B], 1).punk(Event.PUNK_TRANSFER, [A, B], 9)
    chain.tx().punk(Event.PUNK_OFFERED, [9, NOBODY], 70)
    chain.tx().punk(Event.TRANSFER, [B, C], 1).punk(Event.PUNK_BOUGHT, [9, B, C], 70)
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [
        ("mint", 9, None, A, 1, None, None),
        ("transfer", 9, A, B, 1, None, None),
        ("sale", 9, B, C, 1, 70, "ETH"),
    ]
    assert len(found.payments) == 0
    [offer] = found.listings.to_pylist()
    assert (offer["price"], offer["seller"], offer["currency"]) == (70, None, "ETH")


def test_an_accepted_bid_for_a_punk(tmp_path: Path) -> None:
    """Buyer and price that the contract forgets are had of its Transfer and of the bid that stood."""
    chain = Chain().tx().punk(Event.PUNK_BID, [9, C], 40).tx().punk(Event.PUNK_BID, [9, B], 50)
    found = decoded(tmp_path, chain.tx().accept(9, A, B).logs)
    assert moves(found) == [("sale", 9, A, B, 1, 50, "ETH")]


def test_what_a_punk_sale_lacks_is_unknown(tmp_path: Path) -> None:
    """Without the bid there is a buyer and no price; without the Transfer too, there is neither."""
    found = decoded(tmp_path, Chain().tx().accept(9, A, B).logs)
    assert moves(found) == [("sale", 9, A, B, 1, None, None)]
    assert found.notes["punk_prices_unknown"] == 1
    found = decoded(tmp_path, Chain().tx().accept(9, A, B).logs[1:])
    assert moves(found) == [("sale", 9, A, None, 1, None, None)]
    assert found.notes["punk_buyers_unknown"] == 1


def test_bids_that_no_longer_stand_are_no_price(tmp_path: Path) -> None:
    """A bid withdrawn, used, or of another than the buyer gives no price."""
    withdrawn = Chain().tx().punk(Event.PUNK_BID, [9, B], 50)
    withdrawn.tx().punk(Event.PUNK_BID_GONE, [9, B], 50).tx().accept(9, A, B)
    other = Chain().tx().punk(Event.PUNK_BID, [9, C], 50).tx().accept(9, A, B)
    bought = Chain().tx().punk(Event.PUNK_BID, [9, B], 50)
    bought.tx().punk(Event.PUNK_BOUGHT, [9, A, B], 60).tx().accept(9, A, B)
    for chain in (withdrawn, other, bought):
        assert moves(decoded(tmp_path, chain.logs))[-1][5] is None
    used = Chain().tx().punk(Event.PUNK_BID, [9, B], 50).tx().accept(9, A, B).tx().accept(9, B, C)
    assert [row[5] for row in moves(decoded(tmp_path, used.logs))] == [50, None]
