"""Tests of `vermilion facts`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vermilion.cli import main
from vermilion.simulate import MarketConfig, write_events


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of a small market."""
    path = tmp_path_factory.mktemp("market") / "events.ndjson"
    write_events(path, MarketConfig(events=200))
    return path


def test_tables_are_made(events: Path, tmp_path: Path) -> None:
    """The tables hold every event, and both languages and JSON tell of them."""
    for number, options in enumerate(([], ["--lang", "zh"], ["--json"])):
        out = tmp_path / str(number)
        asked = ["facts", str(events), "--out", str(out), "--rulebook", "platform", *options]
        done = CliRunner().invoke(main, asked)
        assert done.exit_code == 0, done.output
        manifest = json.loads((out / "facts.json").read_bytes())
        assert manifest["events"] == 200
        if options == ["--json"]:
            told = json.loads(done.stdout)
            assert told["tables"] == {kind: one["rows"] for kind, one in manifest["tables"].items()}
        else:
            assert "200" in done.stdout
            assert ("条事件" in done.stdout) == (options == ["--lang", "zh"])


def test_what_is_there_stays(events: Path, tmp_path: Path) -> None:
    """A folder that is there is refused, and the error says what to do."""
    asked = ["facts", str(events), "--out", str(tmp_path), "--rulebook", "platform"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 2
    assert "name a folder that is not there" in done.stderr
    assert list(tmp_path.iterdir()) == []
