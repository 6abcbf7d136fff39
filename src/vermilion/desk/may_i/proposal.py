"""Turn a plan and what was answered into events that can be judged; nothing is sealed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from vermilion.desk.may_i.plans import COLLECTIBLE, PLATFORM, WORK, Plan, Step
from vermilion.desk.may_i.vocabulary import fact_type
from vermilion.errors import DataError, UsageError
from vermilion.facts.entities import Entity, Party, Platform, Token, Work
from vermilion.facts.events import EVENT_TYPES, STATED_BY, Event
from vermilion.facts.namespace import data_type

UNKNOWN = "unknown"
"""The answer of who was asked and does not know."""

SOURCE = "vermilion:may-i"

Answers = Mapping[str, Any]
"""What was answered, by fact: the value as JSON writes it in an event, or `UNKNOWN`."""

MOST_ANSWERS = 500
"""Policy. Far more than any plan has facts."""

STAND_IN = hashlib.sha256(WORK.encode()).hexdigest()
"""Stands for the hash of the work's file, which only tells the work from others in the past."""

_KINDS: dict[str, tuple[type[Entity], str, str]] = {
    "token": (Token, COLLECTIBLE, "tokens"),
    "work": (Work, WORK, "works"),
    "platform": (Platform, PLATFORM, "platforms"),
}


def checked(plan: Plan, answers: Answers) -> dict[str, Any]:
    """Return answers as facts of their types; those not known stay `UNKNOWN`.

    Raises:
        UsageError: `fact_unknown`: the plan has no such fact, or there are too many.
        DataError: `bad_answer`: a value cannot be one of the fact.
    """
    if len(answers) > MOST_ANSWERS:
        raise UsageError("too_many_answers", f"there are more than {MOST_ANSWERS} answers")
    return {path: _value(plan, path, value) for path, value in answers.items()}


def _value(plan: Plan, path: str, value: Any) -> Any:
    hint = fact_type(plan, path)
    if hint is None:
        raise UsageError(
            "fact_unknown",
            f"the plan `{plan.id}` has no fact `{path}`",
            help="name facts as the questions do, such as `offer.price`",
            where=path,
        )
    if value == UNKNOWN or value is None:
        return UNKNOWN
    try:
        return msgspec.convert(value, hint)
    except (msgspec.ValidationError, ValueError) as error:
        reason = str(error)
        raise DataError(
            "bad_answer",
            reason[:1].lower() + reason[1:],
            help="write the value as an event has it, or `unknown`",
            where=path,
        ) from None


def stated(plan: Plan, answers: Answers) -> dict[str, Any]:
    """Return everything that is answered or implied, checked; answers take precedence.

    Raises:
        UsageError, DataError: as for `checked`.
    """
    return checked(plan, {**plan.implied, **answers})


def proposed(plan: Plan, facts: Mapping[str, Any], at: dt.datetime) -> list[Event]:
    """Return a plan's events as proposals at a moment, with everything that is known.

    Args:
        plan: the plan.
        facts: what `stated` returned.
        at: when it would happen; decides which rules are in force.

    Raises:
        DataError: `bad_answer`: facts do not go together.
    """
    known = _nested(facts)
    entities = _entities(plan, known)
    own = {kind: facts for kind, facts in known.items() if kind not in plan.things}
    return [_event(step, own.get(step.type, {}), entities, plan, at) for step in plan.steps]


def _nested(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path, value in facts.items():
        if value == UNKNOWN:
            continue
        *heads, last = path.split(".")
        here: dict[str, Any] = found
        for head in heads:
            here = here.setdefault(head, {})
        here[last] = value
    return found


def _entities(plan: Plan, known: Mapping[str, dict[str, Any]]) -> dict[str, Entity]:
    """Return the things and parties of a plan, by what answers call them."""
    links: dict[str, dict[str, Any]] = {"token": {}, "work": {"sha256": STAND_IN}}
    if "work" in plan.things:
        links["token"]["work"] = WORK
    if "issuer" in plan.parties:
        links["token"]["issuer"] = party_id("issuer")
    found: dict[str, Entity] = {}
    for name in plan.things:
        kind, id, _ = _KINDS[name]
        found[name] = _made(kind, {"id": id, **links.get(name, {}), **known.get(name, {})})
    for name in plan.parties:
        found[name] = _made(Party, {"id": party_id(name), **known.get(name, {})})
    return found


def party_id(name: str) -> str:
    """Return what a party of a plan is called in its events."""
    return f"may-i:party:{name}"


def _event(
    step: Step, own: dict[str, Any], entities: Mapping[str, Entity], plan: Plan, at: dt.datetime
) -> Event:
    subject = STATED_BY.get(step.type)
    inline: dict[str, list[Entity]] = {
        plural: [entities[name]]
        for name, (_, _, plural) in _KINDS.items()
        if name in entities and name != subject
    }
    parties = [entities[name] for name in dict.fromkeys(step.roles.values())]
    data: dict[str, Any] = {"inline": {**inline, "parties": parties}, **own}
    if step.roles:
        data["parties"] = {role: party_id(name) for role, name in step.roles.items()}
    fields = data_type(step.type).__struct_fields__
    for thing in step.things:
        if thing in fields:
            data[thing] = entities[thing] if thing == subject else entities[thing].id
    kind: Any = EVENT_TYPES[step.type]
    event = kind(
        specversion="1.0",
        id=f"{plan.id}:{step.type}",
        source=SOURCE,
        time=at,
        stage="proposed",
        data=_made(data_type(step.type), data),
    )
    return cast("Event", event)


def _made(kind: type[Any], fields: dict[str, Any]) -> Any:
    plain = msgspec.to_builtins(fields)
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise DataError("bad_answer", str(error), help="look at the answers again") from None
