"""Charts as inline SVG: pure functions from numbers to markup, coloured by CSS classes only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from vermilion.pages.buckets import Bucket
from vermilion.pages.words import thousands

LEAST_HEIGHT = 2.5
"""Lowest bar in pixels of a number above zero: seven among ten thousand must be seen."""

LEAST_SHARE = 0.8
"""Shortest bar in percent of a number above zero."""

_LABEL_WIDTH = 84.0
_TOP, _BOTTOM, _LEFT, _RIGHT = 14.0, 30.0, 58.0, 8.0


class Frame(NamedTuple):
    """Size of a chart in pixels, and the prefix that keeps its ids apart on a page."""

    ident: str
    width: float = 1000.0
    height: float = 300.0


class Captions(NamedTuple):
    """The words of a chart: its accessible title and description, and the verdicts it draws."""

    title: str
    description: str
    verdicts: Mapping[str, str]
    """Names by code, from the base line up."""


def nice_ticks(top: int, count: int = 4) -> list[int]:
    """Return whole axis values from 0 to at least `top` in steps of 1, 2 or 5 times a ten."""
    rough = max(1, -(-max(top, 1) // count))
    ten = 10 ** (len(str(rough)) - 1)
    step = next(m * ten for m in (1, 2, 5, 10) if m * ten >= rough)
    return list(range(0, max(top, 1) + step, step))[: -(-max(top, 1) // step) + 1]


def verdict_chart(buckets: Sequence[Bucket], frame: Frame, captions: Captions) -> Markup:
    """Draw stacked bars of some verdicts over time, the first of them at the base line."""
    drawn = tuple(captions.verdicts)
    ticks = nice_ticks(max((sum(b.counts.get(v, 0) for v in drawn) for b in buckets), default=0))
    plot_w, plot_h = frame.width - _LEFT - _RIGHT, frame.height - _TOP - _BOTTOM
    slot = plot_w / max(len(buckets), 1)
    bar = min(slot * 0.78, 56.0)
    stacks = [_stack(b, drawn, plot_h / ticks[-1]) for b in buckets]
    paths = []
    for verdict in drawn:
        strokes = "".join(
            f"M{_n(_LEFT + slot * i + (slot - bar) / 2)} {_n(_TOP + plot_h - low)}"
            f"h{_n(bar)}v-{_n(high)}h-{_n(bar)}z"
            for i, stack in enumerate(stacks)
            for low, high in stack.get(verdict, ())
        )
        if strokes:
            paths.append(Markup('<path class="v-{}" d="{}"/>').format(verdict, strokes))
    body = [
        Markup('<title id="{0}-t">{1}</title><desc id="{0}-d">{2}</desc>').format(
            frame.ident, captions.title, captions.description
        ),
        _y_axis(ticks, frame, plot_h),
        *paths,
        _x_axis(buckets, frame, slot),
        _hovers(buckets, frame, slot, captions),
    ]
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {1} {2}" '
        'aria-labelledby="{0}-t {0}-d">{3}</svg>'
    ).format(frame.ident, _n(frame.width), _n(frame.height), Markup("").join(body))


def _stack(
    bucket: Bucket, drawn: Sequence[str], scale: float
) -> dict[str, list[tuple[float, float]]]:
    """Return offset and height in pixels of each verdict above zero."""
    low, parts = 0.0, {}
    for verdict in drawn:
        if number := bucket.counts.get(verdict, 0):
            high = max(number * scale, LEAST_HEIGHT)
            parts[verdict] = [(low, high)]
            low += high
    return parts


def _y_axis(ticks: Sequence[int], frame: Frame, plot_h: float) -> Markup:
    lines = []
    for value in ticks:
        y = _TOP + plot_h * (1 - value / ticks[-1])
        lines.append(
            Markup(
                '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="tick end" x="{3}" y="{4}">{5}</text>'
            ).format(
                _n(_LEFT),
                _n(frame.width - _RIGHT),
                _n(y),
                _n(_LEFT - 8),
                _n(y + 4),
                thousands(value),
            )
        )
    return Markup("").join(lines)


def _x_axis(buckets: Sequence[Bucket], frame: Frame, slot: float) -> Markup:
    """Label as many buckets as there is room for, evenly."""
    every = max(1, -int(-_LABEL_WIDTH // slot))
    texts = [
        Markup('<text class="tick mid" x="{}" y="{}">{}</text>').format(
            _n(_LEFT + slot * (i + 0.5)), _n(frame.height - 10), b.label
        )
        for i, b in enumerate(buckets)
        if i % every == 0 and _LEFT + slot * (i + 0.5) <= frame.width - 32
    ]
    return Markup("").join(texts)


def _hovers(buckets: Sequence[Bucket], frame: Frame, slot: float, captions: Captions) -> Markup:
    """Lay an invisible column over each bar whose title tells its numbers."""
    columns = []
    for i, bucket in enumerate(buckets):
        told = "\n".join(
            f"{thousands(n)} {name}"
            for v, name in captions.verdicts.items()
            if (n := bucket.counts.get(v, 0))
        )
        columns.append(
            Markup(
                '<rect class="hover" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
            ).format(
                _n(_LEFT + slot * i),
                _n(_TOP),
                _n(slot),
                _n(frame.height - _TOP - _BOTTOM),
                f"{bucket.label}\n{told}" if told else bucket.label,
            )
        )
    return Markup("").join(columns)


def share_bar(parts: Sequence[tuple[str, int]], whole: int, title: str) -> Markup:
    """Draw one horizontal bar of parts in CSS classes; `whole` is the length of the axis."""
    left, rects = 0.0, []
    for css, number in parts:
        if number > 0 and left < 100:
            wide = min(max(100 * number / max(whole, 1), LEAST_SHARE), 100 - left)
            rects.append(
                Markup('<rect class="{}" x="{}" width="{}" height="10"/>').format(
                    css, _n(left), _n(wide)
                )
            )
            left += wide
    return Markup(
        '<svg class="share" role="img" viewBox="0 0 100 10" preserveAspectRatio="none">'
        "<title>{}</title>{}</svg>"
    ).format(title, Markup("").join(rects))


def seal_mark() -> Markup:
    """Draw the seal: the character for vermilion, cut white into a square of red paste."""
    return Markup(
        '<svg class="seal" viewBox="0 0 64 64" aria-hidden="true">'
        '<path class="paste" d="M6.5 3.6 20 2.8l14 .9 13-.7 11.2 1.1 2.6 5.2-.7 12 .9 13-.8 14.2'
        '.6 8.1-4.7 4-12.4.5-13.6-.6-13 .8-10-.7L3 55.4l.8-11.6L3 30l.9-13.4-.4-9.2z"/>'
        '<g class="cut"><path d="M23 12.5c-1.6 5.2-4 9.4-7.4 13"/><path d="M21 20.4l24.6-.9"/>'
        '<path d="M12.6 32.6l38.6-1"/><path d="M32.2 11.4l-.3 42.2"/>'
        '<path d="M31 33.4c-4.6 7.4-10.4 12.8-18 16.6"/>'
        '<path d="M33 33.4c4.4 7.2 10.4 12.6 18.4 16.2"/></g></svg>'
    )


def _n(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
