"""Sign messages as the Standard Webhooks specification 1.0 has it (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from vermilion.errors import RulebookError

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, by the specification."""


class Secret:
    """A subscription's secret; it shows itself nowhere.

    Args:
        text: `whsec_` and 24 to 64 bytes in base64.
        where: the setting that it comes from, for the error.

    Raises:
        RulebookError: `bad_webhook`.
    """

    __slots__ = ("_key",)

    def __init__(self, text: str, where: str) -> None:
        try:
            key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not text.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
            raise RulebookError(
                "bad_webhook",
                f"this is not a secret: `{PREFIX}` and {SHORTEST} to {LONGEST} bytes in base64",
                help='make one with `python -c "import base64, secrets; '
                "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"`",
                where=where,
            )
        self._key = key

    def sign(self, signed: bytes) -> str:
        """Return the signature `v1,…` over some bytes."""
        digest = hmac.digest(self._key, signed, hashlib.sha256)
        return f"v1,{base64.b64encode(digest).decode()}"


def headers(id: str, seconds: int, body: bytes, secrets: Sequence[Secret]) -> dict[str, str]:
    """Return the three headers of an attempt; every secret signs, so that one can be replaced.

    Args:
        id: the message's, the same at every attempt.
        seconds: when the attempt is made, since 1970.
        body: as it is sent, byte for byte.
        secrets: at least one.
    """
    signed = f"{id}.{seconds}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(secret.sign(signed) for secret in secrets),
    }
