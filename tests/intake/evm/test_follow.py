"""A chain read from a node: in ranges, with troubles, over reorganisations, and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intake.evm.chain_logs import ART, PUNKS, Chain, party
from intake.evm.decoding import A, B, C, decoded, moves
from intake.evm.node import LoopbackNode
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.intake.evm import chain
from vermilion.intake.evm.files import Decoded, joined_parts
from vermilion.intake.evm.follow import Followed, Reading, follow
from vermilion.intake.evm.parts import Cursor, Parts
from vermilion.intake.evm.rpc import TRIES, Node
from vermilion.intake.evm.topics import Event

READING = Reading(100, 160, confirmations=0, remembered=8, span=16)


def read(
    node: LoopbackNode,
    folder: Path,
    reading: Reading = READING,
    *,
    resume: bool = False,
    waits: list[float] | None = None,
    on_range: Callable[[int, int], None] | None = None,
) -> tuple[Decoded, Followed]:
    """Read a loopback node; what it waits is noted, not waited."""
    found = chain(1)
    cursor = Cursor(1, reading.first, list(reading.contracts), reading.first)
    parts = Parts.begun(folder, cursor, resume=resume)
    asked = Node(node.url, sleep=([] if waits is None else waits).append)
    try:
        ended = follow(asked, found, reading, parts, on_range)
    finally:
        asked.close()
    return joined_parts(parts.decoded()), ended


def sales(first: int = 100, last: int = 160, buyer: int = 5) -> list[dict[str, Any]]:
    """Return a sale in each block."""
    written = Chain()
    for number in range(first, last + 1):
        written.tx(block=number).sale(party(1), party(buyer), number, 1000 + number)
    return written.logs


def test_a_node_gives_what_a_file_gives(tmp_path: Path) -> None:
    """Ranges of a node, with times asked for, are the same moves as the logs in a file."""
    with LoopbackNode(200) as node:
        node.put(sales())
        found, ended = read(node, tmp_path / "out")
    assert moves(found) == moves(decoded(tmp_path, sales()))
    assert (len(found.moves), ended) == (61, Followed(160, 0, 0))
    assert found.moves["ms"].to_pylist() == decoded(tmp_path, sales()).moves["ms"].to_pylist()


def test_a_range_that_is_too_large_is_halved(tmp_path: Path) -> None:
    """What a node refuses for many blocks is asked for fewer, until it answers."""
    with LoopbackNode(200) as node:
        node.put(sales())
        node.most = 3
        found, _ = read(node, tmp_path, msgspec.structs.replace(READING, last=110))
        assert len(found.moves) == 11
        node.most = 0
        with pytest.raises(DataError, match="block 100 alone"):
            read(node, tmp_path / "other")


def test_trouble_is_waited_out(tmp_path: Path) -> None:
    """Rate limits, failing servers and answers cut off are asked again, as long as asked to wait."""
    with LoopbackNode(200) as node:
        node.put(sales())
        node.trouble.extend(
            [
                (429, {"retry-after": "7"}, b""),
                (503, {}, b"<html>"),
                (200, {}, b'{"jsonrpc": "2.0", "id": 1, "resu'),
                (200, {"content-length": "999"}, b'{"jsonrpc"'),
            ]
        )
        waits: list[float] = []
        found, _ = read(node, tmp_path, waits=waits)
    assert len(found.moves) == 61
    assert waits == [7.0, 1.0, 2.0, 4.0]


def test_a_node_out_of_reach(tmp_path: Path) -> None:
    """A node that fails each time is given up, with its address and without its key."""
    with LoopbackNode(200) as node:
        node.trouble.extend([(500, {}, b"")] * TRIES)
        asked = Node(f"{node.url}/secret-key?token=secret", sleep=lambda _: None)
        with pytest.raises(DataError) as raised:
            asked.head()
        asked.close()
    assert raised.value.code == "node_unreached"
    assert "secret" not in f"{raised.value} {raised.value.help}"


def test_the_wrong_chain_is_refused(tmp_path: Path) -> None:
    """A node of another chain is refused before anything is read."""
    with LoopbackNode(200, chain=137) as node:
        with pytest.raises(DataError, match="chain 137"):
            read(node, tmp_path)
        assert [one["method"] for one in node.asked] == ["eth_chainId"]


def test_a_node_without_batches(tmp_path: Path) -> None:
    """A node that takes one question at a time is asked one at a time."""
    with LoopbackNode(200) as node:
        node.put(sales())
        node.batches = False
        assert len(read(node, tmp_path)[0].moves) == 61


def test_only_what_is_confirmed_is_read(tmp_path: Path) -> None:
    """Reading ends so many blocks below the newest."""
    with LoopbackNode(150) as node:
        node.put(sales())
        found, ended = read(node, tmp_path, msgspec.structs.replace(READING, confirmations=12))
    assert ended.last == 138
    assert len(found.moves) == 39


def test_a_reorganisation_between_ranges(tmp_path: Path) -> None:
    """Blocks that were dropped take their moves along, and the new ones are read."""
    with LoopbackNode(160) as node:
        node.put(sales())
        changed = sales(150, 160, buyer=6)

        def change(done: int, _: int) -> None:
            if done == 160 and not node.forks:
                node.reorganise(
                    155, "b", [log for log in changed if int(log["blockNumber"], 16) >= 155]
                )

        found, ended = read(node, tmp_path / "out", on_range=change)
        fresh, _ = read(node, tmp_path / "fresh")
    assert moves(found) == moves(fresh)
    assert {row[3] for row in moves(found)[55:]} == {party(6)}
    assert (ended.reorganisations, ended.withdrawn) == (1, 6)
    assert len(set(found.moves["position"].to_pylist())) == 61


def test_a_reorganisation_within_a_range(tmp_path: Path) -> None:
    """A chain that changes between the logs and their blocks is read again."""
    with LoopbackNode(160) as node:
        node.put(sales())
        state = {"logs": 0}

        def change(node: LoopbackNode, method: str, params: list[Any]) -> None:
            state["logs"] += method == "eth_getLogs"
            if method == "eth_getBlockByNumber" and state["logs"] == 3 and not node.forks:
                node.reorganise(153, "b", sales(153, 160, buyer=6))

        node.before = change
        found, _ = read(node, tmp_path / "out")
        node.before = None
        fresh, _ = read(node, tmp_path / "fresh")
    assert node.forks
    assert moves(found) == moves(fresh)


def test_a_reorganisation_too_deep(tmp_path: Path) -> None:
    """A change further back than is remembered is an error, and no guess."""
    with LoopbackNode(160) as node:
        node.put(sales())

        def change(done: int, _: int) -> None:
            if done == 160:
                node.reorganise(101, "b", [])

        with pytest.raises(DataError, match="further back"):
            read(node, tmp_path, on_range=change)


def test_removed_logs_are_rejects(tmp_path: Path) -> None:
    """A log that the node says is removed is no move."""
    logs = sales(100, 100)
    with LoopbackNode(160) as node:
        node.put([{**log, "removed": True} for log in logs])
        found, _ = read(node, tmp_path)
    assert len(found.moves) == 0
    assert found.rejects["code"].to_pylist() == ["removed", "removed"]


def test_a_reading_goes_on(tmp_path: Path) -> None:
    """A reading that stops anywhere goes on where its whole parts end, and comes to the same."""

    class StoppedError(Exception):
        pass

    with LoopbackNode(160) as node:
        node.put(sales())
        whole, _ = read(node, tmp_path / "whole")

        def stop(done: int, _: int) -> None:
            raise StoppedError

        with pytest.raises(StoppedError):
            read(node, tmp_path / "out", on_range=stop)
        with pytest.raises(UsageError, match="holds a reading"):
            read(node, tmp_path / "out")
        asked = len(node.asked)
        found, _ = read(node, tmp_path / "out", resume=True)
        questions = [
            one["params"][0] for one in node.asked[asked:] if one["method"] == "eth_getLogs"
        ]
    assert questions[0]["fromBlock"] == hex(116)
    assert moves(found) == moves(whole)


def test_going_on_over_a_reorganisation(tmp_path: Path) -> None:
    """A chain that changed while nobody read is noticed when the reading goes on."""
    with LoopbackNode(160) as node:
        node.put(sales())
        short = msgspec.structs.replace(READING, last=150)
        read(node, tmp_path / "out", short)
        node.reorganise(148, "b", sales(148, 160, buyer=6))
        found, ended = read(node, tmp_path / "out", resume=True)
        fresh, _ = read(node, tmp_path / "fresh")
    assert (ended.reorganisations, ended.withdrawn) == (1, 3)
    assert moves(found) == moves(fresh)


def test_bids_outlive_a_stop_and_a_change(tmp_path: Path) -> None:
    """A bid on a punk in an earlier run is known; one in a block that was dropped is not."""
    bids = Chain().tx(block=110).punk(Event.PUNK_BID, [9, B], 50)
    bids.tx(block=148).punk(Event.PUNK_BID, [8, C], 60)
    sold = Chain(_serial=iter(range(50, 99))).tx(block=155).accept(9, A, B).accept(8, A, C)
    reading = msgspec.structs.replace(READING, contracts=(f"0x{PUNKS}",))
    with LoopbackNode(160) as node:
        node.put(bids.logs)
        read(node, tmp_path, msgspec.structs.replace(reading, last=150))
        node.reorganise(147, "b", sold.logs)
        found, _ = read(node, tmp_path, reading, resume=True)
    assert [row[5] for row in moves(found)] == [50, None]


def test_contracts_are_asked_for_with_their_markets(tmp_path: Path) -> None:
    """Sales of a contract have their prices, and sales of other contracts are passed over."""
    other = "c" * 40
    logs = sales(100, 101)
    logs += [
        json.loads(json.dumps(log).replace(ART, other)) | {"transactionHash": f"0x{n:064x}"}
        for n, log in enumerate(sales(102, 103))
    ]
    with LoopbackNode(160) as node:
        node.put(logs)
        reading = msgspec.structs.replace(READING, contracts=(f"0x{ART}",))
        found, _ = read(node, tmp_path, reading)
    assert [(row[0], row[5]) for row in moves(found)] == [("sale", 1100), ("sale", 1101)]


def test_a_damaged_cursor_and_another_reading(tmp_path: Path) -> None:
    """A folder of another chain or range, or with a damaged cursor, is refused."""
    with LoopbackNode(160) as node:
        read(node, tmp_path)
        with pytest.raises(UsageError, match="from block 100"):
            read(node, tmp_path, msgspec.structs.replace(READING, first=99), resume=True)
        (tmp_path / "cursor.json").write_text("{")
        with pytest.raises(StorageError, match="cursor"):
            read(node, tmp_path, resume=True)
