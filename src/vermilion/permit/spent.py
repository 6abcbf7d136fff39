"""Remember which permits were used, so that each is used once."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from vermilion.errors import DataError, StorageError
from vermilion.permit.jws import MAX_SKEW

if TYPE_CHECKING:
    from pathlib import Path

    from vermilion.permit.claims import Claims


class Spent:
    """Remembers which permits were used, in a file that processes of one machine share.

    A permit is forgotten once no clock may let it pass any more. A clock that is set back further
    than `MAX_SKEW` brings forgotten permits back.

    Raises:
        StorageError: `spent_unusable`, from every method.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS spent (id TEXT PRIMARY KEY, exp INTEGER NOT NULL)"
            )
            self._database.execute("CREATE INDEX IF NOT EXISTS spent_by_exp ON spent (exp)")
        except sqlite3.Error as error:
            raise _unusable(error) from error

    def spend(self, claims: Claims, now: float) -> None:
        """Use a verified permit up; durable on return.

        Args:
            claims: what `Verifier.verify` returned.
            now: seconds since 1970, as it was verified.

        Raises:
            DataError: `permit_spent`: it was used before.
        """
        try:
            self._database.execute("DELETE FROM spent WHERE exp <= ?", (now - MAX_SKEW,))
            self._database.execute("INSERT INTO spent VALUES (?, ?)", (claims.jti, claims.exp))
        except sqlite3.IntegrityError:
            raise DataError("permit_spent", f"the permit `{claims.jti}` was used before") from None
        except sqlite3.Error as error:
            raise _unusable(error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _unusable(error: sqlite3.Error) -> StorageError:
    return StorageError(
        "spent_unusable",
        f"it cannot be remembered which permits were used: {error}",
        help="check the file's path and the disk; let nothing go ahead meanwhile",
    )
