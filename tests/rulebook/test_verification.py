"""A person's word on a quote is held against the text and tied to the words."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import pytest

from vermilion.errors import UsageError
from vermilion.rulebook import Citation
from vermilion.rulebook.model import Rule
from vermilion.rulebook.verification import citation_of, revoke, verify

from .books import QUOTE, citation, rule, words

RULE = msgspec.convert(rule(), Rule)
CITED = RULE.citations[0]
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, 678, dt.timezone(dt.timedelta(hours=8)))


def test_the_word_names_clause_words_person_time_and_text() -> None:
    """The time is in UTC, to the second; the text by its digest."""
    text = f"第一条 **{QUOTE[:3]}**\n {QUOTE[3:]}。"
    said = verify(RULE, CITED, text, "officer-1", NOW)
    assert (said.action, said.rule, said.instrument, said.pinpoint) == (
        "verify",
        "XX-R-01",
        "XX-LAW",
        "art. 1",
    )
    assert said.at == dt.datetime(2026, 1, 1, 19, 4, 5, tzinfo=dt.UTC)
    assert said.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert said.by == "officer-1"
    assert msgspec.json.decode(msgspec.json.encode(said), type=type(said)) == said


def test_a_text_without_the_words_is_refused() -> None:
    """Not one character may differ, but blanks and layout."""
    with pytest.raises(UsageError, match="the text does not have the quote"):
        verify(RULE, CITED, "第一条 可以外币计价。", "officer-1", NOW)


def test_it_holds_for_the_words_wherever_they_are_cited() -> None:
    """And no longer once clause or quote is another."""
    word = verify(RULE, CITED, QUOTE, "a", NOW)
    twin = verify(msgspec.structs.replace(RULE, id="XX-R-02"), CITED, QUOTE, "b", NOW)
    assert word.clause == twin.clause == revoke(RULE, CITED, "c", NOW).clause
    for changed in (
        {"pinpoint": "art. 2"},
        {"quote": QUOTE[:4], "quote_sha256": hashlib.sha256(QUOTE[:4].encode()).hexdigest()},
    ):
        other = msgspec.convert(citation(**changed), Citation)
        assert verify(RULE, other, QUOTE, "a", NOW).clause != word.clause


def test_a_citation_is_named_by_its_number() -> None:
    """The only one needs no name; among several, and beyond the last, one is asked for."""
    assert citation_of(RULE, None) == citation_of(RULE, 1) == CITED
    two = msgspec.convert(rule(citations=[citation(), citation(pinpoint="art. 2")]), Rule)
    assert citation_of(two, 2).pinpoint == "art. 2"
    for number in (None, 0, 3):
        with pytest.raises(UsageError) as refused:
            citation_of(two, number)
        assert refused.value.help == "there are: 1 XX-LAW art. 1; 2 XX-LAW art. 2"


def test_what_is_not_quoted_cannot_be_verified() -> None:
    """There are no words to be checked."""
    gist = citation(quote=None, quote_sha256=None, essence=words("gist"), tier="C")
    with pytest.raises(UsageError, match="is not quoted"):
        citation_of(msgspec.convert(rule(citations=[gist]), Rule), 1)
