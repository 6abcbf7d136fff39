"""Who may do what: keys, people, sessions, rights and limits.

What meets requests lies in `authenticate`, `accounts`, `signing_in` and `routes`, and is imported
from there, so that the command line need not load a server.
"""

from vermilion.web.access.caller import Caller
from vermilion.web.access.database import Change
from vermilion.web.access.keys import KeyAsked, KeyLine
from vermilion.web.access.limits import Rates
from vermilion.web.access.oidc_settings import OidcSettings
from vermilion.web.access.people import PersonAsked, PersonLine
from vermilion.web.access.refusals import (
    AccessError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    TakenError,
    TooManyError,
)
from vermilion.web.access.rights import PERSON_ROLES, RIGHTS, ROLES, Right, Role, allowed
from vermilion.web.access.store import Access

__all__ = [
    "PERSON_ROLES",
    "RIGHTS",
    "ROLES",
    "Access",
    "AccessError",
    "Caller",
    "Change",
    "KeyAsked",
    "KeyLine",
    "NotAllowedError",
    "NotFoundError",
    "NotSignedInError",
    "OidcSettings",
    "PersonAsked",
    "PersonLine",
    "Rates",
    "Right",
    "Role",
    "TakenError",
    "TooManyError",
    "allowed",
]
