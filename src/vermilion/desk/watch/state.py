"""Keep a market's results as its history grows: only collections that something touched run again.

A finding depends on its collection's rows, on what ties its parties (entities and funding) and on
the dated list of accounts. So rows that came or went touch their collections, ties that changed
those which such a party issued or moved anything in, and another list of accounts touches all. What
comes out equals a run over everything, however the rows arrived.
"""

# Relations are our own files.
# ruff: noqa: S608

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from vermilion.desk.watch.compute import (
    JOINED,
    RESULTS,
    TIES,
    Tables,
    Timing,
    Told,
    compute,
    make_ties,
)
from vermilion.errors import StorageError
from vermilion.market.declaration import Detector
from vermilion.market.findings import parameters_digest
from vermilion.sql import SqlEngine

FORMAT = 1
"""Of the folder; one of another format is made anew."""

_MANIFEST = "market.json"
_OF_COLLECTIONS = ("moves", "listings", "news", "issues")


class File(msgspec.Struct, frozen=True):
    """A file of the history as it was: where, and what tells that it is still the same."""

    path: str
    print: tuple[int, int, int, int]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the results are of: the files of each canonical table, and the detectors."""

    format: int = FORMAT
    tables: dict[str, list[File]] = {}
    detectors: list[str] = []
    results: str | None = None


class Update(msgspec.Struct, frozen=True):
    """What an update did: the collections that ran again (None for all), and how long it took."""

    collections: list[str] | None
    timings: list[Timing]


class Market:
    """A market's results in a folder.

    Args:
        folder: made if absent.

    Raises:
        StorageError: the folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / _MANIFEST
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = path.read_bytes() if path.is_file() else b"{}"
            self._manifest = msgspec.json.decode(found, type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise StorageError(
                "market_unreadable",
                f"the market's results cannot be read: {error}",
                help="remove the folder; it is made anew from the history",
                where=str(folder),
            ) from error
        if self._manifest.format != FORMAT:
            self._manifest = Manifest()

    @property
    def results(self) -> Path | None:
        """Return the folder of results, if anything ran."""
        name = self._manifest.results
        return None if name is None else self._folder / name

    def update(
        self,
        sql: SqlEngine,
        tables: Tables,
        detectors: Sequence[Detector],
        told: Told = lambda _: None,
    ) -> Update:
        """Bring the results up to date with a history.

        Args:
            sql: what computes.
            tables: the files of the whole history, by canonical table; those of the last update
                must still be there, or everything runs again.
            detectors: in the order of their stages.
            told: is told in a word what is being done.

        Raises:
            StorageError: there is no room for the results; what was there stays.
        """
        files = {name: [_file(path) for path in paths] for name, paths in tables.items()}
        named = [_named(one) for one in detectors]
        old = self.results if named == self._manifest.detectors else None
        touched = None if old is None else self._touched(sql, tables, files, old, detectors)
        timings: list[Timing] = []
        place = self.results
        if old is None or touched is None or touched:
            place = Path(tempfile.mkdtemp(prefix="results-", dir=self._folder))
            try:
                timings = compute(sql, tables, detectors, place, collections=touched, told=told)
                if old is not None and touched is not None:
                    _merge(old, place, touched)
            except BaseException as error:
                shutil.rmtree(place, ignore_errors=True)
                if isinstance(error, OSError):
                    raise _unwritable(error, self._folder) from error
                raise
        gone = self.results
        self._save(
            Manifest(tables=files, detectors=named, results=None if place is None else place.name)
        )
        if gone is not None and gone != place:
            shutil.rmtree(gone, ignore_errors=True)
        return Update(touched, timings)

    def _touched(
        self,
        sql: SqlEngine,
        tables: Tables,
        files: Mapping[str, list[File]],
        old: Path,
        detectors: Sequence[Detector],
    ) -> list[str] | None:
        """Return the collections that have to run again; None for all.

        Ties, and what was paid inside the transactions of moves, say all that our own detectors read
        of payments; public rule sets read any payment.
        """
        whole = {"accounts"}
        if any(one.published and "payments" in one.declaration.inputs for one in detectors):
            whole.add("payments")
        touched: set[str] = set()
        changed = False
        with duckdb.connect() as db:
            for name in (*_OF_COLLECTIONS, "payments", "accounts"):
                came, went = self._changed(name, files)
                if not came and not went:
                    continue
                if not all(map(_as_it_was, went)):
                    return None
                rows = _different(came, [one.path for one in went])
                if name in _OF_COLLECTIONS:
                    query = f"SELECT DISTINCT collection FROM ({rows}) WHERE collection IS NOT NULL"
                    touched.update(one for (one,) in db.execute(query).fetchall())
                elif name in whole and db.execute(f"{rows} LIMIT 1").fetchall():
                    return None
                elif name == "payments" and tables.get("moves"):
                    query = _paid_inside(tables, rows)
                    touched.update(one for (one,) in db.execute(query).fetchall())
                changed = True
            if changed and (tables.get("payments") or self._manifest.tables.get("payments")):
                touched.update(self._tied(db, sql, tables, old))
        return sorted(touched)

    def _changed(self, name: str, files: Mapping[str, list[File]]) -> tuple[list[str], list[File]]:
        """Return the files of a table that came, and those that went."""
        before, now = self._manifest.tables.get(name, []), files.get(name, [])
        known, left = ({one.print for one in each} for each in (before, now))
        return (
            [one.path for one in now if one.print not in known],
            [one for one in before if one.print not in left],
        )

    def _tied(
        self, db: duckdb.DuckDBPyConnection, sql: SqlEngine, tables: Tables, old: Path
    ) -> list[str]:
        """Return the collections that a party issued, or moved anything in, whose ties changed.

        What was joined is kept anew, since parties that moved nothing may have been.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            make_ties(sql, tables, Path(place))
            shutil.copyfile(Path(place) / JOINED, old / f"{JOINED}.part")
            (old / f"{JOINED}.part").replace(old / JOINED)
            if not tables.get("moves"):
                return []
            ties = [[str(one / f"{TIES}.parquet")] for one in (Path(place), old)]
            moves = _parquet([str(path) for path in tables["moves"]])
            issued = ""
            if tables.get("issues"):
                issues = _parquet([str(path) for path in tables["issues"]])
                issued = f"UNION SELECT collection FROM {issues} WHERE issuer IN (FROM changed)"
            found = db.execute(
                f"WITH changed AS (SELECT party FROM ({_different(*ties)})) "
                f"SELECT DISTINCT collection FROM {moves} "
                f"WHERE sender IN (FROM changed) OR recipient IN (FROM changed) {issued}"
            ).fetchall()
        return [collection for (collection,) in found]

    def _save(self, manifest: Manifest) -> None:
        part = self._folder / f"{_MANIFEST}.part"
        part.write_bytes(msgspec.json.encode(manifest))
        part.replace(self._folder / _MANIFEST)
        self._manifest = manifest


def _file(path: Path) -> File:
    stat = path.stat()
    return File(str(path), (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns))


def _unwritable(error: OSError, folder: Path) -> StorageError:
    return StorageError(
        "market_unwritable",
        f"the market's results cannot be written: {error.strerror or error}",
        help="make room where they are written; the next run makes them anew",
        where=str(folder),
    )


def _as_it_was(file: File) -> bool:
    """Say whether a file of the last update is still there and was not written anew in place."""
    path = Path(file.path)
    return path.is_file() and _file(path) == file


def _named(detector: Detector) -> str:
    digest = parameters_digest(detector.parameters)
    return f"{detector.name} {detector.declaration.version} {digest}"


def _different(came: Sequence[str], went: Sequence[str]) -> str:
    """Return the SELECT of rows that are in files of one side and not in those of the other."""
    if not went:
        return f"SELECT * FROM {_parquet(came)}"
    if not came:
        return f"SELECT * FROM {_parquet(went)}"
    now, before = (f"SELECT * FROM {_parquet(each)}" for each in (came, went))
    return f"({now} EXCEPT ALL {before}) UNION ALL ({before} EXCEPT ALL {now})"


def _paid_inside(tables: Tables, rows: str) -> str:
    """Return the SELECT of collections that moved in a transaction in which payments changed.

    A payment that comes twice counts where it is earlier: what came may put another one in force or out.
    """
    moves = _parquet([str(path) for path in tables["moves"]])
    paid = f"SELECT source, id, tx FROM ({rows})"
    if tables.get("payments"):
        every = _parquet([str(path) for path in tables["payments"]])
        paid += (
            f" UNION ALL SELECT source, id, tx FROM {every} "
            f"WHERE (source, id) IN (SELECT (source, id) FROM ({rows}))"
        )
    return (
        f"SELECT DISTINCT collection FROM {moves} "
        f"WHERE tx IN (SELECT tx FROM ({paid}) WHERE tx IS NOT NULL)"
    )


def _parquet(paths: Sequence[str]) -> str:
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}])"


def _merge(old: Path, new: Path, collections: Sequence[str]) -> None:
    """Complete new results of some collections by what the old ones say of the others."""
    with duckdb.connect() as db:
        db.execute("CREATE TABLE again AS SELECT unnest(?) AS collection", [list(collections)])
        others = "collection NOT IN (SELECT collection FROM again)"
        findings = _parquet([str(old / "findings.parquet")])
        for name in RESULTS:
            test = f"finding IN (SELECT id FROM {findings} WHERE {others})"
            before, now = (_parquet([str(one / f"{name}.parquet")]) for one in (old, new))
            part = new / f"{name}.part"
            place = str(part).replace("'", "''")
            db.execute(
                f"COPY (SELECT * FROM {before} WHERE {test if name == 'evidence' else others} "
                f"UNION ALL BY NAME SELECT * FROM {now}) "
                f"TO '{place}' (FORMAT parquet, COMPRESSION zstd)"
            )
            part.replace(new / f"{name}.parquet")
