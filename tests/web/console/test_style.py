"""The console's files: the reports' colours with a switch, kept for long and never old."""

from __future__ import annotations

import re

from vermilion.web.console.style import address, asset, switchable

from .conftest import Visits


def style() -> str:
    """Return the console's style sheet."""
    found = asset("console.css")
    assert found is not None
    return found.content.decode()


def test_both_themes_have_the_same_colours() -> None:
    """The dark theme that is chosen is the one that the system's setting gives, colour by colour."""
    text = style()
    dark = re.search(r":root\[data-theme=dark\] \{(.*?)\}", text, re.DOTALL)
    system = re.search(r":root:not\(\[data-theme=light\]\) \{(.*?)\}", text, re.DOTALL)
    assert dark is not None
    assert system is not None
    assert dark[1].split() == system[1].split()
    assert "--vermilion" in dark[1]


def test_style_without_a_dark_theme_stays_as_it_is() -> None:
    """Only the place where the colours of the dark theme stand is rewritten."""
    assert switchable("a { color: red; }") == "a { color: red; }"


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Neither style nor script names another host."""
    for name in ("console.css", "console.js", "signing.js"):
        found = asset(name)
        assert found is not None
        assert b"http" not in found.content.replace(b"http://www.w3.org", b"")
        assert b"@import" not in found.content


def test_files_are_kept_under_the_address_of_their_content(visits: Visits) -> None:
    """With the right digest a browser keeps a file for good, otherwise it asks again."""
    kept = visits(None).get(address("console.js"))
    assert kept.headers["cache-control"].endswith("immutable")
    assert kept.headers["content-type"].startswith("text/javascript")
    assert visits(None).get("/static/console.js?v=old").headers["cache-control"] == "no-cache"
