"""Transfers of every standard, as moves and payments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.evm.chain_logs import ART, COINS, NOBODY, T0, WETH, Chain, in_sm3, party, word
from intake.evm.decoding import A, B, C, codes, decoded, moves
from vermilion.facts.history import LISTINGS, MOVES, PAYMENTS
from vermilion.intake.evm.topics import Event


def test_mint_transfer_and_burn(tmp_path: Path) -> None:
    """Passing from nobody is a mint and to nobody a burn, and nobody is null."""
    logs = Chain().tx().unique(NOBODY, A, 7).unique(A, B, 7).unique(B, NOBODY, 7).logs
    found = decoded(tmp_path, logs)
    assert moves(found) == [
        ("mint", 7, None, A, 1, None, None),
        ("transfer", 7, A, B, 1, None, None),
        ("burn", 7, B, None, 1, None, None),
    ]


def test_the_columns_are_the_canonical_ones(tmp_path: Path) -> None:
    """Tables have the columns of the canonical tables, and a row says everything of its log."""
    found = decoded(tmp_path, Chain().tx().unique(A, B, 2**256 - 1).money(A, B, 5).logs)
    assert found.moves.schema.names == list(MOVES)
    assert found.payments.schema.names == list(PAYMENTS)
    assert found.listings.schema.names == list(LISTINGS)
    tx = f"0x{7_000_000:064x}"
    assert found.moves.to_pylist() == [
        {
            "source": "eip155:1",
            "id": f"{tx}:0",
            "ms": (T0 + 12 * 101) * 1000,
            "position": 101 << 32,
            "kind": "transfer",
            "collection": f"eip155:1/erc721:0x{ART}",
            "token": f"eip155:1/erc721:0x{ART}/{2**256 - 1}",
            "sender": f"eip155:1:0x{A}",
            "recipient": f"eip155:1:0x{B}",
            "quantity": 1,
            "many": False,
            "price": None,
            "currency": None,
            "platform": None,
            "tx": tx,
        }
    ]
    [paid] = found.payments.to_pylist()
    assert (paid["payer"], paid["payee"]) == (f"eip155:1:0x{A}", f"eip155:1:0x{B}")
    assert (paid["amount"], paid["currency"], paid["id"]) == (5, "WETH", f"{tx}:1")


def test_units_of_many(tmp_path: Path) -> None:
    """Single and batch transfers give a row for each token, none for no units, ids that differ."""
    chain = Chain().tx().single(A, B, 5, 10**38 - 1).batch(B, C, [1, 2, 3], [4, 0, 6])
    found = decoded(tmp_path, chain.logs)
    assert moves(found) == [
        ("transfer", 5, A, B, 10**38 - 1, None, None),
        ("transfer", 1, B, C, 4, None, None),
        ("transfer", 3, B, C, 6, None, None),
    ]
    assert len(set(found.moves["id"].to_pylist())) == 3
    assert set(found.moves["many"].to_pylist()) == {True}
    assert set(found.moves["collection"].to_pylist()) == {f"eip155:1/erc1155:0x{COINS}"}


def test_tokens_minted_in_a_run(tmp_path: Path) -> None:
    """ConsecutiveTransfer gives each token of its range, and no range that is made to fill memory."""
    chain = Chain().tx().log(ART, Event.CONSECUTIVE, [3, NOBODY, A], word(5))
    chain.log(ART, Event.CONSECUTIVE, [0, NOBODY, A], word(2**62))
    chain.log(ART, Event.CONSECUTIVE, [9, NOBODY, A], word(8))
    found = decoded(tmp_path, chain.logs)
    assert [row[1] for row in moves(found)] == [3, 4, 5]
    assert codes(found) == [(2, "data", "run_malformed"), (3, "data", "run_malformed")]


def test_topics_in_sm3(tmp_path: Path) -> None:
    """A chain that names its events by SM3 is decoded as one that names them by Keccak."""

    def written(chain: Chain) -> Chain:
        chain.tx().unique(A, B, 1).single(A, B, 2, 3).batch(A, B, [4], [5]).money(A, B, 6)
        return chain.tx().sale(B, C, 1, 7)

    first, second = (
        decoded(tmp_path, written(Chain()).logs),
        decoded(tmp_path, written(in_sm3()).logs),
    )
    assert first.moves.equals(second.moves)
    assert first.payments.equals(second.payments)
    assert len(first.moves) == 4


def test_batches_without_values(tmp_path: Path) -> None:
    """The batch of unique tokens that BSN's contracts write gives one unit of each."""
    data = word(32) + word(2) + word(8) + word(9)
    chain = in_sm3().tx().log(ART, Event.UNIQUE_BATCH, [A, A, B], data)
    found = decoded(tmp_path, chain.logs)
    assert [(row[1], row[4]) for row in moves(found)] == [(8, 1), (9, 1)]
    assert found.moves["collection"][0].as_py() == f"eip155:1/erc721:0x{ART}"


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"removed": True}, "removed", "removed"),
        ({"address": "0x12"}, "address", "address_malformed"),
        ({"address": f"0x{'g' * 40}"}, "address", "address_malformed"),
        ({"transactionHash": None}, "transaction_hash", "tx_malformed"),
        ({"blockNumber": None}, "block_number", "block_malformed"),
        ({"blockNumber": "0x80000000"}, "block_number", "block_malformed"),
        ({"blockNumber": "-0x1"}, "block_number", "block_malformed"),
        ({"logIndex": "nine"}, "log_index", "index_malformed"),
        ({"blockTimestamp": None}, "block_timestamp", "time_missing"),
        ({"blockTimestamp": "0xffffffffffffffffff"}, "block_timestamp", "time_missing"),
        ({"data": "0x0"}, "data", "data_malformed"),
        ({"data": "0xzz"}, "data", "data_malformed"),
        ({"data": "0x" + "0" * 62}, "data", "data_short"),
        ({"data": "0x" + "f" * 64}, "data.value", "too_large"),
        ({"data": "0x" + word(10**38)}, "data.value", "too_large"),
        ({"data": 5}, None, "log_malformed"),
        ({"topics": {}}, None, "log_malformed"),
    ],
)
def test_a_log_that_does_not_fit_is_a_reject(
    tmp_path: Path, change: dict[str, object], field: str | None, code: str
) -> None:
    """What is wrong with a log is said with line and field, and its neighbours are decoded."""
    logs = Chain().tx().money(A, B, 1).money(A, B, 2).money(A, B, 3).logs
    logs[1] |= change
    found = decoded(tmp_path, logs)
    assert codes(found) == [(2, field, code)]
    assert found.payments["amount"].to_pylist() == [1, 3]
    assert all(row["reason"] and row["remedy"] for row in found.rejects.to_pylist())


@pytest.mark.parametrize(
    ("topics", "code"),
    [
        (lambda topics: topics[:2], "topic_count"),
        (lambda topics: [*topics, topics[0], topics[0]], "topic_malformed"),
        (lambda topics: [*topics[:2], "0x12"], "topic_malformed"),
        (lambda topics: [*topics[:2], "0x" + "f" * 64], "no_address"),
        (lambda topics: [topics[0], "0x" + "0" * 64, "0x" + "0" * 64, topics[1]], "nobody"),
    ],
)
def test_topics_that_do_not_fit(tmp_path: Path, topics: object, code: str) -> None:
    """A wrong number of topics, short topics, and addresses that are none are rejects."""
    logs = Chain().tx().money(A, B, 1).money(A, B, 2).logs
    logs[0]["topics"] = topics(logs[0]["topics"])  # type: ignore[operator]
    found = decoded(tmp_path, logs)
    assert codes(found) == [(1, "topics", code)]
    assert found.payments["amount"].to_pylist() == [2]


@pytest.mark.parametrize(
    "data",
    [
        word(64) + word(128) + word(2**200) + word(1),
        word(64) + word(128) + word(2) + word(1) + word(1),
        word(2**255) + word(64) + word(0),
        word(64) + word(96) + word(1) + word(0),
        word(64),
    ],
)
def test_lists_that_lie(tmp_path: Path, data: str) -> None:
    """A list that says it is longer than the data, lies outside it, or lacks values, is a reject."""
    chain = Chain().tx().log(COINS, Event.BATCH, [A, A, B], data).single(A, B, 1, 1)
    found = decoded(tmp_path, chain.logs)
    assert [(line, code) for line, _, code in codes(found)] in (
        [(1, "array_malformed")],
        [(1, "data_short")],
    )
    assert len(found.moves) == 1


def test_a_currency_without_a_name_is_its_contract(tmp_path: Path) -> None:
    """A token that nobody vouches for is named by its contract, not by what it calls itself."""
    found = decoded(tmp_path, Chain().tx().money(A, B, 1, contract=ART).money(A, B, 1, WETH).logs)
    assert found.payments["currency"].to_pylist() == [f"eip155:1/erc20:0x{ART}", "WETH"]


def test_other_events_are_passed_over(tmp_path: Path) -> None:
    """Logs of other events are counted and no rejects, whatever else is wrong with them."""
    chain = (
        Chain({**Chain().topics, Event.SINGLE: "12" * 32}).tx().single(A, B, 1, 1).unique(A, B, 1)
    )
    chain.logs[0] |= {"data": "0x1", "removed": True}
    chain.logs.append({**chain.logs[0], "topics": []})
    found = decoded(tmp_path, chain.logs)
    assert (len(found.moves), len(found.rejects)) == (1, 0)
    assert (found.notes["read"], found.notes["passed_over"], found.notes["decoded"]) == (3, 2, 1)


_TOKENS = st.one_of(st.integers(0, 9), st.integers(0, 2**256 - 1))
_AMOUNTS = st.integers(1, 10**38 - 1)
_PARTIES = st.integers(0, 3)


@given(
    st.lists(
        st.tuples(_PARTIES, _PARTIES, st.lists(st.tuples(_TOKENS, _AMOUNTS), max_size=4)),
        min_size=1,
    )
)
@settings(max_examples=30)
def test_what_is_encoded_is_decoded(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, list[tuple[int, int]]]]
) -> None:
    """Any batches, whole token ids and whole amounts, come back as they were written."""
    chain = Chain().tx()
    wanted = []
    for giver, taker, items in rows:
        chain.batch(party(giver), party(taker), [t for t, _ in items], [a for _, a in items])
        wanted += [(t, party(giver), party(taker), a) for t, a in items]
    found = decoded(tmp_path_factory.mktemp("logs"), chain.logs)
    assert [(row[1], row[2], row[3], row[4]) for row in moves(found)] == wanted
