"""Price bands of surveillance are facts by which later prices are judged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.desk.check import check
from vermilion.desk.desk import Desk
from vermilion.desk.watch.publish_bands import MOST_BANDS, PublishedBands, publish_bands
from vermilion.facts.entities import Edition, PriceBand, Token
from vermilion.facts.money import Money
from vermilion.market.bands import Band

from ..samples import CN, desk_in, event, request, sale, submit, write_lines

NOW = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
SERIES = "p:collection:1"
UNIT = "p:token:7"


def ms(day: str) -> int:
    """Return the beginning of a day, UTC, in epoch milliseconds."""
    return int(dt.datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


def band(first: str, until: str | None, low: int, high: int, currency: str = "CNY") -> Band:
    """Return a band of the series."""
    ends = None if until is None else ms(until)
    return Band(SERIES, currency, ms(first), ends, low, high, (low + high) // 2, 9)


MARCH = [band("2026-03-01", "2026-03-10", 500, 1_500), band("2026-03-10", "2026-03-12", 900, 2_000)]


def priced(id: str, day: str, amount: int, currency: str = "CNY", **more: Any) -> dict[str, Any]:
    """Return a sale of a unit of the series on a day, at a price in minor units."""
    price = {"amount": amount, "currency": currency}
    data = {"token": UNIT, "price": price} | more
    return sale(id, f"{day}T12:00:00+08:00", **data)


def series(**facts: Any) -> dict[str, Any]:
    """Return an issue of the series and a statement that the unit belongs to it."""
    token = {"id": SERIES, **facts}
    inline = {"tokens": [{"id": UNIT, "collection": SERIES}]}
    return event("issue", "i1", "2026-02-01T12:00:00+08:00", token=token, inline=inline)


def found(desk: Desk, id: str = UNIT, day: str = "2026-03-05") -> Token | None:
    """Return what stands of a token on a day."""
    moment = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    token = desk.standing.at("token", id, moment)
    assert token is None or isinstance(token, Token)
    return token


def judged(desk: Desk, *sales: dict[str, Any]) -> list[str | None]:
    """Return what the band's rule found on each sale: `hit`, `missing`, or None."""
    outcomes: list[str | None] = []
    for answer in submit(desk, *sales):
        rules = answer.judged.ruled[0].ruling.rules  # type: ignore[union-attr]
        outcomes.append(next((one.outcome for one in rules if one.id == "CN-P2-02"), None))
    return outcomes


def test_prices_are_held_to_the_band_of_their_day(tmp_path: Path) -> None:
    """A unit inherits its series' band; each day has its own, and after the last there is none."""
    with desk_in(tmp_path / "book", CN) as desk:
        submit(desk, series())
        assert publish_bands(desk, MARCH, NOW) == PublishedBands(stated=2)
        assert judged(
            desk,
            priced("s1", "2026-03-05", 1_500),
            priced("s2", "2026-03-05", 1_501),
            priced("s3", "2026-03-05", 499),
            priced("s4", "2026-03-11", 1_501),
            priced("s5", "2026-03-11", 2_001),
            priced("s6", "2026-03-15", 2_001),
            priced("s7", "2026-02-15", 9),
        ) == [None, "hit", "hit", None, "hit", None, None]


def test_check_holds_a_sale_outside_the_band(tmp_path: Path) -> None:
    """What `watch` published, `vermilion check` judges by: a sale above the band is reviewed."""
    book = tmp_path / "book"
    with desk_in(book, CN) as desk:
        publish_bands(desk, MARCH, NOW)
    unit = {"tokens": [{"id": UNIT, "collection": SERIES}]}
    events = [
        priced("p1", "2026-03-05", amount, stage="proposed", inline=unit) | {"id": f"p{amount}"}
        for amount in (1_000, 9_000)
    ]
    file = write_lines(tmp_path / "events.ndjson", *events)
    summary = check(request(file, book=book))
    [told] = [one for one in summary.rules if one.id == "CN-P2-02"]
    assert told.hit == 1


def test_other_facts_of_the_series_stay(tmp_path: Path) -> None:
    """A band says nothing but the band: issuer, edition and all else stand as they were."""
    with desk_in(tmp_path / "book", CN) as desk:
        submit(desk, series(issuer="p:party:9", divisible=False, edition={"size": 5}))
        before = found(desk, SERIES)
        publish_bands(desk, MARCH, NOW)
        after = found(desk, SERIES)
    assert before is not None
    assert after is not None
    high = Money(1_500, "CNY")
    assert after.price_band
    assert after.price_band.high == high
    assert (after.issuer, after.divisible, after.edition) == ("p:party:9", False, Edition(size=5))


def test_a_band_in_another_currency_judges_nothing(tmp_path: Path) -> None:
    """A series traded in ether has its band in ether, and prices in renminbi are not held to it."""
    ether = band("2026-03-01", None, 10**16, 10**18, "ETH")
    with desk_in(tmp_path / "book", CN) as desk:
        submit(desk, series())
        publish_bands(desk, [ether], NOW)
        assert judged(desk, priced("s1", "2026-03-05", 1_501)) == [None]
        token = found(desk, SERIES)
    assert token is not None
    assert token.price_band == PriceBand(
        low=Money(10**16, "ETH"),
        high=Money(10**18, "ETH"),
        as_of=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )


def test_renminbi_comes_first(tmp_path: Path) -> None:
    """Of a series with bands in several currencies those in renminbi are stated, and it is said."""
    ether = [band(f"2026-03-{day:02}", None, 1, 2, "ETH") for day in range(1, 9)]
    with desk_in(tmp_path / "book", CN) as desk:
        submit(desk, series())
        came = publish_bands(desk, [*ether, *MARCH, MARCH[0]._replace(currency="shells")], NOW)
        assert came == PublishedBands(stated=2, left_out=9)
        assert judged(desk, priced("s1", "2026-03-05", 1_501)) == ["hit"]


def test_the_same_bands_again_add_nothing(tmp_path: Path) -> None:
    """A second run over the same history adds no entry, a new band only itself."""
    with desk_in(tmp_path / "book", CN) as desk:
        publish_bands(desk, MARCH, NOW)
        size = desk.book.record.size
        later = [*MARCH, band("2026-03-12", None, 1_000, 2_500)]
        assert publish_bands(desk, later, NOW + dt.timedelta(days=2)) == PublishedBands(
            stated=1, same=2
        )
        assert desk.book.record.size == size + 1


def test_a_band_of_the_future_is_stated_now(tmp_path: Path) -> None:
    """A band that begins in a month is known today and holds from then on."""
    with desk_in(tmp_path / "book", CN) as desk:
        ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
        begins = int(ahead.timestamp() * 1000)
        coming = Band(SERIES, "CNY", begins, None, 1, 3, 2, 9)
        assert publish_bands(desk, [coming], dt.datetime.now(dt.UTC)) == PublishedBands(stated=1)
        day = (ahead + dt.timedelta(days=1)).date().isoformat()
        token = found(desk, SERIES, day)
    assert token is not None
    assert token.price_band is not None


def test_an_endless_id_stops_no_other(tmp_path: Path) -> None:
    """A collection whose id is longer than an id may be is counted and left out."""
    with desk_in(tmp_path / "book", CN) as desk:
        wrong = MARCH[0]._replace(collection="c" * 600)
        assert publish_bands(desk, [wrong, MARCH[1]], NOW) == PublishedBands(stated=1, refused=1)


def test_what_ended_long_ago_is_left_out(tmp_path: Path) -> None:
    """Only what held in the last thirty days is stated, and of that the last fifty bands."""
    with desk_in(tmp_path / "book", CN) as desk:
        old = band("2025-01-01", "2025-02-01", 1, 2)
        assert publish_bands(desk, [old, *MARCH], NOW) == PublishedBands(stated=2, left_out=1)
        start = ms("2026-03-01")
        many = [
            Band("d", "CNY", start + n, start + n + 1, n + 1, n + 2, n + 1, 9)
            for n in range(MOST_BANDS + 7)
        ]
        assert publish_bands(desk, many, NOW) == PublishedBands(stated=MOST_BANDS, left_out=7)


PERIODS = st.lists(st.integers(1, 3), min_size=6, max_size=6)


@settings(max_examples=12, deadline=None)
@given(st.lists(PERIODS, min_size=1, max_size=4))
def test_the_last_run_decides(runs: list[list[int]]) -> None:
    """However earlier bands lay, each day has the last run's; that run again states nothing."""
    with TemporaryDirectory() as folder, desk_in(Path(folder) / "book", CN) as desk:
        for run in runs:
            bands = _bands(run)
            publish_bands(desk, bands, NOW)
            assert publish_bands(desk, bands, NOW) == PublishedBands(same=len(bands))
        for day, high in enumerate(runs[-1], 10):
            token = found(desk, SERIES, f"2026-03-{day}")
            assert token is not None
            assert token.price_band is not None
            assert token.price_band.high == Money(high, "CNY")


def _bands(days: list[int]) -> list[Band]:
    """Return bands day by day, those of equal height joined, the last without an end."""
    made: list[Band] = []
    for day, high in enumerate(days, 10):
        if not made or made[-1].high != high:
            if made:
                made[-1] = made[-1]._replace(until_ms=ms(f"2026-03-{day}"))
            made.append(band(f"2026-03-{day}", None, 1, high))
    return made
