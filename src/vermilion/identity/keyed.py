"""Stand for whoever bears a number by a keyed digest, so that several accounts are seen as one.

There are few enough numbers to try them all, so that a digest without a secret would be the number.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from vermilion.errors import UsageError
from vermilion.identity.model import Number
from vermilion.identity.secret_file import make_secret_file

_HEADING = "vermilion identity key 1"


def identity_secret(key: bytes) -> bytes:
    """Return the secret for identities that follows from a book's key for digests."""
    return hmac.digest(key, b"vermilion identity 1", "sha256")


def identity_of(number: Number, secret: bytes) -> str:
    """Return the identity of whoever bears a valid number: the same for every way of writing it.

    Raises:
        ValueError: the number is not valid.
    """
    if not number.valid:
        raise ValueError("only a valid number names somebody")
    said = f"{number.scheme}\0{number.canonical}".encode()
    group = number.scheme.partition(".")[0]
    return f"id:{group}:{hmac.digest(secret, said, 'sha256')[:16].hex()}"


def make_secret(path: Path, secret: bytes | None = None) -> None:
    """Write a secret, or a new one, to a new file that only its owner may read.

    Raises:
        UsageError: `key_exists`, or `key_unwritable`.
    """
    text = f"{_HEADING}\n{(secret or secrets.token_bytes(32)).hex()}\n"
    make_secret_file(path, text.encode())


def read_secret(path: Path) -> bytes:
    """Return the secret in a file.

    Raises:
        UsageError: `bad_key`.
    """
    try:
        heading, text = path.read_text(encoding="ascii").split("\n")[:2]
        found = bytes.fromhex(text)
    except (OSError, ValueError):
        heading, found = "", b""
    if heading != _HEADING or len(found) != 32:
        raise UsageError(
            "bad_key",
            "there is no key for identities here",
            help="make one with `vermilion lists identity-key`",
            where=str(path),
        )
    return found
