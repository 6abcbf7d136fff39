"""The page of a rulebook: short at first, all of it there, and filtered by what is typed."""

from __future__ import annotations

import re

from vermilion.rulebook import find_rulebook, load_rulebook
from vermilion.web.console.rules_view import groups, parts

from .conftest import Visits
from .pages import Page, faults

BOOK = load_rulebook(find_rulebook("cn"))


def folded(text: str) -> list[bool]:
    """Return of each part that can be folded whether it is."""
    tags = Page(text).tags
    return [
        "open" not in attrs
        for tag, attrs in tags
        if tag == "details" and attrs.get("class") == "fold"
    ]


def test_all_of_a_rulebook_is_there_and_folded(visits: Visits) -> None:
    """Every rule, instrument and parameter stands in the page, in parts that are folded at first."""
    text = visits("olga").get("/rules/cn").text
    ids = Page(text).values("id")
    assert {f"i-{one.id}" for one in BOOK.document.instruments} <= set(ids)
    assert {f"p-{name}" for name in BOOK.document.parameters} <= set(ids)
    for loaded in BOOK.rules:
        assert f'href="/rules/cn/{loaded.rule.id}"' in text
    assert len(folded(text)) > 10
    assert all(folded(text))


def test_no_two_parts_are_called_the_same() -> None:
    """Rules on one matter stand together, whatever their ids begin with."""
    titles = [one.title for one in groups(BOOK)]
    assert len(titles) == len(set(titles))
    assert sum(len(one.rules) for one in groups(BOOK)) == len(BOOK.rules)


def test_what_is_typed_filters_a_rulebook(visits: Visits) -> None:
    """What holds the text is shown unfolded, in each part of the book; the rest is not there."""
    olga = visits("olga")
    text = olga.get("/rules/cn?q=virtual+curr&lang=en").text
    assert list(faults(text)) == []
    assert not any(folded(text))
    assert 'href="/rules/cn/CN-N4-01"' in text
    assert 'href="/rules/cn/CN-RL-01"' not in text
    assert 'id="l-virtual_currencies"' in text
    assert 'value="virtual curr"' in text
    one = olga.get("/rules/cn?q=CN-SAMR-PRICE-2022").text
    assert re.findall(r'<tr id="(i-[^"]+)"', one) == ["i-CN-SAMR-PRICE-2022"]
    nothing = olga.get("/rules/cn?q=xyzzy&lang=en").text
    assert "Nothing in this rulebook matches." in nothing
    assert list(faults(nothing)) == []


def test_a_list_is_found_by_its_terms() -> None:
    """Who looks for a term finds the lists that hold it."""
    name, terms = next(iter(BOOK.document.lists.items()))
    assert name in parts(BOOK, terms.values[0].upper()).lists
    assert parts(BOOK, "xyzzy") == ([], {}, {}, {})
