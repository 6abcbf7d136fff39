"""Intake: files become typed events, and what cannot be read becomes a reject with a remedy.

Start at `read_events`; `load_mapping` reads the YAML that turns foreign tables into events.
"""

from vermilion.intake.grammar import load_mapping
from vermilion.intake.items import MAX_DEPTH, MAX_LINE_BYTES, Received, Reject
from vermilion.intake.mapping import Mapping
from vermilion.intake.reader import read_events

__all__ = [
    "MAX_DEPTH",
    "MAX_LINE_BYTES",
    "Mapping",
    "Received",
    "Reject",
    "load_mapping",
    "read_events",
]
