"""Sessions of people who signed in, of which only digests of their tokens are kept."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from vermilion.web.access.caller import Caller
from vermilion.web.access.database import Database, note
from vermilion.web.access.keys import digest_of
from vermilion.web.access.rights import Role

IDLE = 30 * 60
"""Seconds without a request after which a session ends. Policy."""

LONGEST = 12 * 60 * 60
"""Seconds after which a session ends in any case. Policy."""

CLOCK_STEP = 60
"""Seconds by which the clock may be set back before sessions begun later end. Policy."""


class Proven(NamedTuple):
    """Who proved to be whom: a person's number, and what was then kept of the password."""

    number: int
    password: str | None


class Session(NamedTuple):
    """A session: whose it is, when it began and when it was last seen (seconds since 1970)."""

    caller: Caller
    made: int
    seen: int

    def lasts(self, now: float, seen: float) -> bool:
        """Tell whether it still opens something, when it was last seen at `seen`."""
        age = now - self.made
        return -CLOCK_STEP <= age < LONGEST and now - seen < IDLE


class Sessions:
    """The sessions of a book.

    Args:
        database: the open file.
        clock: tells the seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, proven: Proven) -> str | None:
        """Begin a session and return its token, which is not kept.

        Returns None where the person was disabled, or got another password, since the proof.

        Raises:
            StorageError: `access_damaged`.
        """
        token, now = secrets.token_urlsafe(32), int(self._clock())
        query = """INSERT INTO session SELECT ?, number, ?, ? FROM person
            WHERE number = ? AND disabled_at IS NULL AND password IS ?"""
        with self._database.changing() as database:
            over = "DELETE FROM session WHERE made <= ? OR seen <= ?"
            database.execute(over, (now - LONGEST, now - IDLE))
            values = (digest_of(token), now, now, proven.number, proven.password)
            return token if database.execute(query, values).rowcount else None

    def find(self, digest: bytes) -> Session | None:
        """Return the session whose token has that digest; whether it still lasts, it tells."""
        query = """SELECT person.name, role, officer, made, seen FROM session
            JOIN person ON person.number = session.person
            WHERE session.digest = ? AND disabled_at IS NULL"""
        for name, role, officer, made, seen in self._database.rows(query, digest):
            return Session(_caller(name, role, officer), made, seen)
        return None

    def end(self, token: str) -> None:
        """End a session; nothing happens where there is none."""
        with self._database.changing() as database:
            database.execute("DELETE FROM session WHERE digest = ?", (digest_of(token),))

    def end_everywhere(self, name: str, by: str) -> None:
        """End all sessions of a person."""
        query = "SELECT number FROM person WHERE name = ?"
        with self._database.changing() as database:
            for (number,) in database.execute(query, (name,)).fetchall():
                end_all(database, number)
                note(database, by, "signed_out_everywhere", name, self._clock())


def end_all(database: sqlite3.Connection, number: int) -> None:
    """End all sessions of a person, in the transaction of what makes them end."""
    database.execute("DELETE FROM session WHERE person = ?", (number,))


def _caller(name: str, role: Role, officer: str | None) -> Caller:
    return Caller(name, role, officer, (), by_session=True)
