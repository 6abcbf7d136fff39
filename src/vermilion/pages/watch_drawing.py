"""How tokens and money went among the parties of a finding, as inline SVG without words of any language.

Few parties and legs are a ladder: a line down for each party, an arrow for each leg in order of time.
More are a circle: parties on it, an arrow for each pair with the number of legs and what was paid.
A leg without a price is dashed. Parties bear letters; who they are stands beside the picture.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from vermilion.market.findings import Finding, FindingRow
from vermilion.pages.text import shorten, visible
from vermilion.pages.watch_money import (
    amount_text,
    decimals_of,
    drawn_amount,
    moment_text,
    short_number,
)

WIDTH = 360
"""Pixels: what a small phone shows without a smaller script."""

MOST_LEGS = 14
"""Arrows of a ladder; more make a circle. Policy."""

MOST_ON_LADDER = 5
MOST_ON_CIRCLE = 12
MOST_LABELLED = 14
"""Arrows of a circle that bear their number and sum; beyond it only their titles do. Policy."""

MOST_AT_ONE = 6
"""Ends of arrows at one party up to which arrows bear labels. Policy."""

HANDS = frozenset({"wash_trade", "related_party_trade"})
"""Patterns whose rows are a path or a circle of hands; those of others would be a mere heap."""

NOBODY = "∅"
"""Who a mint comes from and a burn goes to."""

_ROW, _HEAD, _GUTTER = 34, 46, 74
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_Name = str | None


class Drawn(NamedTuple):
    """A picture: what stands inside of its SVG, how high it is, and who its letters are."""

    inside: Markup
    height: int
    parties: list[tuple[str, str]]


class _Edge(NamedTuple):
    """All legs from one party to another."""

    legs: int
    priced: int
    paid: dict[str, int]


def drawing(finding: Finding) -> Drawn | None:
    """Draw the legs of a finding that are at hand; None where they are no way from hand to hand."""
    legs = [one for one in finding.rows if _moves(one)]
    if not legs or finding.pattern not in HANDS or finding.indirect:
        return None
    names = _in_order(legs)
    if len(names) <= MOST_ON_LADDER and len(legs) <= MOST_LEGS:
        return _ladder(legs, names)
    return _circle(legs, names)


def _common(legs: Sequence[FindingRow]) -> str | None:
    """Return the currency of every price, if there is one: it is then written once."""
    paid = {one.currency for one in legs if one.price}
    return paid.pop() if len(paid) == 1 else None


def _unit(legs: Sequence[FindingRow], x: float, y: float) -> Markup:
    currency = _common(legs)
    if currency is None:
        return Markup("")
    return Markup('<text class="w-sum unit" x="{}" y="{}">{}</text>').format(
        _n(x), _n(y), shorten(currency, 12)
    )


def _moves(row: FindingRow) -> bool:
    if row.kind in {"mint", "burn"}:
        return row.sender is not None or row.recipient is not None
    return row.sender is not None and row.recipient is not None


def _in_order(legs: Sequence[FindingRow]) -> list[_Name]:
    return list(dict.fromkeys(name for one in legs for name in (one.sender, one.recipient)))


def _letters(names: Sequence[_Name]) -> dict[_Name, str]:
    """Name known parties by letters in order; nobody has a sign of their own."""
    known = [one for one in names if one is not None]
    return {None: NOBODY} | {one: _letter(number) for number, one in enumerate(known)}


def _letter(number: int) -> str:
    """Return A to Z, then A1 to Z1 and so on."""
    again, place = divmod(number, len(_LETTERS))
    return _LETTERS[place] + (str(again) if again else "")


def _legend(letters: Mapping[_Name, str]) -> list[tuple[str, str]]:
    return [(letter, name) for name, letter in letters.items() if name is not None]


def _ladder(legs: Sequence[FindingRow], names: Sequence[_Name]) -> Drawn:
    letters = _letters(names)
    step = (WIDTH - _GUTTER - 56) / max(len(names) - 1, 1)
    first = _GUTTER + 28 if len(names) > 1 else (_GUTTER + WIDTH) / 2 - 20
    column = {name: first + step * number for number, name in enumerate(names)}
    height = _HEAD + _ROW * len(legs) + 12
    parts = [
        Markup('<path class="w-life" d="{}"/>').format(
            "".join(f"M{_n(x)} {_HEAD - 14}V{height - 8}" for x in column.values())
        )
    ]
    parts += [_node(column[name], 18, letters[name], name) for name in names]
    common = _common(legs)
    parts += [_leg(one, number, column, common) for number, one in enumerate(legs)]
    parts.append(_unit(legs, 22, 22))
    return Drawn(Markup("").join(parts), height, _legend(letters))


def _sum(amount: int | None, currency: str | None, common: str | None) -> str:
    """Write what was paid, without the currency where it stands beside the picture once."""
    if not amount:
        return ""
    if currency is None or currency != common:
        return drawn_amount(amount, currency)
    return short_number(amount, decimals_of(currency))


def _leg(row: FindingRow, number: int, column: Mapping[_Name, float], common: str | None) -> Markup:
    """Draw one leg of a ladder: when, from whom to whom, and for what."""
    y = _HEAD + _ROW * number + 20
    begin, end = column[row.sender], column[row.recipient]
    css = "w-priced" if row.price else "w-free"
    middle = (begin + end) / 2
    if begin == end:
        path = f"M{_n(begin)} {y - 7}h18a7 7 0 0 1 0 14h-11"
        tip, middle = _tip(begin + 3, y + 7, math.pi), begin + 36
    else:
        way = math.copysign(1, end - begin)
        path = f"M{_n(begin + 3 * way)} {y}H{_n(end - 8 * way)}"
        tip = _tip(end - 3 * way, y, 0 if way > 0 else math.pi)
    day, _, clock = moment_text(row.ms).partition(" ")
    css_of_text = "w-sum" if begin != end else "w-sum start"
    return Markup(
        '<g><title>{}</title><text class="w-time" x="2" y="{}">{}</text>'
        '<text class="w-time" x="2" y="{}">{}</text><path class="{}" d="{}"/>'
        '<path class="{}-tip" d="{}"/><text class="{}" x="{}" y="{}">{}</text></g>'
    ).format(
        amount_text(row.price, row.currency) if row.price else visible(row.kind),
        y - 3, day, y + 9, clock, css, path, css, tip,
        css_of_text, _n(middle), y - 5 if begin != end else y + 4,
        _sum(row.price, row.currency, common),
    )  # fmt: skip


def _circle(legs: Sequence[FindingRow], names: Sequence[_Name]) -> Drawn:
    shown = _busiest(legs, names)
    letters = _letters([*shown, *(name for name in names if name not in set(shown))])
    middle, radius, height = (WIDTH / 2, 158.0), 122.0, 316
    place = {
        name: (
            middle[0] + radius * math.sin(2 * math.pi * number / len(shown)),
            middle[1] - radius * math.cos(2 * math.pi * number / len(shown)),
        )
        for number, name in enumerate(shown)
    }
    edges = _edges([one for one in legs if one.sender in place and one.recipient in place])
    ends = Counter(name for pair in edges for name in pair)
    # Around a hub labels would lie on one another.
    labelled = len(edges) <= MOST_LABELLED and max(ends.values(), default=0) <= MOST_AT_ONE
    common = _common(legs)
    parts = [
        _arrow((place[a], place[b]), edge, middle, _label(edge, common) if labelled else "")
        for (a, b), edge in edges.items()
    ]
    parts.append(_unit(legs, *middle))
    parts += [_node(*place[name], letters[name], name) for name in shown]
    if len(shown) < len(names):
        parts.append(
            Markup('<text class="w-time" x="4" y="{}">+ {}</text>').format(
                height - 6, len(names) - len(shown)
            )
        )
    return Drawn(Markup("").join(parts), height, _legend(letters))


def _busiest(legs: Sequence[FindingRow], names: Sequence[_Name]) -> list[_Name]:
    """Return the parties of most legs, in the order in which they came in."""
    busy = dict.fromkeys(names, 0)
    for one in legs:
        busy[one.sender] += 1
        busy[one.recipient] += 1
    most = set(sorted(names, key=lambda name: -busy[name])[:MOST_ON_CIRCLE])
    return [name for name in names if name in most]


def _edges(legs: Sequence[FindingRow]) -> dict[tuple[_Name, _Name], _Edge]:
    found: dict[tuple[_Name, _Name], _Edge] = {}
    for one in legs:
        before = found.get((one.sender, one.recipient), _Edge(0, 0, {}))
        paid = dict(before.paid)
        if one.price and one.currency is not None:
            paid[one.currency] = paid.get(one.currency, 0) + one.price
        found[one.sender, one.recipient] = _Edge(
            before.legs + 1, before.priced + bool(one.price), paid
        )
    return found


_Place = tuple[float, float]


def _label(edge: _Edge, common: str | None) -> str:
    sums = [_sum(amount, currency, common) for currency, amount in edge.paid.items()]
    return " ".join([f"{edge.legs}×", *sums] if edge.legs > 1 else sums)


def _arrow(ends: tuple[_Place, _Place], edge: _Edge, centre: _Place, label: str) -> Markup:
    """Draw all legs between two parties as one bent arrow, so that its way back lies beside it."""
    begin, end = ends
    css = "w-priced" if edge.priced else "w-free"
    sums = [amount_text(amount, currency) for currency, amount in edge.paid.items()]
    exact = " ".join([f"{edge.legs}×", *sums])
    if begin == end:
        out = (begin[0] - centre[0]) * 0.12, (begin[1] - centre[1]) * 0.12
        x, y = begin[0] + out[0], begin[1] + out[1]
        path = f"M{_n(x - 6)} {_n(y)}a11 11 0 1 1 12 0"
        return _drawn_arrow((css, path, _tip(x + 6, y, math.pi / 2)), (x, y - 14), label, exact)
    span = math.dist(begin, end)
    unit = (end[0] - begin[0]) / span, (end[1] - begin[1]) / span
    bend = 16 + span * 0.05
    top = (
        (begin[0] + end[0]) / 2 + unit[1] * bend,
        (begin[1] + end[1]) / 2 - unit[0] * bend,
    )
    into = math.atan2(end[1] - top[1], end[0] - top[0])
    stop = end[0] - 16 * math.cos(into), end[1] - 16 * math.sin(into)
    away = math.atan2(top[1] - begin[1], top[0] - begin[0])
    start = begin[0] + 15 * math.cos(away), begin[1] + 15 * math.sin(away)
    path = f"M{_n(start[0])} {_n(start[1])}Q{_n(top[0])} {_n(top[1])} {_n(stop[0])} {_n(stop[1])}"
    along = (begin[0] + end[0]) / 4 + top[0] / 2, (begin[1] + end[1]) / 4 + top[1] / 2
    away_from = math.dist(along, centre)
    # A label at the rim stands inside of the circle, where there is room.
    inward = 20 / away_from if away_from > 60 else 0.0
    where = (
        along[0] + (centre[0] - along[0]) * inward * 1.3,
        along[1] + (centre[1] - along[1]) * inward + 4,
    )
    return _drawn_arrow((css, path, _tip(*stop, into)), where, label, exact)


def _drawn_arrow(line: tuple[str, str, str], where: _Place, label: str, exact: str) -> Markup:
    css, path, tip = line
    text = Markup("")
    if label:
        # Half of a label's width, so that it stays within the picture.
        half = 3.2 * len(label)
        x = min(max(where[0], half + 2), WIDTH - half - 2)
        text = Markup('<text class="w-sum" x="{}" y="{}">{}</text>').format(
            _n(x), _n(where[1]), label
        )
    return Markup(
        '<g><title>{}</title><path class="{}" d="{}"/><path class="{}-tip" d="{}"/>{}</g>'
    ).format(exact, css, path, css, tip, text)


def _node(x: float, y: float, letter: str, name: _Name) -> Markup:
    return Markup(
        '<g class="w-node"><title>{}</title><circle cx="{}" cy="{}" r="13"/>'
        '<text x="{}" y="{}">{}</text></g>'
    ).format(visible(name or letter), _n(x), _n(y), _n(x), _n(y + 4.5), letter)


def _tip(x: float, y: float, angle: float) -> str:
    """Return the head of an arrow whose point lies at a place."""
    corners = [
        (x - 9 * math.cos(angle + side), y - 9 * math.sin(angle + side)) for side in (-0.42, 0.42)
    ]
    return f"M{_n(x)} {_n(y)}" + "".join(f"L{_n(a)} {_n(b)}" for a, b in corners) + "z"


def _n(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
