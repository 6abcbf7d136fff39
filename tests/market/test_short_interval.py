"""Short intervals in history: the same sales as rule CN-N3-05 hits online."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Sealed
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake import Received
from vermilion.rulebook import Engine, find_rulebook, load_rulebook
from vermilion.sql import SqlEngine

from .harness import DAY, HOUR, START, found
from .rows import Short, account, gift, paid, sale

# START is Friday 2022-04-15, 13:20 in Shanghai.


def closings(moves: list[Short], **more: Any) -> set[str]:
    """Return the ids of the sales that came too soon."""
    return {id for one in found("short_interval", moves, **more) for id in one.rows["close"]}


def test_bought_and_sold_too_soon(engines: SqlEngine) -> None:
    """Bought on a Friday and sold on the next Thursday is four trading days, on every engine."""
    moves = [sale("a", "b"), sale("b", "c", token="c/2", day=6)]
    [one] = found("short_interval", moves, engine=engines)
    assert one.subject == {"collection": "c", "party": "b"}
    assert one.rows == {"open": ["m0"], "close": ["m1"]}
    assert (one.figures["times"], one.figures["least_days"]) == (1, 4)
    assert (one.figures["sold_after_buying"], one.figures["bought_after_selling"]) == (1, 0)


def test_five_trading_days_are_enough() -> None:
    """Sold on the Friday after, which is the fifth trading day, nothing is found."""
    assert not closings([sale("a", "b"), sale("b", "c", token="c/2", day=7)])


def test_sold_and_bought_back_too_soon() -> None:
    """The other order counts alike; at the day's end in Shanghai a new day begins."""
    night = 10.6
    moves = [sale("b", "a"), sale("c", "b", token="c/2", hour=night)]
    [one] = found("short_interval", moves)
    assert (one.figures["least_days"], one.figures["bought_after_selling"]) == (0, 1)


def test_holidays_are_no_trading_days() -> None:
    """Over the holiday of May 2022, twelve days hold only five trading days."""
    bought = sale("a", "b", ms=_at("2022-04-27"))
    assert closings([bought, sale("b", "c", ms=_at("2022-05-08"))]) == {"m1"}
    assert not closings([bought, sale("b", "c", ms=_at("2022-05-09"))])


def test_gifts_are_no_trades() -> None:
    """Who was given a token may sell it the same day."""
    assert not closings([gift("a", "b"), sale("b", "c")])


def test_other_collections_are_other_items() -> None:
    """Buying of one collection and selling of another is free; a parameter makes units items."""
    assert not closings([sale("a", "b"), sale("b", "c", token="d/1")])
    units = [sale("a", "b"), sale("b", "c", token="c/2"), sale("b", "c")]
    assert closings(units) == {"m1", "m2"}
    assert closings(units, parameters={"single_token": 1}) == {"m2"}


def test_an_issuer_sells_and_buys_back() -> None:
    """The issuer's primary sales and buy-backs are left out; who resells to it is not."""
    issues = [{"collection": "c", "issuer": "i"}]
    moves = [sale("i", "b"), sale("b", "i"), sale("i", "d")]
    assert closings(moves, issues=issues) == {"m1"}
    assert closings(moves) == {"m1", "m2"}


def test_services_do_not_invest() -> None:
    """An escrow that takes and hands on is no investor."""
    moves = [sale("a", "e"), sale("e", "b")]
    assert not closings(moves, accounts=[account("e", "escrow")])


def test_one_who_trades_through_two_accounts() -> None:
    """Accounts of one cluster are one investor, the issuer's included."""
    money = [paid("b", "b2", ms=START - 10 * DAY, amount=7)]
    moves = [sale("a", "b"), sale("b2", "c", token="c/2")]
    assert not closings(moves, payments=money)
    assert closings(moves, payments=money, level="entity") == {"m1"}
    own = [{"collection": "c", "issuer": "b"}]
    assert not closings(moves, payments=money, level="entity", issues=own)


def test_years_without_a_calendar_are_not_judged() -> None:
    """Before the calendar begins nobody knows the trading days."""
    assert not closings(
        [sale("a", "b", ms=1_000_000_000_000), sale("b", "c", ms=1_000_000_100_000)]
    )


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_the_rule_over_windows(seed: int) -> None:
    """On random trades the sales found are those that CN-N3-05 hits in a desk, no more, no less."""
    moves = _random_moves(Random(seed))
    issues = [{"collection": "c", "issuer": "i", "ms": START - DAY}]
    assert closings(moves, issues=issues) == _hit_online(moves)


def _random_moves(random: Random) -> list[Short]:
    at, moves = START, []
    for _ in range(60):
        at += random.choice([0, 1, HOUR, 8 * HOUR, DAY, 2 * DAY])
        seller, buyer = random.choices("abcdei", k=2)
        token = random.choice(["c/1", "c/2", "d/1"])
        price = random.choice([None, 100])
        moves.append(sale(seller, buyer, token=token, ms=at, price=price))
    return moves


def _hit_online(moves: list[Short]) -> set[str]:
    rulebook = load_rulebook(find_rulebook("cn"))
    events = [
        _event("issue", "i0", START - DAY, token={"id": name, "issuer": issuer})
        for name, issuer in (("c", "i"),)
    ]
    for number, move in enumerate(moves):
        token = {"id": move["token"], "collection": move["token"].partition("/")[0]}
        events.append(
            _event(
                "sale",
                f"m{number}",
                move["ms"],
                token=token["id"],
                parties={"seller": move["sender"], "buyer": move["recipient"]},
                inline={"tokens": [token]},
            )
        )
    with TemporaryDirectory() as folder, Book.open(Path(folder) / "book") as book:
        desk = Desk(book, [Engine(rulebook, book.profile)])
        answers = desk.submit([Received(*canonical_form(one), "", 0) for one in events])
        return {
            one.judged.event.id
            for one in answers
            if isinstance(one, Sealed)
            and any(
                (rule.id, rule.outcome) == ("CN-N3-05", "hit")
                for rule in one.judged.ruled[0].ruling.rules
            )
        }


def _event(kind: str, id: str, ms: int, **data: Any) -> Event:
    plain = {
        "specversion": "1.0",
        "type": kind,
        "source": "//test",
        "id": id,
        "time": dt.datetime.fromtimestamp(ms / 1000, dt.UTC).isoformat(),
        "stage": "settled",
        "data": data,
    }
    event: Event = msgspec.convert(plain, Event)
    return event


def _at(day: str) -> int:
    return int(dt.datetime.fromisoformat(f"{day}T04:00:00+00:00").timestamp() * 1000)
