"""What is known: seen identities and standing facts, as positions in the record."""

from vermilion.store.standing import StandingFacts, Statement, overlay
from vermilion.store.state import Place, SeenRow, State, StatementRow, identity_of

__all__ = [
    "Place",
    "SeenRow",
    "StandingFacts",
    "State",
    "Statement",
    "StatementRow",
    "identity_of",
    "overlay",
]
