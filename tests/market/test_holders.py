"""Holder counts over history: whom a divided right passed to, in total."""

from __future__ import annotations

from random import Random

import pytest

from vermilion.sql import SqlEngine

from .harness import DAY, MINUTE, START, found
from .rows import Short, account, gift, paid, sale


def shares(holders: int, **more: object) -> list[Short]:
    """Return units of one token given to so many, one after the other."""
    return [gift("i", f"h{n}", many=True, **more) for n in range(holders)]


def test_the_row_that_crosses_the_cap(engines: SqlEngine) -> None:
    """The evidence is each holder's first acquisition up to the 201st, the last, on every engine."""
    again = [sale("h0", "h1", many=True) for _ in range(3)]
    moves = [*again, *shares(200), *again, sale("h5", "x", many=True), sale("h6", "y", many=True)]
    [one] = found("holder_count", moves, engine=engines)
    assert one.subject == {"collection": "c", "token": "c/1"}
    assert one.figures["holders"] == 202
    assert one.rows["holder"][:3] == ["m0", "m3", "m5"]
    assert (one.finding.moves, one.finding.last_ms) == (201, START + 206 * MINUTE)


def test_two_hundred_are_allowed() -> None:
    """At the cap nothing is found, however often units change hands or come back."""
    moves = [*shares(200), *(sale(f"h{n}", f"h{n + 1}", many=True) for n in range(100))]
    assert not found("holder_count", moves)


def test_a_unique_token_is_no_divided_right() -> None:
    """A token of which there is one has one holder at a time, however many it had."""
    assert not found("holder_count", [sale(f"h{n}", f"h{n + 1}") for n in range(300)])


def test_services_and_nobody_hold_nothing() -> None:
    """A custody account, a burn, an unknown taker and the giver are not counted."""
    moves = [*shares(200), gift("h0", "vault", many=True), gift("h1", None, many=True)]
    moves += [{"kind": "burn", "sender": "h2", "many": True}]
    assert not found("holder_count", moves, accounts=[account("vault", "custody")])
    [one] = found("holder_count", moves)
    assert one.figures["holders"] == 201


def test_accounts_of_one_cluster_are_one_holder() -> None:
    """Where accounts are known to be one person's, they count once, and both numbers are told."""
    money = [paid("h0", f"h{n}", ms=START - DAY, amount=n) for n in (1, 2)]
    assert not found("holder_count", shares(202), payments=money)
    [one] = found("holder_count", shares(204), payments=money)
    assert (one.figures["holders"], one.figures["accounts"]) == (202, 204)


def test_other_tokens_count_apart() -> None:
    """Holders of different token ids of one collection are not added up."""
    moves = [*shares(150), *(gift("i", f"g{n}", many=True, token="c/2") for n in range(150))]
    assert not found("holder_count", moves)
    assert len(found("holder_count", moves, parameters={"max_holders": 149})) == 2


def test_large_lots_are_more_like_shares() -> None:
    """Whole editions score less than what moves by the hundred."""
    [edition], [lots] = (found("holder_count", shares(201, quantity=q)) for q in (1, 100))
    assert edition.score < lots.score


@pytest.mark.parametrize("seed", range(2))
def test_equal_to_counting_one_by_one(seed: int) -> None:
    """On random moves, totals and crossing row are those of a set that grows row by row."""
    random = Random(seed)
    moves = [
        gift("i", f"h{random.randrange(30)}", many=True, token=f"c/{random.randrange(4)}")
        for _ in range(300)
    ]
    cap = 20
    held: dict[str, set[str]] = {}
    crossing = {}
    for number, move in enumerate(moves):
        holders = held.setdefault(move["token"], set())
        before = len(holders)
        holders.add(move["recipient"])
        if before == cap and len(holders) > cap:
            crossing[move["token"]] = f"m{number}"
    wanted = {token: (len(held[token]), row) for token, row in crossing.items()}
    said = found("holder_count", moves, parameters={"max_holders": cap})
    assert {
        one.subject["token"]: (one.figures["holders"], *one.rows["crossing"]) for one in said
    } == wanted
