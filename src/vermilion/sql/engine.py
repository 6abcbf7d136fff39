"""What an engine does that runs the shared dialect of SQL over Parquet and tables of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np

FETCHED = 65_536
"""Rows fetched together."""

Columns = dict[str, "np.ndarray[Any, Any]"]
"""Columns of one length, by name."""

Kernel = Callable[[Columns], Columns]
"""Makes rows of the rows of whole groups, however many groups it gets at once."""


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
    def keep(
        self, name: str, query: str, *, by: str | None = None, as_written: bool = False
    ) -> None:
        """Run a SELECT and keep its rows as a table, in an order if that helps later.

        `as_written` says that what is joined is smaller than what it is joined to, step by step; an
        engine that guesses sizes badly, as of Parquet, then need not.
        """

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
    def arrow(self, query: str) -> Any:
        """Run a SELECT and return its rows as one `pyarrow.Table`."""

    @abstractmethod
    def put(self, name: str, table: Any) -> None:
        """Keep the rows of a `pyarrow.Table` as a table."""

    @abstractmethod
    def groups(
        self, name: str, query: str, order: Sequence[str], kernel: Kernel, made: Mapping[str, str]
    ) -> None:
        """Keep what a kernel makes of the rows of a SELECT as a table.

        Args:
            name: of the table.
            query: its columns are integers, never null.
            order: the columns by which the rows come; those with one value of the first are a group.
            kernel: gets whole groups.
            made: the columns that it makes, and their types.
        """

    @abstractmethod
    def write(self, query: str, path: Path) -> int:
        """Run a SELECT into a Parquet file; return how many rows it has."""

    @abstractmethod
    def load(self, name: str, columns: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
        """Keep rows as a table, given its columns and their types."""

    @abstractmethod
    def digest(self, *columns: str) -> str:
        """Return a hash of columns, never null; equal rows have equal ones, on one engine."""

    @abstractmethod
    def first(self, column: str, number: int) -> str:
        """Return the aggregate that lists the smallest values of a column."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""
