"""The whole shipped rulebook on a simulated market: its fused functions alone, by event type."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.peers.measure import Contender, race

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.facts.events import event_type_of
from vermilion.intake import Received, read_events
from vermilion.rulebook import Engine, Fused, Profile, find_rulebook, load_rulebook
from vermilion.simulate import MarketConfig, write_events

KEPT = 4_000
"""Calls of each event type that are timed, evenly spread over the market."""


class _Recording(Engine):
    """An engine whose functions note what they are called with, whatever the desk joins to it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.calls: list[tuple[Any, tuple[Any, ...]]] = []
        self._noting: dict[int, Fused] = {}

    def on(self, *arguments: Any) -> Fused:
        """Return the rules in force as one function that notes its calls."""
        fused = super().on(*arguments)
        found = self._noting.get(id(fused))
        if found is None:
            function = self._noted(fused.function)
            found = self._noting[id(fused)] = dataclasses.replace(fused, function=function)
        return found

    def _noted(self, function: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            self.calls.append((function, arguments))
            return function(*arguments)

        return noted


def calls(config: MarketConfig, rulebook: str) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Judge a market as the desk does; return each call of a fused function, and on what type."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "events.ndjson"
        write_events(path, config)
        engine = _Recording(load_rulebook(find_rulebook(rulebook)), Profile())
        with Book.open(Path(name) / "book") as book:
            book.activate(engine)
            desk = Desk(book, [engine])
            for index, one in enumerate(read_events(path)):
                if not isinstance(one, Received):
                    continue
                judged = desk.judge(one)
                desk.learn(judged.event, index)
                kind = event_type_of(one.event)
                found += [(kind, *called) for called in engine.calls]
                engine.calls.clear()
    return found


def measure(events: int, rounds: int, rulebook: str = "cn") -> dict[str, Any]:
    """Time the functions by event type, and all types in the market's own proportions."""
    by_type: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for kind, function, arguments in calls(MarketConfig(events=events), rulebook):
        by_type["all"].append((function, arguments))
        by_type[kind].append((function, arguments))
    contenders = [
        Contender(kind, _call, noted[:: len(noted) // KEPT + 1])
        for kind, noted in sorted(by_type.items())
    ]
    figures, cost = race(contenders, rounds)
    rows = [
        {"event_type": kind, "calls": len(by_type[kind]), **found.spreads()}
        for kind, found in figures.items()
    ]
    return {"clock_ns": cost, "rulebook": rulebook, "rows": rows}


def _call(function: Any, arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)
