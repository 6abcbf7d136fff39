"""When what holds: lives of rules cut where what carries them changes, and the days shown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from vermilion.errors import UsageError
from vermilion.pages.timeline import render_page, render_svg, text
from vermilion.rulebook import find_rulebook, load_rulebook, shipped_rulebooks
from vermilion.rulebook.periods import Periods, told
from vermilion.rulebook.timeline import Timeline, timeline

from .books import book, citation, instrument, rule, words

if TYPE_CHECKING:
    from vermilion.rulebook import Rulebook

OLD = instrument(
    "XX-OLD", in_force={"from": "2020-01-01", "to": "2022-01-01"}, repealed_by="XX-LAW"
)
LATER = instrument(in_force={"from": "2022-01-01"})
OVER = {
    "violates_if": 'amount(price, "CNY") > params.cap',
    "reason": words("too much"),
    "in_force": {"from": "2021-01-01"},
    "citations": [citation("XX-OLD"), citation()],
}
CAP = {
    "cap": {
        "title": words("cap"),
        "values": [
            {
                "from": "2023-01-01",
                "value": 50,
                "source": {"instrument": "XX-LAW", "pinpoint": "1"},
            },
            {"from": "2020-01-01", "value": 100, "source": "policy"},
        ],
    }
}


def small(**changes: Any) -> Rulebook:
    """Return a rulebook in which a law takes the place of another."""
    return book(rule(**OVER, **changes), rule("XX-R-02"), instruments=[OLD, LATER], parameters=CAP)


def days(shown: Timeline, id: str) -> list[tuple[str, Any]]:
    """Return the spans of a row, with what carries them or their value."""
    rows = (*shown.rules, *shown.instruments, *shown.parameters)
    (row,) = (row for row in rows if row.id == id)
    return [(told(one.days), one.carriers or one.value) for one in row.spans]


def test_a_life_is_cut_where_another_instrument_carries_the_rule() -> None:
    """Its own days narrow those of what it cites."""
    assert days(timeline(small()), "XX-R-01") == [
        ("2021-01-01…2021-12-31", ("XX-OLD",)),
        ("2022-01-01…", ("XX-LAW",)),
    ]


def test_values_of_a_parameter_follow_one_another() -> None:
    """In the order of their days, whatever the order in the file."""
    assert days(timeline(small()), "cap") == [("2020-01-01…2022-12-31", 100), ("2023-01-01…", 50)]


def test_only_what_lies_in_the_days_shown_is_shown() -> None:
    """The day on which something ends is no longer its own."""
    shown = timeline(small(), first=dt.date(2022, 1, 1), last=dt.date(2022, 12, 31))
    assert days(shown, "XX-R-01") == [("2022-01-01…", ("XX-LAW",))]
    assert [one.id for one in shown.instruments] == ["XX-LAW"]
    before = timeline(small(), first=dt.date(2021, 12, 31), last=dt.date(2021, 12, 31))
    assert days(before, "XX-R-01") == [("2021-01-01…2021-12-31", ("XX-OLD",))]
    assert [one.id for one in before.rules] == ["XX-R-01"]


def test_one_rule_with_what_it_rests_on() -> None:
    """Its instruments and parameters, and no others."""
    shown = timeline(small(), rule="XX-R-02")
    assert [one.id for one in shown.rules] == ["XX-R-02"]
    assert [one.id for one in shown.instruments] == ["XX-LAW"]
    assert shown.parameters == ()
    shown = timeline(small(), rule="XX-R-01")
    assert [one.id for one in shown.instruments] == ["XX-OLD", "XX-LAW"]
    assert [one.id for one in shown.parameters] == ["cap"]


def test_wrong_use_is_refused() -> None:
    """No such rule; days the wrong way round."""
    with pytest.raises(UsageError, match="there is no rule `XX-R-09`"):
        timeline(small(), rule="XX-R-09")
    with pytest.raises(UsageError, match="lies before"):
        timeline(small(), first=dt.date(2022, 1, 2), last=dt.date(2022, 1, 1))


def test_periods_cover_every_day_once() -> None:
    """A rule in force on a day is in force in the period of that day, and the other way round."""
    loaded = small()
    periods = Periods(loaded)
    starts = periods.starts
    for one_rule in loaded.document.rules:
        for index, first in enumerate(starts):
            for day in (
                (first, starts[index + 1] - dt.timedelta(days=1))
                if index + 1 < len(starts)
                else (first,)
            ):
                alive = any(
                    loaded.instruments[one.instrument].in_force.covers(day)
                    for one in one_rule.citations
                )
                assert (index in periods.rule(one_rule)) is (
                    alive and one_rule.in_force.covers(day)
                )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_text_tells_each_span(language: Any) -> None:
    """Days with both ends, what carries, which value, and what is policy."""
    lines = "\n".join(text(timeline(small(mode="shadow")), language))
    assert "2021-01-01 – 2021-12-31" in lines
    assert ("100 (自定标准)" if language == "zh" else "100 (policy)") in lines
    assert "50 (XX-LAW 1)" in lines
    assert ("由 XX-LAW 废止" if language == "zh" else "repealed by XX-LAW") in lines
    assert ("影子模式" if language == "zh" else "(shadow)") in lines


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_shipped_rulebook_is_drawn(name: str) -> None:
    """One bar at least for each rule, in a file that asks the network for nothing."""
    shown = timeline(load_rulebook(find_rulebook(name)))
    page, picture = render_page(shown, "en"), render_svg(shown, "zh")
    assert page.count('class="tl-row tl-rules"') == 2 * len(shown.rules)
    assert picture.count("<rect") >= len(shown.rules)
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_foreign_text_is_escaped() -> None:
    """A title is text and never markup."""
    titled = book(rule(title=words("<script>alert(1)</script>")))
    assert "<script>alert" not in render_page(timeline(titled), "en")
    assert "<script>alert" not in render_svg(timeline(titled), "en")
