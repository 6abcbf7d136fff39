"""Tell what other numbers would have found: which findings would come, and which would go."""

# Relations are our own files.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec

from vermilion.desk.watch.compute import Tables, Told, compute
from vermilion.market.declaration import Detector
from vermilion.sql import SqlEngine

MOST_EXAMPLES = 5
"""Findings named of those that would come or go, of the highest score. Policy."""


class Example(msgspec.Struct, frozen=True):
    """A finding that would come or go."""

    score: int
    zh: str
    en: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector finds as it is, and what it would find.

    The same finding is one of the same subject that shows the same rows, whatever its score.
    """

    detector: str
    before: int
    after: int
    come: int
    go: int
    coming: list[Example]
    going: list[Example]


def preview(
    sql: SqlEngine,
    tables: Tables,
    before: Sequence[Detector],
    after: Sequence[Detector],
    told: Told = lambda _: None,
) -> list[Preview]:
    """Run detectors with two sets of numbers over one history, and compare.

    A change in a wash detector may change what others find, because what it flags leaves before
    prices are judged; so every detector whose findings differ is told.
    """
    with TemporaryDirectory(prefix="vermilion-") as name, duckdb.connect() as db:
        for side, detectors in (("before", before), ("after", after)):
            folder = Path(name) / side
            folder.mkdir()
            compute(sql, tables, detectors, folder, told=told)
            place = str(folder).replace("'", "''")
            db.execute(
                f"CREATE TABLE {side} AS SELECT f.detector, f.score, f.sentence_zh, f.sentence_en, "
                "md5(concat_ws(chr(0), f.detector, f.level, f.collection, f.token, f.party, f.other, "
                "e.shown)) AS same "
                f"FROM '{place}/findings.parquet' AS f JOIN (SELECT finding, "
                "string_agg(source || chr(0) || id || chr(0) || role, chr(0) ORDER BY place) AS shown "
                f"FROM '{place}/evidence.parquet' GROUP BY finding) AS e ON e.finding = f.id"
            )
        found = [_compared(db, one.name) for one in after]
    changed = {one.name for one, old in zip(after, before, strict=True) if one != old}
    return [one for one in found if one.come or one.go or one.detector in changed]


def _compared(db: duckdb.DuckDBPyConnection, detector: str) -> Preview:
    count = "SELECT COUNT(*) FROM {} WHERE detector = ?"
    before, after = (db.execute(count.format(side), [detector]).fetchall()[0][0] for side in _SIDES)
    coming, going = (_only(db, detector, *sides) for sides in (_SIDES[::-1], _SIDES))
    return Preview(
        detector=detector,
        before=before,
        after=after,
        come=len(coming),
        go=len(going),
        coming=coming[:MOST_EXAMPLES],
        going=going[:MOST_EXAMPLES],
    )


_SIDES = ("before", "after")


def _only(db: duckdb.DuckDBPyConnection, detector: str, side: str, other: str) -> list[Example]:
    rows = db.execute(
        f"SELECT score, sentence_zh, sentence_en FROM {side} WHERE detector = ? "
        f"AND same NOT IN (SELECT same FROM {other}) ORDER BY score DESC, sentence_en",
        [detector],
    ).fetchall()
    return [Example(*row) for row in rows]
