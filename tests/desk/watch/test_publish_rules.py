"""Every pattern that a detector can give is judged."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from vermilion.desk.watch.publish import dispose
from vermilion.facts.events import FindingPattern
from vermilion.market.declaration import detectors

from .test_publish import NOW, done, opened, seen, verdict_of

DOCS = Path(__file__).parents[3] / "docs" / "findings.md"


def test_every_pattern_is_reviewed_until_it_is_closed(tmp_path: Path) -> None:
    """An open finding of each pattern is at review under China's rules, a closed one is not."""
    patterns = get_args(FindingPattern)
    findings = [seen(n, pattern=one, token=f"c/{n}") for n, one in enumerate(patterns)]
    with opened(tmp_path) as desk:
        assert done(desk, *findings) == {"new": len(patterns)}
        for finding in findings:
            assert verdict_of(desk, finding.id) == "review"
            closed = dispose(desk, finding.id, "closed", "looked at", NOW)
            assert verdict_of(desk, closed) == "allow"


@pytest.mark.parametrize("pattern", get_args(FindingPattern))
def test_every_pattern_is_documented(pattern: str) -> None:
    """The page on findings says which rule judges each pattern."""
    assert f"`{pattern}`" in DOCS.read_text(encoding="utf-8")


def test_every_detector_gives_a_known_pattern() -> None:
    """What detectors declare as their pattern is one that rules know."""
    assert {one.declaration.pattern for one in detectors().values()} <= set(
        get_args(FindingPattern)
    )
