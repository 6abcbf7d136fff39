"""A rulebook over time as text, as an SVG picture, and as an HTML file that holds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from importlib.resources import files

from markupsafe import Markup

from vermilion.pages.frame import framed
from vermilion.pages.words import LANGUAGES, Language, pick, say
from vermilion.rulebook import Words
from vermilion.rulebook.periods import DAY
from vermilion.rulebook.timeline import Row, Span, Timeline

_LEFT, _RIGHT, _TOP, _ROW, _BAR, _HEAD = 330.0, 16.0, 34.0, 24.0, 14.0, 40.0
_WIDTH = 1120.0
_LETTER = 6.6
"""Room for one letter of a label in pixels; Chinese ones take two."""

WORDS = {
    "title": Words("规则的时间线", "Rules over time"),
    "of": Words("{name} · 规则的时间线", "{name} · rules over time"),
    "rules": Words("规则", "Rules"),
    "instruments": Words("文件", "Instruments"),
    "parameters": Words("参数", "Parameters"),
    "since": Words("自始", "always"),
    "on": Words("仍施行", "still in force"),
    "by": Words("依据 {}", "carried by {}"),
    "repealed": Words("由 {} 废止", "repealed by {}"),
    "policy": Words("自定标准", "policy"),
    "shadow": Words("影子模式", "shadow"),
    "off": Words("停用", "off"),
    "lead": Words(
        "{first} 至 {last}。实条为在施行；规则条内的分界是所依据文件的变化；浅色为自定标准；细线为影子模式或停用。",
        "{first} to {last}. A solid bar is in force; a rule's bar is cut where what it rests on changes; "
        "a pale one is policy; a thin one is in shadow or off.",
    ),
    "described": Words(
        "每条规则、文件、参数一行，条形为其施行的日子",
        "one row for each rule, instrument and parameter; bars are the days on which it holds",
    ),
}


def _say(key: str, language: Language, **values: object) -> str:
    return pick(WORDS[key], language).format(**values)


def text(shown: Timeline, language: Language) -> Iterator[str]:
    """Give the timeline line by line."""
    for group, rows in _groups(shown):
        if rows:
            yield _say(group, language)
        for row in rows:
            note = f" ({_say(row.mode, language)})" if row.mode in {"shadow", "off"} else ""
            yield f"  {row.id}{note}  {pick(row.title, language)}"
            for span in row.spans:
                yield f"    {_days(span, language)}  {_held(row, span, language)}".rstrip()


def _groups(shown: Timeline) -> tuple[tuple[str, Sequence[Row]], ...]:
    return (
        ("rules", shown.rules),
        ("instruments", shown.instruments),
        ("parameters", shown.parameters),
    )


def _days(span: Span, language: Language) -> str:
    first = _say("since", language) if span.days.from_ is None else str(span.days.from_)
    last = _say("on", language) if span.days.to is None else str(span.days.to - DAY)
    return f"{first} – {last}"


def _held(row: Row, span: Span, language: Language) -> str:
    """Tell what holds on the days of a span, and by what."""
    if span.carriers:
        return pick(WORDS["by"], language).format(say("separator", language).join(span.carriers))
    if span.value is not None:
        source = span.source
        if source is None or isinstance(source, str):
            return f"{span.value} ({_say('policy', language)})"
        return f"{span.value} ({source.instrument} {source.pinpoint})"
    if row.repealed_by is not None:
        return pick(WORDS["repealed"], language).format(row.repealed_by)
    return ""


def render_svg(shown: Timeline, language: Language) -> str:
    """Return the picture as an SVG file of its own, in light and dark."""
    style = Markup("<style>{}</style>").format(Markup(_file("timeline.css")))  # noqa: S704 our own file
    drawn = str(svg(shown, language, style=style))
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def render_page(shown: Timeline, language: Language) -> str:
    """Return one HTML file with the picture in both languages, which asks the network for nothing."""
    titles = {
        each: pick(WORDS["of"], each).format(name=pick(shown.title, each)) for each in LANGUAGES
    }
    pages = {each: _page(shown, titles[each], each) for each in LANGUAGES}
    return framed(pages, titles, language, "timeline.css")


def _page(shown: Timeline, title: str, language: Language) -> Markup:
    lead = pick(WORDS["lead"], language).format(first=shown.first, last=shown.last)
    return Markup(
        '<header class="tl-head"><h1>{}</h1><p class="lead">{}</p></header>'
        '<main><div class="tl-scroll">{}</div></main>'
    ).format(title, lead, svg(shown, language))


def svg(shown: Timeline, language: Language, style: Markup | str = "") -> Markup:
    """Draw the rows, each with its bars, on one axis of days."""
    parts, y = [], _TOP
    spots: dict[str, tuple[float, float]] = {}
    for group, rows in _groups(shown):
        if rows:
            parts.append(_text("tl-group", 0, y + _HEAD - 14, _say(group, language)))
            y += _HEAD
        for row in rows:
            parts.append(_row(shown, row, y, group, language))
            spots[row.id] = (y, _x(shown, row.spans[-1].days.to or shown.last + DAY))
            y += _ROW
    parts += _successions(shown, spots)
    ident = f"tl-{language}"
    return Markup(
        '<svg class="tl" role="img" viewBox="0 0 {w} {h}" aria-labelledby="{id}-t {id}-d">'
        '<title id="{id}-t">{title}</title><desc id="{id}-d">{about}</desc>{style}{axis}{body}</svg>'
    ).format(
        w=_n(_WIDTH),
        h=_n(y + 8),
        id=ident,
        title=_say("title", language),
        about=_say("described", language),
        style=style,
        axis=_axis(shown, y),
        body=Markup("").join(parts),
    )


def _row(shown: Timeline, row: Row, y: float, group: str, language: Language) -> Markup:
    title = pick(row.title, language)
    label = title if group == "parameters" else f"{row.id}  {title}"
    bars = [_bar(shown, row, span, y, language) for span in row.spans]
    return Markup('<g class="tl-row tl-{}"><title>{}</title>{}{}</g>').format(
        group,
        f"{row.id} {title}",
        _text("tl-label", 0, y + _BAR, _fitting(label, _LEFT - 12)),
        Markup("").join(bars),
    )


def _bar(shown: Timeline, row: Row, span: Span, y: float, language: Language) -> Markup:
    left = _x(shown, span.days.from_ or shown.first)
    right = _x(shown, span.days.to or shown.last + DAY)
    thin = row.mode in {"shadow", "off"}
    kind = "tl-policy" if span.source == "policy" else "tl-bar"
    inside = str(span.value) if span.value is not None else (span.carriers or ("",))[0]
    more = f" +{len(span.carriers) - 1}" if len(span.carriers) > 1 else ""
    return Markup(
        '<g><title>{}</title><rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>{}</g>'
    ).format(
        f"{_days(span, language)}\n{_held(row, span, language)}".rstrip(),
        f"{kind} tl-{row.mode}" if thin else kind,
        _n(left),
        _n(y + (_BAR / 3 if thin else 2)),
        _n(max(right - left - 1, 1.5)),
        _n(_BAR / 3 if thin else _BAR),
        _text("tl-inside", left + 4, y + 13, _fitting(inside + more, right - left - 8))
        if inside and not thin and right - left > 40
        else Markup(""),
    )


def _successions(shown: Timeline, spots: dict[str, tuple[float, float]]) -> Iterator[Markup]:
    """Draw what repealed an instrument as a line from its end to the other's row."""
    for row in shown.instruments:
        if row.repealed_by in spots and row.id in spots:
            y, x = spots[row.id]
            target = spots[row.repealed_by][0]
            if row.spans[-1].days.to is None or not shown.first <= row.spans[-1].days.to:
                continue
            tip = target + _BAR + 3 if target < y else target + 1
            start = y + 2 if target < y else y + _BAR + 2
            yield Markup('<path class="tl-next" d="M{0} {1}V{2}"/>').format(
                _n(min(x, _WIDTH - _RIGHT)), _n(start), _n(tip)
            )


def _axis(shown: Timeline, height: float) -> Markup:
    """Draw a line for each year, or for each of some years or months, as there is room."""
    days = (shown.last - shown.first).days + 1
    years = max(1, -(-days // 365 // 14))
    months = 1 if days <= 430 else 3 if days <= 1_500 else 12
    marks = []
    for year in range(shown.first.year, shown.last.year + 1):
        for month in range(1, 13, months):
            day = dt.date(year, month, 1)
            if not shown.first <= day <= shown.last or (months == 12 and year % years):
                continue
            x = _x(shown, day)
            name = f"{year}" if month == 1 else f"{year}-{month:02}"
            if x < _WIDTH - 44:
                marks.append(
                    Markup('<path class="tl-grid" d="M{0} 24V{1}"/>{2}').format(
                        _n(x), _n(height), _text("tl-year", x + 3, 18, name)
                    )
                )
    return Markup("").join(marks)


def _x(shown: Timeline, day: dt.date) -> float:
    """Return where a day begins on the axis, kept within it."""
    whole = (shown.last - shown.first).days + 1
    share = min(max((day - shown.first).days / whole, 0.0), 1.0)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _text(kind: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _n(x), _n(y), words)


def _fitting(words: str, width: float) -> str:
    """Return a text cut to what fits, roughly: a Chinese character is as wide as two letters."""
    room = int(width / _LETTER)
    taken = 0
    for number, letter in enumerate(words):
        taken += 2 if ord(letter) > 0x2E7F else 1
        if taken > room:
            return words[: max(number - 1, 0)] + "…" if number > 2 else ""
    return words


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _file(name: str) -> str:
    return files("vermilion.pages").joinpath("templates", name).read_text(encoding="utf-8")
