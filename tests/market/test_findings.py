"""What a sentence says: amounts short but never nothing, counts with separators, days once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.market.findings import finding_id, parameters_digest, volume_text
from vermilion.market.sentences import Words, sentences


def said(template: str, last_ms: int = 1, **parameters: int) -> str:
    """Return a sentence about a finding."""
    subject = {"collection": ["c"], "token": ["c/1"], "party": ["a"], "other": [None]}
    counts = {"moves": [12_345], "sales": [9_999], "parties": [2]}
    numbers = {"hours": [0], "peak": [1_234_567], "quiet": [None], **counts}
    span = {"first_ms": [0], "last_ms": [last_ms]}
    [sentence] = sentences(template, Words(subject | span, numbers, parameters, [{"CNY": 150}]))
    return sentence


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
    assert said("{days} {hours} {quiet}", days=5, hours=9, quiet=7) == "5 0 7"
    for name in ("days", "quiet", "days_money"):
        with pytest.raises(KeyError):
            said(f"{{{name}}}")


def test_a_day_is_said_once() -> None:
    """A period of one day is that day."""
    assert said("{period}") == "1970-01-01"
    assert said("{period}", 86_400_000) == "1970-01-01 – 1970-01-02"


def test_an_id_is_of_all_that_a_finding_is() -> None:
    """Another row, another number of the detector or another subject is another finding."""
    named = ("ring", 1, parameters_digest({"a": 1, "b": 2}), "party", "c", "c/1", None, None)
    rows = b"\ns\x001\ns\x002"
    assert finding_id(named, rows) == finding_id(list(named), memoryview(rows))
    assert parameters_digest({"a": 1, "b": 2}) == parameters_digest({"b": 2, "a": 1})
    others = {
        finding_id(named, b"\ns\x001"),
        finding_id(named, b"\ns\x001\nt\x002"),
        finding_id(named, b"\ns\x001\ns\x003"),
        finding_id((*named[:-1], "x"), rows),
        finding_id((*named[:2], parameters_digest({"a": 1, "b": 3}), *named[3:]), rows),
    }
    assert len({*others, finding_id(named, rows)}) == 6
