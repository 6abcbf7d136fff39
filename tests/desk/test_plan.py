"""What is lacking, gathered by who can answer it, in the order that frees most."""

from __future__ import annotations

from collections import Counter

import pytest

from vermilion.desk import tally as tallies
from vermilion.desk.decision import MissingFact, RulebookRef, Ruling
from vermilion.desk.summarise import plan
from vermilion.desk.tally import RulebookTally

from .samples import received, sale

SALE = received(sale("1")).event


def tally(*waiting: tuple[int, str]) -> RulebookTally:
    """Return a tally of so many events that wait for some `fact@entity` each."""
    found = RulebookTally()
    for number, lacking in waiting:
        pairs = [one.partition("@") for one in lacking.split()]
        missing = [MissingFact(fact, entity, ["XX-1"]) for fact, _, entity in pairs]
        ruling = Ruling("2026-03-10", RulebookRef("xx", "0"), "review", [], [], missing, {})
        for _ in range(number):
            found.add(SALE, "2026-03-10", ruling)
    return found


def steps(*waiting: tuple[int, str]) -> list[tuple[str, int, int, int, int]]:
    """Return source, things, events, frees and freed of each step."""
    return [(s.source, s.things, s.events, s.frees, s.freed) for s in plan([tally(*waiting)])]


def test_what_frees_most_comes_first() -> None:
    """Each step is the source that frees most, given the answers before; `freed` adds them up."""
    assert steps(
        (5, "party.kyc@a"),
        (3, "party.kyc@b work.author@w"),
        (4, "sale.price@1 work.author@w"),
    ) == [("party", 2, 8, 5, 5), ("collection", 1, 7, 0, 8), ("export", 1, 4, 0, 12)]


def test_of_equals_the_one_asked_of_fewest_things_comes_first() -> None:
    """Where nothing alone frees anything, the platform is asked before its thousand customers."""
    both = [(1, f"party.kyc@p{n} platform.features@main") for n in range(9)]
    assert [(source, things) for source, things, *_ in steps(*both)] == [
        ("platform", 1),
        ("party", 9),
    ]


def test_nothing_lacking() -> None:
    """Where nothing is lacking there is no plan."""
    assert steps() == []


def test_more_combinations_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events beyond the bound still wait, and are never told of as freed."""
    monkeypatch.setattr(tallies, "COMBINATIONS", 1)
    found = tally((2, "party.kyc@a"), (3, "party.kind@a"))
    assert (found.waiting, found.waiting_otherwise) == (Counter({frozenset({"party.kyc"}): 2}), 3)
    assert [step.freed for step in plan([found])] == [2]
