"""Findings on entities, which tell only what those on parties did not."""

from __future__ import annotations

from .harness import found
from .rows import paid, sale


def test_an_entity_is_seen_across_its_accounts() -> None:
    """Buying with one account and selling with another of the same person's is seen, and only of it."""
    moves = [
        sale("x", "a", token="c/1", day=10),
        sale("b", "y", token="c/2", day=11),
        sale("y", "a", token="c/3", day=40),
    ]
    told = found("short_interval", moves, level=None, payments=[paid("a", "b", day=0)])
    assert [(one.level, one.subject["party"], one.rows) for one in told] == [
        ("entity", "a", {"open": ["m0"], "close": ["m1"]})
    ]


def test_others_are_not_seen_in_part() -> None:
    """Who traded with linked accounts among others is judged by all of its trades."""
    moves = [
        sale("a", "p", token="c/1", day=10),
        sale("q", "p", token="c/2", day=12),
        sale("p", "b", token="c/3", day=13),
    ]
    told = found("short_interval", moves, level=None, payments=[paid("a", "b", day=0)])
    assert [(one.level, one.subject["party"]) for one in told if one.subject["party"] == "p"] == [
        ("party", "p")
    ]
