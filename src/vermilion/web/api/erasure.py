"""Erase a person while the desk judges."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody, PathParameter

from vermilion.desk.erase import Erased
from vermilion.facts.entities import Id
from vermilion.facts.events import ErasureGround, Reference
from vermilion.web import erasing
from vermilion.web.asking import Asked

Person = Annotated[str, PathParameter(min_length=1, max_length=512)]


class ErasureWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person is erased, who asked for it, and who answers where records may have to be kept.

    `relationship_ended` is the day on which the relationship with the person ended. With
    `despite_retention` a `reference` names where it was decided.
    """

    ground: ErasureGround
    asked_by: Id | None = None
    reference: Reference | None = None
    relationship_ended: dt.date | None = None
    despite_retention: bool = False


@post(
    "/v1/parties/{id:str}/erasure",
    opt={"right": "administer"},
    status_code=200,
    summary="Erase a person",
)
async def erase_party(request: Asked, id: Person, data: JSONBody[ErasureWanted]) -> Erased:
    """Erase a person for good; return what is recorded of it when that is durable and done.

    It is refused where records may have to be kept, unless `despite_retention` is asked for.
    """
    return await erasing.erase_person(request, id, **msgspec.structs.asdict(data))
