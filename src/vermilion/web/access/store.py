"""Who may ask: keys, people and sessions of one book, answered from memory."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from vermilion.errors import StorageError
from vermilion.web.access.caller import Caller
from vermilion.web.access.database import Change, Database
from vermilion.web.access.identities import Identities
from vermilion.web.access.keys import KeyAsked, KeyLine, Keys, digest_of
from vermilion.web.access.names import folded
from vermilion.web.access.passwords import OWASP, Cost
from vermilion.web.access.people import People, PersonAsked, PersonLine
from vermilion.web.access.rights import Role
from vermilion.web.access.sessions import Proven, Session, Sessions
from vermilion.web.access.throttle import Throttle
from vermilion.web.access.tokens import sign, signed

SEEN_EVERY = 60
"""Seconds between two writings of when keys and sessions were last seen. Policy."""

OPERATOR = "operator"
"""Who changes something where nobody is named."""


class Access:
    """The keys, people and sessions of a book, in `access.db`.

    Several processes may use the file: what one changes, another sees at its next question. All
    methods may be called from any thread; `sign_in` and what sets a password take half a second.

    Args:
        book: the book's folder.
        clock: tells the seconds since 1970.
        cost: of new passwords' hashes.
        throttle: slows down who guesses passwords.

    Raises:
        StorageError: `access_damaged`, also of every method; or `access_newer`.
    """

    def __init__(
        self,
        book: Path,
        clock: Callable[[], float] = time.time,
        cost: Cost = OWASP,
        throttle: Throttle | None = None,
    ) -> None:
        self._database = Database(book / "access.db")
        self._clock = clock
        self._keys = Keys(self._database, clock)
        self._people = People(self._database, clock, cost)
        self._sessions = Sessions(self._database, clock)
        self.identities = Identities(self._database, clock)
        """The people whom an identity provider knows."""
        self._throttle = throttle or Throttle()
        self._lock = threading.Lock()
        self._stamp = (-1, -1)
        self._callers: dict[bytes, Caller] = {}
        self._begun: dict[bytes, Session] = {}
        self._keys_seen: dict[bytes, int] = {}
        self._sessions_seen: dict[bytes, int] = {}
        self._write_seen_at = clock() + SEEN_EVERY

    def caller_of_key(self, key: str) -> Caller | None:
        """Return whose key it is; None where it is nobody's, or was revoked."""
        digest = digest_of(key)
        with self._lock:
            now = self._refresh()
            found = self._callers.get(digest)
            if found is None:
                found = self._keys.find(digest)
                if found is None:
                    return None
                self._callers[digest] = found
            self._keys_seen[digest] = int(now)
            return found

    def caller_of_session(self, token: str) -> Caller | None:
        """Return whose session it is, and count it as seen; None where it is nobody's, or ended."""
        digest = digest_of(token)
        with self._lock:
            now = self._refresh()
            found = self._begun.get(digest) or self._sessions.find(digest)
            if found is None:
                return None
            if not found.lasts(now, max(found.seen, self._sessions_seen.get(digest, 0))):
                return None
            self._begun[digest] = found
            self._sessions_seen[digest] = int(now)
            return found.caller

    def sign_in(
        self, name: str, password: str, address: str, device: str | None = None
    ) -> str | None:
        """Begin a session for who gives a name and its password; return its token, or None.

        Args:
            name: as typed.
            password: as typed.
            address: where it comes from; guesses are slowed by it.
            device: what `device` returned here before, if anything.

        Raises:
            TooManyError: `too_many_sign_ins` or `busy`.
        """
        proven = self._prove(name, password, address, device)
        return None if proven is None else self._sessions.begin(proven)

    def change_password(
        self, name: str, old: str, new: str, address: str, device: str | None = None
    ) -> str | None:
        """Change the password of who knows it, end all sessions, and begin one as `sign_in` does.

        Raises:
            TooManyError: as for `sign_in`.
            UsageError: the new password is weak, or `password_elsewhere`.
        """
        if self._prove(name, old, address, device) is None:
            return None
        proven = self._people.set_password(name, new, by=folded(name))
        return self._sessions.begin(proven)

    def begin_session(self, proven: Proven) -> str | None:
        """Begin a session for who was proven otherwise; return its token, or None."""
        return self._sessions.begin(proven)

    def device(self, name: str) -> str:
        """Return a text for the device that somebody just signed in with."""
        return sign(self._database.secret, "device", folded(name))

    def csrf_token(self, token: str) -> str:
        """Return a text that only pages of this session can have."""
        return sign(self._database.secret, "csrf", token)

    def is_csrf_token(self, text: str, token: str) -> bool:
        """Tell whether a text was made for the pages of this session."""
        return signed(self._database.secret, text, "csrf", token)

    def sign_out(self, token: str) -> None:
        """End a session; nothing happens where there is none."""
        self._sessions.end(token)

    def sign_out_everywhere(self, name: str, by: str = OPERATOR) -> None:
        """End all sessions of a person."""
        self._sessions.end_everywhere(name, by)

    def add_key(
        self,
        name: str,
        role: Role,
        person: str | None = None,
        sources: Sequence[str] = (),
        by: str = OPERATOR,
    ) -> str:
        """Make a key and return it; it cannot be shown again. Raises as `Keys.add` does."""
        return self._keys.add(KeyAsked(name, role, person, list(sources)), by)

    def revoke_key(self, name: str, by: str = OPERATOR) -> None:
        """Let a key open nothing any more. Raises as `Keys.revoke` does."""
        self._keys.revoke(name, by)

    def keys(self) -> list[KeyLine]:
        """Return all keys, revoked ones too, in order of their names."""
        return self._keys.lines()

    def add_person(
        self,
        name: str,
        role: Role,
        password: str,
        *,
        officer: str | None = None,
        display: str | None = None,
        by: str = OPERATOR,
    ) -> None:
        """Add a person who signs in with a password. Raises as `People.add` does."""
        self._people.add(PersonAsked(name, role, password, display, officer), by)

    def set_role(
        self, name: str, role: Role, officer: str | None = None, by: str = OPERATOR
    ) -> None:
        """Give a person another role, and end the sessions. Raises as `People.set_role` does."""
        self._people.set_role(name, role, officer, by)

    def disable(self, name: str, by: str = OPERATOR) -> None:
        """Let a person sign in no more, and end the sessions. Raises as `People.disable` does."""
        self._people.disable(name, by)

    def set_password(self, name: str, password: str, by: str = OPERATOR) -> None:
        """Change a password, and end the sessions. Raises as `People.set_password` does."""
        self._people.set_password(name, password, by)

    def people(self) -> list[PersonLine]:
        """Return all people, disabled ones too, in order of their names."""
        return self._people.lines()

    def changes(self) -> list[Change]:
        """Return the changes that are not in the record yet, in order."""
        query = "SELECT number, at, by, what, about FROM change ORDER BY number"
        return [Change(*row) for row in self._database.rows(query)]

    def recorded(self, change: Change) -> None:
        """Forget a change that is in the record now."""
        with self._database.changing() as database:
            database.execute("DELETE FROM change WHERE number = ?", (change.number,))

    def close(self) -> None:
        """Write when keys and sessions were last seen, and close the file."""
        with self._lock:
            self._write_seen()
        self._database.close()

    def _prove(self, name: str, password: str, address: str, device: str | None) -> Proven | None:
        """Return who has that name and password, unless too many tries failed."""
        known = device if device and self._is_device(device, name) else None
        with self._throttle.trying(folded(name)[:64], address, known) as succeeded:
            proven = self._people.known_by(name, password)
            if proven is not None:
                succeeded()
        return proven

    def _is_device(self, text: str, name: str) -> bool:
        return signed(self._database.secret, text, "device", folded(name))

    def _refresh(self) -> float:
        """Forget what was remembered of a file that changed; return the moment."""
        now = self._clock()
        if now >= self._write_seen_at:
            self._write_seen()
            self._write_seen_at = now + SEEN_EVERY
        stamp = self._database.stamp()
        if stamp != self._stamp:
            self._callers.clear()
            self._begun.clear()
            self._stamp = stamp
        return now

    def _write_seen(self) -> None:
        # Nobody is refused because the disk is full; sessions then end early, which is safe.
        with suppress(StorageError), self._database.changing() as database:
            _see(database, "UPDATE key SET last_used = ? WHERE digest = ?", self._keys_seen)
            _see(database, "UPDATE session SET seen = ? WHERE digest = ?", self._sessions_seen)
            self._keys_seen.clear()
            self._sessions_seen.clear()


def _see(database: sqlite3.Connection, query: str, seen: dict[bytes, int]) -> None:
    database.executemany(query, [(moment, digest) for digest, moment in seen.items()])
