"""Decoded parts written to a folder as they come, so that no more than a part is in memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from pyarrow import parquet

from vermilion.errors import StorageError
from vermilion.intake.evm.tables import SCHEMAS
from vermilion.intake.items import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from vermilion.intake.evm.files import Decoded


class Written(msgspec.Struct, frozen=True):
    """How many rows were written to each file, and what was counted on the way."""

    moves: int
    payments: int
    listings: int
    rejects: int
    notes: dict[str, int]


def write_decoded(parts: Iterable[Decoded], folder: Path) -> Written:
    """Write `moves.parquet`, `payments.parquet`, `listings.parquet` and `rejects.ndjson`.

    Each file takes its name when it is whole; a run that stops leaves those of the run before.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(parts, folder)
    except OSError as error:
        raise StorageError(
            "output_unwritable",
            f"cannot be written: {(error.strerror or str(error)).lower()}",
            help="check the disk and the permission to write",
            where=str(folder),
        ) from error


def _write(parts: Iterable[Decoded], folder: Path) -> Written:
    rows: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    fresh = {name: folder / f"{name}.parquet.new" for name in SCHEMAS}
    rejected = folder / "rejects.ndjson.new"
    writers: dict[str, Any] = {
        name: parquet.ParquetWriter(fresh[name], schema, compression="zstd")
        for name, schema in SCHEMAS.items()
    }
    try:
        with rejected.open("wb") as file:
            for part in parts:
                for name, writer in writers.items():
                    table = getattr(part, name)
                    if table.num_rows:
                        writer.write_table(table)
                    rows[name] += table.num_rows
                file.writelines(_lines(part.rejects))
                rows["rejects"] += part.rejects.num_rows
                notes.update(part.notes)
    finally:
        for writer in writers.values():
            writer.close()
    for path in (*fresh.values(), rejected):
        path.replace(path.with_suffix(""))
    counts = {name: rows[name] for name in (*SCHEMAS, "rejects")}
    return Written(**counts, notes=dict(sorted(notes.items())))


def _lines(rejects: Any) -> Iterable[bytes]:
    for batch in rejects.to_batches(max_chunksize=2**14):
        for row in batch.to_pylist():
            yield msgspec.json.encode(Reject(**row)) + b"\n"
