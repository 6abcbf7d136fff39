"""Write what detectors found as Parquet: findings, their rows, and the sales in them.

The tables of a run are read: `found`, `moves_party`, `once`, the codes, and what each detector told.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vermilion.market.index import LARGE
from vermilion.market.run import Seen
from vermilion.sql import SqlEngine
from vermilion.sql.columns import columns_of

CHUNK = 20_000
"""Findings that are told together, at most. Policy."""

CHUNK_ROWS = 1 << 20
"""Rows that show them, at most, but for those of one finding. Policy."""


Integers = npt.NDArray[np.int64]


def write_findings(sql: SqlEngine, seen: Sequence[Seen], findings: Path, evidence: Path) -> None:
    """Write every finding, by detector and subject, and its rows, as Parquet.

    Args:
        sql: where the run's tables are.
        seen: what `run_detectors` returned.
        findings: gets a row for each finding.
        evidence: gets a row for each row of each finding: the finding's id, its place in it.
    """
    from pyarrow import parquet

    from vermilion.market.telling import EVIDENCE, FINDINGS

    _keep_rows(sql)
    with (
        parquet.ParquetWriter(findings, FINDINGS, compression="zstd") as told,
        parquet.ParquetWriter(evidence, EVIDENCE, compression="zstd") as shown,
        # One chunk is compressed while the next is told.
        ThreadPoolExecutor(1) as beside,
    ):
        written = beside.submit(lambda: None)
        for tables in _chunks(sql, seen):
            written.result()
            written = beside.submit(_write, (told, shown), tables)
        written.result()


def write_flagged(sql: SqlEngine, seen: Sequence[Seen], path: Path) -> None:
    """Write number and volume of the distinct sales in findings, by collection and currency.

    There is a row for each `detector`, and one under no name for what leaves before prices are
    judged.
    """
    names = " ".join(
        f"WHEN f >= {one.first} AND f < {one.first + one.findings} THEN '{one.detector.name}'"
        for one in seen
    )
    found = f"SELECT DISTINCT CASE {names} END AS detector, n FROM found" if names else ""
    left = "SELECT '' AS detector, n FROM flagged"
    sql.write(
        "SELECT c.text AS collection, d.detector, k.text AS currency, COUNT(*) AS sales, "
        f"SUM(CASE WHEN m.price < {LARGE} THEN m.price END) AS volume FROM ("
        f"{' UNION ALL '.join(one for one in (found, left) if one)}) AS d "
        "JOIN moves_party AS m ON m.n = d.n AND m.sale "
        "JOIN collections AS c ON c.code = m.collection "
        "LEFT JOIN currencies AS k ON k.code = m.currency "
        "GROUP BY c.text, d.detector, k.text",
        path,
    )


def _keep_rows(sql: SqlEngine) -> None:
    """Keep the rows of all findings, those of each together: `found_rows`."""
    # The moves are narrowed down first, so that their identities need no large join.
    sql.keep(
        "found_moves",
        "SELECT f.f, f.n, f.role, m.ms, m.position, m.kind, m.token, m.sender, m.recipient, m.price, "
        "m.currency FROM found AS f JOIN moves_party AS m ON m.n = f.n",
    )
    sql.keep(
        "found_rows",
        "SELECT m.f, m.n, m.role, o.source, o.id, m.ms, m.kind, m.token, m.sender, m.recipient, "
        "m.price, m.currency FROM found_moves AS m JOIN "
        "(SELECT ms, position, source, id FROM once) AS o ON o.ms = m.ms AND o.position = m.position",
        by="f, n",
    )
    sql.drop("found_moves")


def _chunks(sql: SqlEngine, seen: Sequence[Seen]) -> Iterator[tuple[Any, Any]]:
    """Yield some findings at a time, and their rows."""
    from vermilion.market.shown import Shown
    from vermilion.market.telling import CODES, Teller

    teller = Teller(
        {name: sql.arrow(f"SELECT text FROM {name} ORDER BY code")["text"] for name in CODES}
    )
    ends = _ends(sql, sum(one.findings for one in seen))
    for one in seen:
        for first, upto in _portions(ends, one.first, one.first + one.findings):
            table = one.table.slice(first - one.first, upto - first)
            rows = sql.arrow(
                "SELECT f, source, id, role, ms, kind, token, sender, recipient, price, currency "
                f"FROM found_rows WHERE f >= {first} AND f < {first + table.num_rows} "
                "ORDER BY f, n, role"
            )
            shown = Shown(rows, first, table.num_rows)
            findings = teller.findings(one, table, shown)
            yield findings, teller.evidence(findings["id"], shown)


def _ends(sql: SqlEngine, findings: int) -> Integers:
    """Return how many rows the findings up to each one have."""
    counted = columns_of(sql.arrow("SELECT f, COUNT(*) AS times FROM found_rows GROUP BY f"))
    times = np.zeros(findings, np.int64)
    times[counted["f"]] = counted["times"]
    return np.cumsum(times)


def _portions(ends: Integers, first: int, upto: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the first findings of portions, and up to which each goes."""
    while first < upto:
        before = int(ends[first - 1]) if first else 0
        fit = int(np.searchsorted(ends, before + CHUNK_ROWS, side="right"))
        last = min(max(fit, first + 1), first + CHUNK, upto)
        yield first, last
        first = last


def _write(writers: Sequence[Any], tables: Sequence[Any]) -> None:
    for writer, table in zip(writers, tables, strict=True):
        writer.write_table(table)
