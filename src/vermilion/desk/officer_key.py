"""An officer's key: an Ed25519 key in a file of its own (PEM, PKCS #8), not in the book."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from vermilion.errors import UsageError


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key in a new file that only its owner may read.

    Raises:
        UsageError: `key_exists`, or `key_unwritable`.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            "key_exists",
            "a file is there already, and was not changed",
            help="name another file",
            where=str(path),
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "key_unwritable", f"cannot be written: {reason}", where=str(path)
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
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
