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


class _Words(dict[str, object]):
    """What a sentence may name; `X_money` is the figure `X` as an amount in the finding's currency."""

    def __missing__(self, name: str) -> str:
        figure = name.removesuffix("_money")
        if figure == name:
            raise KeyError(name)
        return volume_text({str(self["currency"]): int(str(self[figure]))})


def words_of(finding: Finding) -> Mapping[str, object]:
    """Return what a sentence may name."""
    subject = finding.subject
    return _Words(
        {
            **finding.figures,
            "collection": short(subject.collection),
            "token": short(subject.token),
            "party": short(subject.party),
            "other": short(subject.other),
            "moves": finding.moves,
            "sales": finding.sales,
            "parties": finding.party_count,
            "volume": volume_text(finding.volume),
            "first": day_of(finding.first_ms),
            "last": day_of(finding.last_ms),
            "currency": next(iter(finding.volume), ""),
        }
    )


def volume_text(volume: Mapping[str, int]) -> str:
    """Write amounts by currency in major units; `0` where there is none."""
    return ", ".join(_amount(amount, currency) for currency, amount in volume.items()) or "0"


def _amount(amount: int, currency: str) -> str:
    """Write an amount; one that no money can be in its minor units."""
    if currency in CURRENCIES and abs(amount) <= MAX_MINOR_UNITS:
        return format_money(Money(amount, currency))
    return f"{amount} {currency}"


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
