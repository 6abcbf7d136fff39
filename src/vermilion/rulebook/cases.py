"""Run the cases that stand beside each rule: facts on a day, and what must come out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from vermilion.facts.entities import Party
from vermilion.facts.namespace import (
    NO_PARTY,
    EventFacts,
    counted_parties,
    namespace,
    nothing_known,
    roles,
)
from vermilion.language import Condition, Explanation, Facts, FusedFunction, explain, fuse, walk
from vermilion.language.tree import Parameter
from vermilion.rulebook.engine import Engine
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.model import Case, Outcome, Profile
from vermilion.rulebook.windows import nodes_of

FIVE_KINDS = ("comply", "violate", "missing", "day_before", "day_of")
"""What every rule is tested by."""

_WINDOW_TYPES: dict[str, Any] = {"int": int, "str": str, "time": dt.datetime}

_FOLLOWING = frozenset({"event", "parties"})
"""Names whose facts follow from the case's day, type and roles."""


@dataclass(frozen=True)
class CaseResult:
    """What a case came to; `problems` is empty where it came out as expected."""

    rule: str
    number: int
    case: Case
    problems: tuple[str, ...]


def run_cases(rulebook: Rulebook, profile: Profile | None = None) -> Iterator[CaseResult]:
    """Run every case of every rule through the compiled function that judges events by it."""
    engine = Engine(rulebook, profile or Profile())
    for loaded in rulebook.rules:
        for number, case in enumerate(loaded.rule.cases, start=1):
            try:
                problems = tuple(_problems(engine, loaded, case))
            except (msgspec.ValidationError, ValueError, KeyError) as error:
                problems = (f"the case cannot be read: {error}",)
            yield CaseResult(loaded.rule.id, number, case, problems)


def missing_kinds(loaded: LoadedRule) -> list[str]:
    """Return the kinds of case that a rule lacks."""
    kinds = {case.kind for case in loaded.rule.cases}
    return [kind for kind in FIVE_KINDS if kind not in kinds]


def _problems(engine: Engine, loaded: LoadedRule, case: Case) -> Iterator[str]:
    moment = _moment(engine, case.at)
    day = engine.legal_date(moment)
    facts = case_facts(case, day, moment)
    outcome, why = judge_case(engine, loaded, case, day, facts)
    if outcome != case.expect:
        yield f"expected {case.expect}, came out as {outcome}"
    if case.missing is not None and set(why.missing) != set(case.missing):
        yield f"expected to miss {sorted(case.missing)}, misses {sorted(why.missing)}"
    if case.alive is not None:
        alive = [citation.instrument.id for citation in engine.in_force(loaded, day)]
        if set(alive) != set(case.alive):
            yield f"expected {sorted(set(case.alive))} in force, found {sorted(set(alive))}"


def judge_case(
    engine: Engine, loaded: LoadedRule, case: Case, day: dt.date, facts: Facts
) -> tuple[Outcome, Explanation]:
    """Return one rule's outcome on a case, and why."""
    nothing = Explanation(None)
    if case.stage not in loaded.rule.stage or not engine.in_force(loaded, day):
        return "not_applicable", nothing
    condition, parameters = loaded.conditions[case.event], engine.parameters(day)
    names = {p.name for node in nodes_of(condition) for p in walk(node) if isinstance(p, Parameter)}
    read = tuple((name, parameters[name]) for name in sorted(names))
    roots = {**facts.roots, **_windows(engine.rulebook, case)}
    hit, unknown, passed = _alone(case.event, condition, read)(_Data(roots), roots)
    facts = Facts(roots, parameters, facts.names)
    if hit:
        return "hit", explain(condition.violates, facts)
    if unknown:
        applies = explain(condition.applies, facts) if condition.applies else Explanation(True)
        return "missing", applies if applies.value is None else explain(condition.violates, facts)
    return ("pass" if passed else "not_applicable"), nothing


@lru_cache(maxsize=1_024)
def _alone(
    event: str, condition: Condition, parameters: tuple[tuple[str, Any], ...]
) -> FusedFunction:
    """Compile a rule by itself: what rules come to beside one another is the same and costs more."""
    return fuse(event, [condition], dict(parameters))


def case_facts(case: Case, day: dt.date, moment: dt.datetime) -> Facts:
    """Turn a case's facts into what a rule reads; what is not given is unknown."""
    roots: dict[str, Any] = {}
    names = namespace(case.event)
    unknown = set(case.facts) - (set(names) - _FOLLOWING) - {"windows"}
    if unknown:
        raise ValueError(f"the facts of a {case.event} cannot state `{min(unknown)}`")
    for name, source in names.items():
        given = case.facts.get(name)
        if source.origin == "data":
            roots[name] = None if given is None else msgspec.convert(given, source.annotation)
        elif name == "event":
            roots[name] = EventFacts(
                date=day,
                time=moment,
                type=case.event,
                stage=case.stage,
                source="case",
                subject="case:event:1",
            )
        elif name != "parties":
            roots[name] = _entity(source.annotation, name, given)
    return Facts(roots, names={"parties": _parties(case, roots)})


def _windows(rulebook: Rulebook, case: Case) -> dict[str, Any]:
    """Return the values of all windows as the case gives them; the others are unknown."""
    given = msgspec.convert(case.facts.get("windows", {}), dict[str, Any])
    windows = {window.name: window for window in rulebook.windows}
    unknown = set(given) - set(windows)
    if unknown:
        raise ValueError(f"there is no window `{min(unknown)}`")
    return {
        f"windows.{name}": msgspec.convert(given.get(name), _WINDOW_TYPES[window.type.kind] | None)
        for name, window in windows.items()
    }


def _parties(case: Case, roots: dict[str, Any]) -> tuple[str, ...]:
    if "party" in roots:
        names: tuple[str, ...] = ("party",)
    else:
        named = frozenset(role for role in roles(case.event) if roots[role] is not NO_PARTY)
        names = counted_parties(case.event, named)
    roots["parties"] = [roots[name] for name in names]
    return names


def _entity(kind: Any, name: str, given: Mapping[str, Any] | None) -> Any:
    if given is not None and not isinstance(given, dict):
        raise ValueError(f"`{name}` is stated by its fields")
    if given is None:
        return NO_PARTY if kind is Party else nothing_known(kind)
    return msgspec.convert({"id": name, **given}, kind)


def _moment(engine: Engine, at: str) -> dt.datetime:
    """Return the moment of a case: as stated, or noon where only a day is."""
    if len(at) == len("2022-04-13"):
        zone = ZoneInfo(engine.rulebook.document.rulebook.time_zone)
        return dt.datetime.combine(dt.date.fromisoformat(at), dt.time(12), zone)
    moment = dt.datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"`{at}` has no offset")
    return moment


class _Data:
    """A case's facts under the event's field names."""

    def __init__(self, roots: Mapping[str, Any]) -> None:
        self.__dict__.update(roots)
