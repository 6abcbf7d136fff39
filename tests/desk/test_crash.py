"""A run that is killed at any moment loses nothing that it answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CRASH = Path(__file__).parents[2] / "benchmarks" / "crash.py"


def test_killed_runs_keep_every_promise() -> None:
    """After each kill all answers are in the record, and in the end nothing differs by a byte."""
    arguments = ["--kills", "6", "--events", "3000", "--seed", "20260310"]
    done = subprocess.run([sys.executable, CRASH, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(b"6 kills")
    assert b"0 promises broken" in done.stdout
