"""Publish price bands as standing facts of their collections, so that later prices are held to them.

A band is an `issue` statement of its collection that says nothing but the band: what else stands of
the collection stays, and its tokens inherit the band. Only what does not stand already is stated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import msgspec

from vermilion.desk.desk import Conflict, Desk, Refused
from vermilion.desk.watch.publish_events import SOURCE, moment
from vermilion.facts.canonical import canonical_form
from vermilion.facts.entities import PriceBand, Token
from vermilion.facts.events import Event, Issue, IssueEvent
from vermilion.facts.money import CURRENCIES, Money
from vermilion.intake import Received
from vermilion.market.bands import Band

KEPT_DAYS = 30
"""Bands that ended more days ago than these are not published. Policy."""

MOST_BANDS = 50
"""Bands of a collection that are published at once, the last ones. Policy."""

FIRST_CURRENCY = "CNY"
"""Of bands in several currencies those in this one are published: rules judge prices in it. Policy."""

SEALED_TOGETHER = 1_024
"""Statements made durable in groups of so many."""

_CHECK = msgspec.json.Decoder(Event).decode


class PublishedBands(msgspec.Struct, frozen=True):
    """What publishing bands came to.

    `stated` are new statements, `same` bands that stood already; `left_out` ended long ago, are in
    another currency than the one that is published of their collection, or in one that is not
    listed; `refused` cannot be recorded.
    """

    stated: int = 0
    same: int = 0
    left_out: int = 0
    refused: int = 0


def publish_bands(desk: Desk, bands: Iterable[Band], now: dt.datetime) -> PublishedBands:
    """State the bands of collections as far as they do not stand already; durable on return.

    A collection has one band at a time, so that of several currencies one is published: renminbi, or
    else the one with most bands. Memory grows with the collections.

    Args:
        desk: the desk of the book.
        bands: those of each collection and currency in the order of time.
        now: when this is done.

    Raises:
        StorageError: as for `Desk.submit`.
    """
    series, read = _series(bands, now)
    wanted = _one_currency(series)
    counts: Counter[str] = Counter()
    waiting: list[Received] = []
    for collection, currency in wanted.items():
        for band in series[collection][currency].last:
            events = list(_statements(desk, band, now))
            counts["same"] += not events
            for event in events:
                received = _received(event)
                counts["refused"] += received is None
                waiting += [] if received is None else [received]
            counts["published"] += 1
        if len(waiting) >= SEALED_TOGETHER:
            counts += _submit(desk, waiting)
            waiting = []
    counts += _submit(desk, waiting)
    desk.store()
    left_out = read - counts.pop("published", 0)
    return PublishedBands(left_out=left_out, **counts)


class _Series:
    """The bands of a collection in a currency: how many there were, and those to publish."""

    def __init__(self) -> None:
        self.count = 0
        self.last: deque[Band] = deque(maxlen=MOST_BANDS)


def _series(bands: Iterable[Band], now: dt.datetime) -> tuple[dict[str, dict[str, _Series]], int]:
    """Return what is to be published by collection and currency, and how many bands there were."""
    since = now - dt.timedelta(days=KEPT_DAYS)
    found: dict[str, dict[str, _Series]] = {}
    read = 0
    for band in bands:
        read += 1
        if band.currency not in CURRENCIES:
            continue
        series = found.setdefault(band.collection, {}).setdefault(band.currency, _Series())
        series.count += 1
        if band.until_ms is None or moment(band.until_ms) > since:
            series.last.append(band)
    return found, read


def _one_currency(series: dict[str, dict[str, _Series]]) -> dict[str, str]:
    """Return the currency in which the bands of each collection are published."""
    return {
        collection: min(its, key=lambda one: (one != FIRST_CURRENCY, -its[one].count, one))
        for collection, its in series.items()
    }


def _statements(desk: Desk, band: Band, now: dt.datetime) -> Iterator[IssueEvent]:
    """Yield what has to be stated for a band to stand in its whole period.

    Where other statements begin or end within it, it is stated anew if it does not stand from there.
    """
    begins = moment(band.from_ms)
    ends = None if band.until_ms is None else moment(band.until_ms)
    known = desk.standing.statements("token", band.collection)
    bands = [one for one in known if cast("Token", one.entity).price_band is not None]
    turns = {turn for one in bands for turn in (one.valid_from, one.valid_until) if turn}
    within = {one for one in turns if begins < one and (ends is None or one < ends)}
    said = PriceBand(low=Money(band.low, band.currency), high=Money(band.high, band.currency))
    for start in sorted({begins, *within}):
        token = cast("Token | None", desk.standing.at("token", band.collection, start))
        stands = None if token is None else token.price_band
        if stands is None or (stands.low, stands.high) != (said.low, said.high):
            dated = msgspec.structs.replace(said, as_of=begins)
            token = Token(id=band.collection, price_band=dated)
            issue = Issue(token=token, valid_from=start, valid_until=ends)
            yield _event(issue, len(known), min(start, now))


def _event(issue: Issue, statements: int, time: dt.datetime) -> IssueEvent:
    # How much was stated before tells a band that is stated again from the first time.
    digest = hashlib.sha256(msgspec.json.encode([issue, statements])).hexdigest()[:32]
    return IssueEvent(
        id=f"band/{digest}",
        source=SOURCE,
        # One business for each collection: windows that count issues count it once.
        subject=f"band/{issue.token.id}"[:512],
        time=time,
        stage="settled",
        specversion="1.0",
        data=issue,
    )


def _received(event: IssueEvent) -> Received | None:
    """Return an event as the desk takes it; None where the record could not be read with it."""
    formed, canonical = canonical_form(event)
    try:
        _CHECK(canonical)
    except msgspec.ValidationError:
        return None
    return Received(formed, canonical, "", 0)


def _submit(desk: Desk, group: Sequence[Received]) -> Counter[str]:
    answers = desk.submit(group)
    refused = sum(isinstance(one, Conflict | Refused) for one in answers)
    return Counter(stated=len(answers) - refused, refused=refused)
