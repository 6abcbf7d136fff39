"""Texts that only the service can have made: they prove where a request comes from."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def sign(secret: bytes, purpose: str, *about: str) -> str:
    """Return a new text about something, which nobody makes without the secret.

    Each is another one, so that what is compressed together with it does not give it away.
    """
    salt = secrets.token_hex(16)
    return f"{salt}.{_mac(secret, purpose, salt, *about)}"


def signed(secret: bytes, text: str, purpose: str, *about: str) -> bool:
    """Tell whether a text was made with the secret for this purpose, about the same."""
    salt, _, mac = text.partition(".")
    expected = _mac(secret, purpose, salt, *about)
    return hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), expected.encode())


def _mac(secret: bytes, *parts: str) -> str:
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    data = text.encode("utf-8", "surrogatepass")
    return hmac.digest(secret, data, hashlib.sha256).hex()
