"""Watching as a whole: the published tables, planted truth, previews, books."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from vermilion.desk.watch.run import Watched, WatchRequest, watch, would_find
from vermilion.market.declaration import chosen
from vermilion.simulate.history import HistoryConfig, write_history
from vermilion.sql import DuckDb


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small market in which every pattern is planted."""
    folder = tmp_path_factory.mktemp("history")
    write_history(HistoryConfig(seed=3, trades=1_000), folder)
    return folder


def request(history: Path, folder: Path, **asked: object) -> WatchRequest:
    """Ask for everything about a history."""
    return WatchRequest(
        **{  # type: ignore[arg-type]
            "detectors": chosen(None),
            "engine": lambda: DuckDb("500MB", 1),
            "engine_name": "duckdb",
            "files": [history],
            "findings": folder / "findings.parquet",
            "flags": folder / "flags.parquet",
            "faults": folder / "faults.parquet",
            **asked,
        }
    )


@pytest.fixture(scope="module")
def watched(history: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Watched, Path]:
    """Watch it once."""
    folder = tmp_path_factory.mktemp("watched")
    return watch(request(history, folder)), folder


def rows(query: str) -> list[tuple[object, ...]]:
    """Return what a SELECT over files gives."""
    return duckdb.sql(query).fetchall()


class TestOutputs:
    """What is written agrees with what is told."""

    def test_counts(self, history: Path, watched: tuple[Watched, Path]) -> None:
        """Trades and transfers are the history's own, each identity once."""
        [(sales, moves)] = rows(
            "SELECT COUNT(*) FILTER (WHERE kind = 'sale'), COUNT(*) FROM (SELECT DISTINCT source, "
            f"id, kind FROM '{history}/moves.parquet')"
        )
        counts = watched[0].report.counts
        assert counts.trades == sales
        assert counts.trades + counts.transfers + counts.mints + counts.burns == moves
        assert watched[0].quality["duplicates"] > 0

    def test_findings(self, watched: tuple[Watched, Path]) -> None:
        """Each finding has its row, and an id of its own."""
        found, folder = watched
        told = dict(
            rows(f"SELECT detector, COUNT(*) FROM '{folder}/findings.parquet' GROUP BY detector")
        )
        assert {name: count for name, count in found.found.items() if count} == told
        [(ids, every)] = rows(
            f"SELECT COUNT(DISTINCT id), COUNT(*) FROM '{folder}/findings.parquet'"
        )
        assert ids == every == found.report.all_findings > 0

    def test_flags(self, history: Path, watched: tuple[Watched, Path]) -> None:
        """A flag is a sale of the history in a finding; they add up to what is told."""
        found, folder = watched
        told = dict(
            rows(
                "SELECT detector, COUNT(*) FROM (SELECT DISTINCT detector, source, id "
                f"FROM '{folder}/flags.parquet') GROUP BY detector"
            )
        )
        assert {name: count for name, count in found.flagged.items() if count} == told
        [(foreign,)] = rows(
            f"SELECT COUNT(*) FROM '{folder}/flags.parquet' AS f ANTI JOIN (SELECT * FROM "
            f"'{history}/moves.parquet' WHERE kind = 'sale') AS m USING (source, id)"
        )
        assert foreign == 0

    def test_rows(self, watched: tuple[Watched, Path]) -> None:
        """Every finding has as many rows as it says, numbered from one."""
        _, folder = watched
        [(wrong,)] = rows(
            f"SELECT COUNT(*) FROM '{folder}/findings.parquet' AS f LEFT JOIN (SELECT finding, "
            "COUNT(*) AS shown, MIN(place) AS first, MAX(place) AS last "
            f"FROM '{folder}/findings.evidence.parquet' GROUP BY finding) AS e ON e.finding = f.id "
            "WHERE e.shown IS DISTINCT FROM f.moves OR e.first <> 1 OR e.last <> f.moves"
        )
        assert wrong == 0

    def test_collections(self, watched: tuple[Watched, Path]) -> None:
        """Every finding names its collection, by which results are kept apart."""
        assert (
            rows(f"SELECT id FROM '{watched[1]}/findings.parquet' WHERE collection IS NULL") == []
        )


def test_again_is_the_same(history: Path, watched: tuple[Watched, Path], tmp_path: Path) -> None:
    """Two runs over the same history have the same findings by id."""
    watch(request(history, tmp_path))
    ids = "SELECT id FROM '{}/findings.parquet' ORDER BY id"
    assert rows(ids.format(tmp_path)) == rows(ids.format(watched[1]))


def test_preview(history: Path, watched: tuple[Watched, Path], tmp_path: Path) -> None:
    """A preview tells what a stricter number would leave out, and changes nothing else."""
    declared = chosen(["self_trade", "round_trip"])
    strict = [
        one.with_parameters({"min_score": 101}) if one.name == "round_trip" else one
        for one in declared
    ]
    [changed] = would_find(request(history, tmp_path, detectors=strict), declared)
    assert changed.detector == "round_trip"
    assert (changed.before, changed.after, changed.come) == (changed.go, 0, 0)
    assert changed.before == watched[0].found["round_trip"] > 0
    assert changed.going[0].en
