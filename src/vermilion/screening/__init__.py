"""Watch lists, and whom they name: makes facts about parties, never a decision.

Reads lists as their issuers publish them, keeps each version by its digest, and finds the entries
that fit a party by identifier, wallet or name.
"""

from vermilion.screening.diff import ListDiff, list_diff
from vermilion.screening.lists import (
    Format,
    Identifier,
    ListEntry,
    ListName,
    Wallet,
    WatchList,
    packed,
    unpacked,
)
from vermilion.screening.load import FORMATS, load_list
from vermilion.screening.match import (
    CONFIDENCE,
    Matcher,
    NameMatcher,
    Screened,
    Subject,
    found_by,
    prepared,
)
from vermilion.screening.names import name_key, script_of
from vermilion.screening.wallets import is_wallet, may_be_wallet, wallet_key

__all__ = [
    "CONFIDENCE",
    "FORMATS",
    "Format",
    "Identifier",
    "ListDiff",
    "ListEntry",
    "ListName",
    "Matcher",
    "NameMatcher",
    "Screened",
    "Subject",
    "Wallet",
    "WatchList",
    "found_by",
    "is_wallet",
    "list_diff",
    "load_list",
    "may_be_wallet",
    "name_key",
    "packed",
    "prepared",
    "script_of",
    "unpacked",
    "wallet_key",
]
