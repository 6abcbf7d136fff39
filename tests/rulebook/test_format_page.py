"""docs/rulebook-format.md is true: its example loads, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from vermilion.rulebook import lint, load_rulebook, run_cases
from vermilion.rulebook.cases import FIVE_KINDS
from vermilion.rulebook.lint import CODES
from vermilion.rulebook.model import (
    Addressees,
    BindingClass,
    Case,
    Citation,
    Heading,
    Instrument,
    Mode,
    Rule,
)

PAGE = (Path(__file__).parents[2] / "docs" / "rulebook-format.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```yaml (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the page's example as a folder of files."""
    (tmp_path / "rules").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_example_loads_and_passes_its_cases(folder: Path) -> None:
    """The complete example is a rulebook whose every case comes out as it says."""
    rulebook = load_rulebook(folder)
    results = list(run_cases(rulebook))
    assert [(result.number, result.problems) for result in results if result.problems] == []
    assert {result.case.kind for result in results} == set(FIVE_KINDS)
    assert {notice.code for notice in lint(rulebook)} == {"policy_number", "window_unused"}


@pytest.mark.parametrize("shape", [Heading, Instrument, Addressees, Citation, Rule, Case])
def test_every_field_is_told(shape: type[msgspec.Struct]) -> None:
    """Each field of each shape is named on the page."""
    for field in msgspec.structs.fields(shape):
        assert f"`{field.encode_name}`" in PAGE, field.encode_name


def test_every_word_is_told() -> None:
    """Each class of norm, mode, kind of case and notice is named on the page."""
    for word in (*get_args(BindingClass), *get_args(Mode), *FIVE_KINDS, *CODES):
        assert f"`{word}`" in PAGE, word
