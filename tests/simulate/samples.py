"""Markets to look at."""

from __future__ import annotations

from vermilion.simulate import MarketConfig

EVERYTHING = MarketConfig(
    events=20_000,
    violation_rate=40,
    withheld=20,
    duplicates=10,
    late=10,
    corrections=20,
    proposed=20,
)
"""A market in which everything occurs that can."""
