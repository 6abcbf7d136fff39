"""What is told of findings, many together, is what each of them comes to by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as arrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.market import output
from vermilion.market.declaration import detectors
from vermilion.market.findings import MOST_PARTIES, parameters_digest, volume_text
from vermilion.market.run import Seen
from vermilion.market.shown import Shown
from vermilion.market.telling import Teller
from vermilion.sql.columns import schema_of

from .harness import found
from .rows import sale

PARTIES = [f'p"{number}\\é' for number in range(2 * MOST_PARTIES)]
CURRENCIES = ["CNY", "ETH", "ODD"]
TEXTS = {"collections": ["c"], "tokens": ["c/1"], "parties": PARTIES, "currencies": CURRENCIES}
ROWS = {
    "f": "BIGINT",
    "source": "STRING",
    "id": "STRING",
    "role": "STRING",
    "ms": "BIGINT",
    "kind": "STRING",
    "token": "BIGINT",
    "sender": "BIGINT",
    "recipient": "BIGINT",
    "price": "DECIMAL(38,0)",
    "currency": "BIGINT",
}
FIRST = 7
"""The number of the first finding."""

party = st.none() | st.integers(0, len(PARTIES) - 1)
row = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["//a", "//二"]),
        "id": st.text(max_size=3),
        "role": st.just("buy"),
        "ms": st.integers(-(10**12), 10**13),
        "kind": st.sampled_from(["sale", "transfer"]),
        "token": st.just(0),
        "sender": party,
        "recipient": party,
        "price": st.none() | st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(0, 9),
        "currency": st.none() | st.integers(0, len(CURRENCIES) - 1),
    }
)


def told(findings: Sequence[Sequence[dict[str, Any]]]) -> tuple[list[dict[str, Any]], Any]:
    """Return findings of a detector with those rows, and the rows, as they are told."""
    count = len(findings)
    rows = [{"f": FIRST + f, **one} for f, its in enumerate(findings) for one in its]
    shown = Shown(arrow.Table.from_pylist(rows, schema_of(ROWS)), FIRST, count)
    columns = {
        "collection": [0] * count,
        "token": [0] * count,
        "party": [None] * count,
        "other": [-1] * count,
        "episode": [5] * count,
        "times": list(range(count)),
        "relays": [None if f % 2 else f for f in range(count)],
        "hours": [9_999 * f for f in range(count)],
        "party_first": [f - 1 for f in range(count)],
        "part_all": [60] * count,
        "score": [60] * count,
    }
    table = arrow.table(columns, schema_of(dict.fromkeys(columns, "BIGINT")))
    detector = detectors()["trade_transfer_trade"]
    teller = Teller({name: arrow.chunked_array([texts]) for name, texts in TEXTS.items()})
    made = teller.findings(Seen(detector, "party", FIRST, table, 0.0), table, shown)
    return made.to_pylist(), teller.evidence(made["id"], shown)


def plainly(place: int, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what a finding comes to, row by row."""
    parties = dict.fromkeys(one[side] for one in rows for side in ("sender", "recipient"))
    names = [PARTIES[one] for one in parties if one is not None]
    volume: dict[str, int] = {}
    for one in rows:
        if one["kind"] == "sale" and one["price"] is not None and one["currency"] is not None:
            currency = CURRENCIES[one["currency"]]
            volume[currency] = volume.get(currency, 0) + one["price"]
    digest = parameters_digest(detectors()["trade_transfer_trade"].parameters)
    named = ["trade_transfer_trade", 1, digest, "party", "c", "c/1", None, None]
    keys = "".join(f"\n{one['source']}\0{one['id']}" for one in rows)
    hours = f"{9_999 * place:,}" if place > 1 else "9999" if place else "<1"
    return {
        "id": hashlib.sha256(msgspec.json.encode(named) + keys.encode()).hexdigest(),
        "first_ms": min((one["ms"] for one in rows), default=0),
        "last_ms": max((one["ms"] for one in rows), default=0),
        "moves": len(rows),
        "sales": sum(one["kind"] == "sale" for one in rows),
        "parties": names[:MOST_PARTIES],
        "party_count": len(names),
        "volume": volume,
        "named": {"first": PARTIES[place - 1]} if place else {},
        "figures": {"times": place, "hours": 9_999 * place}
        | ({} if place % 2 else {"relays": place}),
        "parts": {"all": 60},
        "sentence_en": " sold 1, got it back without a price and sold it again: "
        f"{place}×, back in {hours} h at the soonest, {volume_text(volume)}.",
    }


@given(st.lists(st.lists(row, max_size=30), max_size=5))
def test_findings(findings: list[list[dict[str, Any]]]) -> None:
    """Ids, counts, parties, sums and words are those of each finding alone, however large."""
    made, _ = told(findings)
    assert len(made) == len(findings)
    for place, (one, rows) in enumerate(zip(made, findings, strict=True)):
        plain = plainly(place, rows)
        coded = {
            name: json.loads(one[name]) for name in plain if isinstance(plain[name], dict | list)
        }
        assert {name: one[name] for name in plain} | coded == plain


@given(st.lists(st.lists(row, max_size=5), max_size=5))
def test_evidence(findings: list[list[dict[str, Any]]]) -> None:
    """Every row comes under its finding's id, in its place, its codes as texts."""
    made, evidence = told(findings)
    expected = [
        {
            **{name: value for name, value in one.items() if name not in ("price", "f")},
            "finding": finding["id"],
            "place": place,
            "token": "c/1",
            "sender": None if one["sender"] is None else PARTIES[one["sender"]],
            "recipient": None if one["recipient"] is None else PARTIES[one["recipient"]],
            "price": one["price"],
            "currency": None if one["currency"] is None else CURRENCIES[one["currency"]],
        }
        for finding, rows in zip(made, findings, strict=True)
        for place, one in enumerate(rows, 1)
    ]
    assert evidence.to_pylist() == expected


def test_portions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are told together, findings and their rows are the same."""
    moves = [sale("a", "a", token=f"c/{n % 7}") for n in range(40)]
    whole = found("self_trade", moves)
    assert len(whole) == 7
    for rows in (1, 13):
        monkeypatch.setattr(output, "CHUNK_ROWS", rows)
        assert found("self_trade", moves) == whole


def test_portions_have_few_rows_or_one_finding() -> None:
    """A portion ends before it has too many rows, unless one finding has them, and after enough findings."""
    most = output.CHUNK_ROWS
    counts = [1, most - 1, 1, 3 * most, 0, 5, most]
    ends = np.cumsum(counts)
    assert list(output._portions(ends, 0, 7)) == [(0, 2), (2, 3), (3, 4), (4, 6), (6, 7)]
    assert list(output._portions(ends, 2, 4)) == [(2, 3), (3, 4)]
    assert list(output._portions(ends, 4, 4)) == []
    few = np.arange(3 * output.CHUNK)
    assert len(list(output._portions(few, 0, len(few)))) == 3
