"""What is known: seen identities and standing facts, as positions in the record."""

from vermilion.store.standing import StandingFacts, Statement, overlay
from vermilion.store.state import Place, State, StatementRow, identity_of

__all__ = [
    "Place",
    "StandingFacts",
    "State",
    "Statement",
    "StatementRow",
    "identity_of",
    "overlay",
]
