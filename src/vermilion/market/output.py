"""Say what detectors found: as `Finding`s, one after the other, and as Parquet.

The tables of a run are read: `found`, `rows`, the codes, and what each detector told.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import msgspec

from vermilion.market.findings import (
    MOST_PARTIES,
    MOST_ROWS,
    Finding,
    FindingRow,
    Subject,
    Text,
    finding_id,
    parameters_digest,
    sentence_of,
    words_of,
)
from vermilion.market.run import PART, SUBJECT, Seen
from vermilion.sql import SqlEngine

CHUNK = 20_000
"""Findings that are told together."""

_ROW = ("source", "id", "role", "ms", "kind", "token", "sender", "recipient", "price", "currency")
_COLUMNS = {
    "id": "STRING",
    "detector": "STRING",
    "version": "BIGINT",
    "level": "STRING",
    "pattern": "STRING",
    "indirect": "BOOLEAN",
    "collection": "STRING",
    "token": "STRING",
    "party": "STRING",
    "other": "STRING",
    "episode_ms": "BIGINT",
    "first_ms": "BIGINT",
    "last_ms": "BIGINT",
    "moves": "BIGINT",
    "sales": "BIGINT",
    "party_count": "BIGINT",
    "parties": "STRING",
    "volume": "STRING",
    "figures": "STRING",
    "score": "BIGINT",
    "parts": "STRING",
    "sentence_zh": "STRING",
    "sentence_en": "STRING",
}
"""Of the Parquet of findings; lists and maps are JSON."""


class Findings:
    """The findings of a run, told one after the other.

    Args:
        sql: where the run's tables are.
        seen: what `run_detectors` returned.
    """

    def __init__(self, sql: SqlEngine, seen: Sequence[Seen]) -> None:
        self._sql = sql
        self._seen = seen
        self._texts = {
            name: sql.arrow(f"SELECT text FROM {name} ORDER BY code")["text"]
            for name in ("collections", "tokens", "parties")
        }
        sql.keep(
            "found_rows",
            "SELECT f.f, f.n, f.role, r.source, r.id, r.ms, r.kind, r.token, r.sender, "
            "r.recipient, r.price, r.currency, r.tx FROM found AS f JOIN rows AS r ON r.n = f.n",
            by="f, n",
        )

    def __iter__(self) -> Iterator[Finding]:
        """Yield every finding, by detector and subject."""
        for one in self._seen:
            for start in range(0, one.findings, CHUNK):
                yield from self._chunk(one, start)

    def write(self, findings: Path, rows: Path, flags: Path | None = None) -> Iterator[Finding]:
        """Yield every finding, and write it, its rows and flagged trades as Parquet on the way.

        Args:
            findings: gets a row for each finding.
            rows: gets a row for each row of each finding.
            flags: gets a row for each sale in a finding: its identity, detector and finding.
        """
        import pyarrow as arrow
        from pyarrow import parquet

        from vermilion.sql.columns import schema_of

        ids: list[str] = []
        detectors: list[str] = []
        schema = schema_of(_COLUMNS)
        with parquet.ParquetWriter(findings, schema, compression="zstd") as writer:
            batch: list[dict[str, object]] = []
            for finding in self:
                ids.append(finding.id)
                detectors.append(finding.detector)
                batch.append(_flat(finding))
                if len(batch) == CHUNK:
                    writer.write_table(arrow.Table.from_pylist(batch, schema))
                    batch.clear()
                yield finding
            writer.write_table(arrow.Table.from_pylist(batch, schema))
        self._sql.put(
            "named", arrow.table({"f": range(len(ids)), "finding": ids, "detector": detectors})
        )
        of = "FROM found_rows AS r JOIN named AS k ON k.f = r.f"
        named = ", ".join(f"r.{name}" for name in _ROW)
        self._sql.write(f"SELECT k.finding, {named}, r.tx {of} ORDER BY r.f, r.n", rows)
        if flags is not None:
            self._sql.write(
                "SELECT DISTINCT r.source, r.id, r.tx, r.token, r.ms, r.sender, r.recipient, "
                f"k.detector, k.finding {of} WHERE r.kind = 'sale'",
                flags,
            )

    def flagged(self) -> dict[str, int]:
        """Return the number of distinct sales in each detector's findings, on either level."""
        counts = {one.detector.name: 0 for one in self._seen}
        whose = " ".join(
            f"WHEN f >= {one.first} AND f < {one.first + one.findings} THEN '{one.detector.name}'"
            for one in self._seen
        )
        if not whose:
            return counts
        sales = self._sql.rows(
            "SELECT detector, COUNT(*) FROM (SELECT DISTINCT n, CASE "
            f"{whose} END AS detector FROM found_rows WHERE kind = 'sale') AS each_once "
            "GROUP BY detector"
        )
        return counts | {str(name): int(number) for name, number in sales}

    def _chunk(self, one: Seen, start: int) -> Iterator[Finding]:
        told = one.table.slice(start, CHUNK).to_pylist()
        first, end = one.first + start, one.first + start + len(told)
        rows = self._sql.arrow(
            f"SELECT f, {', '.join(_ROW)} FROM found_rows WHERE f >= {first} AND f < {end} "
            "ORDER BY f, n"
        )
        counts = rows["f"].value_counts().to_pylist()
        columns = [rows[name].to_pylist() for name in _ROW]
        of_each = {each["values"]: each["counts"] for each in counts}
        ends = list(accumulate(of_each.get(number, 0) for number in range(first, end)))
        begin = 0
        for figures, stop in zip(told, ends, strict=True):
            yield self._finding(one, figures, [column[begin:stop] for column in columns])
            begin = stop

    def _finding(self, one: Seen, told: dict[str, Any], columns: list[list[Any]]) -> Finding:
        declared = one.detector.declaration
        subject = self._subject(told)
        named = (
            declared.name,
            declared.version,
            parameters_digest(one.detector.parameters),
            one.level,
            *msgspec.structs.astuple(subject),
        )
        of = dict(zip(_ROW, columns, strict=True))
        figures, parts = _figures(told)
        parties = _parties(of["sender"], of["recipient"])
        finding = Finding(
            id=finding_id(named, zip(of["source"], of["id"], strict=True)),
            detector=declared.name,
            version=declared.version,
            level=one.level,
            pattern=declared.pattern,
            indirect=declared.indirect,
            subject=subject,
            episode_ms=told["episode"],
            first_ms=min(of["ms"], default=0),
            last_ms=max(of["ms"], default=0),
            moves=len(of["id"]),
            sales=of["kind"].count("sale"),
            parties=parties[:MOST_PARTIES],
            party_count=len(parties),
            volume=_volume(of["kind"], of["price"], of["currency"]),
            figures=figures,
            score=told["score"],
            parts=parts,
            sentence=Text("", ""),
            rows=_rows([column[:MOST_ROWS] for column in columns]),
        )
        sentence = sentence_of(declared.sentence, words_of(finding))
        return msgspec.structs.replace(finding, sentence=sentence)

    def _subject(self, told: dict[str, Any]) -> Subject:
        return Subject(
            *(
                None if told[name] < 0 else self._texts[texts][told[name]].as_py()
                for name, texts in (
                    ("collection", "collections"),
                    ("token", "tokens"),
                    ("party", "parties"),
                    ("other", "parties"),
                )
            )
        )


def _parties(senders: list[str | None], recipients: list[str | None]) -> list[str]:
    every = chain.from_iterable(zip(senders, recipients, strict=True))
    return [each for each in dict.fromkeys(every) if each is not None]


def _volume(kinds: list[str], prices: list[Any], currencies: list[str | None]) -> dict[str, int]:
    volume: dict[str, int] = {}
    for kind, price, currency in zip(kinds, prices, currencies, strict=True):
        if kind == "sale" and price is not None and currency is not None:
            volume[currency] = volume.get(currency, 0) + int(price)
    return volume


def _rows(columns: list[list[Any]]) -> list[FindingRow]:
    *_, prices, currencies = columns
    whole = [None if price is None else int(price) for price in prices]
    return list(map(FindingRow, *columns[:-2], whole, currencies))


def _figures(told: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    numbers = {
        name: int(value)
        for name, value in told.items()
        if name not in (*SUBJECT, "score") and value is not None
    }
    return (
        {name: value for name, value in numbers.items() if not name.startswith(PART)},
        {
            name.removeprefix(PART): value
            for name, value in numbers.items()
            if name.startswith(PART)
        },
    )


def _flat(finding: Finding) -> dict[str, object]:
    plain = {name: getattr(finding, name, None) for name in _COLUMNS}
    for name in ("parties", "volume", "figures", "parts"):
        plain[name] = msgspec.json.encode(plain[name]).decode()
    return {
        **plain,
        **msgspec.structs.asdict(finding.subject),
        "sentence_zh": finding.sentence.zh,
        "sentence_en": finding.sentence.en,
    }
