"""The frame of a page: one HTML file that opens anywhere, loads nothing and holds two languages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from vermilion.pages.words import LANGUAGES, Language, say

if TYPE_CHECKING:
    from jinja2 import Environment

NOTHING = Markup("")


def framed(
    pages: Mapping[Language, Markup],
    titles: Mapping[Language, str],
    chosen: Language,
    *styles: str,
    scripts: Sequence[str] = (),
    shared: Markup = NOTHING,
) -> str:
    """Return one HTML file around a page in one or each language, with a switch between them.

    It asks nothing of the network: its policy allows its own style and script by their hashes,
    images inside the file, and nothing else.

    Args:
        pages: what stands in the file, by language.
        titles: of the document.
        chosen: the language that shows first, and alone where the reader prints or has no switch.
        styles: of our own style sheets, those that the page needs besides the common one.
        scripts: of our own scripts, those that the page needs besides the common one.
        shared: what stands once for both languages, behind them.
    """
    style = Markup("").join(_asset(name) for name in ("report.css", *styles))
    script = Markup("").join(_asset(name) for name in ("report.js", *scripts))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            pages=pages,
            titles=titles,
            chosen=chosen,
            languages=[each for each in LANGUAGES if each in pages],
            say=say,
            style=style,
            script=script,
            style_hash=_csp_hash(style),
            script_hash=_csp_hash(script),
            shared=shared,
        )
    )


def rendered(template: str, context: Mapping[str, object]) -> Markup:
    """Return a template of ours filled with values, each of them escaped."""
    return Markup(_environment().get_template(template).render(context))  # noqa: S704 the template escaped it


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
