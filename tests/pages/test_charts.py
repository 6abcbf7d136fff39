"""Charts lose no event, stay readable at any length of time, and are sound SVG."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.pages.buckets import MOST_BUCKETS, gather
from vermilion.pages.charts import Captions, Frame, nice_ticks, seal_mark, share_bar, verdict_chart
from vermilion.pages.codes import VERDICT_ORDER

CAPTIONS = Captions("Verdicts <over> time", "a & b", {v: v for v in VERDICT_ORDER})
COUNTS = st.dictionaries(st.sampled_from(VERDICT_ORDER), st.integers(0, 10**9))
DAYS = st.lists(st.tuples(st.dates().map(dt.date.isoformat), COUNTS), max_size=40)


@given(DAYS)
def test_gathering_loses_no_event(by_day: list[tuple[str, dict[str, int]]]) -> None:
    """Every verdict has the same sum in buckets as in days, whatever the order of days."""
    buckets = gather(by_day).buckets
    for verdict in VERDICT_ORDER:
        assert sum(b.counts.get(verdict, 0) for b in buckets) == sum(
            counts.get(verdict, 0) for _, counts in by_day
        )


@given(DAYS)
def test_buckets_are_few_ordered_and_without_gap(by_day: list[tuple[str, dict[str, int]]]) -> None:
    """Labels rise strictly; their number stays readable over any span of time."""
    buckets = gather(by_day).buckets
    labels = [b.label for b in buckets]
    assert labels == sorted(set(labels))
    assert len(labels) <= max(MOST_BUCKETS, 101)


@pytest.mark.parametrize(
    ("days", "unit", "bars"),
    [(1, "day", 1), (62, "day", 62), (63, "week", 10), (400, "week", 58), (500, "month", 17),
     (1461, "month", 48), (3000, "quarter", 34), (9000, "year", 25)],
)  # fmt: skip
def test_unit_grows_with_the_span(days: int, unit: str, bars: int) -> None:
    """Days turn into weeks, months, quarters and years before bars get too many."""
    first = dt.date(2022, 3, 1)
    by_day = [((first + dt.timedelta(days=i)).isoformat(), {"allow": 1}) for i in range(days)]
    series = gather(by_day)
    assert (series.unit, len(series.buckets)) == (unit, bars)


def test_gaps_are_shown_as_gaps() -> None:
    """Days without events keep their place on the axis."""
    series = gather([("2024-02-27", {"deny": 1}), ("2024-03-01", {"allow": 2})])
    assert [b.total for b in series.buckets] == [1, 0, 0, 2]
    assert series.verdicts == ["deny", "allow"]


def test_weeks_begin_on_monday() -> None:
    """A week is labelled with its Monday."""
    series = gather([("2024-01-03", {"deny": 1}), ("2024-06-05", {"deny": 1})])
    assert series.buckets[0].label == "2024-01-01"


@given(st.integers(0, 10**15))
def test_axis_reaches_the_top_in_round_steps(top: int) -> None:
    """Ticks start at zero, are even, cover the largest bar and are neither few nor many."""
    ticks = nice_ticks(top)
    step = ticks[1] - ticks[0]
    assert ticks == list(range(0, ticks[-1] + 1, step))
    assert ticks[0] == 0
    assert ticks[-2] < max(top, 1) <= ticks[-1]
    assert 2 <= len(ticks) <= 6
    assert str(step).rstrip("0") in {"1", "2", "5"}


@given(DAYS)
def test_chart_is_sound_and_inside_its_frame(by_day: list[tuple[str, dict[str, int]]]) -> None:
    """The chart parses as XML, has a title and a description, and draws no bar outside."""
    root = ET.fromstring(verdict_chart(gather(by_day).buckets, Frame("x"), CAPTIONS))
    assert [root[0].tag, root[1].tag] == ["title", "desc"]
    assert root[0].text == "Verdicts <over> time"
    for rect in root.iter("rect"):
        assert 0 <= float(rect.get("x", 0)) <= 1000
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= 1000.2


def test_few_among_many_are_seen() -> None:
    """One event among a billion still has a bar of visible height."""
    chart = verdict_chart(
        gather([("2024-01-01", {"deny": 1, "allow": 10**9})]).buckets, Frame("x"), CAPTIONS
    )
    assert 'class="v-deny"' in chart
    assert "v-2.5h" in chart


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_share_bar_stays_on_its_axis(numbers: list[int]) -> None:
    """Parts lie side by side and never pass the end; zero draws nothing."""
    bar = share_bar([("v-deny", n) for n in numbers], sum(numbers), "t < u")
    rects = list(ET.fromstring(bar).iter("rect"))
    ends = [float(r.get("x", 0)) + float(r.get("width", 0)) for r in rects]
    assert all(end <= 100.1 for end in ends)
    assert len(rects) <= sum(n > 0 for n in numbers)
    assert bool(rects) == any(numbers)


def test_seal_is_sound() -> None:
    """The mark parses and is silent to screen readers."""
    assert ET.fromstring(seal_mark()).get("aria-hidden") == "true"
