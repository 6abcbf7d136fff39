"""Surges that are known to have happened: CryptoPunks in early 2021, MoonCats on 2021-03-12."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from .harness import found

DATA = Path(__file__).parents[3] / "shared" / "data"
Row = dict[str, Any]


def rows_of(path: Path, seller: str, buyer: str) -> list[Row]:
    """Return priced rows as sales; the null address, and `0x`, are nobody."""
    if not path.is_file():
        pytest.skip(f"no {path.name} here")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {
                "ms": int(dt.datetime.fromisoformat(row["timestamp"]).timestamp() * 1000),
                "token": f"c/{row['token_id']}",
                "sender": row[seller] if row[seller].strip("0x") else None,
                "recipient": row[buyer] if row[buyer].strip("0x") else None,
                "price": int(row["price_wei"]),
                "currency": "ETH",
            }
            for row in csv.DictReader(file)
            if row["price_wei"].isdigit() and int(row["price_wei"])
        ]


def day(ms: int) -> dt.date:
    """Return the day of a moment, UTC."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC).date()


def test_punks_surge() -> None:
    """Four surges are told of four years, among them that of February and March 2021."""
    rows = rows_of(DATA / "punks" / "punks_sales.csv", "seller", "buyer")
    told = sorted(
        (day(one.finding.first_ms), day(one.finding.last_ms)) for one in found("price_surge", rows)
    )
    assert len(told) == 4
    assert told[-1] == (dt.date(2021, 2, 18), dt.date(2021, 3, 3))


def test_mooncats_awaken() -> None:
    """The collection that slept for 1,047 days is told to wake on 2021-03-12."""
    rows = rows_of(DATA / "mooncats" / "mooncats_adopt.csv", "from", "to")
    [one] = found("dormant_awakening", rows)
    assert day(one.finding.first_ms) == dt.date(2021, 3, 12)
    assert (one.figures["quiet_days"], one.score) == (1047, 85)
