"""The record: an append-only, tamper-evident, encrypted log with one writer.

Start reading at `log.py`; the format is in docs/record-format.md.
"""

from vermilion.record.envelope import Envelope, SealedSection
from vermilion.record.keys import KeyStore
from vermilion.record.log import Record
from vermilion.record.model import (
    Checkpoint,
    Entry,
    Erased,
    Location,
    Receipt,
    Section,
)
from vermilion.record.verify import Problem, Verification, verify

__all__ = [
    "Checkpoint",
    "Entry",
    "Envelope",
    "Erased",
    "KeyStore",
    "Location",
    "Problem",
    "Receipt",
    "Record",
    "SealedSection",
    "Section",
    "Verification",
    "verify",
]
