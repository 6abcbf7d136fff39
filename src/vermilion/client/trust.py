"""Whether a judgement has a permit that can be relied on, found out without asking the desk."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from vermilion.client.answers import Judged, SentJudged
from vermilion.errors import DataError
from vermilion.facts.canonical import canonical_form, event_digest
from vermilion.facts.events import Event
from vermilion.permit import Claims, Verifier, parse_key

_EVENT = msgspec.json.Decoder(Event).decode


class Trust:
    """Verifies permits with the key that the caller trusts.

    Args:
        key: a JWK, or its `x`; None verifies nothing.
        issuer: the book that must have issued a permit; None asks for none in particular.

    Raises:
        UsageError: `bad_key`.
    """

    def __init__(self, key: str | None, issuer: str | None) -> None:
        self._verifier = None if key is None else Verifier(parse_key(key))
        self._issuer = issuer

    def digest(self, body: bytes) -> str | None:
        """Return the digest of an event as it is sent; None where it cannot be told here."""
        if self._verifier is None:
            return None
        try:
            return event_digest(canonical_form(_EVENT(body))[1])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None

    def judged(self, sent: SentJudged, digest: str | None) -> Judged:
        """Return a judgement with what its permit says, or why that is not known.

        Args:
            sent: as the desk sent it.
            digest: of the event that it must be about.
        """
        fields: dict[str, Any] = {name: getattr(sent, name) for name in sent.__struct_fields__}
        try:
            return Judged(**fields, claims=self._claims(sent, digest))
        except DataError as error:
            return Judged(**fields, doubt=error.message)

    def _claims(self, sent: SentJudged, digest: str | None) -> Claims:
        text = None if sent.permit is None else sent.permit.permit
        if text is None:
            raise DataError("permit_none", "there is no permit")
        if self._verifier is None:
            raise DataError("permit_key_none", "the client has no key to verify permits with")
        if digest is None:
            raise DataError("permit_event", "the event cannot be held against the permit")
        claims = self._verifier.verify(text, time.time(), issuer=self._issuer, event_digest=digest)
        said = claims.event
        if (said.source, said.id, said.digest) != (sent.event.source, sent.event.id, digest):
            raise DataError("permit_event", "the permit is for another event")
        return claims
