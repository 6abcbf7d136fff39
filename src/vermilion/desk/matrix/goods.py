"""What is to be sold: one collection, the events that issue and offer it, and what stands beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from vermilion.desk.know import standing_facts
from vermilion.desk.may_i import Plan
from vermilion.desk.may_i.proposal import Answers, proposed, stated
from vermilion.errors import UsageError
from vermilion.facts.entities import collection_of
from vermilion.facts.events import Event, IssueEvent, Offer, OfferEvent, OfferRoles
from vermilion.store import StandingFacts, Statement

SOLD_BY = ("issue", "offer")
"""Events that bring a collectible to buyers."""


class Goods(NamedTuple):
    """A collection with the events that are judged; `standing` is what was stated of it all."""

    collection: str
    events: Sequence[Event]
    standing: StandingFacts


def goods_of_events(events: Sequence[Event], token: str | None = None) -> Goods:
    """Take a collection out of events, in the order in which they were recorded.

    Each of its issues and offers is judged; where it is issued and never offered, a bare offer is
    added. Everything else that is stated counts from its own time on.

    Args:
        events: issues, offers, and statements of works, parties, platforms and tokens.
        token: the collection, or a token of it; where the events issue or offer one only, that.

    Raises:
        UsageError: `nothing_to_sell`, `which_collection`: there is none, or more than one.
    """
    standing = StandingFacts()
    collections: dict[str, str] = {}
    for number, event in enumerate(events):
        for kind, entity, begins, ends in standing_facts(event):
            standing.state_fact(kind, Statement(begins, number, ends, entity))
            if kind == "token":
                collections[entity.id] = getattr(entity, "collection", None) or entity.id
    sold = [event for event in events if isinstance(event, IssueEvent | OfferEvent)]
    series = {id(event): _series(event, collections) for event in sold}
    found = list(dict.fromkeys(one for one in series.values() if one is not None))
    wanted = _wanted(found, None if token is None else _of(token, collections))
    judged: list[Event] = [event for event in sold if series[id(event)] == wanted]
    if not any(isinstance(event, OfferEvent) for event in judged):
        judged.append(_bare_offer(judged[-1]))
    return Goods(wanted, judged, standing)


def goods_of_plan(plan: Plan, answers: Answers, at: dt.datetime) -> Goods:
    """Take the collectible out of a plan with its answers.

    Raises:
        UsageError: `nothing_to_sell`: the plan neither issues nor offers anything; and as `stated`.
        DataError: as `stated` and `proposed`.
    """
    if not any(step.type in SOLD_BY for step in plan.steps):
        raise UsageError(
            "nothing_to_sell",
            f"the plan `{plan.id}` offers nothing for sale",
            help="choose a plan that issues or offers a collectible, such as `brand_cards`",
        )
    return goods_of_events(proposed(plan, stated(plan, answers), at))


def _wanted(found: Sequence[str], token: str | None) -> str:
    if not found:
        raise UsageError(
            "nothing_to_sell",
            "no event issues or offers a collectible",
            help="state an `issue` or an `offer` with its token",
        )
    if token is None and len(found) == 1:
        return found[0]
    if token is None or token not in found:
        raise UsageError(
            "which_collection",
            f"there are {len(found)} collections"
            if token is None
            else f"no event issues or offers `{token}`",
            help=f"name one by --token: {', '.join(found[:8])}",
        )
    return token


def _series(event: Event, collections: dict[str, str]) -> str | None:
    token: Any = getattr(event.data, "token", None)
    id = token if token is None or isinstance(token, str) else token.id
    return None if id is None else _of(id, collections)


def _of(token: str, collections: dict[str, str]) -> str:
    return collection_of(token) or collections.get(token) or token


def _bare_offer(issue: Event) -> Event:
    """Return the offer of what is issued: everything but the token and who issues it is unknown."""
    data: Any = issue.data
    issuer = data.parties.issuer if data.parties else data.token.issuer
    return OfferEvent(
        specversion="1.0",
        id=f"{issue.id}:offer",
        source=issue.source,
        time=issue.time,
        stage="proposed",
        data=Offer(
            token=data.token.id,
            platform=data.platform,
            parties=OfferRoles(issuer=issuer, seller=issuer),
            inline=data.inline,
        ),
    )


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give the facts that plain data holds, by path; lists and amounts are one fact each."""
    if isinstance(value, dict) and set(value) != {"amount", "currency"}:
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}")
    elif value is not None:
        yield path, value
