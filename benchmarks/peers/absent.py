"""What becomes of an event of which one fact is absent: stopped, asked about, allowed or no answer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers.engines import Engine, Look
from benchmarks.peers.rules import PATHS, RULES, oracle

READERS = {name: {rule.name for rule in RULES if name in rule.reads} for name in PATHS}
OUTCOMES = ("stopped", "asked", "allowed, noted", "allowed", "no answer")


def without_one(
    events: Sequence[dict[str, Any]], seed: int, share: float
) -> list[tuple[dict[str, Any], str | None]]:
    """Return the events, with one fact taken from a share of them, and which one it was."""
    rng = random.Random(seed)
    return [(event, rng.choice(list(PATHS)) if rng.random() < share else None) for event in events]


def outcomes(
    engine: Engine, events: Sequence[tuple[dict[str, Any], str | None]], *, null: bool
) -> dict[str, Counter[str]]:
    """Count how an engine answers where a fact is absent: left out of the facts, or null.

    `wrong` are events that break rules which read the absent fact, and no others; `right` are
    events that break none.
    """
    found: dict[str, Counter[str]] = {"wrong": Counter(), "right": Counter()}
    for facts, absent in events:
        if absent is None or engine.look is None:
            continue
        truth = set(oracle(facts)[1])
        if truth - READERS[absent]:
            continue
        known = {name: value for name, value in facts.items() if name != absent}
        if null:
            known[absent] = None
        found["wrong" if truth else "right"][_outcome(engine.look, engine.prepared(known))] += 1
    return found


def _outcome(answer: Callable[..., Look], arguments: tuple[Any, ...]) -> str:
    try:
        look = answer(*arguments)
    except Exception:  # noqa: BLE001 - whatever an engine raises, it gives no answer
        return "no answer"
    if look.hits:
        return "stopped"
    if look.unknown:
        return "asked"
    return "allowed, noted" if look.noted else "allowed"
