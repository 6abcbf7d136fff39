"""The simulated market as a stream of events, each with what is true of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from vermilion.facts.events import Event
from vermilion.simulate.agenda import Agenda
from vermilion.simulate.clock import Clock
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.mishaps import Mishaps
from vermilion.simulate.planter import Planter
from vermilion.simulate.releases import Collection
from vermilion.simulate.trade import Trade
from vermilion.simulate.truth import Simulated, Truth
from vermilion.simulate.withhold import withhold_from_event
from vermilion.simulate.world import World


def market(config: MarketConfig) -> Iterator[Event]:
    """Give the events of a market; a configuration always gives the same ones."""
    return (event for event, _ in simulated(config))


def planted(config: MarketConfig) -> Iterator[tuple[Event, str | None]]:
    """Give the events of a market, each with the name of the pattern planted in it, if any."""
    return ((event, None if told is None else told.pattern) for event, told in simulated(config))


def truth(config: MarketConfig) -> Iterator[Truth]:
    """Give what is true of the events of a market that are not merely clean."""
    return (told for _, told in simulated(config) if told is not None)


def simulated(config: MarketConfig) -> Iterator[Simulated]:
    """Give the events of a market in the order in which they arrive, with what is true of them.

    1. Who and what is there is stated, and first offers are made; none of it breaks anything.
    2. What waits on the agenda comes at its moment: planted events, and what arrives late.
    3. Else a pattern may be planted: its events go on the agenda.
    4. The trade goes on with an event that breaks nothing.

    Events come in order of time, save late ones and duplicates.
    """
    rng = random.Random(config.seed)  # noqa: S311 - chance of a simulation, not of a secret
    world, agenda = World(config, rng), Agenda()
    trade, clock = Trade(world), Clock(config.start, config.days)
    planter, mishaps = Planter(config, world.span, agenda), Mishaps(config, world, agenda)
    opening = list(world.opening())[: config.events]
    for number, (venue, what) in enumerate(opening):  # 1
        moment = clock.opening(number / len(opening))
        if isinstance(what, Collection):
            yield Simulated(trade.offered(venue, moment, what))
        else:
            yield trade.state(venue, what, moment)
    left = config.events - len(opening)
    for number in range(left):
        moment = clock.trade((number + rng.random()) / left)
        due = agenda.due(moment)  # 2
        if due is not None:
            yield due
            continue
        planter.plant(number, rng.random(), moment)  # 3
        made = mishaps.next(trade, moment)  # 4
        if made.truth or made.event.stage == "proposed":  # what settles it says the same
            yield made
        else:
            yield withhold_from_event(rng, made.event, config.withheld)
