"""A seeded market in digital collectibles, with violations planted and facts withheld on demand.

Start at `simulated`; it tells of each event what was planted in it and what rules should say.
"""

from vermilion.simulate.config import SAMPLE, MarketConfig
from vermilion.simulate.market import market, planted, simulated, truth
from vermilion.simulate.patterns import PATTERNS, Pattern
from vermilion.simulate.truth import UNPLANTED, Simulated, Truth
from vermilion.simulate.write import Written, write_events, write_market

__all__ = [
    "PATTERNS",
    "SAMPLE",
    "UNPLANTED",
    "MarketConfig",
    "Pattern",
    "Simulated",
    "Truth",
    "Written",
    "market",
    "planted",
    "simulated",
    "truth",
    "write_events",
    "write_market",
]
