"""What a permit says: its claims, and the one form in which they are written."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from vermilion.permit.base64url import malformed

Seconds = Annotated[int, msgspec.Meta(ge=0, le=10**15 - 1)]
EntryIndex = Annotated[int, msgspec.Meta(ge=0, le=10**15 - 1)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Issuer = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~:/-]{1,255}\Z")]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Claims in their one form: every field stated, in this order."""


class PermittedEvent(_Shape, frozen=True, kw_only=True):
    """The proposed event: its identity, the business's id, and SHA-256 of its canonical bytes."""

    source: Text
    id: Text
    subject: Text
    type: Text
    digest: Digest


class SealedEntry(_Shape, frozen=True, kw_only=True):
    """An entry of the record, and the SHA-256 of what it says.

    Of a judgement: the JSON array of its rulings, byte for byte as sealed. Of a resolution: the
    event's canonical bytes.
    """

    entry: EntryIndex
    digest: Digest


class RulebookVerdict(_Shape, frozen=True, kw_only=True):
    """What one active rulebook, named with its digest, answered."""

    id: Text
    digest: Digest
    verdict: Literal["allow", "condition", "not_applicable", "review"]


class Claims(_Shape, frozen=True, kw_only=True):
    """What a permit says.

    `iss` is the record's origin, `jti` that and the index of the permit's own entry. The permit
    holds from `nbf` until just before `exp`, in seconds since 1970. `conditions` are the rules whose
    conditions the operator must keep. A review stands only with the resolutions that freed it.
    """

    iss: Issuer
    jti: str
    nbf: Seconds
    exp: Seconds
    event: PermittedEvent
    judgement: SealedEntry
    rulebooks: Annotated[list[RulebookVerdict], msgspec.Meta(min_length=1)]
    conditions: list[Text]
    resolutions: list[SealedEntry]

    def __post_init__(self) -> None:
        issuer, _, index = self.jti.rpartition("/")
        if issuer != self.iss or not _INDEX.fullmatch(index):
            raise ValueError("`jti` is not the issuer and an entry's index")
        if self.nbf >= self.exp:
            raise ValueError("`exp` does not come after `nbf`")
        if not self.resolutions and any(one.verdict == "review" for one in self.rulebooks):
            raise ValueError("a review stands without a resolution")

    @property
    def entry(self) -> int:
        """The index of the permit's own entry in the record."""
        return int(self.jti.rpartition("/")[2])


_INDEX = re.compile("0|[1-9][0-9]{0,14}")
_decode = msgspec.json.Decoder(Claims).decode

encode_claims = msgspec.json.Encoder().encode


def decode_claims(payload: bytes) -> Claims:
    """Read claims and refuse any other spelling of them.

    Raises:
        DataError: `permit_malformed`.
    """
    try:
        claims = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # A field's name may be anybody's, and must not steer a terminal.
        shown = "".join(c if c.isprintable() else "?" for c in str(error))
        raise malformed(f"the claims cannot be read: {shown}") from None
    # INVARIANT: what encodes to the same bytes has no key twice, no blank, no other order.
    if encode_claims(claims) != payload:
        raise malformed("the claims are spelt in another way than they were written")
    return claims
