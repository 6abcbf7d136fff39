"""Findings: what a detector saw, with the rows that show it. They are signs, and decide nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from vermilion.facts.money import CURRENCIES, MAX_MINOR_UNITS, Money, format_money

MOST_ROWS = 100
"""Rows that a finding carries; all of them lie in Parquet beside it. Policy."""

MOST_PARTIES = 20
"""Parties that a finding names, in the order in which they come; the rest are counted. Policy."""

MOST_DECIMALS = 4
"""Decimals of an amount in a sentence. Policy."""

SEPARATED_FROM = 10_000
"""The least number that is written with separators in a sentence."""

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


def finding_id(named: Iterable[object], rows: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of what a finding is of and of every row's source and id, in hex."""
    digest = hashlib.sha256(_ENCODE(list(named)))
    for source, id in rows:
        digest.update(f"\n{source}\0{id}".encode())
    return digest.hexdigest()


def sentence_of(template: Text, values: Mapping[str, object]) -> Text:
    """Return a detector's sentence about one finding."""
    return Text(zh=template.zh.format_map(values), en=template.en.format_map(values))


class _Words(dict[str, str]):
    """What a sentence may name: words, and numbers with separators from 10,000 on.

    `X_money` is the number `X` as an amount in the finding's currency; `X_whole` is `X` where it was
    rounded down, `<1` for 0.
    """

    def __init__(self, words: Mapping[str, str], numbers: Mapping[str, int], currency: str) -> None:
        counts = {
            name: f"{n:,}" if abs(n) >= SEPARATED_FROM else str(n) for name, n in numbers.items()
        }
        super().__init__({**counts, **words})
        self._numbers = numbers
        self._currency = currency

    def __missing__(self, name: str) -> str:
        number, _, how = name.rpartition("_")
        if how == "money":
            return volume_text({self._currency: self._numbers[number]})
        if how == "whole":
            return self[number] if self._numbers[number] else "<1"
        raise KeyError(name)


def words_of(finding: Finding, parameters: Mapping[str, int] | None = None) -> Mapping[str, object]:
    """Return what a sentence may name: the subject, counts, figures and the detector's parameters."""
    subject = finding.subject
    first, last = day_of(finding.first_ms), day_of(finding.last_ms)
    counts = {"moves": finding.moves, "sales": finding.sales, "parties": finding.party_count}
    return _Words(
        {
            "collection": short(subject.collection),
            "token": short(subject.token),
            "party": short(subject.party),
            "other": short(subject.other),
            "volume": volume_text(finding.volume),
            "first": first,
            "last": last,
            "period": first if first == last else f"{first} – {last}",
        },
        {**(parameters or {}), **finding.figures, **counts},
        next(iter(finding.volume), ""),
    )


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


@lru_cache(65_536)
def day_of(ms: int) -> str:
    """Write the day of a moment, UTC, ISO."""
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC).date().isoformat()


@lru_cache(65_536)
def short(text: str | None) -> str:
    """Shorten an id to what tells it apart: its last part, cut in the middle where it is long."""
    if text is None:
        return ""
    last = text.rstrip("/:").replace("/", ":").rpartition(":")[2]
    return last if len(last) <= 16 else f"{last[:8]}…{last[-6:]}"
