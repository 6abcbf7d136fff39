"""Engines that run the SQL of bulk judging: DuckDB here, and Spark or Sail through Spark Connect.

Both take the same text over the same Parquet; they differ in how a table is kept and fetched only.
"""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vermilion.errors import DataError, StorageError, UsageError

FETCHED = 65_536
"""Rows fetched together."""


class SqlEngine(ABC):
    """Runs SELECTs over Parquet and tables of its own; a context manager."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def parquet(self, path: Path) -> str:
        """Return what stands for a Parquet file in FROM."""

    @abstractmethod
    def keep(self, name: str, query: str, *, by: str | None = None) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Forget a table."""

    @abstractmethod
    def view(self, name: str, query: str) -> None:
        """Name a SELECT."""

    @abstractmethod
    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Run a SELECT and give its rows, without holding them all."""

    @abstractmethod
    def load(self, name: str, columns: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
        """Keep rows as a table, given its columns and their types."""

    @abstractmethod
    def first(self, column: str, number: int) -> str:
        """Return the aggregate that lists the smallest values of a column."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""


class DuckDb(SqlEngine):
    """DuckDB, with a limit on memory; what is beyond it goes to a folder that is deleted.

    Tables that are kept are Parquet files there, which are small and take no memory.

    Args:
        memory: the limit, such as `1500MB`; DuckDB's own overhead comes on top.
        threads: how many; as many as there are cores where none is said.
    """

    def __init__(self, memory: str, threads: int | None = None) -> None:
        database = duckdb()
        self._folder = tempfile.TemporaryDirectory(prefix="vermilion-bulk-")
        self._errors: type[Exception] = database.Error
        self._place = Path(self._folder.name)
        settings: dict[str, Any] = {
            "memory_limit": memory,
            "temp_directory": str(self._place / "spilled"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        if threads is not None:
            settings["threads"] = threads
        self._db = database.connect(config=settings)

    def parquet(self, path: Path) -> str:
        """Return what stands for a Parquet file in FROM."""
        return f"read_parquet({_quoted(str(path))})"

    def keep(self, name: str, query: str, *, by: str | None = None) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later."""
        order = "" if by is None else f" ORDER BY {by}"
        path = self._place / f"{name}.parquet"
        self.write(f"SELECT * FROM ({query}){order}", path)  # noqa: S608 - our own names
        self.view(name, f"SELECT * FROM {self.parquet(path)}")  # noqa: S608

    def drop(self, name: str) -> None:
        """Forget a table."""
        self._run(f"DROP VIEW {name}")
        (self._place / f"{name}.parquet").unlink()

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

    def load(self, name: str, columns: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
        """Keep rows as a table, given its columns and their types."""
        import pyarrow as arrow

        types = {
            "BIGINT": arrow.int64(),
            "STRING": arrow.string(),
            "DECIMAL(38,0)": arrow.decimal128(38, 0),
        }
        self._run(
            f"CREATE TABLE {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})"
        )
        schema = arrow.schema([(one, types[kind]) for one, kind in columns.items()])
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


class SparkConnect(SqlEngine):
    """Spark, or Sail, reached through Spark Connect; it reads the Parquet by the same paths.

    Args:
        url: such as `sc://localhost:50051`.
    """

    def __init__(self, url: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UsageError(
                "spark_absent",
                "Spark cannot be reached from here",
                help="pip install 'vermilion[spark]'",
            ) from None
        self._session: Any = SparkSession.builder.remote(url).getOrCreate()

    def parquet(self, path: Path) -> str:
        """Return what stands for a Parquet file in FROM."""
        return f"parquet.`{path}`"

    def keep(self, name: str, query: str, *, by: str | None = None) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later."""
        order = "" if by is None else f" ORDER BY {by}"
        self._session.sql(f"SELECT * FROM ({query}){order}").createOrReplaceTempView(name)  # noqa: S608

    def drop(self, name: str) -> None:
        """Forget a table."""
        self._session.catalog.dropTempView(name)

    def view(self, name: str, query: str) -> None:
        """Name a SELECT."""
        self._session.sql(query).createOrReplaceTempView(name)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Run a SELECT and give its rows, without holding them all."""
        for row in self._session.sql(query).toLocalIterator():
            yield tuple(row)

    def load(self, name: str, columns: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
        """Keep rows as a table, given its columns and their types."""
        schema = ", ".join(f"{one} {kind}" for one, kind in columns.items())
        exact = [Decimal if kind.startswith("DECIMAL") else None for kind in columns.values()]
        found = [
            tuple(
                value if made is None or value is None else made(value)
                for made, value in zip(exact, row, strict=True)
            )
            for row in rows
        ]
        frame = self._session.createDataFrame(found, schema) if found else None
        if frame is None:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {one}" for one, kind in columns.items())
            frame = self._session.sql(f"SELECT {nothing} WHERE FALSE")
        frame.createOrReplaceTempView(name)

    def first(self, column: str, number: int) -> str:
        """Return the aggregate that lists the smallest values of a column."""
        return f"slice(array_sort(collect_list({column})), 1, {number})"

    def close(self) -> None:
        """Let go of everything."""
        self._session.stop()


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    from itertools import islice

    while batch := list(islice(rows, FETCHED)):
        yield batch


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def duckdb() -> Any:
    """Import DuckDB, with pyarrow, through which rows get into it.

    Raises:
        UsageError: `bulk_absent`: one of them is not installed.
    """
    try:
        import duckdb as found
        import pyarrow  # noqa: F401
    except ImportError:
        raise UsageError(
            "bulk_absent",
            "facts cannot be judged in bulk here",
            help="pip install 'vermilion[bulk]'",
        ) from None
    return found


def _too_wide() -> DataError:
    return DataError(
        "number_too_wide",
        "a number over past events has more than 38 digits, which no column holds",
        help="judge these events one by one: `vermilion backtest EVENTS`",
    )


def _failed(error: Exception) -> StorageError:
    said = str(error).splitlines()[0]
    return StorageError(
        "bulk_failed",
        f"the facts could not be judged: {said}",
        help="give it more memory or room for temporary files",
    )
