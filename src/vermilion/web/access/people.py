"""People who sign in: their names, roles and passwords."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from vermilion.errors import UsageError
from vermilion.web.access.clock import iso
from vermilion.web.access.database import Database, note
from vermilion.web.access.names import display_name, folded, plain_name
from vermilion.web.access.passwords import OWASP, Cost, hashed, matches, refuse_weak
from vermilion.web.access.refusals import NotFoundError, TakenError
from vermilion.web.access.rights import PERSON_ROLES, Role
from vermilion.web.access.sessions import Proven, end_all


class PersonLine(msgspec.Struct, frozen=True):
    """A person as listed.

    `officer` is the id in the profile's `officers`; `issuer` is the identity provider, if any.
    """

    name: str
    display: str
    role: Role
    officer: str | None
    issuer: str | None
    made_at: str
    disabled_at: str | None


class PersonAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person to be added."""

    name: str
    role: Role
    password: str
    display: str | None = None
    officer: str | None = None


class People:
    """The people of a book.

    Args:
        database: the open file.
        clock: tells the seconds since 1970.
        cost: of a password's hash.
    """

    def __init__(self, database: Database, clock: Callable[[], float], cost: Cost = OWASP) -> None:
        self._database = database
        self._clock = clock
        self._cost = cost

    def add(self, asked: PersonAsked, by: str) -> None:
        """Add a person who signs in with a password.

        Raises:
            TakenError: `person_exists` or `officer_taken`.
            UsageError: `name_refused`, `role_refused`, `officer_lacking`; or the password is weak.
            StorageError: `access_damaged`.
        """
        name, display = plain_name(asked.name), display_name(asked.display or asked.name)
        check_role(asked.role, asked.officer)
        refuse_weak(asked.password, name, display)
        kept, now = hashed(asked.password, self._cost), self._clock()
        with self._database.changing() as database:
            if database.execute("SELECT 1 FROM person WHERE name = ?", (name,)).fetchone():
                raise TakenError("person_exists", f"there is, or was, a person `{name}`")
            refuse_taken(database, asked.officer, name)
            query = "INSERT INTO person (name, display, role, officer, password, made_at)"
            row = (name, display, asked.role, asked.officer, kept, iso(now))
            database.execute(f"{query} VALUES (?, ?, ?, ?, ?, ?)", row)
            note(database, by, "person_added", name, now)

    def set_role(self, name: str, role: Role, officer: str | None, by: str) -> None:
        """Give a person another role, and end the person's sessions.

        Raises:
            NotFoundError: `no_such_person`.
            TakenError: `officer_taken`.
            UsageError: `role_refused` or `officer_lacking`; or `role_elsewhere`: the identity
                provider tells this person's role.
            StorageError: `access_damaged`.
        """
        check_role(role, officer)
        with self._database.changing() as database:
            number, before, issuer = _standing(database, name)
            if issuer is not None and role != before:
                raise UsageError(
                    "role_elsewhere",
                    f"the role of `{name}` comes from the identity provider",
                    help="change it there",
                )
            refuse_taken(database, officer, folded(name))
            query = "UPDATE person SET role = ?, officer = ? WHERE number = ?"
            database.execute(query, (role, officer, number))
            end_all(database, number)
            note(database, by, "role_changed", folded(name), self._clock())

    def disable(self, name: str, by: str) -> None:
        """Let a person sign in no more, and end the person's sessions.

        Raises:
            NotFoundError: `no_such_person`.
            StorageError: `access_damaged`.
        """
        now = self._clock()
        with self._database.changing() as database:
            number, _, _ = _standing(database, name)
            query = "UPDATE person SET disabled_at = ? WHERE number = ?"
            database.execute(query, (iso(now), number))
            end_all(database, number)
            note(database, by, "person_disabled", folded(name), now)

    def set_password(self, name: str, password: str, by: str) -> Proven:
        """Give a person another password, and end the person's sessions; return whose it is.

        Raises:
            NotFoundError: `no_such_person`.
            UsageError: the password is weak; or `password_elsewhere`: the person signs in with an
                identity provider.
            StorageError: `access_damaged`.
        """
        refuse_weak(password, folded(name))
        kept = hashed(password, self._cost)
        with self._database.changing() as database:
            number, _, issuer = _standing(database, name)
            if issuer is not None:
                raise UsageError(
                    "password_elsewhere", f"`{name}` signs in with the identity provider"
                )
            database.execute("UPDATE person SET password = ? WHERE number = ?", (kept, number))
            end_all(database, number)
            note(database, by, "password_changed", folded(name), self._clock())
        return Proven(number, kept)

    def known_by(self, name: str, password: str) -> Proven | None:
        """Return who has that name and password.

        Takes one scrypt whether there is such a person or not, so that time does not tell.
        """
        query = "SELECT number, password FROM person WHERE name = ? AND disabled_at IS NULL"
        found = self._database.rows(query, folded(name)[:64]) or [(None, None)]
        number, kept = found[0]
        return Proven(number, kept) if matches(password, kept, self._cost) else None

    def lines(self) -> list[PersonLine]:
        """Return all people, disabled ones too, in order of their names."""
        query = """SELECT name, display, role, officer, issuer, made_at, disabled_at
            FROM person ORDER BY name"""
        return [PersonLine(*row) for row in self._database.rows(query)]


def check_role(role: Role, officer: str | None) -> None:
    """Refuse a role that nobody signs in with, and an officer whom the profile cannot name.

    Raises:
        UsageError: `role_refused` or `officer_lacking`.
    """
    if role not in PERSON_ROLES:
        raise UsageError(
            "role_refused",
            f"`{role}` is a program's role",
            help="make a key instead, or take one of " + ", ".join(PERSON_ROLES),
        )
    if role == "officer" and not officer:
        raise UsageError(
            "officer_lacking",
            "an officer needs an id",
            help="name the id under which the profile lists the officer",
        )


def _standing(database: sqlite3.Connection, name: str) -> Any:
    """Return number, role and issuer of a person who may sign in."""
    query = "SELECT number, role, issuer FROM person WHERE name = ? AND disabled_at IS NULL"
    row = database.execute(query, (folded(name),)).fetchone()
    if row is None:
        raise NotFoundError("no_such_person", f"there is no person `{name}` who may sign in")
    return row


def refuse_taken(database: sqlite3.Connection, officer: str | None, name: str) -> None:
    """Refuse an officer's id that another person has, who would then act in that one's name."""
    query = "SELECT name FROM person WHERE officer = ? AND disabled_at IS NULL AND name != ?"
    for (other,) in database.execute(query, (officer, name)):
        raise TakenError("officer_taken", f"`{other}` is the officer `{officer}` already")
