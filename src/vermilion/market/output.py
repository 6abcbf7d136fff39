"""Say what detectors found: as `Finding`s, one after the other, and as Parquet.

The tables of a run are read: `found`, `rows`, the codes, and what each detector told.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import astuple, force_setattr

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
from vermilion.market.index import LARGE
from vermilion.market.prepare import identify
from vermilion.market.run import NAMED, PART, SUBJECT, Seen
from vermilion.sql import SqlEngine
from vermilion.sql.columns import schema_of

CHUNK = 20_000
"""Findings that are told together."""

_ROW = ("source", "id", "role", "ms", "kind", "token", "sender", "recipient", "price", "currency")
_TEXTS = {
    "collection": "collections",
    "token": "tokens",
    "party": "parties",
    "other": "parties",
}
"""Where the texts of a subject's codes lie."""
_PLAIN = {
    "id": "STRING",
    "detector": "STRING",
    "version": "BIGINT",
    "level": "STRING",
    "pattern": "STRING",
    "indirect": "BOOLEAN",
    "episode_ms": "BIGINT",
    "first_ms": "BIGINT",
    "last_ms": "BIGINT",
    "moves": "BIGINT",
    "sales": "BIGINT",
    "party_count": "BIGINT",
    "score": "BIGINT",
}
_CODED = ("parties", "volume", "named", "figures", "parts")
_COLUMNS = {
    **_PLAIN,
    **dict.fromkeys((*_TEXTS, *_CODED, "sentence_zh", "sentence_en"), "STRING"),
}
"""Of the Parquet of findings; lists and maps are JSON."""
_EVIDENCE = {
    "finding": "STRING",
    "place": "BIGINT",
    "source": "STRING",
    "id": "STRING",
    "role": "STRING",
    "ms": "BIGINT",
    "kind": "STRING",
    "token": "STRING",
    "sender": "STRING",
    "recipient": "STRING",
    "price": "DECIMAL(38,0)",
    "currency": "STRING",
}
"""Of the Parquet of their rows."""
_ENCODE = msgspec.json.Encoder().encode
_UNSAID = Text("", "")


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
        identify(sql, "found_moves", "SELECT n FROM found")
        sql.keep(
            "found_rows",
            "SELECT f.f, f.n, f.role, r.source, r.id, r.ms, r.kind, r.token, r.sender, r.recipient, "
            "CASE WHEN r.kind = 'sale' THEN r.price END AS price, r.currency "
            "FROM found AS f JOIN found_moves AS r ON r.n = f.n",
            by="f, n",
        )

    def __iter__(self) -> Iterator[Finding]:
        """Yield every finding, by detector and subject, with its first rows."""
        for findings, _ in self._chunks(MOST_ROWS):
            yield from findings

    def write(self, findings: Path, evidence: Path) -> None:
        """Write every finding, and its rows, as Parquet.

        Args:
            findings: gets a row for each finding.
            evidence: gets a row for each row of each finding: the finding's id, its place in it.
        """
        import pyarrow as arrow
        from pyarrow import parquet

        schema, rows_schema = schema_of(_COLUMNS), schema_of(_EVIDENCE)
        with (
            parquet.ParquetWriter(findings, schema, compression="zstd") as told,
            parquet.ParquetWriter(evidence, rows_schema, compression="zstd") as shown,
        ):
            for batch, rows in self._chunks(0):
                arrays = map(arrow.array, zip(*map(_flat, batch), strict=True), schema.types)
                told.write_table(arrow.Table.from_arrays(list(arrays), schema=schema))
                shown.write_table(_named_rows(batch, rows).select(rows_schema.names))

    def write_flagged(self, path: Path) -> None:
        """Write number and volume of the distinct sales in findings, by collection and currency.

        There is a row for each `detector`, and one under no name for what leaves before prices are
        judged.
        """
        names = " ".join(
            f"WHEN f >= {one.first} AND f < {one.first + one.findings} THEN '{one.detector.name}'"
            for one in self._seen
        )
        found = f"SELECT DISTINCT CASE {names} END AS detector, n FROM found" if names else ""
        left = "SELECT '' AS detector, n FROM flagged"
        self._sql.write(
            "SELECT c.text AS collection, d.detector, k.text AS currency, COUNT(*) AS sales, "
            f"SUM(CASE WHEN m.price < {LARGE} THEN m.price END) AS volume FROM ("
            f"{' UNION ALL '.join(one for one in (found, left) if one)}) AS d "
            "JOIN moves_party AS m ON m.n = d.n AND m.sale "
            "JOIN collections AS c ON c.code = m.collection "
            "LEFT JOIN currencies AS k ON k.code = m.currency "
            "GROUP BY c.text, d.detector, k.text",
            path,
        )

    def _chunks(self, rows: int) -> Iterator[tuple[list[Finding], Any]]:
        """Yield findings with so many of their rows each, and all of these rows as a table."""
        for one in self._seen:
            teller = _Teller(one, self._texts, rows)
            for start in range(0, one.findings, CHUNK):
                table = one.table.slice(start, CHUNK)
                first, end = one.first + start, one.first + start + table.num_rows
                shown = self._sql.arrow(
                    f"SELECT f, {', '.join(_ROW)}, CAST(price AS STRING) AS amount FROM found_rows "
                    f"WHERE f >= {first} AND f < {end} ORDER BY f, n, role"
                )
                yield list(teller.findings(table, shown, first)), shown


class _Teller:
    """Tells findings of one detector on one level, each with so many of its rows."""

    def __init__(self, seen: Seen, texts: dict[str, Any], rows: int) -> None:
        names = [name for name in seen.table.column_names if name not in (*SUBJECT, "score")]
        self._parts = [name for name in names if name.startswith(PART)]
        self._named = [name for name in names if name.startswith(NAMED)]
        self._figures = [name for name in names if name not in (*self._parts, *self._named)]
        self._said = seen.detector.declaration
        self._level = seen.level
        self._parameters = seen.detector.parameters
        self._digest = parameters_digest(self._parameters)
        self._texts = texts
        self._rows = rows

    def findings(self, table: Any, rows: Any, first: int) -> Iterator[Finding]:
        """Yield findings, given what their detector tells and their rows, numbered from `first` on."""
        counts = {one["values"]: one["counts"] for one in rows["f"].value_counts().to_pylist()}
        columns = [rows["amount" if name == "price" else name].to_pylist() for name in _ROW]
        begin = 0
        for number, told in enumerate(table.to_pylist(), first):
            end = begin + counts.get(number, 0)
            yield self._finding(told, [column[begin:end] for column in columns])
            begin = end

    def _finding(self, told: dict[str, Any], columns: list[list[Any]]) -> Finding:
        """Return a finding, given what its detector tells of it and the columns of its rows."""
        said = self._said
        of = dict(zip(_ROW, columns, strict=True))
        subject = Subject(*(self._text(table, told[name]) for name, table in _TEXTS.items()))
        named = (said.name, said.version, self._digest, self._level, *astuple(subject))
        parties = _parties(of["sender"], of["recipient"])
        finding = Finding(
            id=finding_id(named, zip(of["source"], of["id"], strict=True)),
            detector=said.name,
            version=said.version,
            level=self._level,
            pattern=said.pattern,
            indirect=said.indirect,
            subject=subject,
            episode_ms=told["episode"],
            first_ms=min(of["ms"], default=0),
            last_ms=max(of["ms"], default=0),
            moves=len(of["id"]),
            sales=of["kind"].count("sale"),
            parties=parties[:MOST_PARTIES],
            party_count=len(parties),
            volume=_volume(of["kind"], of["price"], of["currency"]),
            named={
                name.removeprefix(NAMED): text
                for name in self._named
                if (text := self._text("parties", told[name])) is not None
            },
            figures=_numbers(told, self._figures, ""),
            score=told["score"],
            parts=_numbers(told, self._parts, PART),
            sentence=_UNSAID,
            rows=_rows([column[: self._rows] for column in columns]),
        )
        words = words_of(finding, self._parameters)
        force_setattr(finding, "sentence", sentence_of(said.sentence, words))
        return finding

    def _text(self, table: str, code: int | None) -> str | None:
        return None if code is None or code < 0 else self._texts[table][code].as_py()


def _named_rows(findings: Sequence[Finding], rows: Any) -> Any:
    """Return rows with the id of their finding and their place in it, from 1."""
    import numpy as np

    counts = np.array([one.moves for one in findings], dtype=np.int64)
    ids = np.repeat(np.array([one.id for one in findings], dtype=object), counts)
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.arange(rows.num_rows, dtype=np.int64) - begins + 1
    return rows.append_column("finding", [ids]).append_column("place", [place])


def _numbers(told: dict[str, Any], names: list[str], prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): int(value) for name in names if (value := told[name]) is not None
    }


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


def _flat(finding: Finding) -> tuple[object, ...]:
    """Return a finding as a row of `_COLUMNS`."""
    coded = (_ENCODE(getattr(finding, name)).decode() for name in _CODED)
    plain = [getattr(finding, name) for name in _PLAIN]
    sentence = finding.sentence
    return (*plain, *astuple(finding.subject), *coded, sentence.zh, sentence.en)
