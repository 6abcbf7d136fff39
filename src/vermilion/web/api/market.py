"""What surveillance saw in the market: the last run in short, its findings page by page, and one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter, QueryParameter

from vermilion.desk.cases import Linked
from vermilion.desk.cursor import Cursors, unknown_place
from vermilion.market.findings import Finding, Subject, Text
from vermilion.market.report import Counts, Input, QualityLine, Wanted, WatchReport
from vermilion.web.access.refusals import NotFoundError
from vermilion.web.api.judgements import Cursor, Limit
from vermilion.web.asking import Asked, service_of
from vermilion.web.market import market_of, watched
from vermilion.web.recorded import record_access

Words = Annotated[str | None, QueryParameter(min_length=1, max_length=512)]
FindingId = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]

_FINDINGS = Cursors("findings")

FURTHEST = 1_000_000
"""Findings that are paged through; whoever wants more asks for a collection or a detector. Policy."""


class Amount(msgspec.Struct, frozen=True):
    """An amount in minor units, as digits, and its currency."""

    currency: str
    amount: str


class DetectorRead(msgspec.Struct, frozen=True):
    """What a detector saw: its findings, and the distinct trades in them."""

    name: str
    version: int
    stage: str
    indirect: bool
    title: Text
    findings: int
    flagged: int


class MarketRead(msgspec.Struct, frozen=True):
    """The last run in short.

    `flagged` counts distinct trades that left before prices were judged, `volume` is theirs and
    `traded` everybody's. Times are epoch milliseconds.
    """

    started_at: str
    seconds: float
    engine: str
    inputs: list[Input]
    counts: Counts
    first_ms: int | None
    last_ms: int | None
    quality: list[QualityLine]
    detectors: list[DetectorRead]
    findings: int
    flagged: int
    volume: list[Amount]
    traded: list[Amount]


class RowRead(msgspec.Struct, frozen=True):
    """One move that shows a finding, and the role that it plays; `price` is digits in minor units."""

    source: str
    id: str
    role: str
    ms: int
    kind: str
    token: str
    sender: str | None
    recipient: str | None
    price: str | None
    currency: str | None


class FindingRead(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector saw: a sign, never a verdict. `rows` are the first 100 of `moves`.

    `cases` are those that people linked to it; both are told of one finding, and empty in lists.
    """

    id: str
    detector: str
    version: int
    level: str
    pattern: str
    indirect: bool
    subject: Subject
    first_ms: int
    last_ms: int
    moves: int
    sales: int
    parties: list[str]
    party_count: int
    volume: list[Amount]
    figures: dict[str, str]
    score: int
    parts: dict[str, int]
    sentence: Text
    rows: list[RowRead]
    cases: list[Linked]


class FindingsRead(msgspec.Struct, frozen=True):
    """Findings, highest score first, without rows; `next` is the cursor of the page that follows."""

    items: list[FindingRead]
    next: str | None


@get("/v1/market", opt={"right": "read"}, summary="Read what surveillance saw")
async def read_market(request: Asked) -> MarketRead:
    """Return the last run over the book's settled events in short."""
    return _market(await watched(market_of(request)))


@get("/v1/market/findings", opt={"right": "read_personal"}, summary="List findings")
async def list_findings(
    request: Asked,
    *,
    detector: Words = None,
    pattern: Words = None,
    collection: Words = None,
    party: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> FindingsRead:
    """List findings of the last run; that those of a party were asked for is recorded first."""
    market = market_of(request)
    if party is not None:
        await record_access(request, "party", party)
    sought = Wanted(
        detector=detector,
        pattern=pattern,
        collection=collection,
        party=party,
        after=near(_FINDINGS.after(cursor) or 0),
        limit=limit,
    )
    items, following = await market.find(sought)
    told = [_finding(one, rows=False) for one in items]
    return FindingsRead(told, None if following is None else _FINDINGS.text(following))


@get("/v1/market/findings/{id:str}", opt={"right": "read_personal"}, summary="Read a finding")
async def read_finding(request: Asked, id: FindingId) -> FindingRead:
    """Return a finding with its first rows; that somebody read it is recorded first."""
    await record_access(request, "finding", id)
    found = await market_of(request).finding(id)
    if found is None:
        raise NotFoundError("unknown_finding", "the last run has no such finding")
    cases = await service_of(request).call(lambda served: served.cases.links("finding", id))
    return _finding(found, rows=True, cases=cases)


def near(number: int) -> int:
    """Return how many findings a page leaves out, unless it is too far to go.

    Raises:
        UsageError: `bad_cursor`.
    """
    if number > FURTHEST:
        raise unknown_place()
    return number


def _market(report: WatchReport) -> MarketRead:
    return MarketRead(
        report.started_at,
        report.seconds,
        report.engine,
        report.inputs,
        report.counts,
        report.first_ms,
        report.last_ms,
        report.quality,
        [
            DetectorRead(
                one.name, one.version, one.stage, one.indirect, one.title, one.findings, one.flagged
            )
            for one in report.detectors
        ],
        report.all_findings,
        report.flagged,
        _amounts(report.volume),
        _amounts(report.traded),
    )


def _amounts(volume: dict[str, int]) -> list[Amount]:
    return [Amount(currency, str(amount)) for currency, amount in sorted(volume.items())]


def _finding(one: Finding, *, rows: bool, cases: Sequence[Linked] = ()) -> FindingRead:
    same = ("id", "detector", "version", "level", "pattern", "indirect", "subject", "first_ms",
            "last_ms", "moves", "sales", "parties", "party_count", "score", "parts", "sentence")  # fmt: skip
    return FindingRead(
        **{name: getattr(one, name) for name in same},
        volume=_amounts(one.volume),
        figures={name: str(value) for name, value in one.figures.items()},
        rows=[
            RowRead(
                row.source, row.id, row.role, row.ms, row.kind, row.token, row.sender,
                row.recipient, None if row.price is None else str(row.price), row.currency,
            )
            for row in one.rows
        ] if rows else [],
        cases=list(cases),
    )  # fmt: skip
