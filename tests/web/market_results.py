"""Results of surveillance for a book, as a run leaves them, made up from sample findings."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow as arrow
from pyarrow import parquet

from vermilion.desk.watch.compute import JOINED, RESULTS
from vermilion.market.findings import Finding
from vermilion.market.report import FOLDER, REPORT, WatchReport

_EVIDENCE = arrow.schema(
    [
        ("finding", arrow.string()),
        ("place", arrow.int64()),
        *((name, arrow.string()) for name in ("source", "id", "role")),
        ("ms", arrow.int64()),
        *((name, arrow.string()) for name in ("kind", "token", "sender", "recipient")),
        ("price", arrow.decimal128(38, 0)),
        ("currency", arrow.string()),
        ("tx", arrow.string()),
    ]
)


def write_results(book: Path, report: WatchReport, name: str = "results-1") -> None:
    """Put a report and its findings where a served book's last run lies."""
    folder = book / FOLDER / name
    folder.mkdir(parents=True)
    findings = arrow.Table.from_pylist([_flat(one) for one in report.findings])
    parquet.write_table(findings, folder / "findings.parquet")
    rows = [row for one in report.findings for row in _rows(one)]
    parquet.write_table(arrow.Table.from_pylist(rows, _EVIDENCE), folder / "evidence.parquet")
    for other in RESULTS:
        if not (path := folder / f"{other}.parquet").exists():
            parquet.write_table(arrow.table({"collection": arrow.array([], arrow.string())}), path)
    (folder / JOINED).write_bytes(b"{}")
    short = msgspec.structs.replace(report, findings=[])
    (book / FOLDER / REPORT).write_bytes(msgspec.json.encode(short))
    manifest = msgspec.json.encode({"results": name})
    (book / FOLDER / "market.json").write_bytes(manifest)


def _flat(finding: Finding) -> dict[str, object]:
    """Return a finding as a row of the Parquet of findings: maps and lists are JSON."""
    plain = msgspec.structs.asdict(finding)
    for name in ("subject", "sentence", "rows"):
        del plain[name]
    coded = {
        name: msgspec.json.encode(one).decode()
        for name, one in plain.items()
        if isinstance(one, dict | list)
    }
    said = {"sentence_zh": finding.sentence.zh, "sentence_en": finding.sentence.en}
    return {**plain, **coded, **said, **msgspec.structs.asdict(finding.subject)}


def _rows(finding: Finding) -> list[dict[str, object]]:
    return [
        {"finding": finding.id, "place": place, **msgspec.structs.asdict(row), "tx": None}
        for place, row in enumerate(finding.rows, 1)
    ]
