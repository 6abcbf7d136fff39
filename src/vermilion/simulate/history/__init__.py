"""A seeded history of a whole market as canonical tables, with abuse planted, and the truth about it.

Start at `write_history`.
"""

from vermilion.simulate.history.config import HistoryConfig
from vermilion.simulate.history.words import INNOCENTS, PATTERNS
from vermilion.simulate.history.write import TRUTH, WrittenHistory, write_history

__all__ = [
    "INNOCENTS",
    "PATTERNS",
    "TRUTH",
    "HistoryConfig",
    "WrittenHistory",
    "write_history",
]
