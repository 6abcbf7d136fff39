"""Put together what one run of `watch` came to, from its folder of results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.watch.compute import Timing
from vermilion.desk.watch.reading import History
from vermilion.desk.watch.results import Results
from vermilion.market.bands import unit_price
from vermilion.market.declaration import Detector
from vermilion.market.findings import Text, day_of
from vermilion.market.report import (
    MOST_FINDINGS,
    REPORT,
    BandLine,
    Clause,
    Counts,
    DetectorLine,
    Input,
    Mark,
    MarkKind,
    ParameterLine,
    Point,
    QualityLine,
    Series,
    Wanted,
    WatchReport,
)

MOST_SERIES = 12
"""Collections and currencies whose prices are drawn, those of most sales. Policy."""

SAMPLES = 5
"""Rows named of each fault of the data. Policy."""

MARKS: dict[str, MarkKind] = {
    "price_surge": "surge",
    "floor_run_up": "run_up",
    "dormant_awakening": "awakening",
}
"""Detectors whose findings are marked in the drawing of prices."""


class Ran(NamedTuple):
    """When a run began, how long it took, on what, and where its findings were written.

    `timings` are empty where nothing had to run again; `clauses` are those of patterns.
    """

    started_at: dt.datetime
    seconds: float
    engine: str
    findings: Path | None
    evidence: Path | None
    timings: Sequence[Timing]
    clauses: Sequence[Clause]


def report_of(
    results: Results, history: History, detectors: Sequence[Detector], ran: Ran
) -> WatchReport:
    """Return the report of a run.

    Args:
        results: what was found.
        history: what was read.
        detectors: those that ran.
        ran: the run itself.
    """
    findings = results.find(Wanted(limit=MOST_FINDINGS))
    flagged, volume = results.volume("")
    series, further = _series(results)
    first, last = results.span() or (None, None)
    return WatchReport(
        started_at=ran.started_at.isoformat(timespec="seconds"),
        seconds=ran.seconds,
        engine=ran.engine,
        inputs=[Input(Path(one.file).name, one.rows, one.rejected) for one in history.files],
        counts=_counts(results, history),
        first_ms=first,
        last_ms=last,
        quality=_quality(results),
        detectors=_detectors(results, detectors, ran.timings),
        series=series,
        further_series=further,
        findings=findings,
        all_findings=sum(results.found().values()),
        flagged=flagged,
        volume=volume,
        traded=results.traded(),
        clauses=list(ran.clauses),
        findings_file=None if ran.findings is None else ran.findings.name,
        evidence_file=None if ran.evidence is None else ran.evidence.name,
    )


def write_report(folder: Path, report: WatchReport) -> None:
    """Write what a run came to beside its results, from which its findings are read page by page."""
    part = folder / f"{REPORT}.part"
    part.write_bytes(msgspec.json.encode(msgspec.structs.replace(report, findings=[])))
    part.replace(folder / REPORT)


def _counts(results: Results, history: History) -> Counts:
    found = results.counts()
    return Counts(
        trades=found["sales"],
        transfers=found["transfers"],
        mints=found["mints"],
        burns=found["burns"],
        payments=history.counts.get("payments", 0),
        listings=history.counts.get("listings", 0),
        collections=found["collections"],
        tokens=found["tokens"],
    )


def _quality(results: Results) -> list[QualityLine]:
    samples = results.rows(
        "SELECT code, source, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY code "  # noqa: S608 - a number
        f"ORDER BY source, id) AS nth FROM faults) WHERE nth <= {SAMPLES} ORDER BY code, nth"
    )
    found = [
        QualityLine(
            code, count, [f"{one['source']} {one['id']}" for one in samples if one["code"] == code]
        )
        for code, count in results.quality().items()
    ]
    if results.joined.dissolved:
        found.append(QualityLine("dissolved_clusters", results.joined.dissolved))
    return found


def _detectors(
    results: Results, detectors: Sequence[Detector], timings: Sequence[Timing]
) -> list[DetectorLine]:
    found, flagged = results.found(), results.flagged()
    lines = []
    for one in detectors:
        said = one.declaration
        sides = zip(said.false_positives.zh, said.false_positives.en, strict=True)
        lines.append(
            DetectorLine(
                name=said.name,
                version=said.version,
                stage=said.stage,
                indirect=said.indirect,
                title=said.title,
                definition=said.definition,
                source=said.source,
                false_positives=[Text(*pair) for pair in sides],
                parameters=[
                    ParameterLine(
                        name=name,
                        value=one.parameters[name],
                        meaning=parameter.meaning,
                        basis=None if parameter.basis == "policy" else parameter.basis,
                    )
                    for name, parameter in said.parameters.items()
                ],
                findings=found.get(said.name, 0),
                flagged=flagged.get(said.name, 0),
                volume=results.volume(said.name)[1],
                seconds=sum(each.seconds for each in timings if each.detector == said.name),
            )
        )
    return lines


def _series(results: Results) -> tuple[list[Series], int]:
    """Return the price series of most sales, and how many others there are."""
    ranked = results.rows(
        "SELECT collection, currency, SUM(sales) AS sales FROM series "
        "GROUP BY collection, currency ORDER BY sales DESC, collection, currency"
    )
    drawn = [
        _one_series(results, row["collection"], row["currency"]) for row in ranked[:MOST_SERIES]
    ]
    return drawn, len(ranked) - len(drawn)


def _one_series(results: Results, collection: str, currency: str) -> Series:
    named = [collection, currency]
    points = results.rows(
        "SELECT * FROM series WHERE collection = ? AND currency = ? ORDER BY begins", named
    )
    bands = results.rows(
        "SELECT * FROM bands WHERE collection = ? AND currency = ? ORDER BY from_ms", named
    )
    return Series(
        collection=collection,
        currency=currency,
        points=[_point(row) for row in points],
        bands=[_band(row) for row in bands],
        marks=[
            Mark(kind, day_of(one.first_ms), one.sentence, one.id)
            for detector, kind in MARKS.items()
            for one in results.find(Wanted(detector=detector, collection=collection))
        ],
    )


def _point(row: Mapping[str, Any]) -> Point:
    clean = {
        f"clean_{name}": None if (log := row[f"clean_{name}"]) is None else unit_price(log)
        for name in ("low", "median", "high")
    }
    return Point(
        day=day_of(row["begins"]),
        sales=row["sales"],
        volume=int(row["volume"] or 0),
        low=unit_price(row["low"]),
        median=unit_price(row["median"]),
        high=unit_price(row["high"]),
        clean_sales=row["clean_sales"],
        clean_volume=int(row["clean_volume"] or 0),
        **clean,
    )


def _band(row: Mapping[str, Any]) -> BandLine:
    until = row["until_ms"]
    last = row["from_ms"] if until is None else max(until - 1, row["from_ms"])
    return BandLine(day_of(row["from_ms"]), day_of(last), int(row["low"]), int(row["high"]))
