"""The first steps show what the program really prints."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHANGING = re.compile(r"\d[\d.,]* s, [\d,]+ events a second|root [0-9a-f]{16}|cn@[0-9a-f]+")
"""What differs from run to run: speed, and the root over random keys. The digest stands in tests."""


def test_the_commands_print_what_the_page_shows() -> None:
    """Each block of the page is its command's output, but for speed and hashes."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        tool = importlib.import_module("getting_started")
    finally:
        sys.path.pop(0)
    page = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
    assert page.count("```console") == 3
    assert _steady(tool.current(page)) == _steady(page)


def _steady(text: str) -> list[str]:
    return [" ".join(CHANGING.sub("…", line).split()) for line in text.splitlines()]
