"""Every answer to a simulated market is the true one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from vermilion.rulebook import find_rulebook, load_rulebook

TRUTH = Path(__file__).parents[2] / "benchmarks" / "truth.py"


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Judge a market and return the exit code and what was counted."""
    done = subprocess.run(
        [sys.executable, TRUTH, "--json", *arguments], capture_output=True, check=False
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


def test_complete_world() -> None:
    """Each violation is hit, each lawful twin passes, and everything else is allowed."""
    code, found = run("--events", "20000", "--seed", "7")
    assert (found["faults"], found["examples"]) == (0, [])
    assert code == 0
    counted = {(rule, wanted, was) for rule, wanted, was, _ in found["counts"]}
    rules = {
        loaded.rule.id
        for name in ("cn", "platform")
        for loaded in load_rulebook(find_rulebook(name)).rules
    }
    assert {rule for rule, wanted, was in counted if (wanted, was) == ("hit", "hit")} == rules
    assert {rule for rule, wanted, was in counted if (wanted, was) == ("pass", "pass")} == rules


def test_sparse_world() -> None:
    """Where facts are lacking no wrong passes, nothing lawful is hit, and few questions are asked."""
    code, found = run("--events", "10000", "--withheld", "100")
    assert (code, found["faults"], found["examples"]) == (0, 0, [])
    sources = {step["source"] for step in found["plan"]}
    assert sources <= {"platform", "collection", "party", "export"}
    assert found["plan"][-1]["freed"] > 1_000
