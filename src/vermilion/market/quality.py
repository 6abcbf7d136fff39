"""What is wrong with a market's history itself: counted, and kept row by row."""

# Relations are our own names.

from __future__ import annotations

import msgspec

from vermilion.sql import SqlEngine

CODES = ("duplicates", "broken_chains", "unknown_parties", "missing_prices")


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have each fault.

    A duplicate is an identity that came before. A chain breaks where the sender of a unique token is
    not who last received it, both being known. A party is unknown where a sale or transfer lacks a
    side, a mint its recipient or a burn its sender. A price is missing where a sale has none.
    """

    duplicates: int = 0
    broken_chains: int = 0
    unknown_parties: int = 0
    missing_prices: int = 0


def make_quality(sql: SqlEngine) -> Quality:
    """Count the faults, and keep `faults`: `code`, `n`, `source`, `id`."""
    sql.keep(
        "faulty",
        "SELECT 'broken_chains' AS code, n FROM (SELECT n, sender, "
        "LAG(recipient) OVER (PARTITION BY token ORDER BY n) AS last FROM moves_party "
        "WHERE NOT many) AS walk WHERE sender IS NOT NULL AND last IS NOT NULL AND last <> sender "
        "UNION ALL SELECT 'unknown_parties', n FROM moves_party WHERE "
        "(kind <> 'mint' AND sender IS NULL) OR (kind <> 'burn' AND recipient IS NULL) "
        "UNION ALL SELECT 'missing_prices', n FROM moves_party WHERE sale AND price IS NULL",
    )
    sql.keep(
        "faults",
        "SELECT f.code, f.n, r.source, r.id FROM faulty AS f JOIN rows AS r ON r.n = f.n "
        "UNION ALL SELECT 'duplicates', r.n, d.source, d.id FROM repeated AS d "
        "JOIN rows AS r ON r.source = d.source AND r.id = d.id",
    )
    counts = {
        str(code): int(times)
        for code, times in sql.rows("SELECT code, COUNT(*) FROM faulty GROUP BY code")
    }
    [(again,)] = sql.rows("SELECT COALESCE(SUM(times), 0) FROM repeated")
    return Quality(duplicates=int(again), **counts)
