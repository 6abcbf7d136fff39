"""Files that hold a canonical table already: known by their columns, checked in bulk."""

# Relations are our own files, quoted.
# ruff: noqa: S608

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, get_args

from vermilion.desk.watch.mapped_cells import one_of, quoted
from vermilion.desk.watch.reading_ids import collection_sql
from vermilion.desk.watch.reading_staged import new_writer
from vermilion.errors import DataError
from vermilion.facts.dates import FIRST_YEAR, LAST_YEAR
from vermilion.facts.history import TABLES, AccountRole, Column, MoveKind
from vermilion.intake.columnar import record_batches, table_columns
from vermilion.intake.items import Fault, Reject
from vermilion.sql import SqlEngine

_FIRST_MS = int(dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp()) * 1_000
_LAST_MS = int(dt.datetime(LAST_YEAR, 12, 31, tzinfo=dt.UTC).timestamp()) * 1_000
_CODE = "CASE {cases} END"
_WORDS = {"kind": get_args(MoveKind), "role": get_args(AccountRole)}
_EXACT = {"BIGINT": "int64", "BOOLEAN": "bool", "DECIMAL(38,0)": "decimal128(38, 0)"}


class _Test(NamedTuple):
    """What makes a row a reject: SQL that is true of such rows, and what to say of it."""

    wrong: str
    fault: Fault


def recognise(path: Path) -> str | None:
    """Return which canonical table a Parquet or Arrow file holds, by its columns; None if none.

    A column that may be null may be absent.
    """
    named = set(table_columns(path))
    for table, columns in TABLES.items():
        wanted = {name for name, one in columns.items() if not one.nullable}
        if wanted <= named <= set(columns) and (named != wanted or wanted == set(columns)):
            return table
    return None


def parts_of(path: Path) -> dict[str, Path]:
    """Return the tables of a folder that holds canonical tables as files named after them.

    Raises:
        DataError: it has no `moves.parquet`, or a file in it holds something else.
    """
    found = {name: path / f"{name}.parquet" for name in TABLES}
    found = {name: file for name, file in found.items() if file.is_file()}
    if "moves" not in found:
        raise DataError(
            "no_moves",
            "the folder has no `moves.parquet`",
            help="name files, or a folder of canonical tables",
            where=str(path),
        )
    for name, file in found.items():
        if recognise(file) != name:
            raise DataError(
                "table_columns",
                f"the file has not the columns of `{name}`",
                help=f"the columns are {', '.join(f'`{one}`' for one in TABLES[name])}",
                where=str(file),
            )
    return found


def take_table(
    sql: SqlEngine, path: Path, table: str, target: Path, *, lasts: bool = False
) -> Iterator[Reject]:
    """Put the good rows of a canonical table at `target`, and yield rejects for the others.

    A Parquet file that is right in every row is linked, not copied, unless what is read `lasts`: who
    writes that file anew later would change it.

    Raises:
        DataError: a column is of a kind that cannot hold it exactly, or the file is damaged.
    """
    types = table_columns(path)
    source = path
    if not _is_parquet(path):
        source = target.with_suffix(".source")
        _as_parquet(path, table, source)
        types = table_columns(source)
    _refuse_inexact(path, table, types)
    tests = _tests(table, types)
    cases = " ".join(f"WHEN {one.wrong} THEN {number}" for number, one in enumerate(tests))
    fault = _CODE.format(cases=cases)
    rows = f"read_parquet({quoted(str(source))}, file_row_number = true)"
    (bad,) = next(sql.rows(f"SELECT COUNT(*) FROM {rows} WHERE {fault} IS NOT NULL"))
    if not bad and _is_exact(table, types) and not (table == "news" and _lacking(sql, rows)):
        _put(source, target, link=not lasts or source != path)
    else:
        columns = ", ".join(
            f"{_filled(table, name, one, types)} AS {name}" for name, one in TABLES[table].items()
        )
        sql.write(f"SELECT {columns} FROM {rows} WHERE {fault} IS NULL", target)
    if bad:
        found = sql.rows(
            f"SELECT file_row_number, {fault} AS fault FROM {rows} WHERE {fault} IS NOT NULL ORDER BY 1"
        )
        for number, which in found:
            yield tests[which].fault.at(str(path), number + 1)
    if source != path:
        source.unlink()


def _tests(table: str, types: dict[str, str]) -> list[_Test]:
    found = []
    for name, column in TABLES[table].items():
        value = _as(name, column, types)
        if not column.nullable:
            found.append(
                _test(f"{name} IS NULL", "missing_field", name, "is not stated", "state it")
            )
        if name not in types:
            continue
        if column.type in {"BIGINT", "DECIMAL(38,0)"}:
            wrong = f"{name} IS NOT NULL AND {value} IS NULL"
            found.append(
                _test(wrong, "wrong_type", name, "is no whole number of its range", "correct it")
            )
        if name.endswith("ms"):
            wrong = f"{value} NOT BETWEEN {_FIRST_MS} AND {_LAST_MS}"
            remedy = "give epoch milliseconds in UTC"
            found.append(
                _test(wrong, "time_out_of_range", name, "is no moment that can be meant", remedy)
            )
        elif name in _WORDS:
            listed = f"NOT ({one_of(name, _WORDS[name])})"
            words = ", ".join(f"`{word}`" for word in _WORDS[name])
            found.append(
                _test(listed, "unknown_value", name, "is not a listed word", f"give one of {words}")
            )
        elif name == "quantity":
            found.append(
                _test(f"{value} <= 0", "quantity", name, "is not above zero", "give units traded")
            )
        elif column.type in {"BIGINT", "DECIMAL(38,0)"} and name != "position":
            found.append(
                _test(f"{value} < 0", "amount_negative", name, "is below zero", "correct it")
            )
        elif column.type == "STRING":
            wrong = f"length({name}) NOT BETWEEN 1 AND 512"
            remedy = "give 1 to 512 characters, and null where it is unknown"
            found.append(_test(wrong, "text_length", name, "is empty or too long", remedy))
    for amount in ("price", "amount"):
        if amount in types:
            said = "currency IS NULL" if "currency" in types else "TRUE"
            wrong = f"{amount} IS NOT NULL AND {said}"
            found.append(
                _test(wrong, "missing_field", "currency", "is not stated of the amount", "state it")
            )
    return found


def _test(wrong: str, code: str, name: str, what: str, remedy: str) -> _Test:
    return _Test(wrong, Fault(code, f"`{name}` {what}", remedy, name))


def _as(name: str, column: Column, types: dict[str, str]) -> str:
    """Return the SQL of a column in its own type; null where it is absent."""
    kind = "VARCHAR" if column.type == "STRING" else column.type
    return f"TRY_CAST({name} AS {kind})" if name in types else f"CAST(NULL AS {kind})"


def _filled(table: str, name: str, column: Column, types: dict[str, str]) -> str:
    """Return the SQL of a column; news of a token is of the token's collection, as its id tells."""
    stated = _as(name, column, types)
    if (table, name) != ("news", "collection") or "token" not in types:
        return stated
    return f"COALESCE({stated}, {collection_sql('token')})"


def _lacking(sql: SqlEngine, rows: str) -> bool:
    """Say whether any news names a token without its collection."""
    query = f"SELECT COUNT(*) FROM {rows} WHERE collection IS NULL AND token IS NOT NULL"
    (count,) = next(sql.rows(query))
    return bool(count)


def _refuse_inexact(path: Path, table: str, types: dict[str, str]) -> None:
    for name, kind in types.items():
        column = TABLES[table][name]
        fits = {
            "STRING": "string" in kind,
            "BOOLEAN": kind == "bool",
            "BIGINT": "int" in kind and "string" not in kind,
            "DECIMAL(38,0)": kind.endswith(", 0)") or "int" in kind or "string" in kind,
        }
        if not fits[column.type] and kind != "null":
            raise DataError(
                "table_type",
                f"`{name}` of `{table}` holds {kind}, which is no {column.type}",
                help=f"write the column as {column.type}",
                where=str(path),
            )


def _is_exact(table: str, types: dict[str, str]) -> bool:
    return set(types) == set(TABLES[table]) and all(
        "string" in types[name] if one.type == "STRING" else types[name] == _EXACT[one.type]
        for name, one in TABLES[table].items()
    )


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _as_parquet(path: Path, table: str, target: Path) -> None:
    """Write an Arrow file as Parquet, which SQL reads."""
    import pyarrow as arrow
    from pyarrow import parquet

    names = list(table_columns(path))
    writer = None
    for batch in record_batches(path, names):
        if isinstance(batch, Fault):
            raise DataError(batch.code, batch.reason, help=batch.remedy, where=str(path))
        writer = writer or parquet.ParquetWriter(target, batch.schema)
        writer.write_table(arrow.Table.from_batches([batch]))
    (writer or new_writer(target, table)).close()


def _put(source: Path, target: Path, *, link: bool) -> None:
    if link:
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(source, target)
