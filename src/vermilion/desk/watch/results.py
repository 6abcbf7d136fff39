"""Read a folder of results: how much was found, the findings that matter most, or one of them."""

# Relations are our own files; what is asked for is bound as a parameter.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import msgspec

from vermilion.desk.watch.compute import JOINED, RESULTS
from vermilion.market.bands import Band
from vermilion.market.entities import Joined
from vermilion.market.findings import MOST_ROWS, Finding, FindingRow, finding_of, row_of
from vermilion.market.report import Wanted

FETCHED = 2_048
"""Rows fetched together."""

_MEMORY = "500MB"
_ROW = ", ".join(FindingRow.__struct_fields__)
_STRONGEST = "score DESC, sales DESC, id"


class Results:
    """A folder of results, open to be read; a context manager.

    Args:
        folder: as `compute` wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.joined = msgspec.json.decode((folder / JOINED).read_bytes(), type=Joined)
        self._db = duckdb.connect(config={"memory_limit": _MEMORY})
        for name in RESULTS:
            path = str(folder / f"{name}.parquet").replace("'", "''")
            self._db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Return what a SELECT over `RESULTS` gives, by column."""
        cursor = self._db.execute(query, list(values))
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def counts(self) -> dict[str, int]:
        """Return how many sales, transfers, mints, burns, collections and tokens there are."""
        [row] = self.rows(
            "SELECT SUM(sales) AS sales, SUM(transfers) AS transfers, SUM(mints) AS mints, "
            "SUM(burns) AS burns, COUNT(*) AS collections, SUM(tokens) AS tokens FROM counts"
        )
        return {name: int(value or 0) for name, value in row.items()}

    def quality(self) -> dict[str, int]:
        """Return how many rows have each fault."""
        rows = self.rows("SELECT code, SUM(times) AS times FROM faults GROUP BY code")
        return {row["code"]: int(row["times"]) for row in rows}

    def found(self) -> dict[str, int]:
        """Return the number of each detector's findings."""
        rows = self.rows("SELECT detector, COUNT(*) AS found FROM findings GROUP BY detector")
        return {row["detector"]: row["found"] for row in rows}

    def flagged(self) -> dict[str, int]:
        """Return the number of distinct sales in each detector's findings."""
        rows = self.rows("SELECT detector, SUM(sales) AS sales FROM flagged GROUP BY detector")
        return {row["detector"]: int(row["sales"]) for row in rows if row["detector"]}

    def volume(self, detector: str) -> tuple[int, dict[str, int]]:
        """Return number and volume, by currency, of the distinct sales in findings of a detector.

        Under the empty name it is what left before prices were judged. A price of 10^28 or more is
        in no volume, nor one without a currency.
        """
        rows = self.rows(
            "SELECT currency, SUM(sales) AS sales, SUM(volume) AS volume FROM flagged "
            "WHERE detector = ? GROUP BY currency ORDER BY currency",
            [detector],
        )
        return (
            sum(int(row["sales"]) for row in rows),
            {
                row["currency"]: int(row["volume"])
                for row in rows
                if row["volume"] is not None and row["currency"] is not None
            },
        )

    def find(self, wanted: Wanted) -> list[Finding]:
        """Return findings, the highest score first, with their first rows."""
        tests = ["TRUE"]
        values: list[object] = []
        for name in ("detector", "pattern", "collection"):
            if (value := getattr(wanted, name)) is not None:
                tests.append(f"{name} = ?")
                values.append(value)
        if wanted.party is not None:
            tests.append("id IN (SELECT finding FROM evidence WHERE sender = ? OR recipient = ?)")
            values += [wanted.party, wanted.party]
        return self._told(
            f"SELECT * FROM findings WHERE {' AND '.join(tests)} ORDER BY {_STRONGEST} "
            "LIMIT ? OFFSET ?",
            [*values, wanted.limit, wanted.after],
        )

    def finding(self, id: str) -> Finding | None:
        """Return a finding by its id, or None."""
        found = self._told("SELECT * FROM findings WHERE id = ?", [id])
        return found[0] if found else None

    def write_flags(self, path: Path) -> int:
        """Write a row for each sale in each finding; return how many.

        Columns: the sale's `source`, `id`, `token`, `ms`, `sender`, `recipient`; `detector`,
        `finding`.
        """
        place = str(path).replace("'", "''")
        [(rows,)] = self._db.execute(
            "COPY (SELECT DISTINCT e.source, e.id, e.token, e.ms, e.sender, e.recipient, "
            "f.detector, f.id AS finding FROM evidence AS e JOIN findings AS f ON f.id = e.finding "
            "WHERE e.kind = 'sale' ORDER BY f.detector, f.id, e.ms, e.source, e.id) "
            f"TO '{place}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchall()
        return int(rows)

    def every(self) -> Iterator[Finding]:
        """Yield every finding, by id, with its first rows."""
        findings = self._stream("SELECT * FROM findings ORDER BY id")
        rows = self._stream(
            f"SELECT finding, {_ROW} FROM evidence WHERE place <= {MOST_ROWS} ORDER BY finding, place"
        )
        for finding, its in zip(findings, groupby(rows, itemgetter("finding")), strict=True):
            yield finding_of(finding, [row_of(one) for one in its[1]])

    def sources(self) -> list[str]:
        """Return the sources of the history's rows."""
        return [row["source"] for row in self.rows("SELECT DISTINCT source FROM sources")]

    def traded(self) -> dict[str, int]:
        """Return the volume of all sales by currency."""
        rows = self.rows(
            "SELECT currency, SUM(volume) AS volume FROM traded GROUP BY currency ORDER BY currency"
        )
        return {row["currency"]: int(row["volume"]) for row in rows}

    def bands(self) -> Iterator[Band]:
        """Yield the price bands of every collection."""
        for row in self._stream(f"SELECT {', '.join(Band._fields)} FROM bands"):
            low, high = int(row["low"]), int(row["high"])
            yield Band(**{**row, "low": low, "high": high, "reference": int(row["reference"])})

    def span(self) -> tuple[int, int] | None:
        """Return the first and last moment of a move, in epoch milliseconds, if there is any."""
        [row] = self.rows("SELECT MIN(first_ms) AS first, MAX(last_ms) AS last FROM counts")
        return None if row["first"] is None else (row["first"], row["last"])

    def _stream(self, query: str) -> Iterator[dict[str, Any]]:
        cursor = self._db.cursor()
        cursor.execute(query)
        names = [one[0] for one in cursor.description]
        while found := cursor.fetchmany(FETCHED):
            yield from (dict(zip(names, row, strict=True)) for row in found)

    def _told(self, query: str, values: Sequence[object]) -> list[Finding]:
        findings = self.rows(query, values)
        rows: dict[str, list[FindingRow]] = {one["id"]: [] for one in findings}
        for row in self.rows(
            f"SELECT finding, {_ROW} FROM evidence WHERE place <= {MOST_ROWS} "
            "AND finding IN (SELECT unnest(?)) ORDER BY finding, place",
            [list(rows)],
        ):
            rows[row["finding"]].append(row_of(row))
        return [finding_of(one, rows[one["id"]]) for one in findings]
