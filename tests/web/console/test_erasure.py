"""An administrator erases somebody on the page, and everybody who may see the person sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from ..api.desk import at, served
from . import samples
from .conftest import BASE, Visitor, Visits
from .pages import faults

FORM = {"id": "market:party:bob", "ground": "requested", "asked_by": "", "reference": ""}
FORM |= {"relationship_ended": ""}
DESPITE = FORM | {"reference": "dpo-4", "despite_retention": "yes"}
PERSON = "/things/party?id=market:party:bob&lang="


@pytest.fixture
def book(tmp_path: Path) -> Iterator[TestClient[object]]:
    """Serve a book in which bob is known."""
    said = {"specversion": "1.0", "type": "party", "source": "//market.example/people"}
    said |= {"id": "bob", "time": at(), "stage": "settled"}
    with served(tmp_path / "b") as desk:
        party = {"id": "market:party:bob", "name": "Bob Smith"}
        assert desk.submit(said | {"data": {"party": party}}).status_code == 200
    samples.people(tmp_path / "b")
    with TestClient(samples.app(tmp_path / "b"), base_url=BASE) as client:
        yield client  # type: ignore[misc]


def enter(client: TestClient[object], name: str) -> Visitor:
    """Return the browser of somebody who is signed in."""
    visitor = Visitor(client)  # type: ignore[arg-type]
    given = {"name": name, "password": samples.PASSWORD}
    assert visitor.post("/sign-in", data=given).status_code == 303
    return visitor


def test_from_the_form_to_what_is_recorded(book: TestClient[object]) -> None:
    """The page says what is lost, erases once that is confirmed, and then says so for good."""
    root = enter(book, "root")
    assert "Erase a person" in root.get("/erasure?lang=en").text
    asked = root.send("/erasure", **DESPITE)
    assert asked.status_code == 200
    assert "Erase `market:party:bob` for good?" in asked.text
    assert "can be read no more, by anybody" in asked.text
    assert list(faults(asked.text)) == []
    assert "Bob Smith" in enter(book, "olga").get(f"{PERSON}en").text
    done = root.send("/erasure", **DESPITE, sure="yes")
    assert done.status_code == 303
    page = root.get(done.headers["location"]).text
    assert "Erased for good." in page
    for told, words in (("en", "This person was erased"), ("zh", "此人的信息已删除")):
        page = enter(book, "olga").get(f"{PERSON}{told}").text
        assert words in page
        assert "Bob Smith" not in page
        assert "CN-AML-2024-OBLIGED" in page
        assert list(faults(page)) == []


@pytest.mark.parametrize(
    ("form", "english", "chinese"),
    [
        (FORM, "may have to be kept: CN-AML-2024-OBLIGED", "120 个月，届满日未知"),
        (FORM | {"despite_retention": "yes"}, "names where that was decided", "须填写作出决定"),
        (FORM | {"id": "market:party:none"}, "nothing that could be erased", "没有以该编号保存"),
        (FORM | {"ground": ""}, "cannot be read", "请选择依据"),
        (FORM | {"id": ""}, "cannot be read", "请选择依据"),
        (FORM | {"relationship_ended": "9999-12-31"}, "still to come", "不能晚于今天"),
    ],
)
@pytest.mark.parametrize("sure", [{}, {"sure": "yes"}])
def test_what_is_refused(
    book: TestClient[object],
    form: dict[str, str],
    english: str,
    chinese: str,
    sure: dict[str, str],
) -> None:
    """It is told over the form, in the visitor's language, and what was typed stays."""
    root = enter(book, "root")
    for language, words in (("en", english), ("zh", chinese)):
        root.get(f"/erasure?lang={language}")
        answer = root.send("/erasure", **form, **sure)
        assert answer.status_code == 400
        assert words in answer.text
        assert f'value="{form["id"]}"' in answer.text
        assert list(faults(answer.text)) == []
    assert "Bob Smith" in enter(book, "olga").get(f"{PERSON}en").text


def test_who_is_no_administrator_finds_no_form(visits: Visits) -> None:
    """Nobody else gets at the page, or sends its form; nor does one without its token."""
    for name in ("olga", "rui"):
        assert visits(name).get("/erasure").status_code == 403
        assert visits(name).send("/erasure", **DESPITE, sure="yes").status_code == 403
        assert 'href="/erasure"' not in visits(name).get("/rules").text
    assert visits("root").post("/erasure", data=DESPITE | {"sure": "yes"}).status_code == 403
    assert 'href="/erasure"' in visits("root").get("/rules").text
