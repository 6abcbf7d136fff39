"""The reference of mappings tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vermilion.errors import RulebookError
from vermilion.intake import Received, Reject, load_mapping

from .samples import PROJECT, read, written

PAGE = (PROJECT / "docs" / "mapping.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """Return the page's blocks of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def block(kind: str) -> str:
    """Return the page's only block of a kind."""
    (found,) = blocks(kind)
    return found


def test_worked_example(tmp_path: Path) -> None:
    """The table and mapping of the page give the events and rejects of the page."""
    items = read(block("csv").encode(), tmp_path, block("yaml"))
    events = [item.canonical.decode() for item in items if isinstance(item, Received)]
    rejects = [
        f"{item.line} {f'{item.field} ' if item.field else ''}{item.code}: {item.reason}; {item.remedy}"
        for item in items
        if isinstance(item, Reject)
    ]
    assert events == block("json").splitlines()
    assert rejects == block("rejects").splitlines()


def test_every_code_is_documented() -> None:
    """Every code that a reject can carry stands on the page."""
    sources = (PROJECT / "src" / "vermilion" / "intake").glob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    found = re.findall(
        r'(?:Fault\(|_fault\(\s*place,|_cell_error\(\s*name,)\s*"([a-z0-9_]+)"', text
    )
    assert len(set(found)) > 25
    assert [code for code in set(found) if f"`{code}`" not in PAGE] == []


MISTAKES = [
    "source: //a\nformat: csv\nemit:\n  - type: sail\n    stage: settled\n    time: {column: t}\n    data: {}\n",
    "source: //a\nformat: csv\nformat: csv\n",
]


@pytest.mark.parametrize(
    ("text", "shown"), list(zip(MISTAKES, blocks("error"), strict=True)), ids=["place", "yaml"]
)
def test_errors_of_the_page(text: str, shown: str, tmp_path: Path) -> None:
    """The errors that the page shows are the errors that are given."""
    with pytest.raises(RulebookError) as caught:
        load_mapping(written(text, tmp_path))
    assert f"{caught.value}\n{caught.value.help}\n" == shown
