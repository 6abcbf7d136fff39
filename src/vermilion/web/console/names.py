"""What things are called where lists name them by id.

Only works: a party's name is shown on its own page, where that somebody looked is recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from vermilion.facts.entities import ENTITY_KINDS, Work

if TYPE_CHECKING:
    from vermilion.web.served import Served


class Lacking(Protocol):
    """What says of which entity which fact is asked for: a case, a missing fact."""

    @property
    def fact(self) -> str:
        """Its path."""

    @property
    def entity(self) -> str:
        """An id."""


def kind_of(fact: str) -> str | None:
    """Return of which kind of thing something is a fact; None where of none."""
    head = fact.partition(".")[0]
    return head if head in ENTITY_KINDS else None


def lacking(items: Iterable[Lacking]) -> list[tuple[str | None, str]]:
    """Return the kinds and ids of what lacks something."""
    return [(kind_of(one.fact), one.entity) for one in items]


def work_titles(served: Served, things: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Return the titles that works have now, by id."""
    now, standing = dt.datetime.now(dt.UTC), served.desk.standing
    found = {id: standing.at("work", id, now) for kind, id in things if kind == "work"}
    return {id: one.title for id, one in found.items() if isinstance(one, Work) and one.title}
