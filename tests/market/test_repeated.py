"""Repeated trades of one token by one party."""

from __future__ import annotations

from itertools import chain, pairwise
from random import Random

from vermilion.sql import SqlEngine

from .rows import Short, account, apart, sale

ANY = {"min_score": 0}


def test_three_times_from_the_same(engines: SqlEngine) -> None:
    """Three purchases of one token are found with those rows; two are not."""
    twice = [sale("a", "b"), sale("b", "a")] * 2
    cases = {"two": twice, "three": [*twice, sale("a", "b"), sale("b", "c")]}
    made = apart("repeated_token", cases, engine=engines, parameters=ANY)
    assert not made["two"]
    one, two = made["three"]
    assert one.subject["party"] == "a"
    assert one.rows == {"sell": ["three0", "three2", "three4"]}
    assert two.rows == {"buy": one.rows["sell"], "sell": ["three1", "three3", "three5"]}
    assert (two.figures["bought"], two.figures["sold"], two.figures["same"]) == (3, 3, 3)


def test_who_is_found_and_who_is_not() -> None:
    """Concentration decides.

    Who each time buys back from whom he sold to is found, if it is somebody else each time. A busy trader
    of a popular token is below the least score. Units of one id are no token that comes back.
    """
    random = Random(11)
    holders = [random.randrange(40) for _ in range(300)]
    walk = [one for place, one in enumerate(holders) if not place or one != holders[place - 1]]
    cases = {
        "back": [sale("q", "a"), *chain.from_iterable(there_and_back(str(n)) for n in range(3))],
        "busy": [sale(str(one), str(two)) for one, two in pairwise(walk)],
        "many": [sale("a", "b", many=True, quantity=2)] * 4,
    }
    made = apart("repeated_token", cases)
    [one] = made["back"]
    assert (one.subject["party"], one.figures["back"], one.figures["same"]) == ("a", 3, 1)
    assert not made["busy"]
    assert not made["many"]
    made = apart("repeated_token", cases, parameters=ANY)
    assert len(made["busy"]) > 20
    assert not made["many"]


def there_and_back(other: str) -> list[Short]:
    """Return a sale and the sale back."""
    return [sale("a", other), sale(other, "a")]


def test_lenders_and_custodians_do_not_count() -> None:
    """Neither a lender that takes a token again and again is found, nor who borrows on it."""
    cases = {
        "lent": [sale("a", "bank"), sale("bank", "a")] * 3,
        "not": [sale("a", "b"), sale("b", "a")] * 3,
    }
    made = apart("repeated_token", cases, accounts=[account("bank", "lending")], parameters=ANY)
    assert (len(made["lent"]), len(made["not"])) == (0, 2)
