"""A column of identity numbers becomes what they say: whose they are, when the bearer was born.

The number itself goes into no event, reject or error.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from vermilion.identity import identity_of, read_number
from vermilion.intake.items import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMES = ("cn", "uscc", "lei")
"""Numbers that a column may hold: of persons in China, of organisations there and anywhere."""

_WITH_BIRTH = frozenset({"cn"})


class IdNumber(msgspec.Struct, frozen=True):
    """What a column of numbers is read as: an identity under a secret, or without one a birthday."""

    scheme: str
    secret: bytes | None = None

    def __repr__(self) -> str:
        """Return the scheme without the secret."""
        return f"IdNumber({self.scheme!r})"


def has_birth(scheme: str) -> bool:
    """Tell whether numbers of a scheme tell when their bearer was born."""
    return scheme in _WITH_BIRTH


def reader(column: str, wanted: IdNumber) -> Callable[[str], str | Fault]:
    """Return the function from a number to its identity or date of birth, or what is wrong."""
    today = dt.datetime.now(dt.UTC).date()

    def read(text: str) -> str | Fault:
        number = read_number(text, wanted.scheme, today)
        if not number.valid:
            return Fault(
                "id_number_invalid",
                f"this is no identity number that can be real ({number.problem}); it is not shown",
                "correct it at its source, or name what stands for an unknown one under `nulls`",
                column,
            )
        if wanted.secret is not None:
            return identity_of(number, wanted.secret)
        return "" if number.birth_date is None else number.birth_date.isoformat()

    return read
