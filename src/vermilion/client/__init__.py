"""A client for Python: typed, with and without `await`, and safe when the desk is down.

Start at `Client`. How to use it: docs/client.md.
"""

from vermilion.client.answers import (
    Case,
    Decision,
    Effect,
    EventRef,
    Judged,
    Line,
    Missing,
    MissingFact,
    Permit,
    Problem,
    Rejected,
    Resolved,
    RulebookRef,
    RuleFound,
    Summary,
    Waiting,
    Words,
)
from vermilion.client.calls import Submitted
from vermilion.client.client import AsyncClient, Client, Settings
from vermilion.client.errors import DeskRefused, DeskUnavailable

__all__ = [
    "AsyncClient",
    "Case",
    "Client",
    "Decision",
    "DeskRefused",
    "DeskUnavailable",
    "Effect",
    "EventRef",
    "Judged",
    "Line",
    "Missing",
    "MissingFact",
    "Permit",
    "Problem",
    "Rejected",
    "Resolved",
    "RuleFound",
    "RulebookRef",
    "Settings",
    "Submitted",
    "Summary",
    "Waiting",
    "Words",
]
