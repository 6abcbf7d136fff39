"""Names are compared by what they are, not by how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.screening import name_key, script_of

SAME = [
    ("HAWATMA, Nayif", "Nayif Hawatma"),
    ("ＨＡＷＡＴＭＡ，Ｎａｙｉｆ", "nayif hawatma"),
    ("JÉRÔME KAKWAVU", "Jerome Kakwavu"),
    ("ANGLO-CARIBBEAN CO., LTD.", "Anglo Caribbean Co Ltd"),
    ("O’Neil", "O'NEIL"),
    ("張偉", "张伟"),
    ("张 伟", "张伟"),
    ("阿卜杜勒·阿齊茲", "阿卜杜勒阿齐兹"),
    ("مُحَمَّد", "محمد"),
    ("CIMEX, S.A.", "Cimex SA"),
    ("Ad\u200bam  Smith", "Adam Smith"),
]
OTHER = [
    ("张伟", "伟张"),
    ("Nayif Hawatma", "Nayif Hawatmeh"),
    ("が", "か"),
    ("Иван", "Йван"),
    ("Anna Lee", "Annalee"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_do_not_matter(one: str, other: str) -> None:
    """Width, case, accents, vowel marks, punctuation, order of words and traditional characters."""
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_names_stay_apart(one: str, other: str) -> None:
    """Another letter, another order of Chinese characters, another word is another name."""
    assert name_key(one) != name_key(other)


@given(st.text(max_size=60))
def test_to_normalise_twice_changes_nothing(text: str) -> None:
    """The form in which a name is compared is its own form."""
    assert name_key(name_key(text)) == name_key(text)


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1), min_size=1, max_size=5))
def test_the_order_of_words_does_not_matter(words: list[str]) -> None:
    """A name and its words in reverse are one."""
    assert name_key(" ".join(words)) == name_key(", ".join(reversed(words)))


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Ann", "latin"),
        ("ＡＮＮ", "latin"),
        ("张伟", "han"),
        ("محمد", "arabic"),
        ("Иван", "cyrillic"),
        ("1-2", "other"),
    ],
)
def test_scripts_are_told(name: str, script: str) -> None:
    """The first letter tells."""
    assert script_of(name) == script
