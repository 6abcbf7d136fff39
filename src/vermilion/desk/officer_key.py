"""An officer's key: an Ed25519 key in a file of its own (PEM, PKCS #8), not in the book."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public part as `key` in book.yaml has it: 32 bytes in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
