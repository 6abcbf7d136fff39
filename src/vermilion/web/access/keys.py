"""API keys, of which only digests are kept.

A key is `vk_` and 256 random bits in base64url; it is shown once, when it is made. A digest of so
much chance needs no salt and no slow hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from vermilion.errors import UsageError
from vermilion.web.access.caller import Caller
from vermilion.web.access.clock import iso
from vermilion.web.access.database import Database, note
from vermilion.web.access.names import plain_name
from vermilion.web.access.refusals import NotFoundError, TakenError
from vermilion.web.access.rights import Role

MOST_SOURCES = 1_000
"""Sources that one key may be bound to. Policy."""


class KeyLine(msgspec.Struct, frozen=True):
    """A key as it is listed; `last_used` is right to within a minute."""

    name: str
    role: Role
    person: str | None
    sources: list[str]
    made_at: str
    revoked_at: str | None
    last_used: str | None


class Keys:
    """The keys of a book.

    Args:
        database: the open file.
        clock: tells the seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, line: KeyAsked, by: str) -> str:
        """Make a key and return it; it cannot be shown again.

        Raises:
            TakenError: `key_exists`.
            UsageError: `name_refused`, `person_lacking` or `sources_refused`.
            StorageError: `access_damaged`.
        """
        name, now = plain_name(line.name), self._clock()
        _check(line)
        key = f"vk_{secrets.token_urlsafe(32)}"
        sources = msgspec.json.encode(line.sources).decode()
        row = (digest_of(key), name, line.role, line.person, sources, iso(now))
        with self._database.changing() as database:
            if database.execute("SELECT 1 FROM key WHERE name = ?", (name,)).fetchone():
                raise TakenError(
                    "key_exists",
                    f"there is, or was, a key `{name}`",
                    help="take another name, so that the record can tell them apart",
                )
            query = "INSERT INTO key (digest, name, role, person, sources, made_at)"
            database.execute(f"{query} VALUES (?, ?, ?, ?, ?, ?)", row)
            note(database, by, "key_added", name, now)
        return key

    def revoke(self, name: str, by: str) -> None:
        """Let a key open nothing any more.

        Raises:
            NotFoundError: `no_such_key`.
            StorageError: `access_damaged`.
        """
        now = self._clock()
        query = "UPDATE key SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL"
        with self._database.changing() as database:
            if not database.execute(query, (iso(now), name)).rowcount:
                raise NotFoundError("no_such_key", f"there is no key `{name}` in use")
            note(database, by, "key_revoked", name, now)

    def lines(self) -> list[KeyLine]:
        """Return all keys, revoked ones too, in order of their names."""
        query = """SELECT name, role, person, sources, made_at, revoked_at, last_used
            FROM key ORDER BY name"""
        return [_line(*row) for row in self._database.rows(query)]

    def find(self, digest: bytes) -> Caller | None:
        """Return whose key has that digest; None where it is nobody's, or was revoked."""
        query = (
            "SELECT name, role, person, sources FROM key WHERE digest = ? AND revoked_at IS NULL"
        )
        for name, role, person, sources in self._database.rows(query, digest):
            return Caller(name, role, person, tuple(msgspec.json.decode(sources)), by_session=False)
        return None


class KeyAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to be made.

    `person` is an officer's id in the profile; `sources` bind a platform's key to their events.
    """

    name: str
    role: Role
    person: str | None = None
    sources: list[str] = []


def digest_of(token: str) -> bytes:
    """Return what is kept of a key or of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _line(*row: Any) -> KeyLine:
    name, role, person, sources, made_at, revoked_at, last_used = row
    used = None if last_used is None else iso(last_used)
    return KeyLine(name, role, person, msgspec.json.decode(sources), made_at, revoked_at, used)


def _check(line: KeyAsked) -> None:
    if line.role == "officer" and not line.person:
        raise UsageError(
            "person_lacking",
            "an officer's key is a person's",
            help="name the id under which the profile lists the officer",
        )
    if line.sources and line.role != "platform":
        raise UsageError("sources_refused", "only a platform's key is bound to sources")
    _check_sources(line.sources)


def _check_sources(sources: Iterable[str]) -> None:
    found = list(sources)
    if len(found) > MOST_SOURCES or any(not 0 < len(one.strip()) <= 512 for one in found):
        raise UsageError(
            "sources_refused",
            "the sources cannot be read",
            help=f"give up to {MOST_SOURCES} sources of 1 to 512 characters",
        )
