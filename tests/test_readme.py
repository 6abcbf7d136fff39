"""The README shows what the program really prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from vermilion.cli import main

README = Path(__file__).parent.parent / "README.md"
CHANGING = re.compile(r"\d[\d.,]* s, [\d,]+ events a second|root [0-9a-f]{16}|cn@[0-9a-f]+")
"""What differs from run to run: speed, and the root over random keys. The digest stands in tests."""


def test_the_demo_prints_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block in the README is the demo's output, but for speed and hashes."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["demo"])
    shown = re.search(r"<!-- demo output.*?-->\n```\n(.*?)```", README.read_text(), re.DOTALL)
    assert shown is not None
    assert _steady(result.output) == _steady(shown[1])


def _steady(text: str) -> list[str]:
    return [CHANGING.sub("…", line).rstrip() for line in text.strip().splitlines()]
