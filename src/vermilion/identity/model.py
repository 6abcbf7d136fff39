"""What an identity number says."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Literal

import msgspec

Problem = Literal["length", "form", "check_digit", "birth_date", "region", "authority"]
"""What is wrong with a number; the first that is found."""

NumberKind = Literal[
    "cn_resident",
    "cn_resident_15",
    "cn_hong_kong",
    "cn_macao",
    "cn_taiwan",
    "cn_foreigner",
    "uscc",
    "lei",
    "passport",
    "other",
]
"""Kinds of numbers: residents of China and the older form of 15 digits, residence permits for
residents of Hong Kong, Macao and Taiwan, permanent residence permits for foreigners, unified social
credit codes, legal entity identifiers, passports, and what `OTHERS` names."""


class Number(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Facts that a number gives; unknown ones are None.

    `region` is the administrative division in the number, `nationality` the country code of a
    foreigner's permit. The sex that some numbers tell is not read: no rule needs it, and what is
    not needed is not processed (Personal Information Protection Law of China, article 6).
    """

    kind: NumberKind
    valid: bool
    problem: Problem | None = None
    birth_date: dt.date | None = None
    region: str | None = None
    nationality: str | None = None
    scheme: str = ""
    """Whose numbers it is one of: numbers of one scheme are never those of two bearers."""
    canonical: str = ""
    """The number in its one spelling. Not to be kept; `identity_of` turns it into a digest."""

    def __repr__(self) -> str:
        """Return the facts without the number, as this text may end up in a log."""
        return f"Number(kind={self.kind!r}, valid={self.valid!r}, problem={self.problem!r})"


def plain(number: str) -> str:
    """Return a number without the ways of writing it: width, case, spaces and hyphens."""
    text = unicodedata.normalize("NFKC", number).upper()
    return "".join(char for char in text if not char.isspace() and char not in "-‐‑–—_·.")
