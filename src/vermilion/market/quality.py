"""What is wrong with a market's history itself: counted, and kept row by row."""

# Relations are our own names.

from __future__ import annotations

from vermilion.market.prepare import identify
from vermilion.sql import SqlEngine

CODES = ("duplicates", "broken_chains", "unknown_parties", "missing_prices")


def make_faults(sql: SqlEngine) -> None:
    """Keep `faults`: `code`, `collection`, `times`, and `source` and `id` of the row.

    A duplicate is an identity that came before, `times` how often. A chain breaks where the sender
    of a unique token is not who last received it, both being known. A party is unknown where a sale
    or transfer lacks a side, a mint its recipient or a burn its sender. A price is missing where a
    sale has none.
    """
    sql.keep(
        "faulty",
        "SELECT 'broken_chains' AS code, n FROM (SELECT n, sender, "
        "LAG(recipient) OVER (PARTITION BY token ORDER BY n) AS last FROM moves_party "
        "WHERE NOT many) AS walk WHERE sender IS NOT NULL AND last IS NOT NULL AND last <> sender "
        "UNION ALL SELECT 'unknown_parties', n FROM moves_party WHERE "
        "(kind <> 'mint' AND sender IS NULL) OR (kind <> 'burn' AND recipient IS NULL) "
        "UNION ALL SELECT 'missing_prices', n FROM moves_party WHERE sale AND price IS NULL",
    )
    identify(sql, "faulty_rows", "SELECT n FROM faulty")
    sql.keep(
        "faults",
        "SELECT f.code, r.collection, CAST(1 AS BIGINT) AS times, r.source, r.id "
        "FROM faulty AS f JOIN faulty_rows AS r ON r.n = f.n "
        "UNION ALL SELECT 'duplicates', collection, times, source, id FROM repeated",
    )
    sql.drop("faulty")
    sql.drop("faulty_rows")
