"""Spark, or Sail, which speaks its protocol: the engine of histories that outgrow one machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from vermilion.errors import UsageError
from vermilion.sql.columns import columns_as_sql, columns_of, made_table, nothing
from vermilion.sql.engine import Kernel, SqlEngine

_BUCKETS = 64
"""Portions into which groups are dealt for a kernel; a worker holds one at a time. Policy."""

ANSWER_SECONDS = 5
"""How long a server may take until it answers for the first time. Policy."""


class SparkConnect(SqlEngine):
    """Spark, or Sail, reached through Spark Connect; it reads the Parquet by the same paths.

    Args:
        url: such as `sc://localhost:50051`.
        folder: where tables are kept, which Spark's workers must reach by the same path; a folder
            of this machine, deleted at the end, where none is given.

    Raises:
        UsageError: `spark_absent`: Spark's client is not installed; `spark_address`: the url is none;
            `spark_silent`: nothing answers there.
    """

    def __init__(self, url: str, folder: Path | None = None) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UsageError(
                "spark_absent",
                "Spark cannot be reached from here",
                help="pip install 'vermilion[spark]'",
            ) from None
        _await_answer(url)
        self._session: Any = SparkSession.builder.remote(url).create()
        self._folder = tempfile.TemporaryDirectory(prefix="vermilion-", dir=folder)
        self._number = count()

    def parquet(self, path: Path) -> str:
        """Return what stands for a Parquet file in FROM."""
        return f"parquet.`{path}`"

    def keep(
        self,
        name: str,
        query: str,
        *,
        by: str | None = None,
        as_written: bool = False,  # noqa: ARG002 - Spark knows the sizes of what it kept
    ) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later."""
        order = "" if by is None else f" ORDER BY {by}"
        self._kept(name, self._session.sql(f"SELECT * FROM ({query}){order}"))  # noqa: S608 - our own names

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

    def arrow(self, query: str) -> Any:
        """Run a SELECT and return its rows as one `pyarrow.Table`."""
        return self._session.sql(query).toArrow()

    def put(self, name: str, table: Any) -> None:
        """Keep the rows of a `pyarrow.Table` as a table."""
        if table.num_rows:
            frame = self._session.createDataFrame(table)
        else:  # of an empty table the client cannot tell the columns by itself
            frame = self._session.sql(nothing(columns_as_sql(table)))
        frame.createOrReplaceTempView(name)

    def groups(
        self, name: str, query: str, order: Sequence[str], kernel: Kernel, made: Mapping[str, str]
    ) -> None:
        """Keep what a kernel makes of the rows of a SELECT as a table, some groups at a time.

        The interpreters of Spark's workers need this package.
        """
        rows = self._session.sql(
            f"SELECT r.*, r.{order[0]} % {_BUCKETS} AS bucket FROM ({query}) AS r"  # noqa: S608 - our own names
        )

        def of_bucket(rows: Any) -> Any:
            return _of_bucket(kernel, made, order, rows)

        schema = ", ".join(f"{one} {kind}" for one, kind in made.items())
        self._kept(name, rows.groupBy("bucket").applyInArrow(of_bucket, schema))

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
            frame = self._session.sql(nothing(columns))
        frame.createOrReplaceTempView(name)

    def digest(self, *columns: str) -> str:
        """Return a hash of columns; equal rows have equal ones."""
        # Not `xxhash64`: Sail fails where it can tell that a column has one value only.
        texts = ", ".join(f"CAST({column} AS STRING)" for column in columns)
        return f"md5(concat_ws(' ', {texts}))"

    def first(self, column: str, number: int) -> str:
        """Return the aggregate that lists the smallest values of a column."""
        return f"slice(array_sort(collect_list({column})), 1, {number})"

    def write(self, query: str, path: Path) -> int:
        """Run a SELECT into a Parquet file of this machine; return how many rows it has."""
        from pyarrow import parquet

        table = self.arrow(query)
        parquet.write_table(table, path, compression="zstd")
        return int(table.num_rows)

    def close(self) -> None:
        """Let go of everything."""
        self._session.stop()
        self._folder.cleanup()

    def _kept(self, name: str, frame: Any) -> None:
        path = f"{self._folder.name}/{name}-{next(self._number)}"
        frame.write.parquet(path)
        if any(Path(path).glob("*.parquet")):
            kept = self._session.read.parquet(path)
        else:  # a table without rows may be a folder without files, which has no columns
            kept = self._session.createDataFrame([], frame.schema)
        kept.createOrReplaceTempView(name)


def _of_bucket(kernel: Kernel, made: Mapping[str, str], order: Sequence[str], rows: Any) -> Any:
    """Return what a kernel makes of the rows of some whole groups."""
    ordered = rows.drop_columns("bucket").sort_by([(name, "ascending") for name in order])
    return made_table(kernel(columns_of(ordered)), made)


def _await_answer(url: str) -> None:
    """Wait until a server speaks; its client would ask again for many minutes before it said so."""
    import grpc
    from pyspark.sql.connect.client import DefaultChannelBuilder

    try:
        channel = DefaultChannelBuilder(url).toChannel()
    except ValueError as error:
        raise UsageError(
            "spark_address",
            f"`{url}` is no address of Spark Connect",
            help="write it like sc://localhost:15002",
        ) from error
    try:
        grpc.channel_ready_future(channel).result(timeout=ANSWER_SECONDS)
    except grpc.FutureTimeoutError:
        raise UsageError(
            "spark_silent",
            f"no server of Spark Connect answers at `{url}`",
            help="start one there, or name another with --spark",
        ) from None
    finally:
        channel.close()
