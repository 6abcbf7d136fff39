"""Price and volume of a collection as inline SVG, coloured by classes of `watch.css` only."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from vermilion.market.report import Mark, Series
from vermilion.pages.charts import LEAST_HEIGHT, Frame
from vermilion.pages.text import shorten
from vermilion.pages.watch_money import decimals_of, short_number
from vermilion.pages.watch_series import Stretch, gathered, ordinal

LOG_FROM = 20
"""How many times the lowest price the highest must be for a logarithmic axis."""

FAR = 50
"""How many times the usual medians a price may be from them and still widen the axis. Policy."""

QUIET_STRETCHES, QUIET_DAYS = 3, 30
"""Over so many empty stretches, and days, no line is drawn. Policy."""

_TOP, _LEFT, _RIGHT, _BOTTOM, _GAP = 26.0, 64.0, 10.0, 26.0, 22.0
_VOLUME_SHARE = 0.26
_COLUMN = 7.0
"""Least pixels of a stretch."""

_TICK_WIDTH = 92.0
_MARKS = {
    "surge": "M0 -6L6 5H-6Z",
    "run_up": "M-6 5V2H-2V-2H2V-6H6V5Z",
    "awakening": "M0 -6L6 0L0 6L-6 0Z",
    "news": "M-4 -5H4V5H-4Z",
}


class Told(NamedTuple):
    """The words of a chart: its title and description, and what it says of a stretch and a mark."""

    title: str
    description: str
    stretches: Sequence[str]
    marks: Sequence[str]


def columns_of(frame: Frame) -> int:
    """Return how many stretches of time a chart has room for."""
    return int((frame.width - _LEFT - _RIGHT) // _COLUMN)


def stretches_of(series: Series, frame: Frame) -> list[Stretch]:
    """Return the stretches that a chart of that size draws."""
    return gathered(series.points, columns_of(frame))


class _Plot:
    """Where days, prices and volumes lie in the picture."""

    def __init__(self, series: Series, stretches: Sequence[Stretch], frame: Frame) -> None:
        self.frame = frame
        room = frame.height - _TOP - _BOTTOM - _GAP
        self.price_height = room * (1 - _VOLUME_SHARE)
        self.volume_height = room * _VOLUME_SHARE
        self.base = frame.height - _BOTTOM
        self.first = stretches[0].first
        self.days = max(stretches[-1].last + 1 - self.first, 1)
        self.slot = (frame.width - _LEFT - _RIGHT) / self.days
        self.least, self.most = _axis(stretches)
        self.log = self.most / self.least > LOG_FROM
        self.top_volume = max(1, *(one.volume for one in stretches))
        self.decimals = decimals_of(series.currency)

    def x(self, day: float) -> float:
        return _LEFT + (day - self.first) * self.slot

    def y(self, price: float) -> float:
        """Return where a price lies; what is outside of the axis lies at its end."""
        bounded = min(max(price, self.least), self.most)
        if self.log:
            share = math.log(bounded / self.least) / math.log(self.most / self.least)
        else:
            share = min(max(price, 0), self.most) / self.most
        return _TOP + self.price_height * (1 - share)

    def volume(self, amount: int) -> float:
        high = self.volume_height * amount / self.top_volume
        return max(high, LEAST_HEIGHT) if amount else 0.0


def _axis(stretches: Sequence[Stretch]) -> tuple[int, int]:
    """Return the ends of the price axis: of a few prices far from all others it takes no notice."""
    prices = [price for one in stretches for price in (one.low, one.median, one.high) if price > 0]
    medians = sorted(one.median for one in stretches)
    few = len(medians) // 50
    least = max(min(prices, default=1), medians[few] // FAR, 1)
    most = min(max(prices, default=1), medians[-1 - few] * FAR)
    return least, max(most, least + 1)


def price_chart(series: Series, frame: Frame, told: Told) -> Markup:
    """Draw a collection over time: prices with and without flagged trades, bands, marks, volume."""
    stretches = stretches_of(series, frame)
    if not stretches:
        return Markup("")
    plot = _Plot(series, stretches, frame)
    runs = _runs(stretches)
    body = [
        Markup('<title id="{0}-t">{1}</title><desc id="{0}-d">{2}</desc>').format(
            frame.ident, told.title, told.description
        ),
        _price_axis(plot, series.currency),
        _bands(plot, series, stretches),
        _ranges(plot, stretches),
        *(_line(plot, [(one.middle, one.median) for one in run], "w-all") for run in runs),
        *(_line(plot, [(one.middle, one.clean_median) for one in run], "w-clean") for run in runs),
        _volumes(plot, stretches),
        _time_axis(plot),
        _hovers(plot, stretches, told.stretches),
        _marks(plot, series.marks, told.marks),
    ]
    return Markup(
        '<svg class="chart w-chart" role="img" viewBox="0 0 {1} {2}" '
        'aria-labelledby="{0}-t {0}-d">{3}</svg>'
    ).format(frame.ident, _n(frame.width), _n(frame.height), Markup("").join(body))


def _runs(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Part stretches where nobody traded for long: a line across would draw prices that never were."""
    runs = [[stretches[0]]]
    for before, one in pairwise(stretches):
        length = before.last + 1 - before.first
        if one.first - before.last - 1 > max(QUIET_STRETCHES * length, QUIET_DAYS):
            runs.append([])
        runs[-1].append(one)
    return runs


def price_ticks(least: int, most: int, *, log: bool) -> list[int]:
    """Return round prices for the axis in minor units, in steps of 1, 2 or 5 times a ten.

    Of a logarithmic axis the tens alone, or all of them where it spans few.
    """
    if not log:
        rough = max(most // 4, 1)
        ten = 10 ** (len(str(rough)) - 1)
        step = next(m * ten for m in (1, 2, 5, 10) if m * ten >= rough)
        return list(range(0, most + 1, step))
    low, high = len(str(least)) - 1, len(str(most)) - 1
    steps = (1,) if high - low > 2 else (1, 2, 5)
    every = max(1, -(-(high - low + 1) // 7))
    found = [m * 10**p for p in range(low, high + 1, every) for m in steps]
    return [one for one in found if least <= one <= most]


def _price_axis(plot: _Plot, currency: str) -> Markup:
    lines = [
        Markup('<text class="tick" x="{}" y="12">{}</text>').format(_n(6), shorten(currency, 12)),
    ]
    for price in price_ticks(plot.least, plot.most, log=plot.log):
        y = plot.y(price)
        lines.append(
            Markup(
                '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="tick end" x="{3}" y="{4}">{5}</text>'
            ).format(
                _n(_LEFT),
                _n(plot.frame.width - _RIGHT),
                _n(y),
                _n(_LEFT - 8),
                _n(y + 4),
                short_number(price, plot.decimals).removeprefix("≈"),
            )
        )
    for amount, y in ((plot.top_volume, plot.base - plot.volume_height), (0, plot.base)):
        lines.append(
            Markup(
                '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="tick end" x="{3}" y="{4}">{5}</text>'
            ).format(
                _n(_LEFT), _n(plot.frame.width - _RIGHT), _n(y), _n(_LEFT - 8), _n(y + 4),
                short_number(amount, plot.decimals).removeprefix("≈"),
            )
        )  # fmt: skip
    return Markup("").join(lines)


def _bands(plot: _Plot, series: Series, stretches: Sequence[Stretch]) -> Markup:
    """Shade where prices may lie: in each stretch by the last band that holds in it."""
    bands = sorted(
        (ordinal(one.first), ordinal(one.last), one.low, one.high) for one in series.bands
    )
    begins = [one[0] for one in bands]
    parts = []
    for one in stretches:
        place = bisect_right(begins, one.last) - 1
        if place < 0 or bands[place][1] < one.first:
            continue
        _, _, low, high = bands[place]
        left, right = plot.x(one.first), plot.x(one.last + 1)
        top, bottom = plot.y(high), plot.y(low)
        parts.append(f"M{_n(left)} {_n(top)}H{_n(right)}V{_n(bottom)}H{_n(left)}z")
    return Markup('<path class="w-band" d="{}"/>').format("".join(parts)) if parts else Markup("")


def _ranges(plot: _Plot, stretches: Sequence[Stretch]) -> Markup:
    """Draw a line from the lowest to the highest price of each stretch."""
    path = "".join(
        f"M{_n(plot.x(one.middle))} {_n(plot.y(one.low))}V{_n(plot.y(one.high))}"
        for one in stretches
        if one.low != one.high
    )
    return Markup('<path class="w-range" d="{}"/>').format(path)


def _line(plot: _Plot, points: Sequence[tuple[float, int | None]], css: str) -> Markup:
    """Join prices in a line; a lone one is a dot."""
    places = [(plot.x(day), plot.y(price)) for day, price in points if price is not None]
    if len(places) == 1:
        return Markup('<circle class="{0} dot" cx="{1}" cy="{2}" r="3"/>').format(
            css, *map(_n, places[0])
        )
    path = "L".join(f"{_n(x)} {_n(y)}" for x, y in places)
    return Markup('<path class="{}" d="M{}"/>').format(css, path) if places else Markup("")


def _volumes(plot: _Plot, stretches: Sequence[Stretch]) -> Markup:
    """Stack the volume of flagged trades on that of the others."""
    plain, flagged = [], []
    for one in stretches:
        wide = max((one.last + 1 - one.first) * plot.slot * 0.8, 1.0)
        left = plot.x(one.middle) - wide / 2
        high, rest = plot.volume(one.clean_volume), plot.volume(one.volume - one.clean_volume)
        if high:
            plain.append(f"M{_n(left)} {_n(plot.base)}h{_n(wide)}v-{_n(high)}h-{_n(wide)}z")
        if rest:
            flagged.append(
                f"M{_n(left)} {_n(plot.base - high)}h{_n(wide)}v-{_n(rest)}h-{_n(wide)}z"
            )
    return Markup('<path class="w-volume" d="{}"/><path class="w-flagged" d="{}"/>').format(
        "".join(plain), "".join(flagged)
    )


def _time_axis(plot: _Plot) -> Markup:
    """Label as many days as there is room for, evenly."""
    width = plot.frame.width - _LEFT - _RIGHT
    number = max(min(int(width // _TICK_WIDTH), plot.days), 1)
    texts = []
    for i in range(number):
        day = plot.first + plot.days * (2 * i + 1) // (2 * number)
        texts.append(
            Markup('<text class="tick mid" x="{}" y="{}">{}</text>').format(
                _n(plot.x(day + 0.5)),
                _n(plot.frame.height - 6),
                dt.date.fromordinal(day).isoformat(),
            )
        )
    return Markup("").join(texts)


def _hovers(plot: _Plot, stretches: Sequence[Stretch], told: Sequence[str]) -> Markup:
    """Lay an invisible column over each stretch whose title tells its numbers."""
    height = plot.base - _TOP
    return Markup("").join(
        Markup(
            '<rect class="hover" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
        ).format(
            _n(plot.x(one.first)),
            _n(_TOP),
            _n(max((one.last + 1 - one.first) * plot.slot, 1.0)),
            _n(height),
            text,
        )
        for one, text in zip(stretches, told, strict=True)
    )


def _marks(plot: _Plot, marks: Sequence[Mark], told: Sequence[str]) -> Markup:
    """Put a sign above each day at which something is marked, with a hair line down."""
    drawn = []
    for mark, text in zip(marks, told, strict=True):
        day = ordinal(mark.day)
        if plot.first <= day < plot.first + plot.days:
            x = plot.x(day + 0.5)
            drawn.append(
                Markup(
                    '<g class="w-mark m-{0}"><path class="w-hair" d="M{1} {2}V{3}"/>'
                    '<path transform="translate({1} {4})" d="{5}"/><title>{6}</title></g>'
                ).format(
                    mark.kind, _n(x), _n(_TOP - 4), _n(_TOP + plot.price_height), _n(_TOP - 11),
                    _MARKS[mark.kind], text,
                )
            )  # fmt: skip
    return Markup("").join(drawn)


def _n(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
