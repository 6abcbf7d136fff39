"""`vermilion simulate-history` writes a history and says what is in it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from vermilion.cli.simulate_history import command
from vermilion.errors import UsageError
from vermilion.facts.history import TABLES


def run(*words: object) -> Result:
    """Run the command."""
    # click keeps a command's help option as it was first asked for.
    return CliRunner().invoke(
        command, [str(word) for word in words], help_option_names=["-h", "--help"]
    )


def test_json_tells_rows_and_plants(tmp_path: Path) -> None:
    """`--json` prints one object: rows of each file, sales, planted sales by pattern, seconds."""
    done = run("-o", tmp_path, "--trades", 1_000, "--patterns", "ring,self_trade", "--json")
    told = json.loads(done.stdout)
    assert set(told) == {"folder", "sales", "rows", "planted", "innocent", "seconds"}
    assert set(told["rows"]) == {*TABLES, "truth"}
    assert set(told["planted"]) == {"ring", "self_trade"}
    assert {path.stem for path in tmp_path.iterdir()} == set(told["rows"])


def test_without_leaves_patterns_and_look_alikes_out(tmp_path: Path) -> None:
    """`--without` takes names of patterns and of look-alikes; `--innocents 0` leaves out all of these."""
    done = run("-o", tmp_path, "--trades", 1_000, "--without", "ring,hot_token", "--json")
    told = json.loads(done.stdout)
    assert "ring" not in told["planted"]
    assert "hot_token" not in told["innocent"]
    done = run("-o", tmp_path, "--trades", 1_000, "--innocents", 0, "--force", "--json")
    assert json.loads(done.stdout)["innocent"] == {}


def test_summary_is_for_people(tmp_path: Path) -> None:
    """Without `--json` the summary names the file, the rows and what was planted."""
    done = run("-o", tmp_path, "--trades", 1_000, "--patterns", "ring")
    assert done.exit_code == 0
    assert str(tmp_path / "moves.parquet") in done.stdout
    assert "ring" in done.stdout


def test_unknown_pattern_is_refused_with_the_names(tmp_path: Path) -> None:
    """A pattern that does not exist is refused, and the help names those that do."""
    done = run("-o", tmp_path, "--patterns", "rings")
    assert isinstance(done.exception, UsageError)
    assert "round_trip" in (done.exception.help or "")
    assert not list(tmp_path.iterdir())
