"""An officer's key: an Ed25519 key in a file of its own (PEM, PKCS #8), not in the book."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from vermilion.errors import UsageError
from vermilion.identity import make_secret_file


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key in a new file that only its owner may read.

    Raises:
        UsageError: `key_exists`, or `key_unwritable`.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    make_secret_file(path, pem)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read an officer's private key: Ed25519 as PEM (PKCS 8), not encrypted.

    Raises:
        UsageError: `bad_key`.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            "bad_key", "there is no private key in PEM here", where=str(path)
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("bad_key", "the key is not an Ed25519 key", where=str(path))
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public part as `key` in book.yaml has it: 32 bytes in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
