"""Findings: what a detector saw, with the rows that show it. They are signs, and decide nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from vermilion.facts.money import CURRENCIES, MAX_MINOR_UNITS, Money, format_money

MOST_ROWS = 100
"""Rows that a finding carries; all of them lie in Parquet beside it. Policy."""

MOST_PARTIES = 20
"""Parties that a finding names, in the order in which they come; the rest are counted. Policy."""

MOST_DECIMALS = 4
"""Decimals of an amount in a sentence. Policy."""

CODED = ("parties", "volume", "named", "figures", "parts")
"""What of a finding is JSON in Parquet: lists and maps."""

_DAY_MS = 86_400_000
_ENCODE = msgspec.json.Encoder(order="deterministic").encode


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words in both languages."""

    zh: str
    en: str


class Subject(msgspec.Struct, frozen=True):
    """What a finding is about; what does not apply is None."""

    collection: str | None = None
    token: str | None = None
    party: str | None = None
    other: str | None = None


class FindingRow(msgspec.Struct, frozen=True):
    """One move that shows a finding, and what it is in it.

    `price` is in minor units of `currency`; `ms` is epoch milliseconds.
    """

    source: str
    id: str
    role: str
    ms: int
    kind: str
    token: str
    sender: str | None
    recipient: str | None
    price: int | None
    currency: str | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector saw.

    `id` is the digest of detector, version, parameters, level, subject and every row. `episode_ms`
    tells findings of one subject apart. `volume` is in minor units by currency. `named` are
    further parties by what they are, such as who funded both. `score` is 0 to 100,
    the sum of `parts` as far as that.
    """

    id: str
    detector: str
    version: int
    level: str
    pattern: str
    indirect: bool
    subject: Subject
    episode_ms: int
    first_ms: int
    last_ms: int
    moves: int
    sales: int
    parties: list[str]
    party_count: int
    volume: dict[str, int]
    named: dict[str, str] = {}
    figures: dict[str, int]
    score: int
    parts: dict[str, int]
    sentence: Text
    rows: list[FindingRow]


def parameters_digest(parameters: Mapping[str, int]) -> str:
    """Return the SHA-256 of a detector's parameters, in hex."""
    return hashlib.sha256(_ENCODE(dict(parameters))).hexdigest()


def finding_id(named: Sequence[object], rows: bytes | memoryview) -> str:
    """Return the SHA-256 of what a finding is of and of every row, in hex.

    Args:
        named: detector, version, digest of parameters, level and subject.
        rows: of each row a line feed, its source, a NUL and its id.
    """
    digest = hashlib.sha256(_ENCODE(named))
    digest.update(rows)
    return digest.hexdigest()


def finding_of(told: Mapping[str, Any], rows: list[FindingRow]) -> Finding:
    """Return a finding, given its row of Parquet and its first rows."""
    decoded = {name: msgspec.json.decode(told[name]) for name in CODED}
    plain = {name: told[name] for name in Finding.__struct_fields__ if name in told}
    return Finding(
        **{**plain, **decoded},
        subject=Subject(*(told[name] for name in Subject.__struct_fields__)),
        sentence=Text(told["sentence_zh"], told["sentence_en"]),
        rows=rows,
    )


def row_of(told: Mapping[str, Any]) -> FindingRow:
    """Return one of a finding's rows, given its row of Parquet."""
    plain = {name: told[name] for name in FindingRow.__struct_fields__}
    price = told["price"]
    return FindingRow(**{**plain, "price": None if price is None else int(price)})


def volume_text(volume: Mapping[str, int]) -> str:
    """Write amounts by currency in major units, of at most four decimals; `0` where there is none.

    `≈` stands before an amount whose further decimals are cut, `<0.0001` for one that is less.
    """
    return ", ".join(_amount(amount, currency) for currency, amount in volume.items()) or "0"


def _amount(amount: int, currency: str) -> str:
    """Write an amount; one that no money can be in its minor units."""
    if currency not in CURRENCIES or abs(amount) > MAX_MINOR_UNITS:
        return f"{amount:,} {currency}".rstrip()
    exact, _, code = format_money(Money(amount, currency)).partition(" ")
    whole, _, decimals = exact.partition(".")
    if len(decimals) <= MOST_DECIMALS:
        return f"{exact} {code}"
    kept = decimals[:MOST_DECIMALS]
    if whole == "0" and not int(kept):
        return f"<0.{'1':0>{MOST_DECIMALS}} {code}"
    return f"≈{whole}.{kept.rstrip('0').ljust(2, '0')} {code}"


def day_of(ms: int) -> str:
    """Write the day of a moment, UTC, ISO."""
    return _day(ms // _DAY_MS)


@lru_cache(65_536)
def _day(days: int) -> str:
    return dt.datetime.fromtimestamp(days * _DAY_MS // 1000, dt.UTC).date().isoformat()


@lru_cache(65_536)
def short(text: str | None) -> str:
    """Shorten an id to what tells it apart: its last part, cut in the middle where it is long."""
    if text is None:
        return ""
    last = text.rstrip("/:").replace("/", ":").rpartition(":")[2]
    return last if len(last) <= 16 else f"{last[:8]}…{last[-6:]}"
