"""A history as files: the canonical tables as Parquet, and beside them the truth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vermilion.errors import UsageError
from vermilion.facts.history import TABLES
from vermilion.simulate.history.config import HistoryConfig
from vermilion.simulate.history.make import make
from vermilion.simulate.history.tables import ROWS, Tables, schema
from vermilion.simulate.history.truth import SCHEMA, truth

TRUTH = "truth"

OnRows = Callable[[str, int], None]
"""Is told the table and how many further rows of it were written."""

_PLAIN = {"id", "tx", "token", "sender", "recipient", "payer", "payee", "ms", "position", "party"}
"""Columns of which a dictionary would be as long as the column."""


class WrittenHistory(msgspec.Struct, frozen=True):
    """How many rows each table has, and how many sales were planted, by pattern."""

    rows: dict[str, int]
    sales: int
    planted: dict[str, int]
    innocent: dict[str, int]


def write_history(
    config: HistoryConfig,
    folder: Path,
    *,
    force: bool = False,
    on_rows: OnRows | None = None,
) -> WrittenHistory:
    """Write `moves.parquet` and the other canonical tables, and `truth.parquet`, to a folder.

    The folder is made if absent; files are there whole or not at all. Equal configurations give
    equal bytes with the same release of pyarrow. Memory: about 250 bytes for each sale.

    Raises:
        UsageError: a file is there already or cannot be written, or there are too few parties for
            all that is to be planted.
    """
    names = (*TABLES, TRUTH)
    _vacant([folder / f"{name}.parquet" for name in names], force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drafts = {name: folder / f".{name}.{os.getpid()}" for name in names}
        try:
            found = _write(config, drafts, on_rows or (lambda _name, _rows: None))
            for name, draft in drafts.items():
                draft.replace(folder / f"{name}.parquet")
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise UsageError("not_written", f"cannot write: {reason}", where=str(folder)) from None
    return found


def _vacant(paths: list[Path], *, force: bool) -> None:
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UsageError(
            "file_exists",
            "there is a file of this name already",
            help="name another folder, or use --force to replace it",
            where=str(there[0]),
        )


def _write(config: HistoryConfig, paths: dict[str, Path], on_rows: OnRows) -> WrittenHistory:
    tables = make(config)
    rows = {}
    for name in TABLES:
        pieces: Iterator[pa.Table] = getattr(tables, f"write_{name}")()
        rows[name] = _stream(paths[name], schema(name), pieces, partial(on_rows, name))
    told = truth(tables)
    rows[TRUTH] = _stream(paths[TRUTH], SCHEMA, iter([told]), partial(on_rows, TRUTH))
    return WrittenHistory(
        rows, _sales(tables), _counts(told, innocent=False), _counts(told, innocent=True)
    )


def _stream(
    path: Path, fields: pa.Schema, pieces: Iterator[pa.Table], on_rows: Callable[[int], None]
) -> int:
    written = 0
    coded = [name for name in fields.names if name not in _PLAIN]
    options = {"compression": "zstd", "compression_level": 1, "use_dictionary": coded}
    with pq.ParquetWriter(path, fields, **options) as file:
        for piece in pieces:
            file.write_table(piece, row_group_size=2 * ROWS)
            written += piece.num_rows
            on_rows(piece.num_rows)
    return written


def _sales(tables: Tables) -> int:
    return int((tables.moves["kind"] == 0).sum())


def _counts(told: pa.Table, *, innocent: bool) -> dict[str, int]:
    """Return the number of sales by pattern; of mints where there is no sale."""
    wanted = pc.and_(
        pc.equal(told["innocent"], innocent),
        pc.is_in(told["kind"], value_set=pa.array(["sale", "mint"])),
    )
    counted = told.filter(wanted).group_by("pattern").aggregate([("id", "count")])
    return dict(sorted(zip(*(column.to_pylist() for column in counted.columns), strict=True)))
