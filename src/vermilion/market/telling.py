"""Tell findings as rows of Parquet: many together, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as arrow
from pyarrow import compute

from vermilion.market.findings import MOST_PARTIES, finding_id, parameters_digest
from vermilion.market.run import NAMED, PART, SUBJECT, Seen
from vermilion.market.sentences import Words, sentences
from vermilion.market.shown import Integers, Shown
from vermilion.sql.columns import schema_of

_SUBJECT = {
    "collection": "collections",
    "token": "tokens",
    "party": "parties",
    "other": "parties",
}
"""Where the texts of a subject's codes lie."""

FINDINGS = schema_of(
    {
        "id": "STRING",
        "detector": "STRING",
        "version": "BIGINT",
        "level": "STRING",
        "pattern": "STRING",
        "indirect": "BOOLEAN",
        **dict.fromkeys(("episode_ms", "first_ms", "last_ms"), "BIGINT"),
        **dict.fromkeys(("moves", "sales", "party_count", "score"), "BIGINT"),
        **dict.fromkeys(_SUBJECT, "STRING"),
        **dict.fromkeys(("parties", "volume", "named", "figures", "parts"), "STRING"),
        **dict.fromkeys(("sentence_zh", "sentence_en"), "STRING"),
    }
)
"""The columns of findings; lists and maps are JSON."""

EVIDENCE = schema_of(
    {
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
)
"""The columns of their rows; a row's place in its finding counts from 1."""

CODES = ("collections", "tokens", "parties", "currencies")
"""Tables whose texts are told."""

_ENCODE = msgspec.json.Encoder().encode


class Teller:
    """Tells findings, given the texts of `CODES`, each in the order of its codes."""

    def __init__(self, texts: Mapping[str, Any]) -> None:
        # Codes lie scattered: texts are found fastest where all of them are one array.
        self._texts = {
            name: column.cast(arrow.large_string()).combine_chunks()
            for name, column in texts.items()
        }

    def findings(self, seen: Seen, table: Any, shown: Shown) -> Any:
        """Return findings of a detector as a table of `FINDINGS`.

        Args:
            seen: what the detector saw.
            table: what it tells of these findings.
            shown: their rows.
        """
        said, count = seen.detector.declaration, table.num_rows
        subject = {name: self._codes(of, table[name]).to_pylist() for name, of in _SUBJECT.items()}
        figures = _named(table, "")
        volumes = shown.volumes(self._texts["currencies"].to_pylist())
        party_count, parties = shown.parties()
        first, last = shown.span()
        counts = {"moves": shown.counts, "sales": shown.sales()}
        told = {
            **subject,
            **counts,
            "id": _ids(seen, subject.values(), shown),
            "detector": arrow.repeat(said.name, count),
            "version": arrow.repeat(said.version, count),
            "level": arrow.repeat(seen.level, count),
            "pattern": arrow.repeat(said.pattern, count),
            "indirect": arrow.repeat(said.indirect, count),
            "episode_ms": table["episode"],
            "first_ms": first,
            "last_ms": last,
            "party_count": party_count,
            "parties": self._parties(parties, np.minimum(party_count, MOST_PARTIES)),
            "volume": _encoded(volumes),
            "named": self._further(_named(table, NAMED), count),
            "figures": _maps(figures, count),
            "parts": _maps(_named(table, PART), count),
            "score": table["score"],
        }
        numbers = {name: column.to_pylist() for name, column in figures.items()}
        numbers |= {name: column.tolist() for name, column in counts.items()}
        numbers["parties"] = party_count.tolist()
        span = {"first_ms": first.tolist(), "last_ms": last.tolist()}
        words = Words(subject | span, numbers, seen.detector.parameters, volumes)
        told["sentence_zh"] = sentences(said.sentence.zh, words)
        told["sentence_en"] = sentences(said.sentence.en, words)
        return _table(told, FINDINGS)

    def evidence(self, ids: Any, shown: Shown) -> Any:
        """Return the rows of findings as a table of `EVIDENCE`, given the findings' ids."""
        rows = shown.rows
        told = {name: rows[name] for name in ("source", "id", "role", "ms", "kind", "price")}
        told |= {
            "finding": ids.take(arrow.array(shown.owner)),
            "place": shown.places(),
            "token": self._codes("tokens", rows["token"]),
            "sender": self._codes("parties", rows["sender"]),
            "recipient": self._codes("parties", rows["recipient"]),
            "currency": self._codes("currencies", rows["currency"]),
        }
        return _table(told, EVIDENCE)

    def _codes(self, table: str, codes: Any) -> Any:
        """Return the texts of codes; of one that is null or below 0 there is none."""
        known = compute.if_else(compute.less(codes, 0), None, codes)
        return self._texts[table].take(known.combine_chunks())

    def _parties(self, parties: Integers, sizes: Integers) -> list[str]:
        texts = self._texts["parties"].take(arrow.array(parties)).to_pylist()
        ends = np.cumsum(sizes)
        spans = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
        return _encoded(texts[begin:end] for begin, end in spans)

    def _further(self, columns: Mapping[str, Any], count: int) -> Any:
        """Return parties as JSON, by what they are."""
        if not columns:
            return arrow.repeat("{}", count)
        texts = [self._codes("parties", codes).to_pylist() for codes in columns.values()]
        return _encoded(
            {name: text for name, text in zip(columns, each, strict=True) if text is not None}
            for each in zip(*texts, strict=True)
        )


def _named(table: Any, prefix: str) -> dict[str, Any]:
    """Return what a detector tells under names that begin so; without a beginning, its figures."""
    own = [name for name in table.column_names if name not in (*SUBJECT, "score")]
    if not prefix:
        return {name: table[name] for name in own if not name.startswith((PART, NAMED))}
    return {name.removeprefix(prefix): table[name] for name in own if name.startswith(prefix)}


def _ids(seen: Seen, subject: Iterable[Sequence[str | None]], shown: Shown) -> list[str]:
    detector = seen.detector
    digest = parameters_digest(detector.parameters)
    named = (detector.name, detector.declaration.version, digest, seen.level)
    return [
        finding_id((*named, *of), keys) for *of, keys in zip(*subject, shown.keys(), strict=True)
    ]


def _encoded(values: Iterable[object]) -> list[str]:
    return [_ENCODE(one).decode() for one in values]


def _maps(columns: Mapping[str, Any], count: int) -> Any:
    """Return numbers as JSON, by name, without those that are null."""
    if not columns:
        return arrow.repeat("{}", count)
    pairs = [
        compute.binary_join_element_wise(f'"{name}":', column.cast(arrow.string()), "")
        for name, column in columns.items()
    ]
    inner = compute.binary_join_element_wise(*pairs, ",", null_handling="skip")
    return compute.binary_join_element_wise("{", inner, "}", "")


def _table(told: Mapping[str, Any], schema: Any) -> Any:
    arrays = [
        one.cast(field.type)
        if isinstance(one := told[field.name], arrow.Array | arrow.ChunkedArray)
        else arrow.array(one, field.type)
        for field in schema
    ]
    return arrow.Table.from_arrays(arrays, schema=schema)
