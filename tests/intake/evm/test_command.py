"""`vermilion logs`: files and nodes to tables on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow import parquet

from intake.evm.chain_logs import ART, Chain
from intake.evm.decoding import A, B
from intake.evm.node import LoopbackNode
from vermilion.cli.logs import CONFIRMATIONS, command
from vermilion.errors import DataError, Error, StorageError, UsageError
from vermilion.intake.evm import follow


def run(*arguments: object) -> str:
    """Run the command and return what it prints; its errors are raised."""
    # click keeps a command's help option as it was first asked for.
    result = CliRunner().invoke(
        command, [str(one) for one in arguments], help_option_names=["-h", "--help"]
    )
    if isinstance(result.exception, Error):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def logs_file(folder: Path) -> Path:
    """Write a mint, a sale and a log that does not fit."""
    written = Chain().tx().unique("0" * 40, A, 1).tx().sale(A, B, 1, 50).money(A, B, 1)
    written.logs[-1]["data"] = "0x"
    path = folder / "logs.ndjson"
    path.write_text("\n".join(map(json.dumps, written.logs)))
    return path


def test_files_become_tables(tmp_path: Path) -> None:
    """Moves, payments, listings and rejects are written, and counted in words and in JSON."""
    out = tmp_path / "out"
    words = run(logs_file(tmp_path), "--out", out)
    assert "2 moves, 0 payments, 0 listings" in words
    told = json.loads(run(logs_file(tmp_path), "--out", out, "--json"))
    assert (told["moves"], told["payments"], told["listings"], told["rejects"]) == (2, 0, 0, 1)
    assert told["notes"]["read"] == 4
    moves = parquet.read_table(out / "moves.parquet")
    assert moves["kind"].to_pylist() == ["mint", "sale"]
    [reject] = map(json.loads, (out / "rejects.ndjson").read_text().splitlines())
    assert (reject["line"], reject["field"], reject["code"]) == (4, "data", "data_short")
    assert sorted(path.name for path in out.iterdir()) == [
        "listings.parquet", "moves.parquet", "payments.parquet", "rejects.ndjson",
    ]  # fmt: skip


def test_another_chain_and_market(tmp_path: Path) -> None:
    """The chain's number is in every id, and a market that is named is believed."""
    written = Chain().tx().order(A, B, [(2, ART, 1, 1)], [(0, "0" * 40, 0, 9, A)], market="d" * 40)
    path = tmp_path / "logs.json"
    path.write_text(json.dumps(written.unique(A, B, 1).logs))
    run(path, "--out", tmp_path, "--chain", 137, "--market", f"0x{'D' * 40}")
    [row] = parquet.read_table(tmp_path / "moves.parquet").to_pylist()
    assert (row["source"], row["price"], row["currency"]) == ("eip155:137", 9, "MATIC")


def test_nothing_read_is_told_by_the_exit_code(tmp_path: Path) -> None:
    """Where every log is rejected the command fails as when nothing could be read."""
    path = logs_file(tmp_path)
    path.write_text(path.read_text().splitlines()[-1])
    with pytest.raises(DataError) as raised:
        run(path, "--out", tmp_path / "out")
    assert raised.value.exit_code == 3
    assert (tmp_path / "out" / "rejects.ndjson").exists()


def test_a_node_becomes_tables(tmp_path: Path) -> None:
    """A node is read to the last block, and on with --resume."""
    with LoopbackNode(130) as node:
        node.put(Chain().tx(block=105).sale(A, B, 1, 50).tx(block=120).sale(A, B, 2, 60).logs)
        asked = ("--rpc", node.url, "--from", 100, "--contract", f"0x{ART}", "--out", tmp_path)
        first = json.loads(run(*asked, "--to", 110, "--json"))
        second = json.loads(run(*asked, "--confirmations", 0, "--resume", "--json"))
        words = run(*asked, "--resume", "--to", 110)
    assert (first["moves"], first["last"]) == (1, 110)
    assert (second["moves"], second["last"], second["reorganisations"]) == (2, 130, 0)
    assert "read to block 130" in words
    assert parquet.read_table(tmp_path / "moves.parquet").num_rows == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "no_source"),
        (["--rpc", "http://127.0.0.1:9"], "no_begin"),
        (["--rpc", "http://127.0.0.1:9", "--from", "5", "--to", "4"], "bad_range"),
        (["--rpc", "http://127.0.0.1:9", "--from", "5", "--contract", "0x12"], "bad_contract"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], code: str) -> None:
    """What cannot be is refused before anything is read or written."""
    with pytest.raises(UsageError) as raised:
        run(*arguments, "--out", tmp_path / "out")
    assert raised.value.code == code
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is a file is told as a storage failure."""
    (tmp_path / "out").write_text("")
    with pytest.raises(StorageError):
        run(logs_file(tmp_path), "--out", tmp_path / "out")


def test_the_default_is_that_of_the_reading() -> None:
    """The command's default for confirmations is the reading's."""
    assert CONFIRMATIONS == follow.CONFIRMATIONS
