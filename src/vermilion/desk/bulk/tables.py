"""Fact tables as an engine reads them: relations by event type, with the columns of one clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vermilion.desk.bulk.columns import columns_of
from vermilion.desk.bulk.manifest import ColumnSaid, Manifest, Table, read_manifest
from vermilion.desk.bulk.writer import ENVELOPE, zoned
from vermilion.errors import RulebookError
from vermilion.rulebook import Engine
from vermilion.sql import SqlEngine

DAY = "legal_day"
"""Column of the legal date, as the ordinal of its day."""


class Facts:
    """A folder of fact tables, opened in an engine.

    Args:
        folder: the folder.
        sql: runs what is asked of it.

    Raises:
        DataError: the folder holds no fact tables.
    """

    def __init__(self, folder: Path, sql: SqlEngine) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self.sql = sql
        self._named: set[str] = set()
        self.made: set[str] = set()
        """Tables beside the facts that are there already."""

    @property
    def kinds(self) -> Sequence[str]:
        """The event types that there are."""
        return list(self.manifest.tables)

    def zone(self, engine: Engine) -> int:
        """Return the number of a rulebook's time zone.

        Raises:
            RulebookError: `facts_lacking`.
        """
        if engine.zone not in self.manifest.zones:
            raise self._lacking(engine, [f"event.date in {engine.zone}"])
        return self.manifest.zones.index(engine.zone)

    def check(self, engine: Engine) -> None:
        """Refuse a rulebook that reads what the tables do not have.

        Raises:
            RulebookError: `facts_lacking`, which names the facts; or `not_in_bulk`.
        """
        zone = self.zone(engine)
        lacking = []
        for kind in self.kinds:
            there = {one.name for one in self._table(kind).columns}
            for name, column in columns_of(engine, kind).items():
                if zoned(name, zone) not in there:
                    lacking.append(f"{column.label or name} of {kind}")
        if lacking:
            raise self._lacking(engine, lacking)

    def relation(self, kind: str, zone: int) -> str:
        """Return the relation of an event type by the clock of a zone; its columns have plain names."""
        name = f"facts_{kind}_{zone}"
        if name not in self._named:
            self._named.add(name)
            self.sql.view(name, self._select(kind, zone))
        return name

    def revoked(self, kind: str) -> str | None:
        """Return the relation of what was taken out of the windows again: `seq`, `until`."""
        if not self._table(kind).revoked:
            return None
        return self.sql.parquet(self.folder / "revoked" / f"{kind}.parquet")

    def values(self, kind: str, name: str, zone: int) -> str:
        """Return the relation of a list's values: `seq`, `v`."""
        return self.sql.parquet(self.folder / "lists" / f"{kind}.{zoned(name, zone)}.parquet")

    def _table(self, kind: str) -> Table:
        return self.manifest.tables[kind]

    def _select(self, kind: str, zone: int) -> str:
        table = self._table(kind)
        said = [one for one in table.columns if one.zone == zone or one.name in dict(ENVELOPE)]
        columns = [one for one in said if not one.several]
        parts = []
        for part in table.parts:
            listed = ", ".join(
                f"{_read(one, table, one.name in part.wide)} AS {_plain(one, zone)}"
                for one in columns
            )
            parts.append(f"SELECT {listed} FROM {self.sql.parquet(self.folder / part.file)}")  # noqa: S608
        return " UNION ALL ".join(parts)

    def _lacking(self, engine: Engine, facts: list[str]) -> RulebookError:
        shown = ", ".join(f"`{one}`" for one in dict.fromkeys(facts[:5]))
        more = f" and {len(facts) - 5} more" if len(facts) > 5 else ""
        return RulebookError(
            "facts_lacking",
            f"rulebook {engine.rulebook.id} reads what the fact tables do not have: {shown}{more}",
            help="make them again: `vermilion facts EVENTS --out DIR --rulebook` and this rulebook",
            where=str(self.folder),
        )


def _plain(column: ColumnSaid, zone: int) -> str:
    if column.name == f"day_{zone}":
        return DAY
    return column.name.removesuffix(f"__z{zone}") if zone else column.name


def _read(column: ColumnSaid, table: Table, wide: bool) -> str:
    if table.wide(column.name) and not wide:
        return f"CAST({column.name} AS DECIMAL(38,0))"
    return column.name
