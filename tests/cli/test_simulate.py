"""`vermilion simulate`: a made-up market and the truth about it."""

from __future__ import annotations

import json
from pathlib import Path

from vermilion.simulate import PATTERNS

from .samples import complaint, printed, run


def test_writes_events_and_truth(tmp_path: Path) -> None:
    """Both files lie in the folder, and a few lines say what is in them."""
    result = run("simulate", "-o", tmp_path / "m", "--events", 3_000, "--violations", 50)
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "events.ndjson",
        "truth.ndjson",
    ]
    assert len((tmp_path / "m" / "events.ndjson").read_bytes().splitlines()) == 3_000
    assert "3,000 events in " in result.stdout
    assert "events break a rule" in result.stdout
    assert result.stderr == ""


def test_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    """The seed decides, whatever the folder."""
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert (
            run("simulate", "-o", tmp_path / name, "--events", 500, "--seed", seed).exit_code == 0
        )
    a, b, c = ((tmp_path / name / "events.ndjson").read_bytes() for name in "abc")
    assert a == b != c


def test_json_counts_what_was_written(tmp_path: Path) -> None:
    """Numbers of the JSON object agree with the files."""
    result = run(
        "simulate",
        "-o",
        tmp_path,
        "--events",
        3_000,
        "--violations",
        60,
        "--withheld",
        20,
        "--json",
    )
    counts = printed(result)
    truth = [json.loads(line) for line in (tmp_path / "truth.ndjson").read_bytes().splitlines()]
    assert counts["events"] == 3_000 == sum(counts["types"].values())
    planted = counts["planted"]
    assert sum(planted.values()) + sum(counts["other"].values()) == len(truth)
    assert planted["wrong"] == sum(line["side"] == "wrong" for line in truth)
    assert counts["other"]["withheld"] > 0
    assert set(counts["patterns"]) <= {pattern.name for pattern in PATTERNS}


def test_patterns_and_days_are_chosen(tmp_path: Path) -> None:
    """Only the patterns named are planted, on the days named."""
    options = ("--patterns", "resale, above_marked", "--start", "2026-05-06", "--days", 3)
    result = run("simulate", "-o", tmp_path, "--events", 1_000, *options, "--json")
    assert set(printed(result)["patterns"]) == {"resale", "above_marked"}
    first = (tmp_path / "events.ndjson").read_bytes().splitlines()[0]
    assert json.loads(first)["time"].startswith("2026-05-05T16:00")


def test_unknown_pattern_is_refused(tmp_path: Path) -> None:
    """A name that does not exist is told, and nothing is written."""
    result = run("simulate", "-o", tmp_path / "m", "--patterns", "absent")
    assert result.exit_code == 2
    assert "`absent`" in complaint(result)[0]
    assert not list(tmp_path.rglob("*.ndjson"))


def test_files_are_replaced_by_force_only(tmp_path: Path) -> None:
    """What is there stays unless told otherwise."""
    assert run("simulate", "-o", tmp_path, "--events", 300).exit_code == 0
    refused = run("simulate", "-o", tmp_path, "--events", 400)
    assert refused.exit_code == 2
    assert "--force" in complaint(refused)[1]
    assert len((tmp_path / "events.ndjson").read_bytes().splitlines()) == 300
    assert run("simulate", "-o", tmp_path, "--events", 400, "--force").exit_code == 0
    assert len((tmp_path / "events.ndjson").read_bytes().splitlines()) == 400
