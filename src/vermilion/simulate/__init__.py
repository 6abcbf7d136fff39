"""A seeded market in digital collectibles, with violations planted and facts withheld on demand.

Start at `market`; `planted` also tells which pattern was planted in which event.
"""

from vermilion.simulate.config import SAMPLE, MarketConfig
from vermilion.simulate.market import market, planted, write_events
from vermilion.simulate.patterns import PATTERNS, Pattern
from vermilion.simulate.scene import Scene

__all__ = [
    "PATTERNS",
    "SAMPLE",
    "MarketConfig",
    "Pattern",
    "Scene",
    "market",
    "planted",
    "write_events",
]
