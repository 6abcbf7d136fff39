"""What a person reads of a watch: headlines, drawings, amounts and the terminal's lines."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from vermilion.desk.watch.publish import Published
from vermilion.desk.watch.run import Watched
from vermilion.market.entities import Joined
from vermilion.market.findings import Text
from vermilion.market.report import WatchReport
from vermilion.pages.watch_drawing import HANDS, drawing
from vermilion.pages.watch_terminal import print_watch
from vermilion.pages.watch_view import headlines, line_of, unbroken

from .watch_samples import ETH, finding, report


def counted(**findings: int) -> WatchReport:
    """Return a report whose detectors saw so many."""
    made = report(1, 1)
    lines = [
        msgspec.structs.replace(
            made.detectors[0], name=name, findings=n,
            title=Text("长期沉寂之后集中成交", "Sales all at once after long silence"),
        )
        for name, n in findings.items()
    ]  # fmt: skip
    return msgspec.structs.replace(made, detectors=lines)


def printed(told: WatchReport, published: Published | None = None) -> str:
    """Return what a terminal of eighty columns shows."""
    console = Console(file=io.StringIO(), width=80)
    watched = Watched(told, {}, {}, {}, Joined(0, 0), 0, published)
    print_watch(watched, console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("pattern", ["price_surge", "dormant_awakening", "short_interval"])
def test_only_ways_from_hand_to_hand_are_drawn(pattern: str) -> None:
    """The same rows are drawn for a pattern of hands, and not for one of prices or of the venue."""
    one = finding(1, "ring")
    assert one.pattern in HANDS
    assert drawing(one)
    assert drawing(msgspec.structs.replace(one, pattern=pattern)) is None
    assert drawing(msgspec.structs.replace(one, indirect=True)) is None


def test_surges_and_run_ups_are_counted_apart() -> None:
    """Each detector's own findings make its sentence; none is told of what was not seen."""
    said = headlines(counted(price_surge=2, floor_run_up=1), "en")
    assert "Prices surged 2 times." in said
    assert "A floor price ran up once." in said
    assert not [one for one in said if "awoke" in one]


def test_amounts_stay_whole() -> None:
    """An amount is one span, in sentences and in the column; other numbers are none."""
    assert str(unbroken("12 of <0.0001 ETH, 3")) == (
        '12 of <span class="w-amount">&lt;0.0001 ETH</span>, 3'
    )
    one = msgspec.structs.replace(finding(1), volume={"ETH": ETH // 3})
    assert str(line_of(one, {}, "zh").volume) == '<span class="w-amount">≈0.3333 ETH</span>'


def test_figures_are_told_as_what_they_are() -> None:
    """A price has its currency, a moment is a time, and names are words."""
    figures = {"price_peak": ETH, "amount": ETH // 2, "funded_ms": 0, "sold": 12_345}
    one = msgspec.structs.replace(finding(1), volume={"ETH": 1}, figures=figures)
    told = [
        ("price at the top", "1.00 ETH"),
        ("first money", "0.50 ETH"),
        ("first money got (UTC)", "1970-01-01 00:00:00"),
        ("times sold", "12,345"),
    ]
    assert line_of(one, {}, "en").figures == told
    both = msgspec.structs.replace(one, volume={"ETH": 1, "CNY": 1})
    assert line_of(both, {}, "en").figures == told[2:]


def test_titles_are_never_cut_in_the_middle() -> None:
    """A detector's title stands whole on a line, with its name where there is room."""
    told = printed(counted(dormant_awakening=1, ring=1))
    assert "Sales all at once after long silence (ring)" in told
    assert told.count("Sales all at once after long silence") == 2
    assert max(map(len, told.splitlines())) <= 80


def test_what_was_published_is_told_apart() -> None:
    """Each count that is not zero has its own word, and no other is told."""
    told = printed(counted(ring=1), Published(new=3, dismissed=2))
    assert "published in the book: 3 new, 2 dismissed before\n" in told
    assert "published in the book: nothing" in printed(counted(ring=1), Published())
