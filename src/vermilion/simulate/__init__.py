"""A seeded market in digital collectibles, with violations planted and facts withheld on demand.

Start at `simulated`; it tells of each event what was planted in it and what rules should say.
`Platform` works through permits in such a market, and `Officers` answer what is held.
"""

from vermilion.simulate.config import SAMPLE, MarketConfig
from vermilion.simulate.loop import Expected, LoopConfig, Outcome, Platform
from vermilion.simulate.market import market, planted, simulated, truth
from vermilion.simulate.officers import Held, Officers
from vermilion.simulate.patterns import PATTERNS, Pattern
from vermilion.simulate.truth import UNPLANTED, Simulated, Truth
from vermilion.simulate.write import Written, write_events, write_market

__all__ = [
    "PATTERNS",
    "SAMPLE",
    "UNPLANTED",
    "Expected",
    "Held",
    "LoopConfig",
    "MarketConfig",
    "Officers",
    "Outcome",
    "Pattern",
    "Platform",
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
