"""Decode raw logs: our columns and our JSON, bare parsers, eth_abi and web3, on the same logs.

Logs are made by an encoder here, in the shares of a busy chain: payments, ERC-721 and ERC-1155
transfers, Seaport sales with their transfers, and events that are passed over. They are written as
blockchain-etl's lines and Parquet, cryo's Parquet (binary) and a node's answer, and read by

- our decoder, from each file to canonical tables, and from cryo's columns already in memory;
- msgspec and orjson, which parse the lines and do nothing with them;
- eth_abi, which decodes the data and topics of parsed logs, and web3, which does so by its events.

Each contestant runs in each round, in turn; rows per CPU-second, median and range of the rounds. Our
tables must be equal from every file, and equal to what eth_abi says of every log, in the same run.

    python -m benchmarks.decode [--logs 200000] [--rounds 5] [--web3 5000] [--json]

`pip install eth-abi web3 orjson` for the others; those absent are left out, and said so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import parquet

from vermilion.intake.evm import Decoded, chain, decode_files
from vermilion.intake.evm.blocks import BlockTimes
from vermilion.intake.evm.chains import SEAPORTS
from vermilion.intake.evm.files import Decoder, joined_parts
from vermilion.intake.evm.logs import read_logs
from vermilion.intake.evm.opened import ROWS
from vermilion.intake.evm.rows import Faults
from vermilion.intake.evm.topics import KECCAK, Event

WETH = "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
NOBODY = "0" * 40
PER_BLOCK = 250
PASSED_OVER = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
ETHEREUM = chain(1)
ORDER_TYPES = [
    "bytes32", "address", "(uint8,address,uint256,uint256)[]",
    "(uint8,address,uint256,uint256,address)[]",
]  # fmt: skip


def main() -> None:
    """Run the contest and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--logs", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--web3", type=int, default=5_000, help="logs that web3 is given")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = contest(Path(folder), asked.logs, asked.rounds, asked.web3)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['logs']:,} logs: {found['made']}")
    print(f"equal: {found['equal']}")
    for name, one in found["rows_per_cpu_second"].items():
        print(f"{name:32} {one['median']:>12,.0f}   {one['least']:>12,.0f} to {one['most']:,.0f}")


def contest(folder: Path, count: int, rounds: int, few: int) -> dict[str, Any]:
    """Return rows per CPU-second of each contestant."""
    logs = made(count)
    files = written(folder, logs)
    in_memory = parquet.read_table(files["cryo"]).combine_chunks()
    times = BlockTimes()
    blocks = parquet.read_table(files["blocks"])
    times.add(blocks["block_number"].to_numpy(), blocks["timestamp"].to_numpy() * 1000)
    lines = files["etl"].read_bytes().split(b"\n")
    runs: dict[str, tuple[int, Callable[[], object]]] = {
        "ours: columns in memory": (count, lambda: columns(in_memory, times)),
        "ours: Parquet, binary (cryo)": (count, lambda: ours(files["cryo"], files["blocks"])),
        "ours: Parquet, hex (etl)": (count, lambda: ours(files["parquet"])),
        "ours: JSON lines (etl)": (count, lambda: ours(files["etl"])),
        "ours: JSON answer (node)": (count, lambda: ours(files["answer"])),
        "msgspec: parses lines only": (count, lambda: list(map(msgspec.json.decode, lines))),
    }
    left_out = []
    if orjson := library("orjson"):
        runs["orjson: parses lines only"] = (count, lambda: list(map(orjson.loads, lines)))
    parsed = [msgspec.json.decode(line) for line in lines]
    equal: dict[str, object] = {"our files": same_tables(files, in_memory, times)}
    if abi := library("eth_abi"):
        runs["eth_abi: parsed logs"] = (count, lambda: [by_abi(abi, log) for log in parsed])
        equal["eth_abi"] = like_abi(ours(files["etl"]), [by_abi(abi, log) for log in parsed])
    if web3 := library("web3"):
        events = by_web3(web3)
        some = [as_web3(web3, log) for log in logs[:few]]
        runs["web3: parsed logs"] = (few, lambda: [events(log) for log in some])
    left_out = [name for name in ("orjson", "eth_abi", "web3") if not library(name)]
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (size, run) in runs.items():
            begun = time.process_time()
            run()
            rates[name].append(size / (time.process_time() - begun))
    return {
        "logs": count,
        "made": "45 % payments, 20 % ERC-721, 5 % ERC-1155, 20 % sales and their transfers, 10 % other",
        "bytes": {name: path.stat().st_size for name, path in files.items()},
        "rounds": rounds,
        "equal": equal,
        "left_out": left_out,
        "rows_per_cpu_second": {
            name: {"median": statistics.median(one), "least": min(one), "most": max(one)}
            for name, one in rates.items()
        },
    }


def ours(*paths: Path) -> Decoded:
    """Decode files."""
    return decode_files(paths, ETHEREUM)


def columns(table: Any, times: BlockTimes) -> Decoded:
    """Decode columns in memory, in the parts in which files are decoded."""
    decoder = Decoder(ETHEREUM, times)
    [batch] = table.to_batches()
    parts, begin = [], 0
    numbers = batch.column("block_number").to_numpy()
    while begin < len(numbers):
        end = min(begin + ROWS, len(numbers))
        if end < len(numbers):
            end = int(numbers.searchsorted(numbers[end - 1]))
        part = batch.slice(begin, end - begin)
        parts.append(decoder.part(read_logs(part, begin + 1), Faults(), "memory", end - begin))
        begin = end
    return joined_parts(iter(parts))


def same_tables(files: dict[str, Path], in_memory: Any, times: BlockTimes) -> bool:
    """Say whether every source gives the same tables."""
    first = ours(files["etl"])
    others = [
        ours(files["cryo"], files["blocks"]),
        ours(files["parquet"]),
        ours(files["answer"]),
        columns(in_memory, times),
    ]
    return all(
        getattr(one, name).combine_chunks().equals(getattr(first, name).combine_chunks())
        for one in others
        for name in ("moves", "payments", "listings")
    )


def library(name: str) -> Any:
    """Return a library, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def by_abi(abi: Any, log: dict[str, Any]) -> tuple[Any, ...] | None:
    """Decode a log as code on eth_abi does, or pass it over."""
    topics = log["topics"]
    event = topics[0][2:]
    data = bytes.fromhex(log["data"][2:])

    def topic(place: int, kind: str) -> Any:
        return abi.decode([kind], bytes.fromhex(topics[place][2:]))[0]

    if event == KECCAK[Event.TRANSFER]:
        parties = topic(1, "address"), topic(2, "address")
        if len(topics) == 4:
            return "unique", *parties, topic(3, "uint256")
        return "money", *parties, abi.decode(["uint256"], data)[0]
    if event == KECCAK[Event.SINGLE]:
        parties = topic(2, "address"), topic(3, "address")
        return "many", *parties, *abi.decode(["uint256", "uint256"], data)
    if event == KECCAK[Event.ORDER]:
        return "order", topic(1, "address"), *abi.decode(ORDER_TYPES, data)
    return None


def like_abi(found: Decoded, theirs: list[tuple[Any, ...] | None]) -> bool:
    """Say whether our tables say of every log what eth_abi says, in order."""
    paid = iter(found.payments.select(["payer", "payee", "amount"]).to_pylist())
    moved = found.moves.sort_by("position").to_pylist()
    hands = iter(moved)
    order: tuple[Any, ...] | None = None
    for said in theirs:
        match said:
            case ("money", payer, payee, amount):
                one = next(paid)
                if (bare(one["payer"]), bare(one["payee"]), int(one["amount"])) != (
                    payer,
                    payee,
                    amount,
                ):
                    return False
            case ("order", *_):
                order = said
            case ("unique" | "many", sender, recipient, token, *units):
                row = next(hands)
                wanted = (sender, recipient, token, *(units or [1]))
                got = (bare(row["sender"]), bare(row["recipient"]), int(row["token"].split("/")[2]))
                price = None if order is None else sum(item[3] for item in order[5])
                if (*got, int(row["quantity"])) != wanted or row["price"] != price:
                    return False
                order = None
    return next(paid, None) is None and next(hands, None) is None


def bare(wallet: str | None) -> str:
    """Return an address without its chain."""
    return f"0x{NOBODY}" if wallet is None else wallet.removeprefix("eip155:1:")


def by_web3(web3: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what decodes a log by web3's events, trying those of its topic."""

    def event(name: str, *inputs: tuple[str, str, bool]) -> dict[str, Any]:
        named = [{"name": n, "type": kind, "indexed": indexed} for n, kind, indexed in inputs]
        return {"type": "event", "name": name, "anonymous": False, "inputs": named}

    hands = (("from", "address", True), ("to", "address", True))
    eth = web3.Web3().eth
    unique = eth.contract(
        abi=[event("Transfer", *hands, ("id", "uint256", True))]
    ).events.Transfer()
    money = eth.contract(abi=[event("Transfer", *hands, ("v", "uint256", False))]).events.Transfer()
    many = eth.contract(
        abi=[
            event(
                "TransferSingle", ("operator", "address", True), *hands,
                ("id", "uint256", False), ("v", "uint256", False),
            )
        ]
    ).events.TransferSingle()  # fmt: skip

    def decode(log: dict[str, Any]) -> Any:
        name = log["topics"][0].hex().removeprefix("0x")
        if name == KECCAK[Event.TRANSFER]:
            return (unique if len(log["topics"]) == 4 else money).process_log(log)
        return many.process_log(log) if name == KECCAK[Event.SINGLE] else None

    return decode


def as_web3(web3: Any, log: dict[str, Any]) -> dict[str, Any]:
    """Return a log as web3 takes it; not counted in its time."""
    raw = web3.Web3.to_bytes
    return {
        **log,
        "address": web3.Web3.to_checksum_address(log["address"]),
        "topics": [raw(hexstr=topic) for topic in log["topics"]],
        "data": raw(hexstr=log["data"]),
        "blockNumber": int(log["blockNumber"], 16),
        "logIndex": int(log["logIndex"], 16),
        "transactionIndex": int(log["transactionIndex"], 16),
    }


def made(count: int) -> list[dict[str, Any]]:
    """Return logs as eth_getLogs answers them, the same on each run."""
    luck = random.Random(7)
    market = min(SEAPORTS)
    collections = [f"{luck.getrandbits(160):040x}" for _ in range(50)]
    people = [f"{luck.getrandbits(160):040x}" for _ in range(20_000)]
    logs: list[dict[str, Any]] = []

    def log(contract: str, topics: list[str], data: str, tx: str) -> None:
        block, index = divmod(len(logs), PER_BLOCK)
        logs.append(
            {
                "address": f"0x{contract}",
                "topics": [f"0x{topic}" for topic in topics],
                "data": f"0x{data}",
                "blockNumber": hex(17_000_000 + block),
                "blockTimestamp": hex(1_683_000_000 + 12 * block),
                "blockHash": f"0x{block:064x}",
                "transactionHash": f"0x{tx}",
                "transactionIndex": hex(index),
                "logIndex": hex(index),
                "removed": False,
            }
        )

    while len(logs) < count:
        tx = f"{luck.getrandbits(256):064x}"
        giver, taker = luck.sample(people, 2)
        hands = [word(giver), word(taker)]
        contract, token = luck.choice(collections), word(luck.randrange(10_000))
        share = luck.random()
        # An order is two logs, and must not be cut off from its transfer at the end of a block.
        if share < 0.11 and len(logs) % PER_BLOCK < PER_BLOCK - 1 and len(logs) + 1 < count:
            price = luck.randrange(10**16, 10**19)
            log(market, [KECCAK[Event.ORDER], hands[0], word(NOBODY)],
                order(contract, token, giver, taker, price), tx)  # fmt: skip
            log(contract, [KECCAK[Event.TRANSFER], *hands, token], "", tx)
        elif share < 0.33:
            log(contract, [KECCAK[Event.TRANSFER], *hands, token], "", tx)
        elif share < 0.39:
            units = word(1 + luck.randrange(9))
            wide = word(luck.getrandbits(256))
            log(contract, [KECCAK[Event.SINGLE], hands[0], *hands], wide + units, tx)
        elif share < 0.89:
            log(WETH, [KECCAK[Event.TRANSFER], *hands], word(luck.randrange(10**20)), tx)
        else:
            log(WETH, [PASSED_OVER, *hands], word(luck.randrange(10**20)), tx)
    return logs


def order(contract: str, token: str, seller: str, buyer: str, price: int) -> str:
    """Return the data of a listing with three payments that is taken."""
    parts = [price - price // 40 - price // 20, price // 40, price // 20]
    paid = "".join(word(0) * 3 + word(part) + word(seller) for part in parts)
    given = word(1) + word(2) + word(contract) + token + word(1)
    return word(5) + word(buyer) + word(128) + word(288) + given + word(3) + paid


def word(value: int | str) -> str:
    """Return a number or address as a word in hex."""
    return value.rjust(64, "0") if isinstance(value, str) else f"{value:064x}"


def written(folder: Path, logs: list[dict[str, Any]]) -> dict[str, Path]:
    """Write the logs as each source has them."""
    files = {
        "etl": folder / "etl.ndjson",
        "answer": folder / "answer.json",
        "parquet": folder / "etl.parquet",
        "cryo": folder / "cryo.parquet",
        "blocks": folder / "blocks.parquet",
    }
    etl = [
        {
            "type": "log",
            "log_index": int(log["logIndex"], 16),
            "transaction_hash": log["transactionHash"],
            "transaction_index": int(log["transactionIndex"], 16),
            "address": log["address"],
            "data": log["data"],
            "topics": log["topics"],
            "block_number": int(log["blockNumber"], 16),
            "block_timestamp": int(log["blockTimestamp"], 16),
            "block_hash": log["blockHash"],
        }
        for log in logs
    ]
    files["etl"].write_bytes(b"\n".join(map(msgspec.json.encode, etl)))
    files["answer"].write_bytes(msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "result": logs}))
    parquet.write_table(pa.Table.from_pylist(etl), files["parquet"])

    def raw(text: str | None) -> bytes | None:
        return None if text is None else bytes.fromhex(text[2:])

    topics = [[*log["topics"], None, None, None][:4] for log in logs]
    table = {
        "block_number": pa.array([log["block_number"] for log in etl], pa.uint32()),
        "log_index": pa.array([log["log_index"] for log in etl], pa.uint32()),
        "transaction_hash": pa.array([raw(log["transaction_hash"]) for log in etl], pa.binary()),
        "address": pa.array([raw(log["address"]) for log in etl], pa.binary()),
        **{f"topic{n}": pa.array([raw(row[n]) for row in topics], pa.binary()) for n in range(4)},
        "data": pa.array([raw(log["data"]) for log in etl], pa.binary()),
    }
    parquet.write_table(pa.table(table), files["cryo"])
    times = {log["block_number"]: log["block_timestamp"] for log in etl}
    blocks = {"block_number": list(times), "timestamp": list(times.values())}
    parquet.write_table(pa.table(blocks), files["blocks"])
    return files


if __name__ == "__main__":
    sys.exit(main())
