"""The public keys of permits, as others are given them: JSON Web Keys (RFC 8037)."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from vermilion.errors import DataError, UsageError
from vermilion.permit.base64url import decode_base64, encode_base64


class Jwk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An Ed25519 public key in the form of RFC 8037; others may lack what has a default."""

    crv: Literal["Ed25519"]
    kty: Literal["OKP"]
    x: str
    alg: str | None = None
    kid: str | None = None
    use: str | None = None


_decode_jwk = msgspec.json.Decoder(Jwk).decode


def thumbprint(public_key: bytes) -> str:
    """Return a key's id: the JWK thumbprint of RFC 7638 with SHA-256, in base64url."""
    jwk = b'{"crv":"Ed25519","kty":"OKP","x":"%b"}' % encode_base64(public_key).encode()
    return encode_base64(sha256(jwk).digest())


def jwk_of(public_key: bytes) -> Jwk:
    """Return the form in which a public key is handed to others."""
    kid = thumbprint(public_key)
    return Jwk(
        crv="Ed25519", kty="OKP", x=encode_base64(public_key), alg="EdDSA", kid=kid, use="sig"
    )


def parse_key(text: str) -> bytes:
    """Read a public key: a JWK, or its `x` alone in base64url.

    Raises:
        UsageError: `bad_key`.
    """
    stripped = text.strip()
    try:
        key = decode_base64(_decode_jwk(stripped).x if stripped.startswith("{") else stripped)
    except (msgspec.MsgspecError, DataError):
        key = b""
    if len(key) != 32:
        raise UsageError(
            "bad_key",
            "this is not an Ed25519 public key",
            help="give the JWK that `vermilion permit key` prints, or its `x`",
        )
    return key
