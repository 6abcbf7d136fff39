"""How the console's templates write words, codes, numbers, moments and foreign text."""

from __future__ import annotations

import datetime as dt
from functools import partial
from urllib.parse import urlencode

from markupsafe import Markup

from vermilion.errors import Error
from vermilion.facts.events import Keeping
from vermilion.pages import codes
from vermilion.pages.charts import seal_mark
from vermilion.pages.erasure_words import term_line
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.loop_words import EFFECTS, VOIDS
from vermilion.pages.text import prose, shorten, visible
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.view import css_of
from vermilion.pages.words import LANGUAGES, Language, pick, thousands
from vermilion.rulebook import Words
from vermilion.web.console import style
from vermilion.web.console.names import kind_of
from vermilion.web.console.problem_words import IN_CHINESE
from vermilion.web.console.words import CODES, TEXTS, tell


def writing(language: Language) -> dict[str, object]:
    """Return the ways in which templates write words, codes, numbers and foreign text."""

    def code(table: str, value: str) -> str:
        return visible(pick(codes.named(_TABLES[table], value), language))

    return {
        "language": language,
        "languages": LANGUAGES,
        "tag": lambda each: tell("language.tag", each),
        "say": partial(_say, language),
        "say_raw": lambda key: pick(TEXTS[key], language),
        "say_in": lambda each, key, **values: tell(key, each, **values),
        "words": lambda text: prose(pick(text, language)),
        "other": lambda text: prose(text.en if language == "zh" else text.zh),
        "code": code,
        "css": css_of,
        "number": thousands,
        "short": shorten,
        "full": full,
        "titled": partial(titled, language),
        "refusal": partial(refusal, language),
        "term_line": partial(_term_line, language),
        "kind_of": kind_of,
        "visible": visible,
        "prose": prose,
        "fact": lambda path: shorten(pick(fact_label(path), language), 120),
        "moment": moment,
        "day": day,
        "last_day": last_day,
        "clock": clock,
        "seal": seal_mark(),
        "address": style.address,
        "at": at,
    }


_TABLES: dict[str, dict[str, Words]] = {
    **{name: table for name, table in vars(codes).items() if isinstance(table, dict)},
    **CODES,
    "EFFECTS": EFFECTS,
    "VOIDS": VOIDS,
    "VALUES": VALUE_WORDS,
}


def at(path: str, **query: object) -> str:
    """Return an address with a query; what is None is left out."""
    told = [(key, str(value)) for key, value in query.items() if value is not None]
    return f"{path}?{urlencode(told)}" if told else path


def moment(text: str | dt.datetime | None) -> Markup:
    """Write a moment as a `time` element in UTC, to the second; what is no moment stands as it is."""
    read = _read(text)
    if read is None:
        return Markup("{}").format(clock(text))
    return Markup('<time datetime="{}">{}</time>').format(read.isoformat(), clock(text))


def clock(text: str | dt.datetime | None) -> str:
    """Write a moment as plain text, for sentences: in UTC, to the second."""
    read = _read(text)
    if read is None:
        return "–" if text is None else shorten(str(text), 40)
    return read.strftime("%Y-%m-%d %H:%M:%S")


def _read(text: str | dt.datetime | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        read = text if isinstance(text, dt.datetime) else dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return read.astimezone(dt.UTC) if read.tzinfo else read


def day(text: str | dt.datetime | None) -> str:
    """Return the day of a moment, in the time zone that it is told in."""
    if text is None:
        return "–"
    return text.date().isoformat() if isinstance(text, dt.datetime) else visible(text)[:10]


def last_day(until: str | dt.datetime | None) -> str:
    """Return the last day, UTC, of what holds up to a moment but not including it."""
    read = _read(until)
    return "–" if read is None else (read - dt.timedelta(seconds=1)).date().isoformat()


def full(text: str, length: int) -> Markup:
    """Return a `title` attribute with the whole text where `shorten` cuts it, else nothing."""
    shown = visible(text)
    return Markup(' title="{}"').format(shown) if len(shown) > length else Markup("")


def refusal(language: Language, error: Error) -> str:
    """Return why something is refused, in Chinese where the error has a text for people there."""
    if language == "zh" and error.code in IN_CHINESE:
        return IN_CHINESE[error.code]
    return prose("; ".join(filter(None, (error.message, error.help))))


def titled(language: Language, title: str) -> str:
    """Return a work's title between the marks that titles have in a language."""
    return f"《{shorten(title, 60)}》" if language == "zh" else f"“{shorten(title, 60)}”"


def _term_line(language: Language, term: Keeping) -> str:
    return term_line(term, language)


def _say(language: Language, key: str, **values: object) -> str:
    return tell(key, language, **values)
