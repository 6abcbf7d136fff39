"""Layouts of files, parts of files, times and payments from files beside them."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from intake.evm.chain_logs import T0, Chain, as_cryo, as_etl, party
from intake.evm.decoding import A, B, codes, moves
from vermilion.errors import DataError
from vermilion.intake.evm import chain, decode_files, is_logs, opened
from vermilion.intake.evm.topics import Event


def history(size: int = 150) -> list[dict[str, Any]]:
    """Return logs of every kind, several blocks long."""
    luck, written = random.Random(size), Chain()
    while len(written.logs) < size:
        written.tx(block=written.block + luck.randrange(2))
        seller, buyer = party(luck.randrange(9)), party(luck.randrange(9, 19))
        token = luck.randrange(2**256)
        match luck.randrange(6):
            case 0:
                written.sale(seller, buyer, token, luck.randrange(10**20))
            case 1:
                written.unique(seller, buyer, token)
            case 2:
                written.batch(seller, buyer, [token, 1], [5, 6])
            case 3:
                written.punk(Event.PUNK_BID, [token % 9, buyer], 1 + luck.randrange(99))
            case 4:
                written.accept(token % 9, seller, buyer)
            case _:
                written.money(seller, buyer, token % 10**38)
    return written.logs


def blocks_file(folder: Path, logs: list[dict[str, Any]]) -> Path:
    """Write the times of the logs' blocks."""
    numbers = sorted({int(log["blockNumber"], 16) for log in logs})
    path = folder / "blocks.parquet"
    times = [T0 + 12 * number for number in numbers]
    parquet.write_table(pa.table({"block_number": numbers, "timestamp": times}), path)
    return path


def test_every_layout_gives_the_same(tmp_path: Path) -> None:
    """Lines, answers, lists, Parquet, Arrow and CSV, in text and in binary, give equal tables."""
    logs = history()
    etl = list(map(as_etl, logs))
    joined = [{**log, "topics": ",".join(log["topics"])} for log in etl]
    blocks = blocks_file(tmp_path, logs)

    def text(name: str, content: str) -> list[Path]:
        (tmp_path / name).write_text(content)
        return [tmp_path / name]

    def packed(name: str, content: str) -> list[Path]:
        (tmp_path / name).write_bytes(gzip.compress(content.encode()))
        return [tmp_path / name]

    def table(name: str, found: pa.Table, write: Any) -> list[Path]:
        write(found, tmp_path / name)
        return [tmp_path / name]

    answer = {"jsonrpc": "2.0", "id": 1, "result": logs}
    half = len(logs) // 2
    answers = [{**answer, "result": logs[:half]}, {**answer, "result": logs[half:]}]
    sources = [
        text("etl.ndjson", "\n".join(map(json.dumps, etl))),
        text("rpc.ndjson", "\n".join(map(json.dumps, logs))),
        text("answer.json", json.dumps(answer)),
        text("pretty.json", json.dumps(answer, indent=1)),
        text("answers.ndjson", "\n".join(map(json.dumps, answers))),
        text("list.json", json.dumps(etl)),
        packed("etl.ndjson.gz", "\n".join(map(json.dumps, etl))),
        packed("answer.json.gz", json.dumps(answer)),
        table("etl.parquet", pa.Table.from_pylist(etl), parquet.write_table),
        table("etl.arrow", pa.Table.from_pylist(etl), feather.write_feather),
        table("etl.csv", pa.Table.from_pylist(joined), csv.write_csv),
        [*table("cryo.parquet", as_cryo(logs), parquet.write_table), blocks],
    ]
    first = decode_files(sources[0], chain(1))
    assert {row[0] for row in moves(first)} == {"sale", "transfer"}
    for source in sources:
        assert is_logs(source[0])
        found = decode_files(source, chain(1))
        for name in ("moves", "payments", "listings", "bids"):
            wanted, got = getattr(first, name), getattr(found, name)
            assert got.combine_chunks().equals(wanted.combine_chunks()), (source[0].name, name)
        assert found.notes["read"] == len(logs)
        assert not len(found.rejects)


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_parts_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """However a file is cut into parts, transactions stay whole and the tables are the same."""
    path = tmp_path / "logs.parquet"
    parquet.write_table(pa.Table.from_pylist(list(map(as_etl, history()))), path)
    whole = decode_files([path], chain(1))
    monkeypatch.setattr(opened, "ROWS", rows)
    found = decode_files([path], chain(1))
    assert found.moves.num_columns == whole.moves.num_columns
    assert found.moves["id"].num_chunks > whole.moves["id"].num_chunks
    assert sorted(map(str, found.moves.to_pylist())) == sorted(map(str, whole.moves.to_pylist()))
    assert found.payments.combine_chunks().equals(whole.payments.combine_chunks())
    assert found.notes == whole.notes


@pytest.mark.parametrize("rows", [16, 1000])
def test_blocks_out_of_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Logs in any order give the same moves, but that a bid read too late is no price."""
    logs = [log for log in history() if "b47e3cd8" not in log["address"]]
    path = tmp_path / "logs.ndjson"
    path.write_text("\n".join(map(json.dumps, logs)))
    wanted = moves(decode_files([path], chain(1)))
    random.Random(3).shuffle(logs)
    path.write_text("\n".join(map(json.dumps, logs)))
    monkeypatch.setattr(opened, "ROWS", rows)
    monkeypatch.setattr(opened, "_LINES", 8)
    assert moves(decode_files([path], chain(1))) == wanted


def test_values_of_transactions_are_payments(tmp_path: Path) -> None:
    """What succeeded with a value pays; times of blocks are had of transactions too."""
    logs = Chain().tx().unique(A, B, 1).logs
    base = {
        "type": "transaction",
        "nonce": 1,
        "transaction_index": 0,
        "block_number": 101,
        "block_timestamp": 1234,
        "receipt_status": 1,
        "gas": 1,
    }

    def paid(number: int, value: int | str, **more: object) -> dict[str, object]:
        parties = {"from_address": f"0x{A}", "to_address": f"0x{B}"}
        return base | parties | {"hash": f"0x{number:064x}", "value": value} | more

    rows = [
        paid(1, 7),
        paid(2, 0),
        paid(3, 8, receipt_status=0),
        paid(4, str(10**30)),
        paid(5, 10**38),
        paid(6, 3, to_address=None, receipt_contract_address=f"0x{B}"),
        paid(7, 1.5),
        paid(8, 3, hash="0x12"),
    ]
    transactions, path = tmp_path / "transactions.json", tmp_path / "logs.json"
    transactions.write_text("\n".join(map(json.dumps, rows)))
    path.write_text("\n".join(json.dumps({**log, "blockTimestamp": None}) for log in logs))
    found = decode_files([path, transactions], chain(1))
    got = [
        (row["amount"], row["payer"], row["payee"], row["currency"])
        for row in found.payments.to_pylist()
    ]
    parties = (f"eip155:1:0x{A}", f"eip155:1:0x{B}", "ETH")
    assert got == [(7, *parties), (10**30, *parties), (3, *parties)]
    assert codes(found) == [
        (5, "value", "too_large"),
        (7, "value", "transaction_malformed"),
        (8, "hash", "transaction_malformed"),
    ]
    assert found.moves["ms"].to_pylist() == [1_234_000]
    assert not is_logs(transactions)


def test_a_file_of_something_else(tmp_path: Path) -> None:
    """A file of neither logs nor blocks nor transactions is refused with what logs have."""
    path = tmp_path / "sales.csv"
    path.write_text("buyer,seller,price\na,b,1\n")
    assert not is_logs(path)
    with pytest.raises(DataError, match="neither raw logs") as raised:
        decode_files([path], chain(1))
    assert "log_index" in (raised.value.help or "")
