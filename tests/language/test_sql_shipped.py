"""Every rule of the shipped rulebooks comes out of SQL as it does out of the fused function."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache

import pytest

from vermilion.facts.events import EVENT_TYPES
from vermilion.language import Condition, sql
from vermilion.rulebook import Engine, Profile, load_rulebook
from vermilion.rulebook.load import find_rulebook, shipped_rulebooks

from .random_facts import RandomFacts
from .test_sql_agreement import by_fused, by_sql

DAY = dt.date(2026, 3, 1)
ROWS = 40


@cache
def engine(name: str) -> Engine:
    """Return a shipped rulebook made ready."""
    return Engine(load_rulebook(find_rulebook(name)), Profile(territory="CN"))


def conditions_of(name: str, event_type: str) -> list[Condition]:
    """Return every rule of a rulebook for an event type, whenever it is in force."""
    rules = engine(name).rulebook.rules
    return [one.conditions[event_type] for one in rules if event_type in one.conditions]


CASES = [
    (name, event_type)
    for name in shipped_rulebooks()
    for event_type in EVENT_TYPES
    if conditions_of(name, event_type)
]


@pytest.mark.parametrize(("name", "event_type"), CASES)
def test_shipped_rules_agree(name: str, event_type: str) -> None:
    """All rules for an event type come out alike over random facts, few of them unknown or many."""
    conditions = conditions_of(name, event_type)
    parameters = engine(name).parameters(DAY)
    source = random.Random(f"{name} {event_type}")
    trees = [tree for one in conditions for tree in (one.applies, one.violates) if tree]
    rows = [
        RandomFacts(source, trees, unknown).event(event_type)
        for unknown in (0, 0.05, 0.3)
        for _ in range(ROWS)
    ]
    expected = by_fused(conditions, event_type, parameters, rows)
    assert by_sql(conditions, event_type, parameters, rows) == expected
    assert len({outcome for row in expected for outcome in row}) > 1


def test_most_of_what_is_shipped_is_said_in_sql() -> None:
    """Every shipped rule reaches SQL; this many event types by rule need no computed condition."""
    whole = every = 0
    for name, event_type in CASES:
        for one in conditions_of(name, event_type):
            parameters = engine(name).parameters(DAY)
            trees = [tree for tree in (one.applies, one.violates) if tree is not None]
            columns = {leaf for tree in trees for leaf in sql.leaves(tree, parameters)}
            computed = {type(leaf).__name__ for leaf in columns if leaf.type.kind == "bool"}
            whole += computed <= {"Path"}
            every += 1
    assert whole / every > 0.2
