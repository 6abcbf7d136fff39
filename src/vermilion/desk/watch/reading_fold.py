"""Complete what was read: corrections and withdrawals, stated collections, ids of equal rows."""

# Relations are our own files, quoted.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vermilion.desk.watch.mapped_cells import quoted
from vermilion.facts.history import TABLES
from vermilion.sql import SqlEngine

_IDENTIFIED = tuple(name for name in TABLES if name != "accounts")
_TRADED = ("moves", "listings", "news")
_TYPES = {
    "moves": "CASE WHEN kind = 'sale' THEN 'sale' ELSE 'transfer' END",
    "payments": "'payment'",
    "listings": "'offer'",
    "news": "CAST(NULL AS VARCHAR)",
    "issues": "CAST(NULL AS VARCHAR)",
}
_OWN_ID = "regexp_replace(id, '#[A-Z]{3,5}$', '')"
"""The event's id, without what tells the currencies of one payment apart."""


def files_of(folder: Path, table: str, begins: str = "") -> list[Path]:
    """Return the files of a table in a folder."""
    return sorted(folder.glob(f"{begins}*-{table}.parquet"))


def parquet(files: Sequence[Path]) -> str:
    """Return what stands for some Parquet files of one table in FROM."""
    return f"read_parquet([{', '.join(quoted(str(file)) for file in files)}])"


def fold(sql: SqlEngine, folder: Path) -> None:
    """Leave each business its latest settled event, or none, and each token its stated collection.

    Of one business the identity counts that came last for the first time; the same identity again
    is a duplicate of it and stays beside it.
    """
    gone = _overtaken(sql, folder)
    stated = _stated(sql, folder)
    for table in _IDENTIFIED:
        tests = [gone] if gone else []
        if stated and table in _TRADED:
            tests.append("token IN (SELECT token FROM stated)")
        for file in files_of(folder, table, "events") if tests else []:
            rows = parquet([file])
            (concerned,) = next(sql.rows(f"SELECT COUNT(*) FROM {rows} WHERE {' OR '.join(tests)}"))
            if concerned:
                _rewrite(sql, file, table, gone, stated=stated and table in _TRADED)


def _rewrite(sql: SqlEngine, file: Path, table: str, gone: str, *, stated: bool) -> None:
    columns = ", ".join(f"t.{name}" for name in TABLES[table])
    rows = f"{parquet([file])} AS t"
    if stated:
        columns = columns.replace(
            "t.collection", "COALESCE(s.collection, t.collection) AS collection"
        )
        rows += " LEFT JOIN stated AS s ON s.token = t.token"
    where = f" WHERE NOT ({gone.replace('source', 't.source', 1)})" if gone else ""
    replace(sql, f"SELECT {columns} FROM {rows}{where}", file)


def replace(sql: SqlEngine, query: str, file: Path) -> None:
    """Put what a SELECT over a file gives in the file's place."""
    fresh = file.with_suffix(".fresh")
    sql.write(query, fresh)
    fresh.replace(file)


def _overtaken(sql: SqlEngine, folder: Path) -> str:
    """Find the events that no longer count; return the SQL that is true of them, empty if none."""
    sides = files_of(folder, "businesses")
    if not sides:
        return ""
    sql.keep("side", f"SELECT * FROM {parquet(sides)}")
    sql.keep("side_ids", "SELECT DISTINCT source, id FROM side")
    sql.keep("side_subjects", "SELECT DISTINCT source, type, subject FROM side")
    members = ["SELECT source, type, subject, id, position, withdrawn FROM side"]
    for table, kind in _TYPES.items():
        files = files_of(folder, table, "events")
        if files and table not in {"news", "issues"}:
            own = f"SELECT source, {kind} AS type, {_OWN_ID} AS id, position FROM {parquet(files)}"
            members.append(
                "SELECT r.source, r.type, r.id AS subject, r.id, r.position, FALSE AS withdrawn "
                f"FROM ({own}) AS r JOIN side_subjects AS s ON s.source = r.source "
                "AND s.type = r.type AND s.subject = r.id LEFT JOIN side_ids AS i "
                "ON i.source = r.source AND i.id = r.id WHERE i.id IS NULL"
            )
    sql.keep(
        "named",
        "SELECT source, type, subject, id, MIN(position) AS at_first, "
        "arg_min(withdrawn, position) AS withdrawn "
        f"FROM ({' UNION ALL '.join(members)}) GROUP BY source, type, subject, id",
    )
    sql.keep(
        "overtaken",
        "SELECT n.source, n.id FROM named AS n JOIN (SELECT source, type, subject, "
        "arg_max(id, at_first) AS id, arg_max(withdrawn, at_first) AS withdrawn FROM named "
        "GROUP BY source, type, subject) AS s ON s.source = n.source AND s.type = n.type "
        "AND s.subject = n.subject WHERE s.id <> n.id OR s.withdrawn",
    )
    (count,) = next(sql.rows("SELECT COUNT(*) FROM overtaken"))
    if count:
        # Their rows go, and a later read must know when each came first.
        sql.write(
            "SELECT n.source, n.id, n.type, n.subject, n.at_first AS position, n.withdrawn "
            "FROM named AS n SEMI JOIN overtaken AS o ON o.source = n.source AND o.id = n.id "
            "ANTI JOIN side_ids AS i ON i.source = n.source AND i.id = n.id",
            folder / f"overtaken-{len(sides):05}-businesses.parquet",
        )
    return f"(source, {_OWN_ID}) IN (SELECT (source, id) FROM overtaken)" if count else ""


def _stated(sql: SqlEngine, folder: Path) -> bool:
    files = files_of(folder, "collections")
    if not files:
        return False
    sql.keep(
        "stated",
        "SELECT token, arg_max(collection, position) AS collection "
        f"FROM {parquet(files)} GROUP BY token",
    )
    return True


def number_equal_rows(sql: SqlEngine, file: Path, table: str) -> None:
    """Give rows that are called by a digest their ordinals among equal rows of their file.

    Those taken out in columns all come as the first of their like.
    """
    rows = parquet([file])
    sql.keep("again", f"SELECT id FROM {rows} GROUP BY id HAVING COUNT(*) > 1")
    (count,) = next(sql.rows("SELECT COUNT(*) FROM again"))
    if not count:
        return
    tail = "regexp_extract(id, '\\.[0-9]+$')"
    nth = f"ROW_NUMBER() OVER (PARTITION BY left(id, 32), {tail} ORDER BY position)"
    like = "left(id, 32) IN (SELECT left(id, 32) FROM again)"
    numbered = f"SELECT *, left(id, 32) || '-' || {nth} || {tail} AS fresh FROM {rows} WHERE {like}"
    order = ", ".join(f"fresh AS {name}" if name == "id" else name for name in TABLES[table])
    names = ", ".join(TABLES[table])
    replace(
        sql,
        f"SELECT {names} FROM {rows} WHERE NOT ({like}) UNION ALL SELECT {order} FROM ({numbered})",
        file,
    )
