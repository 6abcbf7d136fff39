"""Results that grow with their history."""

from __future__ import annotations

import errno
import random
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from market.harness import DAY, START, Row, write
from market.rows import paid, sale
from vermilion.desk.watch.compute import RESULTS
from vermilion.desk.watch.state import Market
from vermilion.errors import StorageError
from vermilion.facts.history import TABLES
from vermilion.market import output
from vermilion.market.declaration import chosen
from vermilion.simulate.history import HistoryConfig, write_history
from vermilion.sql import DuckDb

OWN = {"listings", "news", "issues"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small market in which every pattern is planted."""
    folder = tmp_path_factory.mktemp("history")
    write_history(HistoryConfig(seed=5, trades=1_000), folder)
    return folder


def run(folder: Path, steps: list[dict[str, list[Path]]]) -> tuple[Path, list[int | None]]:
    """Give a market its files step by step; return the results, and how many collections ran."""
    market = Market(folder)
    tables: dict[str, list[Path]] = {}
    ran: list[int | None] = []
    for step in steps:
        for name, paths in step.items():
            tables.setdefault(name, []).extend(paths)
        with DuckDb("500MB", 1) as sql:
            update = market.update(sql, tables, chosen(None))
        ran.append(None if update.collections is None else len(update.collections))
    assert market.results is not None
    return market.results, ran


def scattered(history: Path, folder: Path, batches: int, seed: int) -> list[dict[str, list[Path]]]:
    """Split every table but the accounts into batches at random; the accounts come first."""
    pick = random.Random(seed)
    steps: list[dict[str, list[Path]]] = [{} for _ in range(batches)]
    steps[0]["accounts"] = [history / "accounts.parquet"]
    for name in TABLES.keys() - {"accounts"}:
        table = pq.read_table(history / f"{name}.parquet")
        shares: list[list[int]] = [[] for _ in range(batches)]
        for row in range(table.num_rows):
            shares[pick.randrange(batches)].append(row)
        for number, rows in enumerate(shares):
            path = folder / f"{number}-{name}.parquet"
            pq.write_table(table.take(rows), path)
            steps[number][name] = [path]
    return steps


def same(one: Path, other: Path) -> dict[str, int]:
    """Return how many rows of each result are in one folder and not in the other."""
    found = {}
    for name in RESULTS:
        rows = [f"SELECT * FROM '{each / name}.parquet'" for each in (one, other)]
        query = (
            f"SELECT COUNT(*) FROM (({rows[0]} EXCEPT ALL {rows[1]}) "
            f"UNION ALL ({rows[1]} EXCEPT ALL {rows[0]}))"
        )
        found[name] = duckdb.sql(query).fetchall()[0][0]
    return found


def in_time(history: Path, folder: Path, batches: int) -> list[dict[str, list[Path]]]:
    """Split every table but the accounts by time, so that a batch holds little of most collections."""
    steps: list[dict[str, list[Path]]] = [{} for _ in range(batches)]
    steps[0]["accounts"] = [history / "accounts.parquet"]
    for name in TABLES.keys() - {"accounts"}:
        table = pq.read_table(history / f"{name}.parquet").sort_by("ms")
        size = -(-table.num_rows // batches)
        for number in range(batches):
            path = folder / f"{number}-{name}.parquet"
            pq.write_table(table.slice(number * size, size), path)
            steps[number][name] = [path]
    return steps


@pytest.fixture(scope="module")
def full(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run over everything at once."""
    whole = {name: [history / f"{name}.parquet"] for name in TABLES}
    return run(tmp_path_factory.mktemp("full"), [whole])[0]


def test_any_batches_come_to_the_same(history: Path, full: Path, tmp_path: Path) -> None:
    """Rows that come in any order and in any batches give every result of a run over all."""
    grown, _ = run(tmp_path / "grown", scattered(history, tmp_path, 2, seed=1))
    assert same(full, grown) == dict.fromkeys(RESULTS, 0)


def test_what_nothing_touched_does_not_run_again(history: Path, full: Path, tmp_path: Path) -> None:
    """In order of time some collections stay as they are, and every result is that of a run over all."""
    grown, ran = run(tmp_path / "grown", in_time(history, tmp_path, 3))
    [(collections,)] = duckdb.sql(f"SELECT COUNT(*) FROM '{full}/counts.parquet'").fetchall()
    assert ran[0] is None
    assert all(number is not None and 0 < number < collections for number in ran[1:])
    assert same(full, grown) == dict.fromkeys(RESULTS, 0)


def test_nothing_new_runs_nothing(history: Path, tmp_path: Path) -> None:
    """The same files again leave the results where they are."""
    whole = {name: [history / f"{name}.parquet"] for name in TABLES}
    _, ran = run(tmp_path, [whole, {}])
    assert ran == [None, 0]


def steps_of(folder: Path, *steps: dict[str, list[Row]]) -> list[dict[str, list[Path]]]:
    """Write short rows as the files that come with each step."""
    return [write(folder, **step) for step in steps]


def whole_of(folder: Path, steps: list[dict[str, list[Path]]]) -> Path:
    """Return the results of a run over what came in all steps."""
    every: dict[str, list[Path]] = {}
    for step in steps:
        for name, paths in step.items():
            every.setdefault(name, []).extend(paths)
    return run(folder / "whole", [every])[0]


def test_a_payment_that_takes_the_place_of_another(tmp_path: Path) -> None:
    """A collection runs again where its refund turns out to have been one of another transaction."""
    sales = [
        sale("a", "b", token="c/1", price=1_000, tx="t1"),
        sale("a", "b", token="d/1", price=1_000, tx="t2"),
    ]
    first = paid("a", "b", amount=1_000, tx="t1", id="p")
    earlier = first | {"tx": "t2", "ms": START - DAY}
    known = paid("x", "b", ms=START - 2 * DAY)  # so that nobody's ties change
    steps = steps_of(
        tmp_path, {"moves": sales, "payments": [known, first]}, {"payments": [earlier]}
    )
    grown, _ = run(tmp_path / "grown", steps)
    assert same(whole_of(tmp_path, steps), grown) == dict.fromkeys(RESULTS, 0)


def test_an_issuer_who_moved_nothing_and_is_joined(tmp_path: Path) -> None:
    """A collection runs again where its issuer turns out to be who sold it, whose own ties stay."""
    moves = [sale("a", f"x{n % 12}", token=f"c/{n}") for n in range(60)]
    moves += [sale("a", "whale", token=f"c/w{n}") for n in range(60)]
    issued = [{"collection": "c", "issuer": "z", "ms": START - DAY}]
    before = paid("a", "y", ms=START - 2 * DAY)
    steps = steps_of(
        tmp_path,
        {"moves": moves, "issues": issued, "payments": [before]},
        {"payments": [paid("a", "z", id="late", ms=START - 2 * DAY)]},
    )
    grown, _ = run(tmp_path / "grown", steps)
    assert same(whole_of(tmp_path, steps), grown) == dict.fromkeys(RESULTS, 0)


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where findings cannot be written beside the telling, the run ends in an error and no half results."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "_write", full)
    moves = [sale("a", "a"), sale("a", "a")]
    with pytest.raises(StorageError, match="No space left"):
        run(tmp_path / "market", [write(tmp_path, moves=moves)])
    assert not list((tmp_path / "market").iterdir())
