"""What would make a judged event pass: tried on a whole market, honest, and mute towards customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.judge import Judge
from vermilion.desk.passing import Passing, joined_facts, policy_of, would_pass
from vermilion.desk.passing_again import would_pass_again, would_pass_in
from vermilion.errors import UsageError
from vermilion.facts.events import Event, event_type_of
from vermilion.language import Facts, applied, recourse
from vermilion.rulebook import Fused, find_rulebook, load_rulebook

from .samples import CN, desk_in, party, received, rule, rulebook, sale, simulated, submit, window

PLATFORM = load_rulebook(find_rulebook("platform"))


def clear(event: Event, fused: Fused, place: int, facts: Facts) -> bool:
    """Tell by the engine's function, which shares nothing with the search, whether a rule passes."""
    fields = event.data.__struct_fields__
    data = msgspec.structs.replace(event.data, **{name: facts.roots[name] for name in fields})
    hit, unknown, _ = fused.function(data, facts.roots)
    return not (hit | unknown) >> place & 1


@pytest.mark.parametrize("withheld", [0, 250])
def test_every_suggestion_clears_its_rule(tmp_path: Path, withheld: int) -> None:
    """On a market of all patterns: judged again with the changes, the rule passes; nothing is given up."""
    tried = 0
    with desk_in(tmp_path / "b", CN, PLATFORM) as desk:
        for one in simulated(1_500, withheld=withheld, violation_rate=300):
            (answer,) = desk.submit([one])
            assert isinstance(answer, Sealed)
            for judge, ruled in zip(desk.judges, answer.judged.ruled, strict=True):
                event, engine = answer.judged.event, judge.engine
                kind = event_type_of(event)
                fused = engine.on(kind, event.stage, engine.legal_date(event.time))
                for outcome in ruled.ruling.rules:
                    facts = joined_facts(judge, event, ruled.ruling)
                    ids = [rule.rule.id for rule in fused.rules]
                    place = ids.index(outcome.id)
                    assert not clear(event, fused, place, facts)
                    condition = fused.rules[place].condition
                    found = recourse(condition, facts, kind, policy_of(engine))
                    assert found.outcome != "not found"
                    assert (found.outcome == "found") == bool(found.alternatives)
                    for alternative in found.alternatives:
                        tried += 1
                        assert clear(event, fused, place, applied(facts, alternative, kind))
    assert tried > 100


def passing(desk: Desk, plain: dict[str, Any], **options: Any) -> list[Passing]:
    """Submit an event and return what would make it pass."""
    (answer,) = submit(desk, plain)
    assert isinstance(answer, Sealed)
    judge: Judge = desk.judges[0]
    return would_pass(judge, answer.judged.event, answer.judged.ruled[0].ruling, **options)


COIN = rule("XX-C", "sale", 'price.currency != "CNY"')
LISTED = rule("XX-L", "sale", "len(buyer.lists_hit) > 0", confidential=True)
ODD = rule("XX-O", "sale", 'price.currency == "CNY" and buyer.kyc.status != "verified"')
AUTOMATED = rule("XX-R", "sale", "automated", verdict="review")
WON, COINS = {"amount": 5, "currency": "CNY"}, {"amount": 5, "currency": "ETH"}


def test_names_the_change_with_an_example(tmp_path: Path) -> None:
    """One fact, what it must be, what it is, and a value that would do."""
    with desk_in(tmp_path / "b", rulebook(COIN)) as desk:
        ((one,),) = (found.alternatives[0] for found in passing(desk, sale("1", price=COINS)))
    assert (one.fact, one.way, one.needs[0].kind) == ("price.currency", "change", "one of")
    assert list(one.needs[0].operand) == ["CNY"]
    assert one.now == COINS
    assert one.example == WON


def test_no_other_rule_is_hit_instead(tmp_path: Path) -> None:
    """What clears one rule and makes another one deny is not suggested."""
    with desk_in(tmp_path / "b", rulebook(COIN, ODD)) as desk:
        submit(desk, party("b", kyc={"status": "none"}))
        found = passing(desk, sale("1", price=COINS))
    assert [(one.rule, one.outcome, one.alternatives) for one in found] == [
        ("XX-C", "not found", [])
    ]


def test_what_nobody_can_change_is_said(tmp_path: Path) -> None:
    """A list hit is held by the screening; it is named, and no alternative is."""
    with desk_in(tmp_path / "b", rulebook(LISTED)) as desk:
        submit(desk, party("b", lists_hit=["x"]))
        (found,) = passing(desk, sale("1"))
    assert (found.outcome, found.alternatives) == ("nothing can", [])
    assert found.held_by == ["buyer.lists_hit"]


def test_the_customer_learns_nothing_of_what_is_confidential(tmp_path: Path) -> None:
    """A hold by a confidential rule, with or without a review, is answered like a plain review."""
    with desk_in(tmp_path / "b", rulebook(LISTED, AUTOMATED, COIN)) as desk:
        submit(desk, party("b", lists_hit=["x"]), party("c", lists_hit=[]))
        told = [
            passing(desk, plain, for_customer=True)
            for plain in (
                sale("1", automated=False, price=WON),
                sale("2", automated=True, price=WON),
                sale("3", buyer="c", automated=True, price=WON),
            )
        ]
        ordinary = passing(
            desk, sale("4", buyer="c", automated=False, price=COINS), for_customer=True
        )
        listed = passing(desk, sale("5", automated=False, price=COINS), for_customer=True)
    assert told == [[], [], []]
    assert ordinary == listed != []


def test_numbers_over_the_past_move_one_way(tmp_path: Path) -> None:
    """A count falls by doing less and never rises; the windows of the ruling are what is looked at."""
    few = rulebook(
        rule("XX-W", "sale", "windows.bought > 1"),
        rule("XX-V", "sale", "windows.bought < 9"),
        windows={"bought": window("count", "sale", "buyer.id", including=True)},
    )
    with desk_in(tmp_path / "b", few) as desk:
        submit(desk, sale("1"))
        over, under = passing(desk, sale("2"))
    ((change,),) = over.alternatives
    assert (change.way, change.now, change.needs[0].operand) == ("past", 2, 1)
    assert (under.outcome, under.alternatives) == ("nothing can", [])


def test_a_file_is_judged_again_up_to_the_event(tmp_path: Path) -> None:
    """What stood at the event counts, what came later does not; an absent event is None."""
    book = rulebook(rule("XX-K", "sale", 'buyer.kyc.status != "verified"'))
    history = [
        received(one)
        for one in (
            party("b", kyc={"status": "pending"}),
            sale("1"),
            party("b", number=1, kyc={"status": "verified"}),
        )
    ]
    again = would_pass_again(history, book, "//test", "1")
    assert again is not None
    ((change,),) = again.passing[0].alternatives
    assert (change.fact, change.now, change.example) == ("buyer.kyc.status", "pending", "verified")
    assert would_pass_again(history, book, "//test", "9") is None


def test_the_book_tells_what_was_told_then(tmp_path: Path) -> None:
    """After everything that was learnt later, each event's answer is the one it had at once."""
    then = {}
    with desk_in(tmp_path / "b", CN) as desk:
        for one in simulated(400, withheld=250):
            (answer,) = desk.submit([one])
            assert isinstance(answer, Sealed)
            event, ruling = answer.judged.event, answer.judged.ruled[0].ruling
            then[event.source, event.id] = would_pass(desk.judges[0], event, ruling)
    assert sum(map(len, then.values())) > 50
    with Book.open(tmp_path / "b") as book:
        (engine,) = book.active_engines()
        for (source, id), passing in then.items():
            again = would_pass_in(book, source, id, engine.digest)
            assert again is not None
            assert again.passing == passing
        assert would_pass_in(book, "//test", "none", engine.digest) is None


def test_what_rests_on_erased_facts_is_not_told(tmp_path: Path) -> None:
    """Where a party was erased since, the answer would be on other facts, and none is given."""
    unverified = rulebook(rule("XX-K", "sale", 'buyer.kyc.status == "none"'))
    with desk_in(tmp_path / "b", unverified) as desk:
        submit(desk, party("b", kyc={"status": "none"}), sale("1"))
        digest = desk.engines[0].digest
        desk.book.keys.destroy("person/b")
    with Book.open(tmp_path / "b") as book, pytest.raises(UsageError, match="erased since"):
        would_pass_in(book, "//test", "1", digest)
