"""Erase a person while the desk judges, over the interface and from the console."""

from __future__ import annotations

import datetime as dt
from typing import Any

from litestar import Request

from vermilion.desk.erase import Erased, erase, erasure_asked, erasures, refuse_early
from vermilion.web.asking import actor, service_of
from vermilion.web.recorded import record_change


async def erase_person(request: Request[Any, Any, Any], person: str, **said: object) -> Erased:
    """Erase a person; that the caller asks is recorded first, also where it is refused.

    Args:
        request: who asks.
        person: the party's id.
        said: the other fields of `ErasureAsked`, as they were given.

    Raises:
        UsageError: as for `erasure_asked` and `erase`.
        StorageError: the desk cannot answer, or the keys cannot be destroyed yet.
    """
    asked = erasure_asked(person, actor(request), **said)
    await record_change(request, "erasure", person)
    now = dt.datetime.now(dt.UTC)
    return await service_of(request).call(
        lambda served: erase(served.desk, served.history, asked, now)
    )


async def check_erasure(request: Request[Any, Any, Any], person: str, **said: object) -> None:
    """Refuse what `erase_person` would refuse, with effect on nothing.

    Raises:
        UsageError: as for `erase_person`.
        StorageError: the desk cannot answer.
    """
    asked = erasure_asked(person, actor(request), **said)
    now = dt.datetime.now(dt.UTC)
    await service_of(request).call(
        lambda served: refuse_early(served.desk, served.history, asked, now)
    )


async def erasures_of(request: Request[Any, Any, Any], person: str) -> list[Erased]:
    """Return the erasures of a person, newest first.

    Raises:
        StorageError: the desk cannot answer.
    """
    return await service_of(request).call(
        lambda served: erasures(served.book, served.history, person)
    )
