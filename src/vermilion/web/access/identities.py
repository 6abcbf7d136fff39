"""People whom an identity provider knows."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vermilion.errors import UsageError
from vermilion.web.access.clock import iso
from vermilion.web.access.database import Database, note
from vermilion.web.access.names import display_name, plain_name
from vermilion.web.access.people import refuse_taken
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.access.rights import Role
from vermilion.web.access.sessions import Proven, end_all

PROVIDER = "identity provider"
"""Who makes a person, or changes a role, at a sign-in."""


class Identity(NamedTuple):
    """Who somebody is to the provider, and as what they come here.

    `issuer` and `subject` together never change and never name another; `name` and `display` may.
    """

    issuer: str
    subject: str
    name: str
    display: str
    role: Role
    officer: str | None

    @classmethod
    def of(cls, claims: Mapping[str, Any], role: Role, officer: str | None) -> Identity:
        """Return who is meant by the claims of a verified token."""
        issuer, subject = claims["iss"], claims["sub"]
        mark = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:8]
        name = _first(plain_name, claims.get("preferred_username"), f"person-{mark}")
        display = _first(display_name, claims.get("name"), name)
        return cls(issuer, subject, name, display, role, officer)


class Identities:
    """The people of a book whom a provider knows.

    Args:
        database: the open file.
        clock: tells the seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def proven(self, identity: Identity) -> Proven:
        """Return the person of an identity; made at the first sign-in, with the role of this one.

        A person is never found by name: who takes another's name at the provider stays another.

        Raises:
            NotAllowedError: `person_disabled`.
            TakenError: `officer_taken`.
            StorageError: `access_damaged`.
        """
        query = """SELECT number, name, role, officer, disabled_at FROM person
            WHERE issuer = ? AND subject = ?"""
        with self._database.changing() as database:
            row = database.execute(query, (identity.issuer, identity.subject)).fetchone()
            if row is None:
                return Proven(self._make(database, identity), None)
            number, name, role, officer, disabled_at = row
            if disabled_at is not None:
                raise NotAllowedError("person_disabled", "an administrator closed this account")
            wanted = identity.officer or officer
            if (role, officer) != (identity.role, wanted):
                refuse_taken(database, wanted, name)
                update = "UPDATE person SET role = ?, officer = ? WHERE number = ?"
                database.execute(update, (identity.role, wanted, number))
                end_all(database, number)
                note(database, PROVIDER, "role_changed", name, self._clock())
            return Proven(number, None)

    def _make(self, database: sqlite3.Connection, identity: Identity) -> int:
        """Make a person; a name that somebody else has gets the identity's mark."""
        name, now = identity.name, self._clock()
        if database.execute("SELECT 1 FROM person WHERE name = ?", (name,)).fetchone():
            subject = f"{identity.issuer}\0{identity.subject}".encode()
            name = f"{name[:50]}-{hashlib.sha256(subject).hexdigest()[:12]}"
        refuse_taken(database, identity.officer, name)
        query = """INSERT INTO person (name, display, role, officer, issuer, subject, made_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)"""
        row = (name, identity.display, identity.role, identity.officer)
        values = (*row, identity.issuer, identity.subject, iso(now))
        number = database.execute(query, values).lastrowid
        if number is None:
            raise RuntimeError("a row that was made has a number")
        note(database, PROVIDER, "person_added", name, now)
        return number


def _first(read: Callable[[str], str], said: object, otherwise: str) -> str:
    """Return what is said where it can be read, otherwise something else."""
    if isinstance(said, str):
        try:
            return read(said)
        except UsageError:
            pass
    return otherwise
