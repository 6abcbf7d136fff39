"""The handbook: clause beside rule beside cases, as one printable HTML file in one or both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from markupsafe import Markup

from vermilion.pages.charts import seal_mark
from vermilion.pages.frame import framed, rendered
from vermilion.pages.handbook_shapes import BookView
from vermilion.pages.handbook_view import Verified, view
from vermilion.pages.handbook_words import word
from vermilion.pages.text import tongue, visible
from vermilion.pages.words import LANGUAGES, Language, say
from vermilion.rulebook import Profile, Rulebook

MOST_VALUES = 40
"""Policy. Values of a list that stand in sight beside a rule; the rest unfold."""


def render_handbook(
    rulebook: Rulebook,
    *,
    languages: Sequence[Language] = LANGUAGES,
    as_of: dt.date | None = None,
    profile: Profile | None = None,
    verified: Verified | None = None,
) -> str:
    """Return a rulebook as one HTML file, which asks the network for nothing.

    Args:
        rulebook: whose rules are shown.
        languages: one or both; the first shows first.
        as_of: shows what holds on that day; everything where it is None.
        profile: the operator, who is part of the rulebook's digest.
        verified: what people said of citations in a book.
    """
    views = {
        each: view(rulebook, each, as_of=as_of, profile=profile, verified=verified)
        for each in languages
    }
    pages = {each: _page(shown, each) for each, shown in views.items()}
    titles = {each: word("title", each, name=shown.title) for each, shown in views.items()}
    return framed(pages, titles, languages[0], "memo.css", "handbook.css")


def _page(shown: BookView, language: Language) -> Markup:
    return rendered(
        "handbook.html.j2",
        {
            "book": shown,
            "language": language,
            "seal": seal_mark(),
            "say": partial(say, language=language),
            "word": partial(word, language=language),
            "visible": visible,
            "tongue": tongue,
            "most": MOST_VALUES,
        },
    )
