"""Base64url without padding (RFC 7515 section 2), in its canonical spelling only."""

from __future__ import annotations

import base64
import binascii

from vermilion.errors import DataError


def encode_base64(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64(text: str) -> bytes:
    """Decode base64url without padding and refuse any other spelling of the same bytes.

    Raises:
        DataError: `permit_malformed`.
    """
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise malformed("base64url is malformed") from None
    if encode_base64(data) != text:
        raise malformed("base64url is not canonical")
    return data


def malformed(message: str) -> DataError:
    """Return the error that something is not a permit."""
    return DataError("permit_malformed", f"this is not a permit: {message}")
