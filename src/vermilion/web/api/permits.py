"""Fetch permits, and the key that verifies them."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import PathParameter

from vermilion.desk.loop.issue import PermitLine
from vermilion.permit import Jwk, jwk_of
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.asking import Asked, service_of
from vermilion.web.served import Served


@get("/v1/permits/{number:int}", opt={"right": "read_own"}, summary="Read a permit")
async def read_permit(
    request: Asked, number: Annotated[int, PathParameter(ge=0, le=2**53)]
) -> PermitLine:
    """Return a permit by its number: what follows the last `/` of its id, `jti`."""

    def read(served: Served) -> PermitLine:
        said, entry = served.permits.find(f"{served.book.keys.origin}/{number}")
        if not request.user.speaks_for(said.event.source):
            raise NotAllowedError("source_not_yours", "this key may not read of that source")
        return served.permits.line(said, entry)

    return await service_of(request).call(read)


@get("/v1/permit-key", opt={"right": "public"}, summary="Read the key that verifies permits")
async def read_permit_key(request: Asked) -> Jwk:
    """Return the public key of permits as a JWK (RFC 8037)."""

    def read(served: Served) -> Jwk:
        return jwk_of(served.book.keys.permit_public_key)

    return await service_of(request).call(read)
