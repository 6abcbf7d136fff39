"""What one run of `watch` came to: plain data behind the report, the console's page and the interface.

Amounts are whole minor units of the currency named beside them; they may pass 64 bits. Moments are
epoch milliseconds UTC, days ISO dates in UTC. Nothing here is a verdict: findings are signs.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from vermilion.market.findings import Finding, Text

MOST_FINDINGS = 1_000
"""Findings that a report carries whole, those of the highest score; the rest are counted. Policy."""

FOLDER = "market"
"""What a book keeps of its market."""

REPORT = "report.json"
"""What the last run came to, there."""

MarkKind = Literal["surge", "run_up", "awakening", "news"]


class Input(msgspec.Struct, frozen=True):
    """Something that was read: a file or a book, how many rows it gave and how many it refused."""

    name: str
    rows: int
    rejected: int = 0


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked at, duplicates gone."""

    trades: int = 0
    transfers: int = 0
    mints: int = 0
    burns: int = 0
    payments: int = 0
    listings: int = 0
    collections: int = 0
    tokens: int = 0
    parties: int = 0


class QualityLine(msgspec.Struct, frozen=True):
    """One fault of the data: its code, such as `duplicates`, how often, and ids of some such rows."""

    code: str
    count: int
    samples: list[str] = []


class ParameterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A number that a detector was run with; `basis` cites what gives it, None marks it as policy."""

    name: str
    value: int
    meaning: Text
    basis: str | None = None


class DetectorLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector is and what it saw.

    `flagged` counts its distinct trades, `volume` is theirs by currency. `indirect` marks a sign that
    says something of numbers as a whole and nothing of one trade.
    """

    name: str
    version: int
    stage: str
    indirect: bool
    title: Text
    definition: Text
    source: str
    false_positives: list[Text] = []
    parameters: list[ParameterLine] = []
    findings: int = 0
    flagged: int = 0
    volume: dict[str, int] = {}
    seconds: float = 0.0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a collection in one currency; prices are of one unit.

    A volume is 0 where a price of the day is 10^28 or more, which is in no sum.

    The `clean` numbers leave out the trades that a detector flagged before prices are judged; they are
    None on a day that has no other trades.
    """

    day: str
    sales: int
    volume: int
    low: int
    median: int
    high: int
    clean_sales: int
    clean_volume: int
    clean_low: int | None = None
    clean_median: int | None = None
    clean_high: int | None = None


class BandLine(msgspec.Struct, frozen=True):
    """A price band: from one day to another (both in it), the lowest and highest price within it."""

    first: str
    last: str
    low: int
    high: int


class Mark(msgspec.Struct, frozen=True):
    """Something to be seen at a day of a chart, and the finding that tells of it, if one does."""

    kind: MarkKind
    day: str
    text: Text
    finding: str | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Price and volume of one collection in one currency, days in order, days without trades absent."""

    collection: str
    currency: str
    points: list[Point]
    bands: list[BandLine] = []
    marks: list[Mark] = []


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause on which a rule judges findings of a pattern."""

    pattern: str
    rulebook: str
    rule: str
    title: Text
    verdict: str
    instrument: Text
    pinpoint: str


class WatchReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run came to.

    `findings` are at most `MOST_FINDINGS`, highest score first; `all_findings` counts all, and
    `findings_file` and `evidence_file` say where all of them and all their rows lie. `flagged` counts
    distinct trades that left before prices were judged, `volume` is theirs and `traded` everybody's.
    """

    started_at: str
    seconds: float
    engine: str
    inputs: list[Input]
    counts: Counts
    first_ms: int | None
    last_ms: int | None
    quality: list[QualityLine]
    detectors: list[DetectorLine]
    series: list[Series]
    further_series: int = 0
    """Collections and currencies of less volume, of which no series is here."""
    findings: list[Finding]
    all_findings: int
    flagged: int
    volume: dict[str, int]
    traded: dict[str, int]
    clauses: list[Clause] = []
    findings_file: str | None = None
    evidence_file: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings are looked for; what is None is not asked for."""

    detector: str | None = None
    pattern: str | None = None
    collection: str | None = None
    party: str | None = None
    after: int = 0
    limit: int = 50
