"""Foreign text and values are shown whole or plainly cut, and never hide anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.pages.text import (
    duration,
    events_per_second,
    fact_value,
    percent,
    prose,
    shorten,
    visible,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.text())
def test_visible_text_hides_nothing(text: str) -> None:
    """No control, direction or surrogate character is left, and printable text is untouched."""
    shown = visible(text)
    shown.encode()
    assert "\u202e" not in shown
    assert "\n" not in shown
    assert not text.isprintable() or shown == text


@given(st.text(), st.integers(8, 60))
def test_shortened_text_keeps_both_ends(text: str, length: int) -> None:
    """A text is cut in the middle to the length asked for, or left as it is."""
    shown = shorten(text, length)
    whole = visible(text)
    assert len(shown) <= length
    assert shown == whole or (
        whole.startswith(shown.split("…")[0][:3]) and whole.endswith(shown[-2:])
    )


@given(JSON)
def test_every_value_can_be_shown(value: object) -> None:
    """Whatever a decision holds is shown on one bounded line in both languages."""
    for language in ("zh", "en"):
        shown = fact_value(value, language)  # type: ignore[arg-type]
        assert visible(shown) == shown
        assert len(shown) <= 5000


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "unknown"),
        (True, "yes"),
        (0, "0"),
        ([], "none"),
        ({"amount": 19900, "currency": "CNY"}, "199.00 CNY"),
        (
            {"amount": "123456789012345678901234567890", "currency": "ETH"},
            "123,456,789,012.34567890123456789 ETH",
        ),
        ({"amount": 5, "currency": "XXX"}, "5 XXX"),
        (["artwork", "ticket"], "artwork, ticket"),
    ],
)
def test_values_read_as_people_write_them(value: object, shown: str) -> None:
    """Unknown is not empty, amounts come in major units with their currency."""
    assert fact_value(value, "en") == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "–"),
        (0, 9, "0.0 %"),
        (1, 10**6, "< 0.1 %"),
        (10**6 - 1, 10**6, "> 99.9 %"),
        (9, 9, "100.0 %"),
    ],
)
def test_share_never_claims_all_or_nothing(part: int, whole: int, shown: str) -> None:
    """Seven in a million is not zero, and all but one is not all."""
    assert percent(part, whole) == shown


def test_lines_of_prose_stay() -> None:
    """A quote keeps its line breaks and nothing else that is hidden."""
    assert prose("one\ntwo\x00") == "one\ntwo\\u0000"


def test_speed_of_no_time_is_not_a_number() -> None:
    """A run too short to measure has no speed."""
    assert events_per_second(5, 0.0) == "–"
    assert (duration(3.271), duration(4321.4)) == ("3.27", "4,321")
