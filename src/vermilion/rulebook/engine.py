"""A rulebook made ready to judge: for each event type and period between changes, one function."""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from vermilion.facts.dates import legal_date
from vermilion.facts.events import EVENT_TYPES
from vermilion.language import (
    AskFunction,
    Condition,
    FoldFunction,
    FusedFunction,
    facts_read,
    fuse,
    fuse_asks,
    fuse_folds,
    walk,
)
from vermilion.language.tree import Parameter, Values
from vermilion.rulebook.binding import binds, strongest
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.model import Binds, Citation, Instrument, Profile, Rule
from vermilion.rulebook.windows import LoadedWindow, nodes_of, windows_read

_CANONICAL = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class AliveCitation:
    """A citation whose instrument is in force, and what force it has for the operator."""

    citation: Citation
    instrument: Instrument
    binds: Binds


@dataclass(frozen=True)
class RuleInForce:
    """A rule in a period in which neither it nor what it cites changes."""

    rule: Rule
    condition: Condition
    citations: tuple[AliveCitation, ...]
    binds: Binds


@dataclass(frozen=True)
class Fused:
    """All rules in force for one event type and stage in one period, as one function.

    `ask` gives the keys of the windows that these rules read, in the order of `windows`.
    """

    rules: tuple[RuleInForce, ...]
    function: FusedFunction
    parameters: Mapping[str, Any]
    windows: tuple[LoadedWindow, ...]
    ask: AskFunction


class Engine:
    """Judges facts under one rulebook for one operator; compiles what it needs on first use."""

    def __init__(self, rulebook: Rulebook, profile: Profile) -> None:
        self.rulebook = rulebook
        self.profile = profile
        self.digest = rulebook.digest(profile)
        self.zone = rulebook.document.rulebook.time_zone
        self.changes = _change_days(rulebook)
        """Days, in order, from which other rules, citations or parameters apply than before."""
        self._fused: dict[tuple[str, str, int], Fused] = {}
        self._read: dict[str, frozenset[str]] = {}
        self._substances: dict[int, tuple[RuleInForce, str]] = {}

    def legal_date(self, moment: dt.datetime) -> dt.date:
        """Return the day whose rules apply to a moment."""
        return legal_date(moment, self.zone)

    def on(self, event_type: str, stage: str, day: dt.date) -> Fused:
        """Return the rules in force for an event type and stage on a day, as one function."""
        key = (event_type, stage, bisect_right(self.changes, day))
        found = self._fused.get(key)
        if found is None:
            found = self._fused[key] = self._fuse(event_type, stage, day)
        return found

    def facts_read(self, event_type: str) -> frozenset[str]:
        """Return the facts that any rule or window ever reads on an event type, as paths."""
        found = self._read.get(event_type)
        if found is None:
            found = self._read[event_type] = self._facts_read(event_type)
        return found

    def _facts_read(self, event_type: str) -> frozenset[str]:
        nodes = [
            node
            for loaded in self.rulebook.rules
            if event_type in loaded.conditions and loaded.rule.mode != "off"
            for node in nodes_of(loaded.conditions[event_type])
        ]
        for window in self.rulebook.windows:
            fold = window.folds.get(event_type)
            if fold is not None:
                nodes += [node for node in (*fold.key, fold.value, fold.where) if node is not None]
            nodes += window.asks.get(event_type, ())
        return frozenset(str(path) for node in nodes for path in facts_read(node, bound=True))

    @cached_property
    def folds(self) -> Mapping[str, FoldFunction]:
        """By event type, what its settled events add to windows, by position in the rulebook."""
        windows = self.rulebook.windows
        added = {
            event_type: {
                index: window.folds[event_type]
                for index, window in enumerate(windows)
                if event_type in window.folds
            }
            for event_type in EVENT_TYPES
        }
        return {kind: fuse_folds(kind, folds) for kind, folds in added.items() if folds}

    def in_force(self, loaded: LoadedRule, day: dt.date) -> tuple[AliveCitation, ...]:
        """Return a rule's citations alive on a day; none if the rule is not in force."""
        rule = loaded.rule
        if rule.mode == "off" or not rule.in_force.covers(day):
            return ()
        alive = []
        for citation in rule.citations:
            instrument = self.rulebook.instruments[citation.instrument]
            if instrument.in_force.covers(day):
                alive.append(
                    AliveCitation(citation, instrument, binds(citation, instrument, self.profile))
                )
        return tuple(alive)

    def substance(self, fused: Fused, rule: RuleInForce) -> str:
        """Return a digest of all that a rule comes to in a period: its text and what it reads."""
        known = self._substances.get(id(rule))
        if known is None:
            read = [one for node in nodes_of(rule.condition) for one in walk(node)]
            document, text = self.rulebook.document, rule.rule
            windows = {one.name: one.digest.hex() for one in fused.windows}
            said = [
                text.key,
                text.applies_if,
                text.violates_if,
                text.verdict,
                text.on_missing,
                {
                    one.name: fused.parameters[one.name]
                    for one in read
                    if isinstance(one, Parameter)
                },
                {
                    one.name: document.lists[one.name]
                    for one in read
                    if isinstance(one, Values) and one.name
                },
                {name: windows[name] for name in windows_read(rule.condition)},
            ]
            digest = hashlib.sha256(_CANONICAL.encode(said)).hexdigest()
            known = self._substances[id(rule)] = rule, digest
        return known[1]

    def _fuse(self, event_type: str, stage: str, day: dt.date) -> Fused:
        rules = []
        for loaded in self.rulebook.rules:
            condition = loaded.conditions.get(event_type)
            if condition is None or stage not in loaded.rule.stage:
                continue
            alive = self.in_force(loaded, day)
            if alive:
                force: Binds = strongest(citation.binds for citation in alive)
                if loaded.rule.id in self.profile.adopts and force == "guidance":
                    force = "policy"
                if loaded.rule.id in self.rulebook.house_rules:
                    # Whatever law it cites beside, a house rule is the operator's policy.
                    force = "policy"
                rules.append(RuleInForce(loaded.rule, condition, alive, force))
        parameters = self.parameters(day)
        function = fuse(event_type, [rule.condition for rule in rules], parameters)
        read = frozenset[str]().union(*(windows_read(rule.condition) for rule in rules))
        # By name: a rulebook that a book keeps has lost the order of its file, and judges alike.
        windows = tuple(
            sorted((one for one in self.rulebook.windows if one.name in read), key=_name)
        )
        ask = fuse_asks(event_type, [one.asks[event_type] for one in windows])
        return Fused(tuple(rules), function, parameters, windows, ask)

    def parameters(self, day: dt.date) -> dict[str, Any]:
        """Return each parameter's value on a day; the first value also holds before its day."""
        found = {}
        for name, parameter in self.rulebook.document.parameters.items():
            values = sorted(parameter.values, key=lambda value: value.from_)
            known = [value for value in values if value.from_ <= day]
            found[name] = (known or values[:1])[-1].value
        return found


def _name(window: LoadedWindow) -> str:
    return window.name


def _change_days(rulebook: Rulebook) -> list[dt.date]:
    document = rulebook.document
    days: set[dt.date | None] = set()
    for period in (
        *(instrument.in_force for instrument in document.instruments),
        *(rule.in_force for rule in document.rules),
    ):
        days |= {period.from_, period.to}
    days |= {value.from_ for entry in document.parameters.values() for value in entry.values}
    return sorted(day for day in days if day is not None)
