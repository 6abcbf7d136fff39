"""What a sentence says: amounts short but never nothing, counts with separators, days once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.market.findings import (
    Finding,
    Subject,
    Text,
    finding_id,
    parameters_digest,
    sentence_of,
    volume_text,
    words_of,
)

FINDING = Finding(
    id="0", detector="d", version=1, level="party", pattern="wash_trade", indirect=False,
    subject=Subject("c", "c/1", "a", None), episode_ms=0, first_ms=0, last_ms=1, moves=12_345,
    sales=9_999, parties=[], party_count=2, volume={"CNY": 150}, figures={"hours": 0, "peak": 1_234_567},
    score=1, parts={}, sentence=Text("", ""), rows=[],
)  # fmt: skip


def said(template: str, finding: Finding = FINDING, **parameters: int) -> str:
    """Return a sentence about a finding."""
    return sentence_of(Text(template, template), words_of(finding, parameters)).en


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1_480_398_610_095_769_459_160, "ETH", "≈1,480.3986 ETH"),
        (500_000_000_000_000_000, "ETH", "0.50 ETH"),
        (1_234_500_000_000_000_000, "ETH", "1.2345 ETH"),
        (7_000_012_000_000_000_000, "ETH", "≈7.00 ETH"),
        (1, "ETH", "<0.0001 ETH"),
        (1_990, "CNY", "19.90 CNY"),
        (1_234_567, "PUNK", "1,234,567 PUNK"),
    ],
)
def test_amounts(amount: int, currency: str, written: str) -> None:
    """At most four decimals, marked where some are cut."""
    assert volume_text({currency: amount}) == written


@given(st.integers(1, 10**30))
def test_an_amount_is_never_nothing(amount: int) -> None:
    """What is cut is less than a ten-thousandth, is marked, and leaves no zero."""
    number = volume_text({"ETH": amount}).removesuffix(" ETH").replace(",", "")
    if number.startswith("<"):
        assert amount < 10**14
        return
    whole, _, decimals = number.removeprefix("≈").partition(".")
    shown = int(whole) * 10**4 + int(decimals.ljust(4, "0"))
    assert len(decimals) <= 4
    assert shown == amount // 10**14 > 0
    assert number.startswith("≈") == (amount % 10**14 > 0)


def test_numbers_and_their_forms() -> None:
    """Counts have separators from 10,000 on, money its point, what was rounded down is not zero."""
    assert said("{sales} {moves} {hours_whole} {peak_money}") == "9999 12,345 <1 12,345.67 CNY"


def test_parameters_are_named_after_figures() -> None:
    """A sentence may name a parameter; a figure of that name comes first."""
    assert said("{days} {hours}", days=5, hours=9) == "5 0"
    with pytest.raises(KeyError):
        said("{days}")


def test_a_day_is_said_once() -> None:
    """A period of one day is that day."""
    longer = msgspec.structs.replace(FINDING, last_ms=86_400_000)
    assert said("{period}") == "1970-01-01"
    assert said("{period}", longer) == "1970-01-01 – 1970-01-02"


def test_an_id_is_of_all_that_a_finding_is() -> None:
    """Another row, another number of the detector or another subject is another finding."""
    named = ("ring", 1, parameters_digest({"a": 1, "b": 2}), "party", "c", "c/1", None, None)
    rows = [("s", "1"), ("s", "2")]
    assert finding_id(named, rows) == finding_id(list(named), iter(rows))
    assert parameters_digest({"a": 1, "b": 2}) == parameters_digest({"b": 2, "a": 1})
    others = {
        finding_id(named, rows[:1]),
        finding_id(named, [("s", "1"), ("t", "2")]),
        finding_id(named, [("s", "1"), ("s", "3")]),
        finding_id((*named[:-1], "x"), rows),
        finding_id((*named[:2], parameters_digest({"a": 1, "b": 3}), *named[3:]), rows),
    }
    assert len({*others, finding_id(named, rows)}) == 6
