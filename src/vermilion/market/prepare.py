"""Make the tables that detectors read: numbered in their total order, in integers, duplicates gone.

The SQL is the shared dialect, so that every engine makes equal tables.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from vermilion.facts.history import MOVES, NO_HANDS, NO_LINKS, PAYMENTS, TABLES, Column
from vermilion.features.sql_replay import calendar_days
from vermilion.market.codes import Codes
from vermilion.sql import SqlEngine
from vermilion.sql.columns import nothing

_EVERY_MS = (-(2**62), 2**62)
_ORDER = "r.ms, r.position, r.source, r.id"


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
    codes = _code(sql, only)
    _services(sql, codes)
    _moves(sql, codes)
    _payments(sql, codes)
    _others(sql, codes, only)
    _handovers(sql, codes, all_there=collections is None)
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
    sql.keep(
        "repeated",
        "SELECT collection, source, id, COUNT(*) - 1 AS times FROM once_alike "
        "GROUP BY collection, source, id HAVING COUNT(*) > 1",
    )
    _place(sql)
    if _any(sql, "placed WHERE tied"):
        columns = ", ".join(MOVES)
        within = "PARTITION BY ms ORDER BY position, source, id, collection"
        place = f"CAST(ROW_NUMBER() OVER ({within}) AS BIGINT)"
        sql.keep(
            "apart", f"SELECT {columns.replace('position', f'{place} - 1 AS position')} FROM once"
        )
        sql.view("once", "SELECT * FROM apart")
        sql.view("known", "SELECT * FROM apart")
        _place(sql)


def _place(sql: SqlEngine) -> None:
    """Number moves in their order, and tell which have the place of another one."""
    place = "OVER (ORDER BY ms, position)"
    sql.keep(
        "placed",
        f"SELECT ms, position, CAST(ROW_NUMBER() {place} AS BIGINT) - 1 AS n, "
        f"RANK() {place} < ROW_NUMBER() {place} AS tied FROM once",
    )


def _each_once(
    sql: SqlEngine, name: str, of: str, identity: Sequence[str], columns: Sequence[str]
) -> None:
    """Name rows once by their identity: the first in time; `NAME_alike` has those that may repeat.

    Rows are compared by a hash, and only those of equal hashes by their identity. What came again is
    told from other rows by its place first, so that few ids are read.
    """
    digest, named = sql.digest(*identity), ", ".join(columns)
    sql.keep(
        f"{name}_digests",
        f"SELECT digest FROM (SELECT {digest} AS digest FROM {of}) AS digests "
        "GROUP BY digest HAVING COUNT(*) > 1",
    )
    sql.keep(
        f"{name}_alike",
        f"SELECT * FROM {of} WHERE {digest} IN (SELECT digest FROM {name}_digests)",
    )
    sql.drop(f"{name}_digests")
    if not _any(sql, f"{name}_alike"):
        sql.view(name, f"SELECT * FROM {of}")
        return
    there = f"JOIN {name}_alike AS a ON a.ms = r.ms AND a.position = r.position"
    [(alone,)] = sql.rows(
        f"SELECT COUNT(*) = (SELECT COUNT(*) FROM {name}_alike) FROM {of} AS r SEMI {there}"
    )
    sql.keep(
        f"{name}_first",
        f"SELECT {named} FROM (SELECT *, {_nth(identity, columns)} AS nth FROM "
        f"{f'{name}_alike' if alone else f'{of} AS r SEMI {there}'}) AS each_first WHERE nth = 1",
    )
    sql.view(
        name,
        f"SELECT {named} FROM {name}_first UNION ALL SELECT {named} FROM {of} AS r ANTI {there}",
    )


def _nth(identity: Sequence[str], columns: Iterable[str]) -> str:
    """Return the place of a row among those of its identity, in time; never left to chance."""
    said = ", ".join(
        f"{name} NULLS LAST" for name in columns if name not in {"ms", "position", *identity}
    )
    within = f"PARTITION BY {', '.join(identity)} ORDER BY ms, position, {said}"
    return f"CAST(ROW_NUMBER() OVER ({within}) AS BIGINT)"


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


def _code(sql: SqlEngine, only: str) -> Codes:
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
        "transactions": "SELECT tx AS text FROM given_payments",
    }
    codes = Codes(sql)
    for name, query in texts.items():
        codes.keep(name, query)
    codes.keep_tokens(
        "SELECT token, collection FROM known UNION ALL "
        f"SELECT token, collection FROM given_listings{only}"
    )
    return codes


def _services(sql: SqlEngine, codes: Codes) -> None:
    """Keep the dated list of accounts by code, with those whose own id says `platform:contract:name`.

    `handless` and `linkless` have the periods in which a party holds for others, or pays everybody;
    those that overlap become one, so that a row meets one at most.
    """
    first, last = _EVERY_MS
    sql.keep(
        "services",
        "SELECT p.code AS party, a.role, "
        f"COALESCE(a.from_ms, CAST({first} AS BIGINT)) AS from_ms, "
        f"COALESCE(a.until_ms, CAST({last} AS BIGINT)) AS until_ms "
        f"FROM given_accounts AS a JOIN {codes.of('parties', 'p', 'a.party')} UNION ALL "
        f"SELECT code, 'contract', CAST({first} AS BIGINT), CAST({last} AS BIGINT) FROM parties "
        "WHERE text LIKE '%:contract:%'",
    )
    for name, roles in (("handless", (*NO_HANDS, "exchange")), ("linkless", NO_LINKS)):
        listed = ", ".join(f"'{role}'" for role in roles)
        sql.keep(
            name,
            "SELECT party, MIN(from_ms) AS from_ms, MAX(until_ms) AS until_ms FROM (SELECT p.*, "
            "SUM(begins) OVER (PARTITION BY party ORDER BY from_ms, until_ms, begins "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS period FROM (SELECT party, "
            "from_ms, until_ms, CASE WHEN from_ms <= MAX(until_ms) OVER (PARTITION BY party "
            "ORDER BY from_ms, until_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
            "THEN 0 ELSE 1 END AS begins FROM (SELECT DISTINCT party, from_ms, until_ms "
            f"FROM services WHERE role IN ({listed})) AS each_once) AS p) AS periods "
            "GROUP BY party, period",
        )


_AT_THAT_TIME = "{0}.party = {1}.code AND r.ms >= {0}.from_ms AND r.ms < {0}.until_ms"


def _moves(sql: SqlEngine, codes: Codes) -> None:
    """Number the moves, in codes."""
    # Transactions are long texts, and few histories have payments inside them.
    tx, transactions = "CAST(NULL AS BIGINT)", ""
    if _any(sql, "transactions"):
        tx, transactions = (
            "x.code",
            f"LEFT JOIN {codes.of('transactions', 'x', 'r.tx', strangers=True)} ",
        )
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
        f"JOIN {codes.of('collections', 'k', 'r.collection')} "
        f"JOIN {codes.of('tokens', 't', 'r.token', 'k.code')} "
        f"LEFT JOIN {codes.of('parties', 's', 'r.sender')} "
        f"LEFT JOIN {codes.of('parties', 'b', 'r.recipient')} "
        f"LEFT JOIN {codes.of('currencies', 'c', 'r.currency')} "
        f"LEFT JOIN {codes.of('platforms', 'w', 'r.platform')} "
        f"{transactions}LEFT JOIN handless AS gives ON {_AT_THAT_TIME.format('gives', 's')} "
        f"LEFT JOIN handless AS takes ON {_AT_THAT_TIME.format('takes', 'b')}",
        as_written=True,
    )
    sql.drop("placed")


def _handovers(sql: SqlEngine, codes: Codes, *, all_there: bool) -> None:
    """Name every sale of the whole history by its hands and price, in codes, whatever is looked at.

    One that came again counts each time, so that a run over all and one over some say the same.
    """
    code = partial(codes.of, strangers=True)
    in_codes = (
        "SELECT s.code AS sender, b.code AS recipient, g.price, c.code AS currency, x.code AS tx "
        f"FROM {'once_alike' if all_there else 'given_moves'} AS g "
        f"JOIN {code('parties', 's', 'g.sender')} JOIN {code('parties', 'b', 'g.recipient')} "
        f"LEFT JOIN {code('currencies', 'c', 'g.currency')} "
        f"LEFT JOIN {code('transactions', 'x', 'g.tx')} WHERE g.kind = 'sale'"
    )
    there = "SELECT sender, recipient, price, currency, tx FROM moves_party WHERE sale UNION ALL "
    sql.view("handovers", f"{there if all_there else ''}{in_codes}")


def _payments(sql: SqlEngine, codes: Codes) -> None:
    """Number the payments, in codes."""
    _each_once(sql, "paid_once", "given_payments", ("source", "id"), tuple(PAYMENTS))
    sql.keep(
        "payments",
        f"SELECT CAST(ROW_NUMBER() OVER (ORDER BY {_ORDER}) AS BIGINT) - 1 AS n, r.ms, f.code AS payer, "
        "t.code AS payee, r.amount, c.code AS currency, x.code AS tx, "
        "gives.party IS NOT NULL AS payer_service, takes.party IS NOT NULL AS payee_service "
        f"FROM paid_once AS r LEFT JOIN {codes.of('parties', 'f', 'r.payer')} "
        f"LEFT JOIN {codes.of('parties', 't', 'r.payee')} "
        f"LEFT JOIN {codes.of('currencies', 'c', 'r.currency')} "
        f"LEFT JOIN {codes.of('transactions', 'x', 'r.tx')} "
        f"LEFT JOIN linkless AS gives ON {_AT_THAT_TIME.format('gives', 'f')} "
        f"LEFT JOIN linkless AS takes ON {_AT_THAT_TIME.format('takes', 't')}",
    )


def _others(sql: SqlEngine, codes: Codes, only: str) -> None:
    """Keep listings, news and issues in codes."""
    of_collection = f"JOIN {codes.of('collections', 'k', 'r.collection')}"
    identity = ("collection", "source", "id")
    given = {
        name: f"(SELECT * FROM (SELECT g.*, {_nth(identity, TABLES[name])} AS nth "
        f"FROM given_{name} AS g{only}) AS o WHERE o.nth = 1) AS r"
        for name in ("listings", "news", "issues")
    }
    n = f"CAST(ROW_NUMBER() OVER (ORDER BY {_ORDER}) AS BIGINT) - 1 AS n"
    sql.keep(
        "listings",
        f"SELECT {n}, r.ms, t.collection, t.code AS token, p.code AS seller, r.price, "
        f"c.code AS currency, r.until_ms FROM {given['listings']} {of_collection} "
        f"JOIN {codes.of('tokens', 't', 'r.token', 'k.code')} "
        f"LEFT JOIN {codes.of('parties', 'p', 'r.seller')} "
        f"LEFT JOIN {codes.of('currencies', 'c', 'r.currency')}",
    )
    sql.keep(
        "news",
        f"SELECT {n}, r.ms, k.code AS collection FROM {given['news']} {of_collection}",
    )
    sql.keep(
        "issues",
        f"SELECT {n}, r.ms, k.code AS collection, p.code AS issuer, r.supply, r.per_person_cap "
        f"FROM {given['issues']} {of_collection} "
        f"LEFT JOIN {codes.of('parties', 'p', 'r.issuer')}",
    )
