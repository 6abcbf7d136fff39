"""Make the tables that detectors read: numbered in their total order, in integers, duplicates gone.

The SQL is the shared dialect, so that every engine makes equal tables.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vermilion.facts.history import MOVES, NO_HANDS, NO_LINKS, TABLES, Column
from vermilion.features.sql_replay import calendar_days
from vermilion.sql import SqlEngine

CODED = ("parties", "tokens", "collections", "currencies", "platforms")
"""Tables that say which text a code stands for: `code`, `text`."""

_EVERY_MS = (-(2**62), 2**62)
_ORDER = "ms, position, source, id"


def prepare(
    sql: SqlEngine,
    tables: Mapping[str, Sequence[Path]],
    *,
    collections: Sequence[str] | None = None,
) -> None:
    """Make `moves_party`, `payments`, `listings`, `news`, `issues`, `services`, `days` and the codes.

    `rows` keeps the canonical columns of `moves` with `n`; `repeated` says which were left out.

    Args:
        sql: where the tables are made.
        tables: Parquet files of each canonical table; one that is absent is empty.
        collections: only moves, listings, news and issues of these.
    """
    for name, columns in TABLES.items():
        sql.view(f"given_{name}", _given(sql, tables.get(name, ()), columns))
    if collections is not None:
        sql.put("wanted", _texts(collections))
    only = "" if collections is None else " WHERE collection IN (SELECT text FROM wanted)"
    _number(sql, only)
    _code(sql, only)
    _services(sql)
    _moves(sql)
    _others(sql, only)
    sql.load("days", {"begins": "BIGINT", "upto": "BIGINT"}, calendar_days())
    sql.view("moves", "SELECT * FROM moves_party")


def _given(sql: SqlEngine, paths: Sequence[Path], columns: Mapping[str, Column]) -> str:
    names = ", ".join(columns)
    if not paths:
        nothing = ", ".join(f"CAST(NULL AS {one.type}) AS {name}" for name, one in columns.items())
        return f"SELECT * FROM (SELECT {nothing}) AS nothing WHERE FALSE"
    return " UNION ALL ".join(f"SELECT {names} FROM {sql.parquet(path)}" for path in paths)


def _texts(texts: Sequence[str]) -> object:
    import pyarrow as arrow

    return arrow.table({"text": arrow.array(list(texts), arrow.string())})


def _number(sql: SqlEngine, only: str) -> None:
    """Keep each move once, with its number, and how often others came again."""
    columns = ", ".join(MOVES)
    sql.keep(
        "repeated",
        "SELECT source, id, COUNT(*) - 1 AS times "
        f"FROM given_moves{only} GROUP BY source, id HAVING COUNT(*) > 1",
    )
    first = (
        f"SELECT {columns} FROM (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY g.source, g.id "
        "ORDER BY g.ms, g.position) AS nth FROM given_moves AS g JOIN repeated AS r "
        "ON g.source = r.source AND g.id = r.id) AS again WHERE nth = 1"
    )
    alone = (
        f"SELECT {', '.join('g.' + name for name in MOVES)} FROM (SELECT * FROM given_moves{only}) AS g "
        "LEFT JOIN repeated AS r ON g.source = r.source AND g.id = r.id WHERE r.id IS NULL"
    )
    sql.keep(
        "rows",
        f"SELECT ROW_NUMBER() OVER (ORDER BY {_ORDER}) - 1 AS n, {columns} "
        f"FROM ({alone} UNION ALL {first}) AS every",
    )


def _code(sql: SqlEngine, only: str) -> None:
    """Give every text its rank among its like."""
    texts = {
        "parties": (
            "SELECT sender AS text FROM rows UNION ALL SELECT recipient FROM rows "
            "UNION ALL SELECT payer FROM given_payments UNION ALL SELECT payee FROM given_payments "
            "UNION ALL SELECT issuer FROM given_issues UNION ALL SELECT seller FROM given_listings "
            "UNION ALL SELECT party FROM given_accounts"
        ),
        "collections": (
            f"SELECT collection AS text FROM rows UNION ALL SELECT collection FROM given_issues{only} "
            f"UNION ALL SELECT collection FROM given_listings{only} "
            f"UNION ALL SELECT collection FROM given_news{only}"
        ),
        "currencies": (
            "SELECT currency AS text FROM rows UNION ALL SELECT currency FROM given_payments "
            "UNION ALL SELECT currency FROM given_listings"
        ),
        "platforms": "SELECT platform AS text FROM rows UNION ALL SELECT platform FROM given_listings",
        "transactions": ("SELECT tx AS text FROM given_payments WHERE tx IS NOT NULL"),
    }
    for name, query in texts.items():
        sql.keep(
            name,
            "SELECT ROW_NUMBER() OVER (ORDER BY text) - 1 AS code, text FROM "
            f"(SELECT DISTINCT text FROM ({query}) AS found WHERE text IS NOT NULL) AS each_once",
        )
    sql.keep(
        "tokens",
        "SELECT ROW_NUMBER() OVER (ORDER BY t.token, t.collection) - 1 AS code, t.token AS text, "
        "c.code AS collection FROM (SELECT DISTINCT token, collection FROM rows UNION "
        f"SELECT DISTINCT token, collection FROM given_listings{only}) AS t "
        "JOIN collections AS c ON c.text = t.collection",
    )


def _services(sql: SqlEngine) -> None:
    """Keep the dated list of accounts by code."""
    first, last = _EVERY_MS
    sql.keep(
        "services",
        "SELECT p.code AS party, a.role, "
        f"COALESCE(a.from_ms, CAST({first} AS BIGINT)) AS from_ms, "
        f"COALESCE(a.until_ms, CAST({last} AS BIGINT)) AS until_ms "
        "FROM given_accounts AS a JOIN parties AS p ON p.text = a.party",
    )


def _moves(sql: SqlEngine) -> None:
    sql.keep(
        "coded",
        "SELECT r.n, r.ms, r.kind, r.kind = 'sale' AS sale, "
        "r.kind = 'sale' AND r.price IS NOT NULL AND r.price > 0 AS priced, "
        "t.collection, t.code AS token, s.code AS sender, b.code AS recipient, "
        "r.quantity, r.many, CASE WHEN r.kind = 'sale' THEN r.price END AS price, "
        "c.code AS currency, "
        "CASE WHEN r.kind = 'sale' AND r.price > 0 AND r.quantity > 0 THEN CAST(ROUND("
        "LN(CAST(r.price AS DOUBLE) / CAST(r.quantity AS DOUBLE)) * 1000000) AS BIGINT) END "
        "AS unit_log, w.code AS platform, x.code AS tx "
        "FROM rows AS r JOIN (SELECT k.*, o.text AS named FROM tokens AS k JOIN collections AS o "
        "ON o.code = k.collection) AS t ON t.text = r.token AND t.named = r.collection "
        "LEFT JOIN parties AS s ON s.text = r.sender "
        "LEFT JOIN parties AS b ON b.text = r.recipient "
        "LEFT JOIN currencies AS c ON c.text = r.currency "
        "LEFT JOIN platforms AS w ON w.text = r.platform "
        "LEFT JOIN transactions AS x ON x.text = r.tx",
    )
    roles = ", ".join(f"'{role}'" for role in (*NO_HANDS, "exchange"))
    served = (
        "SELECT DISTINCT m.n FROM coded AS m JOIN services AS s ON m.{side} = s.party "
        "AND m.ms >= s.from_ms AND m.ms < s.until_ms WHERE s.role IN (" + roles + ")"
    )
    sql.keep(
        "moves_party",
        "SELECT m.*, gives.n IS NOT NULL AS sender_service, takes.n IS NOT NULL AS recipient_service "
        f"FROM coded AS m LEFT JOIN ({served.format(side='sender')}) AS gives ON gives.n = m.n "
        f"LEFT JOIN ({served.format(side='recipient')}) AS takes ON takes.n = m.n",
        by="n",
    )
    sql.drop("coded")


def _others(sql: SqlEngine, only: str) -> None:
    """Keep payments, listings, news and issues in codes."""
    roles = ", ".join(f"'{role}'" for role in NO_LINKS)
    sql.keep(
        "paid",
        f"SELECT ROW_NUMBER() OVER (ORDER BY {_ORDER}) - 1 AS n, ms, payer, payee, amount, currency, "
        "tx FROM (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY source, id ORDER BY ms, position) "
        "AS nth FROM given_payments AS g) AS every WHERE nth = 1",
    )
    served = (
        "SELECT DISTINCT p.n FROM paid AS p JOIN parties AS k ON k.text = p.{side} "
        "JOIN services AS s ON k.code = s.party AND p.ms >= s.from_ms AND p.ms < s.until_ms "
        "WHERE s.role IN (" + roles + ")"
    )
    sql.keep(
        "payments",
        "SELECT p.n, p.ms, f.code AS payer, t.code AS payee, p.amount, c.code AS currency, "
        "x.code AS tx, gives.n IS NOT NULL AS payer_service, takes.n IS NOT NULL AS payee_service "
        "FROM paid AS p LEFT JOIN parties AS f ON f.text = p.payer "
        "LEFT JOIN parties AS t ON t.text = p.payee "
        "LEFT JOIN currencies AS c ON c.text = p.currency "
        "LEFT JOIN transactions AS x ON x.text = p.tx "
        f"LEFT JOIN ({served.format(side='payer')}) AS gives ON gives.n = p.n "
        f"LEFT JOIN ({served.format(side='payee')}) AS takes ON takes.n = p.n",
    )
    numbered = (
        f"SELECT g.*, ROW_NUMBER() OVER (ORDER BY {_ORDER}) - 1 AS n FROM given_{{}} AS g{only}"
    )
    sql.keep(
        "listings",
        "SELECT l.n, l.ms, k.code AS collection, t.code AS token, p.code AS seller, l.price, "
        f"c.code AS currency, l.until_ms FROM ({numbered.format('listings')}) AS l "
        "JOIN collections AS k ON k.text = l.collection "
        "JOIN tokens AS t ON t.text = l.token AND t.collection = k.code "
        "LEFT JOIN parties AS p ON p.text = l.seller "
        "LEFT JOIN currencies AS c ON c.text = l.currency",
    )
    sql.keep(
        "news",
        f"SELECT l.n, l.ms, k.code AS collection FROM ({numbered.format('news')}) AS l "
        "JOIN collections AS k ON k.text = l.collection",
    )
    sql.keep(
        "issues",
        "SELECT l.n, l.ms, k.code AS collection, p.code AS issuer, l.supply, l.per_person_cap "
        f"FROM ({numbered.format('issues')}) AS l JOIN collections AS k ON k.text = l.collection "
        "LEFT JOIN parties AS p ON p.text = l.issuer",
    )
