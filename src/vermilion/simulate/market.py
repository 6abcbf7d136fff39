"""The simulated market as a stream of events, and as a file."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import Event, event_type_of
from vermilion.simulate.clock import Clock, china_date
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.patterns import Pattern, patterns_by_type
from vermilion.simulate.scene import Scene
from vermilion.simulate.trade import Trade
from vermilion.simulate.withhold import withhold_from_event
from vermilion.simulate.world import World


def market(config: MarketConfig) -> Iterator[Event]:
    """Give the events of a market in order of time; a configuration always gives the same ones."""
    return (event for event, _ in planted(config))


def planted(config: MarketConfig) -> Iterator[tuple[Event, str | None]]:
    """Give the events of a market, each with the name of the pattern planted in it, if any.

    Who and what is there is stated first and breaks nothing; then trade runs to the last day.
    """
    rng = random.Random(config.seed)  # noqa: S311 - chance of a simulation, not of a secret
    world = World(config, rng)
    trade, clock, planter = Trade(world), Clock(config.start, config.days), _Planter(world, config)
    opening = list(world.opening())[: config.events]
    for number, (venue, what) in enumerate(opening):
        yield trade.state(venue, what, clock.opening(number / len(opening))), None
    left = config.events - len(opening)
    for number in range(left):
        event = trade.next(clock.trade((number + rng.random()) / left))
        pattern = planter.choose(event)
        if pattern is not None:
            yield planter.plant(pattern, event), pattern.name
            continue
        trade.took_place(event)
        yield withhold_from_event(rng, event, config.withheld), None


def write_events(path: Path | str, config: MarketConfig) -> int:
    """Write a market to a file, one canonical event a line, and return the number of events.

    A name that ends in `.gz` is compressed, without name or time in its header.

    Raises:
        UsageError: the file cannot be written.
    """
    path = Path(path)
    try:
        with path.open("wb") as file:
            if path.suffix != ".gz":
                return _write(file, config)
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                return _write(packed, config)
    except OSError as error:
        reason = error.strerror or "it failed"
        raise UsageError("not_written", f"cannot write: {reason}", where=str(path)) from None


def _write(file: IO[bytes] | gzip.GzipFile, config: MarketConfig) -> int:
    for event in market(config):
        file.write(canonical_bytes(event) + b"\n")
    return config.events


class _Planter:
    """Plants patterns at a rate, those planted least first."""

    def __init__(self, world: World, config: MarketConfig) -> None:
        self._rng = world.rng
        self._world = world
        self._rate = config.violation_rate
        self._by_type = patterns_by_type()
        self._counts: Counter[str] = Counter()

    def choose(self, event: Event) -> Pattern | None:
        """Return the pattern to plant in an event, or None to leave it as it is."""
        if not self._rate or self._rng.random() * 1_000 >= self._rate:
            return None
        fitting = self._by_type.get(event_type_of(event), ())
        return min(fitting, key=lambda pattern: self._counts[pattern.name], default=None)

    def plant(self, pattern: Pattern, event: Event) -> Event:
        """Return the event with a pattern planted in it."""
        number = self._counts.total()
        self._counts[pattern.name] += 1
        world = self._world
        scene = Scene(
            number=number,
            day=china_date(event.time),
            member=world.members[number % len(world.members)].id,
            controlled=world.controlled[number % len(world.controlled)].id,
            museum=world.museums[number % len(world.museums)].id,
        )
        return pattern.plant(event, scene)
