"""DuckDB: the engine of one machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from vermilion.errors import DataError, StorageError
from vermilion.sql.columns import columns_of, made_table, schema_of
from vermilion.sql.engine import FETCHED, Columns, Kernel, SqlEngine

_PORTION = 1 << 20
"""Rows about which a kernel gets together, whole groups. Policy."""


class DuckDb(SqlEngine):
    """DuckDB, with a limit on memory; tables that are kept lie in a folder that is deleted.

    Args:
        memory: the limit, such as `1500MB`; DuckDB's own overhead comes on top.
        threads: how many; as many as there are cores where none is said.
    """

    def __init__(self, memory: str, threads: int | None = None) -> None:
        import duckdb as database

        self._folder = tempfile.TemporaryDirectory(prefix="vermilion-")
        self._errors: type[Exception] = database.Error
        self._place = Path(self._folder.name)
        settings: dict[str, Any] = {
            "memory_limit": memory,
            "temp_directory": str(self._place / "spilled"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            # Of long texts they take more time than they save in tables that do not last.
            "disabled_compression_methods": "fsst,dict_fsst,dictionary,zstd",
        }
        if threads is not None:
            settings["threads"] = threads
        try:
            self._db = database.connect(str(self._place / "tables.duckdb"), config=settings)
        except self._errors as error:
            self._folder.cleanup()
            raise _failed(error) from error

    def parquet(self, path: Path) -> str:
        """Return what stands for a Parquet file in FROM."""
        return f"read_parquet({_quoted(str(path))})"

    def keep(
        self, name: str, query: str, *, by: str | None = None, as_written: bool = False
    ) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later."""
        order = "" if by is None else f" ORDER BY {by}"
        statement = f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM ({query}){order}"  # noqa: S608 - our own names
        if not as_written:
            self._run(statement)
            return
        self._run("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        try:
            self._run(statement)
        finally:
            self._run("RESET disabled_optimizers")

    def drop(self, name: str) -> None:
        """Forget a table."""
        self._run(f"DROP TABLE {name}")

    def view(self, name: str, query: str) -> None:
        """Name a SELECT."""
        self._run(f"CREATE OR REPLACE VIEW {name} AS {query}")

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Run a SELECT and give its rows, without holding them all."""
        cursor = self._db.cursor()
        try:
            cursor.execute(query)
            while found := cursor.fetchmany(FETCHED):
                yield from found
        except self._errors as error:
            raise _failed(error) from error
        finally:
            cursor.close()

    def arrow(self, query: str) -> Any:
        """Run a SELECT and return its rows as one `pyarrow.Table`."""
        try:
            return self._db.sql(query).to_arrow_table()
        except self._errors as error:
            raise _failed(error) from error

    def put(self, name: str, table: Any) -> None:
        """Keep the rows of a `pyarrow.Table` as a table."""
        self._db.register("given", table)
        try:
            self._run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")  # noqa: S608 - our own names
        finally:
            self._db.unregister("given")

    def groups(
        self, name: str, query: str, order: Sequence[str], kernel: Kernel, made: Mapping[str, str]
    ) -> None:
        """Keep what a kernel makes of the rows of a SELECT as a table, some groups at a time."""
        import pyarrow as arrow

        table = self.arrow(f"SELECT * FROM ({query}) ORDER BY {', '.join(order)}")  # noqa: S608 - our own names
        tables = [made_table(kernel(one), made) for one in _portions(table, order[0])]
        self.put(name, arrow.concat_tables(tables))

    def load(self, name: str, columns: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
        """Keep rows as a table, given its columns and their types."""
        import pyarrow as arrow

        self._run(
            f"CREATE OR REPLACE TABLE {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})"
        )
        schema = schema_of(columns)
        for batch in _batches(rows):
            try:
                arrays = [
                    arrow.array(values, field.type)
                    for values, field in zip(zip(*batch, strict=True), schema, strict=True)
                ]
            except arrow.ArrowInvalid as error:
                raise _too_wide() from error
            self._db.register("loaded", arrow.table(arrays, schema=schema))
            self._run(f"INSERT INTO {name} SELECT * FROM loaded")  # noqa: S608 - our own names
            self._db.unregister("loaded")

    def digest(self, *columns: str) -> str:
        """Return a hash of columns; equal rows have equal ones."""
        return f"hash({', '.join(columns)})"

    def first(self, column: str, number: int) -> str:
        """Return the aggregate that lists the smallest values of a column."""
        return f"min({column}, {number})"

    def write(self, query: str, path: Path) -> int:
        """Run a SELECT into a Parquet file; return how many rows it has."""
        found = self._run(
            f"COPY ({query}) TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return int(found.fetchone()[0])

    def close(self) -> None:
        """Let go of everything."""
        self._db.close()
        self._folder.cleanup()

    def _run(self, statement: str) -> Any:
        try:
            return self._db.execute(statement)
        except self._errors as error:
            raise _failed(error) from error


def _portions(table: Any, group: str) -> Iterator[Columns]:
    """Give the columns of some whole groups at a time, at least once; groups lie together."""
    import numpy as np

    of = table[group].to_numpy()
    ends = np.append(np.flatnonzero(of[1:] != of[:-1]) + 1, of.size)
    cuts = np.unique(ends[np.searchsorted(ends, np.arange(_PORTION, of.size, _PORTION))])
    for begin, end in pairwise([0, *cuts[cuts < of.size].tolist(), of.size]):
        yield columns_of(table.slice(begin, end - begin))


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, FETCHED)):
        yield batch


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _too_wide() -> DataError:
    return DataError(
        "number_too_wide",
        "a number over past events has more than 38 digits, which no column holds",
        help="judge these events one by one: `vermilion backtest EVENTS`",
    )


def _failed(error: Exception) -> StorageError:
    said = str(error).splitlines()[0]
    return StorageError(
        "sql_failed",
        f"the tables could not be computed: {said}",
        help="give it more memory or room for temporary files",
    )
