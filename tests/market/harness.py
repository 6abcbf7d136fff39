"""Run one detector over a few rows, on any engine."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from vermilion.facts.history import TABLES
from vermilion.market.declaration import Level, detectors
from vermilion.market.entities import make_entities
from vermilion.market.findings import MOST_ROWS, Finding, finding_of, row_of
from vermilion.market.output import write_findings
from vermilion.market.prepare import prepare
from vermilion.market.run import Seen, run_detectors
from vermilion.sql import DuckDb, SqlEngine
from vermilion.sql.columns import schema_of

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_650_000_000_000
"""When rows begin whose time is not said, a minute apart."""

Row = Mapping[str, Any]


class Found(NamedTuple):
    """A finding in short."""

    id: str
    level: str
    subject: dict[str, str]
    rows: dict[str, list[str]]
    """Ids of its rows by role."""
    figures: dict[str, int]
    score: int
    parts: dict[str, int]
    sentence: Any
    finding: Any


def completed(table: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Fill in what a short row leaves out.

    A move is a `sale` of token `c/1` of collection `c` for 10,000 CNY where nothing else is said; a
    token `x/7` is of collection `x`. `day`, `hour` and `minute` count from `START`.
    """
    made = []
    for number, short in enumerate(rows):
        row: dict[str, Any] = dict.fromkeys(TABLES[table])
        offset = sum(
            short.get(unit, 0) * size
            for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE))
        )
        timed = any(unit in short for unit in ("day", "hour", "minute"))
        row |= {"source": "//test", "id": f"{table[0]}{number}", "position": number}
        row["ms"] = START + (int(offset) if timed else number * MINUTE)
        if table == "moves":
            row |= {"kind": "sale", "token": "c/1", "quantity": 1, "many": False}
        row |= {name: value for name, value in short.items() if name in row}
        if table == "moves":
            if row["kind"] == "sale" and "price" not in short:
                row["price"] = 10_000
            if row["price"] is not None and row["currency"] is None:
                row["currency"] = "CNY"
        if "token" in row and row["token"] and not row["collection"]:
            row["collection"] = row["token"].rpartition("/")[0]
        if table == "payments":
            row["currency"] = row["currency"] or "CNY"
            row["amount"] = 1_000 if "amount" not in short else row["amount"]
        made.append({name: row[name] for name in TABLES[table]})
    return made


def write(folder: Path, **tables: Sequence[Row]) -> dict[str, list[Path]]:
    """Write short rows as canonical tables."""
    paths: dict[str, list[Path]] = {}
    for name, rows in tables.items():
        path = folder / f"{name}-{next(_NUMBERS)}.parquet"
        schema = schema_of({column: one.type for column, one in TABLES[name].items()})
        pq.write_table(pa.Table.from_pylist(completed(name, rows), schema), path)
        paths[name] = [path]
    return paths


_NUMBERS = itertools.count()


def found(
    name: str,
    moves: Sequence[Row],
    *,
    parameters: Mapping[str, int] | None = None,
    level: Level | None = "party",
    engine: SqlEngine | None = None,
    with_: Sequence[str] = (),
    **tables: Sequence[Row],
) -> list[Found]:
    """Return what a detector finds in short rows, in the order of its subjects.

    Args:
        name: of the detector.
        moves: short rows; see `completed`.
        parameters: other values than the declared ones.
        level: whose findings are wanted; None wants both levels'.
        engine: what runs it; a DuckDB of its own where none is given.
        with_: detectors that run before.
        tables: short rows of the other canonical tables.
    """
    sql = engine or DuckDb("500MB", 1)
    with TemporaryDirectory() as folder:
        prepare(sql, write(Path(folder), moves=moves, **tables))
        make_entities(sql)
        every = detectors()
        chosen = [every[one] for one in with_] + [
            every[name].with_parameters(dict(parameters or {}))
        ]
        seen = run_detectors(sql, chosen)
        said = [one for one in told(sql, seen) if one.detector == name]
    if engine is None:
        sql.close()
    return [_short(one) for one in said if level is None or one.level == level]


def told(sql: SqlEngine, seen: Sequence[Seen]) -> list[Finding]:
    """Return every finding of a run, by detector and subject, with its first rows."""
    with TemporaryDirectory() as folder:
        findings, evidence = Path(folder) / "findings.parquet", Path(folder) / "evidence.parquet"
        write_findings(sql, seen, findings, evidence)
        rows: dict[str, list[Row]] = {}
        for row in pq.read_table(evidence).to_pylist():
            rows.setdefault(row["finding"], []).append(row)
        return [
            finding_of(one, [row_of(row) for row in rows.get(one["id"], [])[:MOST_ROWS]])
            for one in pq.read_table(findings).to_pylist()
        ]


def _short(finding: Any) -> Found:
    rows: dict[str, list[str]] = {}
    for row in finding.rows:
        rows.setdefault(row.role, []).append(row.id)
    subject = {
        name: value
        for name in ("collection", "token", "party", "other")
        if (value := getattr(finding.subject, name)) is not None
    }
    return Found(
        finding.id,
        finding.level,
        subject,
        rows,
        finding.figures,
        finding.score,
        finding.parts,
        finding.sentence,
        finding,
    )
