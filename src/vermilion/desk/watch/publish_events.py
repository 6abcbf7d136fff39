"""Write what a detector saw, and what became of it, as events of type `finding`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, cast

import msgspec

from vermilion.facts.events import (
    Closure,
    Disposition,
    EventName,
    Figure,
    FindingEvent,
    FindingLevel,
    FindingPattern,
    Sentence,
)
from vermilion.facts.events import Finding as Said
from vermilion.facts.money import CURRENCIES, Money
from vermilion.market.findings import Finding

SOURCE = "vermilion:watch"
"""The source of the events that surveillance writes."""

MOST_NUMBERS = 64
"""Figures, parts of the score and currencies that an event names; the rest lies in Parquet. Policy."""

_LARGEST = 2**53
_LONGEST = 2_000


class Outcome(NamedTuple):
    """What became of a finding, why in words, and of a closed one what kind of reason that is."""

    disposition: Disposition
    reason: str
    closure: Closure | None = None


class Past(msgspec.Struct, frozen=True):
    """What a finding grew from: the events of those, and of those that people had dismissed."""

    supersedes: list[EventName] = []
    dismissed: list[EventName] = []


def opening(finding: Finding, parameters: str, subject: str, id: str, past: Past) -> FindingEvent:
    """Return the event that asks people about a finding; its time is that of its last row.

    Args:
        finding: what the detector saw.
        parameters: SHA-256 of the parameters that it ran with.
        subject: the business: the id of the finding that it grew from first, or its own.
        id: the event's own.
        past: what it grew from.
    """
    of = finding.subject
    said = Said(
        kind="pattern",
        pattern=cast("FindingPattern", finding.pattern),
        detector=finding.detector,
        version=finding.version,
        parameters_sha256=parameters,
        level=cast("FindingLevel", finding.level),
        indirect=finding.indirect,
        score=finding.score,
        parts=_figures(finding.parts),
        figures=_figures(finding.figures),
        volume=[
            Money(amount, currency)
            for currency, amount in finding.volume.items()
            if currency in CURRENCIES
        ][:MOST_NUMBERS],
        moves=finding.moves,
        sales=finding.sales,
        rows=[EventName(source=one.source, id=one.id) for one in finding.rows],
        first_at=moment(finding.first_ms),
        last_at=moment(finding.last_ms),
        token=of.token or of.collection,
        collection=of.collection,
        account=of.party,
        counterparty=of.other,
        concerned=finding.parties,
        concerned_count=finding.party_count,
        sentence=Sentence(zh=finding.sentence.zh[:_LONGEST], en=finding.sentence.en[:_LONGEST]),
        supersedes=past.supersedes or None,
        dismissed=past.dismissed or None,
        disposition="open",
    )
    return _event(id, subject, moment(finding.last_ms), said)


def ending(last: FindingEvent, id: str, now: dt.datetime, outcome: Outcome) -> FindingEvent:
    """Return the event that says what became of a finding.

    Args:
        last: the last event of its business that said what was seen.
        id: the event's own.
        now: when it became so.
        outcome: what.
    """
    was = last.data
    said = Said(
        kind="pattern",
        about=EventName(source=last.source, id=last.id),
        pattern=was.pattern,
        detector=was.detector,
        version=was.version,
        level=was.level,
        indirect=was.indirect,
        token=was.token,
        collection=was.collection,
        account=was.account,
        counterparty=was.counterparty,
        disposition=outcome.disposition,
        disposition_reason=outcome.reason,
        closure=outcome.closure,
    )
    return _event(id, last.subject or last.id, now, said)


def moment(ms: int) -> dt.datetime:
    """Return epoch milliseconds as a moment in UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms)


def _event(id: str, subject: str, time: dt.datetime, said: Said) -> FindingEvent:
    return FindingEvent(
        id=id,
        source=SOURCE,
        subject=subject,
        time=time,
        stage="settled",
        specversion="1.0",
        data=said,
    )


def _figures(numbers: dict[str, int]) -> list[Figure]:
    kept = [(name, value) for name, value in numbers.items() if abs(value) <= _LARGEST]
    return [Figure(name=name, value=value) for name, value in kept[:MOST_NUMBERS]]
