"""One run as one HTML file that opens anywhere, loads nothing and speaks Chinese and English."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from vermilion.desk.summary import Summary
from vermilion.pages import codes, view
from vermilion.pages.charts import seal_mark
from vermilion.pages.headline import headlines
from vermilion.pages.telling import Teller
from vermilion.pages.text import (
    duration,
    events_per_second,
    prose,
    shorten,
    visible,
)
from vermilion.pages.words import LANGUAGES, Language, counted, pick, say, thousands
from vermilion.rulebook import Words

if TYPE_CHECKING:
    from jinja2 import Environment


def render_report(summary: Summary, language: Language = "zh") -> str:
    """Return the report of a run as one HTML file in both languages.

    Args:
        summary: the outcome of a run.
        language: the one that shows first, and alone where the reader prints or has no switch.

    The file asks nothing of the network: its policy allows its own style and script by their
    hashes, images inside the file, and nothing else.
    """
    environment = _environment()
    style, script = _asset("report.css"), _asset("report.js")
    pages = {
        each: Markup(environment.get_template("page.html.j2").render(_context(summary, each)))  # noqa: S704 the template escaped it
        for each in LANGUAGES
    }
    return environment.get_template("report.html.j2").render(
        pages=pages,
        chosen=language,
        languages=LANGUAGES,
        say=say,
        operator=shorten(summary.operator, 80),
        style=style,
        script=script,
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        seal=seal_mark(),
    )


def _context(summary: Summary, language: Language) -> dict[str, object]:
    """Return what a page in one language is made of: the run, its view, and ways to write it."""

    def words(text: Words) -> str:
        return prose(pick(text, language))

    def code(table: str, value: str) -> str:
        return visible(pick(codes.named(getattr(codes, table), value), language))

    tellers = {book.id: Teller(language, book.windows) for book in summary.rulebooks}
    plain = Teller(language, {})
    return {
        "run": summary,
        "view": view.view_of(summary, language),
        "limits": view,
        "language": language,
        "headlines": headlines(summary, language),
        "seal": seal_mark(),
        "say": partial(_say, language),
        "words": words,
        "code": code,
        "css": view.css_of,
        "number": thousands,
        "short": shorten,
        "full": _full,
        "visible": visible,
        "prose": prose,
        "fact": plain.label,
        "teller": lambda rulebook: tellers.get(rulebook, plain),
        "things": lambda fact, n: shorten(counted(view.things_of(fact), n, language), 60),
        "seconds": duration(summary.seconds),
        "speed": events_per_second(summary.judged, summary.seconds),
    }


def _full(text: str, length: int) -> Markup:
    """Return a `title` attribute with the whole text where `shorten` cuts it, else nothing."""
    shown = visible(text)
    return Markup(' title="{}"').format(shown) if len(shown) > length else Markup("")


def _say(language: Language, key: str, **values: object) -> str:
    return say(key, language, **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the templates with every value escaped and every unknown name refused."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("vermilion.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> Markup:
    """Return one of our own files, which goes into the page as it stands."""
    environment = _environment()
    if environment.loader is None:  # pragma: no cover
        raise RuntimeError("templates have no loader")
    source = environment.loader.get_source(environment, name)[0]
    return Markup(source)  # noqa: S704 a file of this package, no foreign text in it


def _csp_hash(text: str) -> str:
    """Return the hash source of Content Security Policy level 3, section 2.3.1."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
