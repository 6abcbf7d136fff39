"""Sign and verify permits: JWS in compact serialization (RFC 7515 section 7.1), Ed25519 (RFC 8037).

Header and payload each have one spelling only, and the verifier demands it, so that there is no
algorithm and no reading to confuse.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vermilion.errors import DataError, UsageError
from vermilion.permit.base64url import decode_base64, encode_base64, malformed
from vermilion.permit.claims import Claims, decode_claims, encode_claims
from vermilion.permit.keys import thumbprint

MAX_PERMIT = 8_192
"""Characters; a longer permit is neither signed nor looked into. Policy."""

MAX_SKEW = 300
"""Seconds by which a reader may let clocks differ, at most. Policy."""


class Signer(Protocol):
    """Whatever holds the private key: a key store."""

    @property
    def permit_public_key(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes."""


class Unverified(NamedTuple):
    """What a permit says and which key it names, before anybody checked its signature."""

    kid: str
    claims: Claims


_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_HEADER = b'{"alg":"EdDSA","kid":"%b","typ":"vermilion-permit+jwt"}'
_KID = re.compile(re.escape(_HEADER.decode()).replace("%b", "([A-Za-z0-9_-]{43})").encode())


def sign_permit(claims: Claims, signer: Signer) -> str:
    """Sign claims; the same claims and key give the same permit, since Ed25519 is deterministic.

    Raises:
        DataError: `permit_malformed`: the claims are not what a permit may say; `permit_too_long`.
    """
    payload = encode_claims(claims)
    decode_claims(payload)
    signed = f"{_header(signer.permit_public_key)}.{encode_base64(payload)}"
    if len(signed) + 87 > MAX_PERMIT:
        raise _too_long()
    return f"{signed}.{encode_base64(signer.sign_permit_bytes(signed.encode()))}"


class Verifier:
    """Verifies the permits of one key.

    Args:
        public_key: the Ed25519 public key of 32 bytes that is trusted.
    """

    def __init__(self, public_key: bytes) -> None:
        self.kid = thumbprint(public_key)
        self._header = _header(public_key)
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(
        self,
        text: str,
        now: float,
        *,
        skew_seconds: int = 0,
        issuer: str | None = None,
        event_digest: str | None = None,
    ) -> Claims:
        """Return what a permit says, or raise why it does not hold here and now.

        That it was used before cannot be seen from the permit: see `Spent`.

        Args:
            text: the permit.
            now: seconds since 1970 by the reader's clock.
            skew_seconds: by how much that clock may be off, at most `MAX_SKEW`.
            issuer: the book that must have issued it; None asks for none in particular.
            event_digest: SHA-256 in hex of the event's canonical bytes; None leaves it to the
                caller to hold the event against the claims.

        Raises:
            DataError: `permit_too_long`, `permit_malformed`, `permit_key` (another key),
                `permit_altered` (bad signature), `permit_issuer` (another book), `permit_event`
                (another event), `permit_not_yet`, `permit_expired`.
            UsageError: `skew_out_of_range`.
        """
        if not 0 <= skew_seconds <= MAX_SKEW:
            message = f"a clock may be off by 0 to {MAX_SKEW} seconds, not `{skew_seconds}`"
            raise UsageError("skew_out_of_range", message, help="set the clock right")
        claims = self._signed(text)
        if issuer is not None and claims.iss != issuer:
            raise DataError("permit_issuer", f"the permit is of `{claims.iss}`, not of `{issuer}`")
        if event_digest is not None and claims.event.digest != event_digest:
            raise DataError(
                "permit_event",
                "the permit is for another event, or for this one with other facts",
                help=f"it is for the event `{claims.event.id}` exactly as it was proposed",
            )
        _check_time(claims, now, skew_seconds)
        return claims

    def _signed(self, text: str) -> Claims:
        """Return the claims of a permit whose signature is good."""
        header, payload, signature = _split(text)
        if header != self._header:
            kid = _key_id(header)
            raise DataError("permit_key", f"the permit names the key `{kid}`, not `{self.kid}`")
        try:
            self._key.verify(decode_base64(signature), f"{header}.{payload}".encode())
        except InvalidSignature:
            message = "the signature is wrong: the permit was altered, or the key did not sign it"
            raise DataError("permit_altered", message) from None
        return decode_claims(decode_base64(payload))


def read_unverified(text: str) -> Unverified:
    """Return what a permit says, for people to look at; anybody can have written it.

    Raises:
        DataError: `permit_too_long`, `permit_malformed`.
    """
    header, payload, _ = _split(text)
    return Unverified(_key_id(header), decode_claims(decode_base64(payload)))


@lru_cache(maxsize=64)
def _header(public_key: bytes) -> str:
    return encode_base64(_HEADER % thumbprint(public_key).encode())


def _key_id(header: str) -> str:
    """Return the key that a header names, where it is a permit's header to the byte."""
    match = _KID.fullmatch(decode_base64(header))
    if match is None:
        raise malformed("the header is not that of a permit")
    return match[1].decode()


def _split(text: str) -> tuple[str, str, str]:
    if len(text) > MAX_PERMIT:
        raise _too_long()
    match = _FORM.fullmatch(text)
    if match is None:
        raise malformed("it is not header, payload and signature in base64url, joined by dots")
    return match[1], match[2], match[3]


def _check_time(claims: Claims, now: float, skew_seconds: int) -> None:
    # Asked so that a time which is no number does not pass.
    if not now >= claims.nbf - skew_seconds:
        help = "wait, or set the clock right"
        raise DataError("permit_not_yet", "the permit does not hold yet", help=help)
    if now >= claims.exp + skew_seconds:
        help = "propose it again, under an id of its own and with the time at which it shall happen"
        raise DataError("permit_expired", "the permit has expired", help=help)


def _too_long() -> DataError:
    return DataError("permit_too_long", f"a permit has at most {MAX_PERMIT} characters")
