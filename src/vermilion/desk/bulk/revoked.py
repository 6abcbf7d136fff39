"""Which settled events are taken out of the windows again, and by which event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vermilion.sql import DuckDb

MEMORY = "1000MB"


def revoked_sql(rows: str) -> str:
    """Return the SELECT of `seq` and `until`: what settled, and what corrected or withdrew it.

    A business is named by source and subject; the next event of it that is not merely proposed
    takes the last one out.
    """
    return (
        "SELECT b.seq, b.until FROM (SELECT a.seq, a.stage, LEAD(a.seq) OVER"  # noqa: S608 - files of our own
        " (PARTITION BY a.source, a.subject ORDER BY a.seq) AS until"
        f" FROM {rows} AS a WHERE a.stage <> 'proposed') AS b"
        " WHERE b.stage = 'settled' AND b.until IS NOT NULL"
    )


def write_revoked(folder: Path, kind: str, files: Sequence[str]) -> int:
    """Write `revoked/<type>.parquet` where there is any; return how many rows it has."""
    with DuckDb(memory=MEMORY) as engine:
        parts = " UNION ALL ".join(
            f"SELECT seq, source, subject, stage FROM {engine.parquet(folder / file)}"  # noqa: S608
            for file in files
        )
        path = folder / "revoked" / f"{kind}.parquet"
        path.parent.mkdir(exist_ok=True)
        rows = engine.write(f"{revoked_sql(f'({parts})')} ORDER BY b.seq", path)
        if not rows:
            path.unlink()
        return rows
