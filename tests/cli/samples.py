"""Run commands as a shell would, in this process or in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from vermilion.cli import main
from vermilion.facts.canonical import canonical_bytes
from vermilion.simulate import MarketConfig, market


def run(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments])


def shell(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "vermilion", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def printed(result: Result) -> Any:
    """Return the one JSON object that a command printed."""
    return json.loads(result.stdout)


def complaint(result: Result) -> list[str]:
    """Return the lines on stderr of a command that failed: one that says it, then help."""
    assert result.stdout == ""
    first, *rest = result.stderr.splitlines()
    assert first.startswith("error: ")
    assert all(line.startswith("  help: ") for line in rest)
    assert len(rest) <= 1
    assert "Traceback" not in result.stderr
    return [first, *rest]


def market_file(path: Path, events: int = 300, **changes: Any) -> Path:
    """Write a small market in which much is wrong and return its path."""
    config = MarketConfig(**{"events": events, "violation_rate": 150, "withheld": 60} | changes)
    path.write_bytes(b"".join(canonical_bytes(one) + b"\n" for one in market(config)))
    return path
