"""Passwords: what is refused as one, and what is kept of one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import unicodedata
from typing import NamedTuple

from vermilion.errors import UsageError

MIN_LENGTH = 12
"""Fewest characters. Policy. NIST SP 800-63B-4, 3.1.1.2, asks 15 where nothing else is asked."""

MAX_LENGTH = 256
"""Most characters. Policy. NIST SP 800-63B-4, 3.1.1.2, asks that 64 be possible."""

_MOST_TYPED = 4 * MAX_LENGTH
"""Characters of which the normal form may still have `MAX_LENGTH`."""

MIN_GUESSES = 10
"""Decimal digits of the guesses that it takes at least, by zxcvbn's estimate. Policy."""


class Cost(NamedTuple):
    """What scrypt (RFC 7914) costs: 128 * n * r bytes of memory, gone through p times."""

    n: int
    r: int
    p: int


OWASP = Cost(2**17, 8, 1)
"""The least that OWASP's Password Storage Cheat Sheet recommends: 128 MiB."""

_ONE_AT_A_TIME = threading.Lock()


def refuse_weak(password: str, *names: str) -> None:
    """Refuse a new password that is short, or guessed early; there are no rules of composition.

    Args:
        password: in any script.
        names: words that somebody would try first, such as the person's name.

    Raises:
        UsageError: `password_short`, `password_long` or `password_common`.
    """
    # 15 ms to import, for what happens rarely.
    from zxcvbn import zxcvbn

    if _is_long(password):
        raise UsageError("password_long", f"the password has more than {MAX_LENGTH} characters")
    plain = _normal(password)
    if len(plain) < MIN_LENGTH:
        raise UsageError(
            "password_short",
            f"the password has fewer than {MIN_LENGTH} characters",
            help="use a sentence, or let a password manager make one",
        )
    # The estimate of a longer text takes long, and its beginning is enough.
    guesses = zxcvbn(plain[:64], user_inputs=[*names, "vermilion"])["guesses_log10"]
    if guesses < MIN_GUESSES:
        raise UsageError(
            "password_common",
            "the password is one of those that are tried first",
            help="use several words that do not belong together, and no name",
        )


def hashed(password: str, cost: Cost = OWASP) -> str:
    """Return what is kept of a password: scrypt's parameters, salt and key."""
    salt = secrets.token_bytes(16)
    return _text(cost, salt, _key(password, salt, cost))


def matches(password: str, kept: str | None, cost: Cost = OWASP) -> bool:
    """Tell whether a password is the one; where none is kept, no, and after the same work."""
    if kept is None or _is_long(password):
        _key("", b"nobody has this.", cost)
        return False
    _, n, r, p, salt, key = kept.split("$")
    then = Cost(int(n), int(r), int(p))
    return hmac.compare_digest(_key(password, _bytes(salt), then), _bytes(key))


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    """Return scrypt's key; one at a time, so that memory holds however many sign in."""
    text = _normal(password).encode("utf-8", "surrogatepass")
    n, r, p = cost
    with _ONE_AT_A_TIME:
        return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _is_long(password: str) -> bool:
    """Tell whether a password is longer than any; to put accents in order takes quadratic time."""
    return len(password) > _MOST_TYPED or len(_normal(password)) > MAX_LENGTH


def _normal(password: str) -> str:
    """Return a password as it is typed on whatever keyboard (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _text(cost: Cost, salt: bytes, key: bytes) -> str:
    parts = (*map(str, cost), *(base64.b64encode(one).decode() for one in (salt, key)))
    return "$".join(("scrypt", *parts))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
