"""`vermilion demo`: one command shows everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .samples import printed, run

FILES = ["book", "decisions.ndjson", "events.ndjson", "rejects.ndjson", "report.html"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_leaves_events_decisions_report_and_a_book_that_verifies(
    tmp_path: Path, language: str
) -> None:
    """In the folder that was named, in either language."""
    result = run("demo", tmp_path / "d", "--lang", language)
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == FILES
    assert f"vermilion record verify --book {tmp_path / 'd' / 'book'}" in result.stdout
    assert run("record", "verify", "--book", tmp_path / "d" / "book").exit_code == 0


def test_gives_the_same_market_and_answers_each_time(tmp_path: Path) -> None:
    """Events and decisions are the same bytes in every folder and on every repetition."""
    found = []
    for name in ("a", "b", "b"):
        counts = printed(run("demo", tmp_path / name, "--json"))
        decisions = (tmp_path / name / "decisions.ndjson").read_bytes()
        events = (tmp_path / name / "events.ndjson").read_bytes()
        found.append((counts["verdicts"], decisions, events))
    assert found[0] == found[1] == found[2]


def test_shows_one_day(tmp_path: Path) -> None:
    """All its events are judged by the rules of one legal date."""
    run("demo", tmp_path / "d", "--json")
    lines = (tmp_path / "d" / "decisions.ndjson").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["as_of"] for line in lines}) == 1
