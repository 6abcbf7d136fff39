"""What is known: seen identities and standing facts, as positions in the record."""

from vermilion.store.rows import Rows
from vermilion.store.standing import Earlier, StandingFacts
from vermilion.store.state import WITHDRAWN, Place, State, StatementRow, identity_of
from vermilion.store.timeline import Statement, overlay, stated_fields

__all__ = [
    "WITHDRAWN",
    "Earlier",
    "Place",
    "Rows",
    "StandingFacts",
    "State",
    "Statement",
    "StatementRow",
    "identity_of",
    "overlay",
    "stated_fields",
]
