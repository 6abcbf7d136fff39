"""Names of keys and people."""

from __future__ import annotations

import unicodedata

from vermilion.errors import UsageError

_MARKS = frozenset("._-@+")

_MOST_TYPED = 512
"""Characters that are looked at of what may be a name; no normal form is so much shorter. To put
accents in order takes quadratic time, and anybody may send them.
"""


def plain_name(text: str) -> str:
    """Return a name as it is kept: in small letters, without a difference of width or form.

    Raises:
        UsageError: `name_refused`.
    """
    name = folded(text)
    if not 0 < len(name) <= 64 or not all(one.isalnum() or one in _MARKS for one in name):
        raise UsageError(
            "name_refused",
            f"`{text[:80]}` is no name",
            help="take 1 to 64 letters and digits of any script, or . _ - @ +",
        )
    return name


def folded(text: str) -> str:
    """Return how a typed name is looked up."""
    return unicodedata.normalize("NFKC", text[:_MOST_TYPED].strip()).casefold()


def display_name(text: str) -> str:
    """Return a name as it is shown.

    Raises:
        UsageError: `name_refused`.
    """
    name = unicodedata.normalize("NFC", text[:_MOST_TYPED].strip())
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise UsageError(
            "name_refused", "this is no name to show", help="take 1 to 100 printable characters"
        )
    return name
