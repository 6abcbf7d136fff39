"""`vermilion watch` as it is called: what it refuses before the work, and what it leaves behind."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import Result

from vermilion.desk.watch import run as running
from vermilion.simulate.history import HistoryConfig, write_history

from .samples import run


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small market."""
    folder = tmp_path_factory.mktemp("history")
    write_history(HistoryConfig(seed=3, trades=1_000, planted=100), folder)
    return folder


def watched(*arguments: object) -> Result:
    """Watch with one detector, which is quick."""
    return run("watch", *arguments, "--detectors", "self_trade")


@pytest.mark.parametrize("option", ["--out", "--flags", "--faults", "--report"])
def test_no_output_overwrites_a_table_of_a_folder(history: Path, option: str) -> None:
    """A folder's files are inputs too."""
    before = (history / "moves.parquet").read_bytes()
    result = watched(history, option, history / "moves.parquet")
    assert result.exit_code == 2
    assert (history / "moves.parquet").read_bytes() == before


def test_no_output_overwrites_another(history: Path, tmp_path: Path) -> None:
    """Nor what lies beside `--out`, the mapping, the accounts, or a file of the book."""
    out, beside = tmp_path / "a.parquet", tmp_path / "a.evidence.parquet"
    for other in (out, beside):
        assert watched(history, "--out", out, "--flags", other).exit_code == 2
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("party,role,from,until\n")
    assert watched(history, "--accounts", accounts, "--out", accounts).exit_code == 2
    assert accounts.read_text() == "party,role,from,until\n"
    book = tmp_path / "book"
    assert watched(history, "--book", book, "--out", book / "state.db").exit_code == 2
    assert not out.exists()
    assert watched(history, "--out", tmp_path).exit_code == 2


def test_every_output_is_whole_and_alone(history: Path, tmp_path: Path) -> None:
    """What is asked for lies there, and nothing that was on the way."""
    names = {"--out": "a.parquet", "--flags": "b.parquet", "--faults": "c.parquet"}
    asked = [word for option, name in names.items() for word in (option, tmp_path / name)]
    rejects = ("--rejects", tmp_path / "d.ndjson", "--report", tmp_path / "e.html")
    assert watched(history, *asked, *rejects).exit_code == 0
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["a.evidence.parquet", *sorted(names.values()), "d.ndjson", "e.html"]


def test_a_device_takes_what_it_is_given_and_nothing_lies_beside_it(
    history: Path, tmp_path: Path
) -> None:
    """A pipe gets every byte of the findings, the null device swallows them; no other file appears."""
    whole, pipe, null = tmp_path / "whole.parquet", tmp_path / "pipe", Path(os.devnull)
    assert watched(history, "--out", whole, "--flags", null, "--faults", null).exit_code == 0
    (tmp_path / "whole.evidence.parquet").unlink()
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        read = threads.submit(pipe.read_bytes)
        assert watched(history, "--out", pipe).exit_code == 0
        assert read.result() == whole.read_bytes()
    assert watched(history, "--out", null).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "whole.parquet"]
    assert not (null.parent / "null.evidence.parquet").exists()


def test_rows_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """Where nothing could be read the command fails, and `--rejects` says why of each row."""
    events, rejects = tmp_path / "events.ndjson", tmp_path / "rejects.ndjson"
    events.write_bytes(b'{"type": "sale"}\n\xff\xfe\n')
    assert watched(events, "--rejects", rejects).exit_code == 3
    told = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [one["line"] for one in told] == [1, 2]
    assert all(one["reason"] and one["remedy"] for one in told)


def test_an_output_that_fails_leaves_what_was_there(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is one line, and neither half a file nor the loss of the last one."""
    out = tmp_path / "a.parquet"
    out.write_text("the last run's")

    def full(_source: Path, target: Path) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running.shutil, "copyfile", full)
    result = watched(history, "--out", out)
    assert result.exit_code == 2
    assert "no space left" in result.stderr
    assert out.read_text() == "the last run's"
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]


def test_nothing_read_exits_3(tmp_path: Path) -> None:
    """A table without its mapping gives nothing, and that is no success."""
    table = tmp_path / "sales.csv"
    table.write_text("a,b\n1,2\n")
    assert watched(table).exit_code == 3
    table.write_text("")
    assert watched(table).exit_code == 3


@pytest.mark.parametrize("memory", ["lots", "3", "-1GB", ""])
def test_memory_is_an_amount(history: Path, memory: str) -> None:
    """What is none is refused before the work."""
    result = watched(history, "--memory", memory)
    assert result.exit_code == 2
    assert "no amount of memory" in result.stderr
