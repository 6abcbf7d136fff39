"""Name the first thing in which two rulings on one event differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from vermilion.desk.decision import Ruling

WINDOW = "windows."


class Differing(NamedTuple):
    """A difference: of which rule, in what, and both values; the rule is None outside of rules."""

    rule: str | None
    fact: str
    recorded: Any
    again: Any


def differences(recorded: Ruling, again: Ruling) -> Iterator[Differing]:
    """Yield what differs, what others follow from first; the rulebooks' digests are not compared.

    First the legal date, then numbers over the past, then rule by rule its outcome, version, facts
    and lacking facts, then what all of them come to.
    """
    if recorded.as_of != again.as_of:
        yield Differing(None, "as_of", recorded.as_of, again.as_of)
    for name in dict.fromkeys([*recorded.features, *again.features]):
        was, now = recorded.features.get(name), again.features.get(name)
        if was != now or (name in recorded.features) != (name in again.features):
            yield Differing(None, f"{WINDOW}{name}", was, now)
    if list(recorded.features) != list(again.features):
        yield Differing(None, "order of features", [*recorded.features], [*again.features])
    yield from _of_rules(recorded, again)
    for part in ("verdict", "passed", "rules", "missing"):
        was, now = getattr(recorded, part), getattr(again, part)
        if was != now:
            yield Differing(None, part, _plain(was), _plain(now))


def _of_rules(recorded: Ruling, again: Ruling) -> Iterator[Differing]:
    found = {one.id: one for one in recorded.rules}, {one.id: one for one in again.rules}
    passed = tuple(
        {one.rpartition("@")[0]: one for one in each.passed} for each in (recorded, again)
    )
    for id in dict.fromkeys([*found[0], *found[1], *passed[0], *passed[1]]):
        was, now = (_outcome(id, *each) for each in zip(found, passed, strict=True))
        if was != now:
            yield Differing(id, "outcome", was, now)
            continue
        if passed[0].get(id) != passed[1].get(id):
            yield Differing(id, "version", passed[0][id], passed[1][id])
        if id not in found[0]:
            continue
        one, other = found[0][id], found[1][id]
        if one.version != other.version:
            yield Differing(id, "version", one.version, other.version)
        for label in dict.fromkeys([*one.facts, *other.facts]):
            if one.facts.get(label) != other.facts.get(label):
                yield Differing(id, label, one.facts.get(label), other.facts.get(label))
        if one.missing != other.missing:
            yield Differing(id, "missing", one.missing, other.missing)


def _outcome(id: str, found: Any, passed: Any) -> str:
    if id in found:
        return str(found[id].outcome)
    return "passed" if id in passed else "not_applicable"


def _plain(value: Any) -> Any:
    """Return a verdict as it is, and of a list what tells its items apart."""
    if isinstance(value, str):
        return value
    return [getattr(one, "id", None) or getattr(one, "fact", one) for one in value]
