"""Logs as contracts write them, made by an encoder of our own: the other side of the decoder."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from vermilion.intake.evm.chains import LOOKSRARE, PUNKS, SEAPORTS
from vermilion.intake.evm.topics import KECCAK, SM3, Event

NOBODY = "0" * 40
WETH = "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
SEAPORT = min(SEAPORTS)
ART, COINS = "a" * 40, "b" * 40
T0 = 1_600_000_000


def party(number: int) -> str:
    """Return an address."""
    return f"{number + 1:040x}"


def word(value: int | str) -> str:
    """Return a number or address as a word in hex."""
    return value.rjust(64, "0") if isinstance(value, str) else f"{value:064x}"


def words(values: list[int]) -> str:
    """Return a list as its length and its items."""
    return word(len(values)) + "".join(map(word, values))


@dataclass
class Chain:
    """A chain that grows block by block; its logs are as eth_getLogs answers them."""

    topics: dict[Event, str] = field(default_factory=lambda: dict(KECCAK))
    block: int = 100
    logs: list[dict[str, Any]] = field(default_factory=list)
    _serial: Any = field(default_factory=itertools.count)
    _tx: str = ""
    _index: int = 0

    def tx(self, *, block: int | None = None) -> Chain:
        """Begin a transaction, in the next block or in the one given."""
        later = self.block + 1 if block is None else block
        self._index = self._index if later == self.block else 0
        self.block = later
        self._tx = f"0x{next(self._serial) + 7_000_000:064x}"
        return self

    def log(self, contract: str, event: Event, topics: list[int | str], data: str = "") -> Chain:
        """Write a log."""
        self.logs.append(
            {
                "address": f"0x{contract}",
                "topics": [f"0x{self.topics[event]}", *(f"0x{word(topic)}" for topic in topics)],
                "data": f"0x{data}",
                "blockNumber": hex(self.block),
                "transactionHash": self._tx,
                "transactionIndex": "0x0",
                "blockHash": f"0x{self.block:064x}",
                "logIndex": hex(self._index),
                "removed": False,
                "blockTimestamp": hex(T0 + 12 * self.block),
            }
        )
        self._index += 1
        return self

    def unique(self, giver: str, taker: str, token: int, contract: str = ART) -> Chain:
        """Write Transfer of ERC-721."""
        return self.log(contract, Event.TRANSFER, [giver, taker, token])

    def money(self, giver: str, taker: str, amount: int, contract: str = WETH) -> Chain:
        """Write Transfer of ERC-20."""
        return self.log(contract, Event.TRANSFER, [giver, taker], word(amount))

    def single(self, giver: str, taker: str, token: int, amount: int) -> Chain:
        """Write TransferSingle of ERC-1155."""
        return self.log(COINS, Event.SINGLE, [giver, giver, taker], word(token) + word(amount))

    def batch(self, giver: str, taker: str, tokens: list[int], amounts: list[int]) -> Chain:
        """Write TransferBatch of ERC-1155."""
        first = words(tokens)
        data = word(64) + word(64 + len(first) // 2) + first + words(amounts)
        return self.log(COINS, Event.BATCH, [giver, giver, taker], data)

    def order(
        self,
        offerer: str,
        fulfiller: str,
        offer: list[tuple[int, str, int, int]],
        consideration: list[tuple[int, str, int, int, str]],
        market: str = SEAPORT,
    ) -> Chain:
        """Write OrderFulfilled of Seaport."""
        given = word(len(offer)) + "".join(word(v) for item in offer for v in item)
        taken = word(len(consideration)) + "".join(word(v) for item in consideration for v in item)
        head = word(0xABC) + word(fulfiller) + word(128) + word(128 + len(given) // 2)
        return self.log(market, Event.ORDER, [offerer, NOBODY], head + given + taken)

    def sale(self, seller: str, buyer: str, token: int, price: int) -> Chain:
        """Write a listing that is taken: the order, and the transfer that settles it."""
        fee = price // 40
        paid = [(0, NOBODY, 0, price - fee, seller), (0, NOBODY, 0, fee, party(99))]
        self.order(seller, buyer, [(2, ART, token, 1)], paid)
        return self.unique(seller, buyer, token)

    def taken(
        self, event: Event, between: tuple[str, str], token: int, price: int, **more: Any
    ) -> Chain:
        """Write TakerBid or TakerAsk of LooksRare v1, between taker and maker, and no transfer."""
        named = [more.get("currency", WETH), more.get("collection", ART)]
        numbers = [token, more.get("amount", 1), price]
        data = word(0xABC) + word(5) + "".join(map(word, [*named, *numbers]))
        return self.log(more.get("market", LOOKSRARE), event, [*between, party(77)], data)

    def punk(self, event: Event, topics: list[int | str], data: int | None = None) -> Chain:
        """Write a log of the punk market."""
        return self.log(PUNKS, event, topics, "" if data is None else word(data))

    def accept(self, punk: int, seller: str, bidder: str) -> Chain:
        """Write what acceptBidForPunk writes: the sale without buyer and price."""
        self.punk(Event.TRANSFER, [seller, bidder], 1)
        return self.punk(Event.PUNK_BOUGHT, [punk, seller, NOBODY], 0)


def in_sm3() -> Chain:
    """Return a chain whose topics are of SM3."""
    return Chain(dict(SM3))


def as_etl(log: dict[str, Any]) -> dict[str, Any]:
    """Return a log as blockchain-etl exports it."""
    return {
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


def as_cryo(logs: list[dict[str, Any]]) -> Any:
    """Return logs as cryo's columns: binary, a column for each topic, no time."""
    import pyarrow as pa

    def raw(text: str | None) -> bytes | None:
        return None if text is None else bytes.fromhex(text[2:])

    def column(name: str) -> list[bytes | None]:
        return [raw(log[name]) for log in logs]

    topics = [[*log["topics"], None, None, None, None][:4] for log in logs]
    kind = pa.binary()
    return pa.table(
        {
            "block_number": pa.array([int(log["blockNumber"], 16) for log in logs], pa.uint32()),
            "transaction_index": pa.array([0] * len(logs), pa.uint32()),
            "log_index": pa.array([int(log["logIndex"], 16) for log in logs], pa.uint32()),
            "transaction_hash": pa.array(column("transactionHash"), kind),
            "address": pa.array(column("address"), kind),
            **{
                f"topic{n}": pa.array([raw(row[n]) for row in topics], kind) for n in range(4)
            },
            "data": pa.array(column("data"), kind),
            "chain_id": pa.array([1] * len(logs), pa.uint64()),
        }
    )  # fmt: skip
