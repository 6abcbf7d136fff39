"""What is kept in memory, and when the state is written, never changes an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from vermilion.desk import judge, screening
from vermilion.desk.book import Book, make_book
from vermilion.desk.customer import Customers
from vermilion.desk.desk import Sealed
from vermilion.desk.open import desk_of
from vermilion.facts.canonical import canonical_form
from vermilion.intake import Received
from vermilion.simulate import MarketConfig, market
from vermilion.store import timeline

GROUP = 7


def answers(folder: Path, events: Sequence[Received], *, cramped: bool) -> Iterator[bytes]:
    """Give what a desk of `cn` says of each event; cramped, it keeps nothing and writes at once."""
    make_book(folder, {"book.yaml": "rulebooks: [cn]\n"})
    with Book.open(folder) as book:
        desk = desk_of(book)
        if cramped:
            desk.keep(windows=3, statements=3, closures=2)
            book.keys.most = 2
            book.state.keep(8)
        for begin in range(0, len(events), GROUP):
            for answer in desk.submit(events[begin : begin + GROUP]):
                assert isinstance(answer, Sealed)
                yield b"".join([*desk.decisions(answer.judged), b"%d" % answer.entry])
            if cramped:
                desk.store()


def test_a_desk_with_next_to_no_memory_answers_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late, corrected and repeated statements too: evicted facts, windows and keys are read again."""
    config = MarketConfig(seed=3, events=500, late=150, corrections=150, proposed=300)
    events = [Received(*canonical_form(one), "", 0) for one in market(config)]
    roomy = list(answers(tmp_path / "roomy", events, cramped=False))
    for module, name, few in (
        (timeline, "KEPT_STATEMENTS", 1),
        (timeline, "READ_STATEMENTS", 1),
        (screening, "CACHED_PARTIES", 2),
        (judge, "CACHED_VERDICTS", 2),
    ):
        monkeypatch.setattr(module, name, few)
    assert list(answers(tmp_path / "cramped", events, cramped=True)) == roomy


def test_what_rules_say_is_kept_by_rule_and_not_by_day(tmp_path: Path) -> None:
    """A desk that runs for years writes answers out of what it made ready for each period."""
    config = MarketConfig(seed=3, events=120, days=60)
    events = [Received(*canonical_form(one), "", 0) for one in market(config)]
    make_book(tmp_path / "b", {"book.yaml": "rulebooks: [cn]\n"})
    with Book.open(tmp_path / "b") as book:
        desk = desk_of(book)
        customers = Customers(desk.engines, book.kept_engine)
        for answer in desk.submit(events):
            assert isinstance(answer, Sealed)
            desk.decisions(answer.judged)
            customers.view(answer.judged)
        (engine,) = desk.engines
        assert 0 < len(desk._writer(engine.digest)._static) <= len(engine._fused)
        assert 0 < len(customers._told) <= len(engine._fused)
