"""What customers may be told of a case does not depend on the case."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.cases import CUSTOMER_TEXT, Cases
from vermilion.desk.customer import Customers
from vermilion.desk.sealing import opened
from vermilion.store import identity_of

from ..loop.samples import at, house, sale, say
from ..samples import party, rule, rulebook, words
from .samples import DOLLARS, held_by_carol, listed, moment

SECRETS = ["len(buyer.lists_hit) > 0", "any(len(p.lists_hit) > 0 for p in parties)"]
ORDINARY = ['mode == "fixed_price"', 'buyer.kyc.status != "verified"', 'price.currency != "CNY"']


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return rules of which one is confidential, and a buyer who is on a list."""
    rules = [
        rule(
            f"XX-R-{number}",
            "sale",
            condition,
            verdict="review",
            on_missing=draw(st.sampled_from(["review", "condition"])),
        )
        for number, condition in enumerate(draw(st.lists(st.sampled_from(ORDINARY), max_size=3)))
    ]
    marked = draw(st.booleans())
    secret = rule(
        "XX-SECRET",
        "sale",
        draw(st.sampled_from(ORDINARY if marked else SECRETS)),
        verdict="review",
        confidential=marked,
        title=words("SECRET"),
        reason=words("SECRET"),
        question=words("SECRET"),
    )
    hits = draw(st.sampled_from([None, ["un"], ["un", "pbc"]]))
    facts = {} if hits is None else {"lists_hit": hits}
    return [*rules, secret], facts


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(market=markets())
def test_confidential_and_ordinary_cases_are_told_alike(
    market: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    """Each case's text is the ordinary hold, the same as the answer on each event behind it."""
    rules, facts = market
    with tempfile.TemporaryDirectory() as folder:
        with house(Path(folder) / "b", rulebook(*rules)) as desk:
            say(desk, party("bob", at(days=-1), **facts))
            say(desk, sale("p1", buyer="bob", price=DOLLARS))
            cases = Cases(desk)
            found = [cases.case(case.cause, moment(1)) for case in listed(cases, moment(1))]
            customers = Customers(desk.engines, desk.book.kept_engine)
            assert found
            for detail in found:
                assert detail is not None
                assert detail.customer_text == CUSTOMER_TEXT
                for event in detail.events:
                    identity = identity_of(event.source, event.id)
                    place = desk.book.state.find([identity])[identity]
                    judged = opened(desk.book.read(place))
                    assert judged is not None
                    told = customers.view(judged)
                    assert (told.status, told.message) == ("held", detail.customer_text)
        both = CUSTOMER_TEXT.en + CUSTOMER_TEXT.zh
        assert "SECRET" not in both


def test_of_a_closed_case_nothing_is_told(tmp_path: Path) -> None:
    """Where nothing waits, the answers on the events themselves are all there is."""
    with house(tmp_path / "b") as desk:
        cause = held_by_carol(desk, "p1")
        say(desk, sale("w1", at(1), stage="withdrawn", subject="p1", buyer="carol"))
        detail = Cases(desk).case(cause, moment(2))
    assert detail is not None
    assert detail.customer_text is None
