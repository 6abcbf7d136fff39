"""Run detectors over canonical tables, and write what they find as a folder of Parquet.

The folder holds `RESULTS`: findings and their rows, faults of the data, counts, the price series
with and without flagged trades, and price bands. Each row is of one collection.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from vermilion.market.bands import COLUMNS, DETECTOR, price_bands
from vermilion.market.declaration import Detector
from vermilion.market.entities import Joined, make_entities
from vermilion.market.index import LARGE, market_index
from vermilion.market.output import write_findings, write_flagged
from vermilion.market.prepare import prepare
from vermilion.market.quality import make_faults
from vermilion.market.run import run_detectors
from vermilion.sql import SqlEngine
from vermilion.sql.columns import schema_of

RESULTS = (
    "findings",
    "evidence",
    "flagged",
    "faults",
    "counts",
    "traded",
    "sources",
    "series",
    "bands",
)
"""The tables of a folder of results, a Parquet file each."""

JOINED = "joined.json"
"""How many parties were joined to entities, and how many clusters were too large for that."""

TIES = "ties"
"""The table of what ties each party that paid or was paid: its entity, and who funded it."""

Tables = Mapping[str, Sequence[Path]]
Told = Callable[[str], None]


class Timing(msgspec.Struct, frozen=True):
    """How long a detector took on one level, in seconds."""

    detector: str
    level: str
    seconds: float


def compute(
    sql: SqlEngine,
    tables: Tables,
    detectors: Sequence[Detector],
    folder: Path,
    *,
    collections: Sequence[str] | None = None,
    told: Told = lambda _: None,
) -> list[Timing]:
    """Write the results of a market, or of some of its collections, to a folder.

    Args:
        sql: what computes.
        tables: Parquet files of each canonical table.
        detectors: in the order of their stages.
        folder: gets the results; it is there and empty.
        collections: only what is of these.
        told: is told in a word what is being done.
    """
    told("preparing")
    prepare(sql, tables, collections=collections)
    told("data quality")
    make_faults(sql)
    sql.write("SELECT * FROM faults", folder / "faults.parquet")
    told("entities")
    _write_ties(sql, make_entities(sql), folder)
    seen = run_detectors(sql, detectors, told)
    told("findings")
    write_findings(sql, seen, folder / "findings.parquet", folder / "evidence.parquet")
    write_flagged(sql, seen, folder / "flagged.parquet")
    told("prices")
    _write_counts(sql, folder)
    _write_prices(sql, folder, detectors)
    return [Timing(one.detector.name, one.level, one.seconds) for one in seen]


def make_ties(sql: SqlEngine, tables: Tables, folder: Path) -> None:
    """Write the ties of every party to a folder, and nothing else."""
    prepare(sql, tables, collections=[])
    _write_ties(sql, make_entities(sql), folder)


def _write_ties(sql: SqlEngine, joined: Joined, folder: Path) -> None:
    (folder / JOINED).write_bytes(msgspec.json.encode(joined))
    sql.write(
        "SELECT p.text AS party, e.text AS entity, f.text AS funder, l.ms, l.amount, l.currency, "
        "l.narrow FROM (SELECT payer AS party FROM payments UNION SELECT payee FROM payments) AS k "
        "JOIN parties AS p ON p.code = k.party "
        "JOIN entities AS n ON n.party = k.party JOIN parties AS e ON e.code = n.entity "
        "LEFT JOIN (SELECT l.party, l.funder, l.ms, l.amount, c.text AS currency, l.narrow "
        "FROM links AS l LEFT JOIN currencies AS c ON c.code = l.currency) AS l "
        "ON l.party = k.party LEFT JOIN parties AS f ON f.code = l.funder",
        folder / f"{TIES}.parquet",
    )


def _write_counts(sql: SqlEngine, folder: Path) -> None:
    """Write for each collection what moved, and for each of its currencies what was paid.

    A price of 10^28 or more is in no sum: one such row must not end the run.
    """
    kinds = ", ".join(
        f"COUNT(*) FILTER (WHERE m.kind = '{kind}') AS {kind}s"
        for kind in ("sale", "transfer", "mint", "burn")
    )
    sql.write(
        "SELECT c.text AS collection, k.sales, k.transfers, k.mints, k.burns, k.tokens, k.first_ms, "
        f"k.last_ms FROM (SELECT m.collection, {kinds}, COUNT(DISTINCT m.token) AS tokens, "
        "MIN(m.ms) AS first_ms, MAX(m.ms) AS last_ms FROM moves_party AS m GROUP BY m.collection) "
        "AS k JOIN collections AS c ON c.code = k.collection",
        folder / "counts.parquet",
    )
    sql.write(
        "SELECT DISTINCT collection, source FROM known",
        folder / "sources.parquet",
    )
    sql.write(
        "SELECT c.text AS collection, k.text AS currency, "
        "SUM(CAST(m.price AS DECIMAL(38,0))) AS volume FROM moves_party AS m "
        "JOIN collections AS c ON c.code = m.collection "
        f"JOIN currencies AS k ON k.code = m.currency WHERE m.sale AND m.price < {LARGE} "
        "GROUP BY c.text, k.text",
        folder / "traded.parquet",
    )


def _write_prices(sql: SqlEngine, folder: Path, detectors: Sequence[Detector]) -> None:
    """Write the price series of every collection, and its bands, with the numbers of their detector."""
    from pyarrow import parquet

    parquet.write_table(market_index(sql), folder / "series.parquet", compression="zstd")
    parameters = next((one.parameters for one in detectors if one.name == DETECTOR), None)
    path, schema = folder / "bands.parquet", schema_of(COLUMNS)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for bands in price_bands(sql, parameters):
            writer.write_table(bands)
