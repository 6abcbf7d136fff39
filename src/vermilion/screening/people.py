"""Read a table of parties to screen: one a row, with any of id, name, identity and wallet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from vermilion.errors import DataError
from vermilion.screening.match import Subject

_COLUMNS = {
    "id": ("id", "party", "account"),
    "name": ("name",),
    "identity": ("identity",),
    "wallets": ("wallet", "wallets", "address"),
}


def read_subjects(path: Path) -> Iterator[Subject]:
    """Yield the parties of a CSV file with a heading; several wallets are parted by `;`.

    A row without an id is called by its line.

    Raises:
        DataError: `parties_unreadable`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            heading = [one.strip().lower() for one in next(rows, [])]
            at = {
                part: heading.index(name)
                for part, known in _COLUMNS.items()
                for name in known
                if name in heading
            }
            if not at:
                raise _unreadable(path, "it has no column `id`, `name`, `identity` or `wallet`")
            for row in rows:
                cells = {part: row[n].strip() for part, n in at.items() if n < len(row)}
                if any(cells.values()):
                    yield _subject(cells, rows.line_num)
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    except (UnicodeDecodeError, csv.Error):
        raise _unreadable(path, "it is not a CSV table in UTF-8") from None


def _subject(cells: dict[str, str], line: int) -> Subject:
    wallets = (one.strip() for one in cells.get("wallets", "").split(";"))
    return Subject(
        cells.get("id") or f"line {line}",
        cells.get("name") or None,
        identity=cells.get("identity") or None,
        wallets=tuple(filter(None, wallets)),
    )


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(
        "parties_unreadable",
        f"the parties cannot be read: {reason}",
        help="give a CSV table with a heading such as `id,name,wallet`",
        where=str(path),
    )
