"""Make the tables that detectors read: numbered in their total order, in integers, duplicates gone.

The SQL is the shared dialect, so that every engine makes equal tables.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vermilion.facts.history import MOVES, NO_HANDS, NO_LINKS, PAYMENTS, TABLES, Column
from vermilion.features.sql_replay import calendar_days
from vermilion.sql import SqlEngine
from vermilion.sql.columns import nothing

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

    `repeated` says which came again; `identify` tells what a number stands for.

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
    _once(sql, only)
    _code(sql, only)
    _services(sql)
    _moves(sql)
    _others(sql, only)
    _handovers(sql, all_there=collections is None)
    sql.put("days", _days())
    sql.view("moves", "SELECT * FROM moves_party")


def _given(sql: SqlEngine, paths: Sequence[Path], columns: Mapping[str, Column]) -> str:
    names = ", ".join(columns)
    if not paths:
        return nothing({name: one.type for name, one in columns.items()})
    return " UNION ALL ".join(f"SELECT {names} FROM {sql.parquet(path)}" for path in paths)


def _texts(texts: Sequence[str]) -> object:
    import pyarrow as arrow

    return arrow.table({"text": arrow.array(list(texts), arrow.string())})


def _days() -> object:
    import pyarrow as arrow

    begins, upto = zip(*calendar_days(), strict=True)
    return arrow.table({"begins": arrow.array(begins), "upto": arrow.array(upto)})


def _once(sql: SqlEngine, only: str) -> None:
    """Name each move once: `once`; `repeated` says which came again, `placed` numbers them all.

    An identity is one of a collection, so that what is told of one never depends on another. `known`
    has the same rows, where those that came again may still be there: it names texts, not rows, since
    what came again may lie at the place of another row.
    """
    sql.view("known", f"SELECT * FROM given_moves{only}")
    _each_once(sql, "once", "known", ("collection", "source", "id"), tuple(MOVES))
    sql.keep("repeated", "SELECT collection, source, id, times FROM once_again WHERE times > 0")
    _place(sql)
    if _any(sql, "placed WHERE tied"):
        columns = ", ".join(MOVES)
        place = "ROW_NUMBER() OVER (PARTITION BY ms ORDER BY position, source, id, collection)"
        sql.keep(
            "apart", f"SELECT {columns.replace('position', f'{place} - 1 AS position')} FROM once"
        )
        sql.view("once", "SELECT * FROM apart")
        sql.view("known", "SELECT * FROM apart")
        _place(sql)


def _place(sql: SqlEngine) -> None:
    """Number moves in their order, and tell which have the place of another one."""
    sql.keep(
        "placed",
        "SELECT ms, position, ROW_NUMBER() OVER (ORDER BY ms, position) - 1 AS n, "
        "COALESCE(LAG(ms) OVER (ORDER BY ms, position) = ms AND "
        "LAG(position) OVER (ORDER BY ms, position) = position, FALSE) AS tied FROM once",
    )


def _each_once(
    sql: SqlEngine, name: str, of: str, identity: Sequence[str], columns: Sequence[str]
) -> None:
    """Name rows once by their identity: the first in time; `NAME_again` has identities that repeat.

    Rows are compared by a hash, and only those of equal hashes by their identity.
    """
    digest, key = sql.digest(*identity), ", ".join(identity)
    sql.keep(
        f"{name}_alike",
        f"SELECT digest FROM (SELECT {digest} AS digest FROM {of}) AS digests "
        "GROUP BY digest HAVING COUNT(*) > 1",
    )
    alike = f"{digest} IN (SELECT digest FROM {name}_alike)"
    sql.keep(
        f"{name}_again",
        f"SELECT {key}, COUNT(*) - 1 AS times FROM {of} WHERE {alike} GROUP BY {key}",
    )
    if not _any(sql, f"{name}_alike"):
        sql.view(name, f"SELECT * FROM {of}")
        return
    named = ", ".join(columns)
    sql.view(
        name,
        f"SELECT {named} FROM {of} WHERE NOT {alike} UNION ALL SELECT {named} FROM (SELECT *, "
        f"ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY ms, position) AS nth FROM {of} "
        f"WHERE {alike}) AS again WHERE nth = 1",
    )


def _any(sql: SqlEngine, table: str) -> bool:
    [(count,)] = sql.rows(f"SELECT COUNT(*) FROM (SELECT * FROM {table} LIMIT 1) AS one")
    return bool(count)


def identify(sql: SqlEngine, name: str, numbers: str) -> None:
    """Keep what some moves are: `n` and the columns of `MOVES` but for platform and transaction.

    Args:
        sql: where `prepare` made its tables.
        name: of the table.
        numbers: a SELECT of `n`.
    """
    sql.keep(
        f"{name}_wanted",
        "SELECT p.* FROM moves_party AS p JOIN "
        f"(SELECT DISTINCT n FROM ({numbers}) AS w) AS k ON k.n = p.n",
    )
    sql.keep(
        name,
        "SELECT m.n, m.source, m.id, m.ms, m.position, m.kind, c.text AS collection, "
        "t.text AS token, s.text AS sender, b.text AS recipient, m.quantity, m.many, m.price, "
        f"u.text AS currency FROM (SELECT w.*, k.source, k.id FROM {name}_wanted AS w "
        "JOIN (SELECT ms, position, source, id FROM once) AS k "
        "ON k.ms = w.ms AND k.position = w.position) AS m "
        "JOIN collections AS c ON c.code = m.collection JOIN tokens AS t ON t.code = m.token "
        "LEFT JOIN parties AS s ON s.code = m.sender LEFT JOIN parties AS b ON b.code = m.recipient "
        "LEFT JOIN currencies AS u ON u.code = m.currency",
    )
    sql.drop(f"{name}_wanted")


def _code(sql: SqlEngine, only: str) -> None:
    """Give every text its rank among its like."""
    texts = {
        "parties": (
            "SELECT sender AS text FROM known UNION ALL SELECT recipient FROM known "
            "UNION ALL SELECT payer FROM given_payments UNION ALL SELECT payee FROM given_payments "
            "UNION ALL SELECT issuer FROM given_issues UNION ALL SELECT seller FROM given_listings "
            "UNION ALL SELECT party FROM given_accounts"
        ),
        "collections": (
            f"SELECT collection AS text FROM known UNION ALL SELECT collection FROM given_issues{only} "
            f"UNION ALL SELECT collection FROM given_listings{only} "
            f"UNION ALL SELECT collection FROM given_news{only}"
        ),
        "currencies": (
            "SELECT currency AS text FROM known UNION ALL SELECT currency FROM given_payments "
            "UNION ALL SELECT currency FROM given_listings"
        ),
        "platforms": "SELECT platform AS text FROM known UNION ALL SELECT platform FROM given_listings",
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
        "c.code AS collection FROM (SELECT DISTINCT token, collection FROM known UNION "
        f"SELECT DISTINCT token, collection FROM given_listings{only}) AS t "
        "JOIN collections AS c ON c.text = t.collection",
    )


def _services(sql: SqlEngine) -> None:
    """Keep the dated list of accounts by code, with those whose own id says `platform:contract:name`."""
    first, last = _EVERY_MS
    sql.keep(
        "services",
        "SELECT p.code AS party, a.role, "
        f"COALESCE(a.from_ms, CAST({first} AS BIGINT)) AS from_ms, "
        f"COALESCE(a.until_ms, CAST({last} AS BIGINT)) AS until_ms "
        "FROM given_accounts AS a JOIN parties AS p ON p.text = a.party UNION ALL "
        f"SELECT code, 'contract', CAST({first} AS BIGINT), CAST({last} AS BIGINT) FROM parties "
        "WHERE text LIKE '%:contract:%'",
    )


def _moves(sql: SqlEngine) -> None:
    """Number the moves, in codes."""
    roles = ", ".join(f"'{role}'" for role in (*NO_HANDS, "exchange"))
    # Periods of a party that overlap become one, so that a move meets one at most.
    sql.keep(
        "served",
        "SELECT party, MIN(from_ms) AS from_ms, MAX(until_ms) AS until_ms FROM (SELECT p.*, "
        "SUM(begins) OVER (PARTITION BY party ORDER BY from_ms, until_ms, begins "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS period FROM (SELECT party, from_ms, "
        "until_ms, CASE WHEN from_ms <= MAX(until_ms) OVER (PARTITION BY party "
        "ORDER BY from_ms, until_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
        f"THEN 0 ELSE 1 END AS begins FROM (SELECT DISTINCT party, from_ms, until_ms FROM services "
        f"WHERE role IN ({roles})) AS each_once) AS p) AS periods GROUP BY party, period",
    )
    # Transactions are long texts, and few histories have payments inside them.
    tx, transactions = "CAST(NULL AS BIGINT)", ""
    if _any(sql, "transactions"):
        tx, transactions = "x.code", "LEFT JOIN transactions AS x ON x.text = r.tx "
    at_that_time = "{0}.party = {1}.code AND r.ms >= {0}.from_ms AND r.ms < {0}.until_ms"
    sql.keep(
        "moves_party",
        "SELECT o.n, r.ms, r.position, r.kind, r.kind = 'sale' AS sale, "
        "r.kind = 'sale' AND r.price IS NOT NULL AND r.price > 0 AS priced, "
        "t.collection, t.code AS token, s.code AS sender, b.code AS recipient, "
        "r.quantity, r.many, CASE WHEN r.kind = 'sale' THEN r.price END AS price, "
        "c.code AS currency, "
        "CASE WHEN r.kind = 'sale' AND r.price > 0 AND r.quantity > 0 THEN CAST(ROUND("
        "LN(CAST(r.price AS DOUBLE) / CAST(r.quantity AS DOUBLE)) * 1000000) AS BIGINT) END "
        f"AS unit_log, w.code AS platform, {tx} AS tx, gives.party IS NOT NULL AS sender_service, "
        "takes.party IS NOT NULL AS recipient_service "
        "FROM once AS r JOIN placed AS o ON o.ms = r.ms AND o.position = r.position "
        "JOIN (SELECT k.*, e.text AS named FROM tokens AS k JOIN collections AS e "
        "ON e.code = k.collection) AS t ON t.text = r.token AND t.named = r.collection "
        "LEFT JOIN parties AS s ON s.text = r.sender "
        "LEFT JOIN parties AS b ON b.text = r.recipient "
        "LEFT JOIN currencies AS c ON c.text = r.currency "
        "LEFT JOIN platforms AS w ON w.text = r.platform "
        f"{transactions}LEFT JOIN served AS gives ON {at_that_time.format('gives', 's')} "
        f"LEFT JOIN served AS takes ON {at_that_time.format('takes', 'b')}",
    )
    sql.drop("placed")


def _handovers(sql: SqlEngine, *, all_there: bool) -> None:
    """Name every sale of the whole history by its hands and price, in codes, whatever is looked at.

    One that came again counts each time, so that a run over all and one over some say the same.
    """
    every, again = "SELECT * FROM given_moves", f"SELECT * FROM given_moves WHERE {_alike(sql)}"
    in_codes = (
        "SELECT s.code AS sender, b.code AS recipient, g.price, c.code AS currency, x.code AS tx "
        f"FROM ({again if all_there else every}) AS g JOIN parties AS s ON s.text = g.sender "
        "JOIN parties AS b ON b.text = g.recipient LEFT JOIN currencies AS c ON c.text = g.currency "
        "LEFT JOIN transactions AS x ON x.text = g.tx WHERE g.kind = 'sale'"
    )
    there = "SELECT sender, recipient, price, currency, tx FROM moves_party WHERE sale UNION ALL "
    sql.view("handovers", f"{there if all_there else ''}{in_codes}")


def _alike(sql: SqlEngine) -> str:
    """Return what is true of moves whose hash another one has."""
    digest = sql.digest("collection", "source", "id")
    return f"{digest} IN (SELECT digest FROM once_alike)"


def _others(sql: SqlEngine, only: str) -> None:
    """Keep payments, listings, news and issues in codes."""
    roles = ", ".join(f"'{role}'" for role in NO_LINKS)
    _each_once(sql, "paid_once", "given_payments", ("source", "id"), tuple(PAYMENTS))
    sql.keep(
        "paid",
        f"SELECT ROW_NUMBER() OVER (ORDER BY {_ORDER}) - 1 AS n, ms, payer, payee, amount, currency, "
        "tx FROM paid_once",
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
    first = "ROW_NUMBER() OVER (PARTITION BY collection, source, id ORDER BY ms, position)"
    numbered = (
        f"SELECT o.*, ROW_NUMBER() OVER (ORDER BY {_ORDER}) - 1 AS n FROM "
        f"(SELECT g.*, {first} AS nth FROM given_{{}} AS g{only}) AS o WHERE o.nth = 1"
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
