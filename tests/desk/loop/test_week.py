"""A simulated week through the loop: what it finds, frees and reconciles is what is true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOOP = Path(__file__).parents[3] / "benchmarks" / "loop.py"
WEEK = [
    "--events",
    "1500",
    "--seed",
    "20260302",
    "--bypasses",
    "200",
    "--round-minutes",
    "60",
    "--json",
]


@pytest.fixture(scope="module")
def week() -> dict[str, Any]:
    """Run a small week with many bypasses."""
    done = subprocess.run([sys.executable, LOOP, *WEEK], capture_output=True, check=False)
    assert done.stdout, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"code": done.returncode}


def test_nothing_is_missed_and_nobody_is_accused(week: dict[str, Any]) -> None:
    """Findings, resolutions, permits, gaps and reconciliation are all as the truth has them."""
    assert (week["faults"], week["code"]) == ([], 0)


def test_every_bypass_is_found(week: dict[str, Any]) -> None:
    """Every reason occurs, and beside it what looks alike and is honest."""
    assert set(week["reasons"]) == {
        "no_permit",
        "early",
        "expired",
        "other_price",
        "other_party",
        "other_token",
        "other_terms",
        "used_twice",
    }
    planted = {"unproposed", "though_held", "though_denied", "though_refused", "after_withdrawal"}
    honest = {"same", "more", "correction", "late_correction", "late", "very_late"}
    imported = {"history", "imported"}
    assert planted | honest | imported <= set(week["kinds"])
    assert week["counts"]["gaps told"] > 0


def test_people_were_asked(week: dict[str, Any]) -> None:
    """What was held was released, refused and left, and every void attempt stayed void."""
    did = {"frees", "stops", "waits", "ends"}
    void = {
        "same_person",
        "other_action",
        "no_end",
        "too_long",
        "party_to_event",
        "nothing_held",
        "nothing_to_confirm",
    }
    assert did | void == set(week["resolutions"])
    assert week["counts"]["freed"] > 0
    assert week["counts"]["stopped"] > 0
