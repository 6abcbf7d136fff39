"""Two real blocks, decoded by us, by web3 and eth_abi, and by blockchain-etl."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from intake.evm.chain_logs import COINS, Chain, as_etl
from intake.evm.decoding import FEES, A, B, decoded
from vermilion.intake.evm import Decoded, chain, decode_files
from vermilion.intake.evm.topics import KECCAK, Event

BLOCKS = Path("/work/shared/data/eth_blocks")


def _read(name: str) -> list[dict[str, Any]]:
    text = (BLOCKS / f"expected_{name}.json").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Return the logs of two real blocks."""
    if not BLOCKS.exists():
        pytest.skip("the two real blocks are absent")
    return _read("logs")


@pytest.fixture(scope="module")
def found(rows: list[dict[str, Any]]) -> Decoded:
    """Return what we decode of them, with the values of their transactions."""
    names = ("logs", "transactions", "blocks")
    return decode_files([BLOCKS / f"expected_{name}.json" for name in names], chain(1))


def test_every_log_is_accounted_for(found: Decoded) -> None:
    """681 logs hold 10 moves and 282 payments, none rejected; 127 transactions pay in ether."""
    assert found.notes["read"] == 681
    kinds = found.moves["kind"].to_pylist()
    assert {kind: kinds.count(kind) for kind in kinds} == {"mint": 7, "transfer": 2, "sale": 1}
    assert len(found.payments) == 282 + 127
    assert len(found.rejects) == 0


def test_transfers_as_blockchain_etl_tells_them(found: Decoded) -> None:
    """Each transfer that another decoder found in these blocks is ours with parties and amount."""
    theirs = {
        (
            f"{row['transaction_hash']}:{row['log_index']}",
            row["from_address"],
            row["to_address"],
            row["value"],
        )
        for row in _read("token_transfers")
    }
    ours = {
        (row["id"], _bare(row["payer"]), _bare(row["payee"]), int(row["amount"]))
        for row in found.payments.to_pylist()
        if ":" in row["id"]
    }
    unique = [row for row in found.moves.to_pylist() if not row["many"]]
    ours |= {
        (row["id"], _bare(row["sender"]), _bare(row["recipient"]), int(row["token"].split("/")[2]))
        for row in unique
    }
    assert ours == theirs
    assert len(theirs) == 291


def test_values_of_transactions_as_they_are(found: Decoded) -> None:
    """The ether that transactions carry adds up to that of those that succeeded."""
    wanted = sum(row["value"] for row in _read("transactions") if row["receipt_status"] == 1)
    amounts = [row["amount"] for row in found.payments.to_pylist() if ":" not in row["id"]]
    assert sum(amounts) == wanted > 0


def test_the_sale_as_eth_abi_decodes_it(found: Decoded, rows: list[dict[str, Any]]) -> None:
    """The order of these blocks, decoded by eth_abi, is the sale that we tell of."""
    _like_eth_abi(found, rows)


def test_made_up_logs_as_eth_abi_decodes_them(tmp_path: Path) -> None:
    """Orders, batches and single transfers of our own encoder are read alike by eth_abi."""
    chained = Chain().tx().sale(A, B, 2**255, 10**30)
    chained.tx().order(
        A, B, [(3, COINS, 5, 40)], [(0, "0" * 40, 0, 80, A), (0, "0" * 40, 0, 9, FEES)]
    )
    chained.single(A, B, 5, 40).tx().batch(A, B, [1, 2**256 - 1], [3, 10**37]).unique(A, B, 8)
    _like_eth_abi(decoded(tmp_path, chained.logs), list(map(as_etl, chained.logs)))


def test_web3_reads_the_same_transfers(found: Decoded, rows: list[dict[str, Any]]) -> None:
    """web3's event decoder gives parties and tokens of the same ERC-721 transfers."""
    web3 = pytest.importorskip("web3", reason="web3 is not installed")
    event = web3.Web3().eth.contract(abi=[_ABI]).events.Transfer()
    theirs = set()
    for row in rows:
        if (
            row["topics"]
            and row["topics"][0][2:] == KECCAK[Event.TRANSFER]
            and len(row["topics"]) == 4
        ):
            said = event.process_log(_as_web3(row, web3))["args"]
            theirs.add((said["from"].lower(), said["to"].lower(), said["tokenId"]))
    ours = {
        (_bare(row["sender"]), _bare(row["recipient"]), int(row["token"].split("/")[2]))
        for row in found.moves.to_pylist()
        if not row["many"]
    }
    assert ours == theirs
    assert len(theirs) == 9


_NOBODY = f"0x{'0' * 40}"
_ABI = {
    "type": "event",
    "name": "Transfer",
    "anonymous": False,
    "inputs": [
        {"name": "from", "type": "address", "indexed": True},
        {"name": "to", "type": "address", "indexed": True},
        {"name": "tokenId", "type": "uint256", "indexed": True},
    ],
}
_TYPES = {
    KECCAK[Event.SINGLE]: ["uint256", "uint256"],
    KECCAK[Event.BATCH]: ["uint256[]", "uint256[]"],
    KECCAK[Event.ORDER]: [
        "bytes32",
        "address",
        "(uint8,address,uint256,uint256)[]",
        "(uint8,address,uint256,uint256,address)[]",
    ],
}


def _like_eth_abi(found: Decoded, rows: list[dict[str, Any]]) -> None:
    """Hold units, sellers, buyers and prices against what eth_abi decodes of the same data."""
    abi = pytest.importorskip("eth_abi", reason="eth_abi is not installed")
    ours = found.moves.to_pylist()
    units = {(row["tx"], row["token"]): row["quantity"] for row in ours}
    sold = {(row["tx"], row["token"]): row for row in ours if row["kind"] == "sale"}
    orders = 0
    for row in rows:
        types = _TYPES.get(row["topics"][0][2:]) if row["topics"] else None
        if types is None:
            continue
        said = abi.decode(types, bytes.fromhex(row["data"][2:]))
        if len(types) == 2:
            tokens, amounts = (part if isinstance(part, tuple) else (part,) for part in said)
            for token, amount in zip(tokens, amounts, strict=True):
                name = f"eip155:1/erc1155:{row['address']}/{token}"
                assert units[row["transaction_hash"], name] == amount
            continue
        _, buyer, [(kind, contract, token, amount)], paid = said
        standard = "erc721" if kind == 2 else "erc1155"
        sale = sold[row["transaction_hash"], f"eip155:1/{standard}:{contract}/{token}"]
        assert (_bare(sale["sender"]), _bare(sale["recipient"])) == (
            f"0x{row['topics'][1][26:]}",
            buyer,
        )
        assert (sale["price"], sale["quantity"]) == (Decimal(sum(one[3] for one in paid)), amount)
        orders += 1
    assert orders == len(sold) > 0


def _as_web3(row: dict[str, Any], web3: Any) -> dict[str, Any]:
    raw = web3.Web3.to_bytes
    return {
        "address": web3.Web3.to_checksum_address(row["address"]),
        "topics": [raw(hexstr=topic) for topic in row["topics"]],
        "data": raw(hexstr=row["data"]),
        "blockNumber": row["block_number"],
        "blockHash": row["block_hash"],
        "transactionHash": row["transaction_hash"],
        "transactionIndex": row["transaction_index"],
        "logIndex": row["log_index"],
    }


def _bare(wallet: str | None) -> str:
    return _NOBODY if wallet is None else wallet.removeprefix("eip155:1:")
