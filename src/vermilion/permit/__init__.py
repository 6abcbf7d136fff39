"""Permits: the signed, expiring statement that an event may go ahead.

Start at `sign_permit` and `Verifier`. Format and verifiers in other languages:
docs/permit-format.md.
"""

from vermilion.permit.claims import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
)
from vermilion.permit.jws import (
    MAX_PERMIT,
    MAX_SKEW,
    Signer,
    Unverified,
    Verifier,
    read_unverified,
    sign_permit,
)
from vermilion.permit.keys import Jwk, jwk_of, parse_key, thumbprint
from vermilion.permit.spent import Spent

__all__ = [
    "MAX_PERMIT",
    "MAX_SKEW",
    "Claims",
    "Jwk",
    "PermittedEvent",
    "RulebookVerdict",
    "SealedEntry",
    "Signer",
    "Spent",
    "Unverified",
    "Verifier",
    "jwk_of",
    "parse_key",
    "read_unverified",
    "sign_permit",
    "thumbprint",
]
