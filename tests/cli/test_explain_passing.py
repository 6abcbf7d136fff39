"""`vermilion rules explain --events`: what would make an event pass, with the events at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .samples import complaint, market_file, run


@pytest.mark.parametrize(("language", "head"), [("en", "make it pass"), ("zh", "即可通过")])
def test_tells_what_would_make_it_pass(tmp_path: Path, language: str, head: str) -> None:
    """After the explanation, for each rule that stopped the event; without the events it is left out."""
    events, decisions = market_file(tmp_path / "f"), tmp_path / "out"
    run("check", events, "--out", decisions)
    lines = [json.loads(line) for line in decisions.read_bytes().splitlines()]
    denied = next(one for one in lines if one["verdict"] == "deny")
    plain = run("rules", "explain", decisions, denied["event"]["id"], "--lang", language)
    told = run(
        "rules", "explain", decisions, denied["event"]["id"], "--lang", language, "--events", events
    )
    assert told.exit_code == 0
    assert told.stdout.startswith(plain.stdout)
    added = told.stdout.removeprefix(plain.stdout)
    stopping = [one for one in denied["rules"] if one["verdict"] in {"deny", "review"}]
    assert all(f"\n{one['id']} " in added for one in stopping)
    assert head in added
    assert head not in plain.stdout


def test_events_of_something_else(tmp_path: Path) -> None:
    """Where the file does not hold the event, that is said."""
    events, decisions = market_file(tmp_path / "f"), tmp_path / "out"
    run("check", events, "--out", decisions)
    first = json.loads(decisions.read_bytes().splitlines()[0])
    (tmp_path / "g").write_text(events.read_text().splitlines()[-1] + "\n")
    result = run("rules", "explain", decisions, first["event"]["id"], "--events", tmp_path / "g")
    assert result.exit_code == 2
    assert "there is no event" in complaint(result)[0]
