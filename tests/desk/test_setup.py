"""The files a book starts with read back as what was meant, in either language."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.book import Book, make_book
from vermilion.desk.setup import Language, configuration_text, starting_files
from vermilion.errors import UsageError
from vermilion.facts.entities import Association
from vermilion.record import Record
from vermilion.rulebook import Configuration, Officer, PermitTerms, load_configuration
from vermilion.rulebook.model import OperatorRole, Signed

from .samples import contents

AWKWARD = [
    "a: b # c",
    '"',
    "\\",
    "yes",
    "NO",
    "1",
    "~",
    "- x",
    "墨 🎨",
    "a\nb\t\r",
    "\x00\x85\u2028",
    "",
]
texts = st.one_of(st.text(min_size=1, max_size=40), st.sampled_from([t for t in AWKWARD if t]))
idents = st.from_regex(r"[A-Z]{2}-[A-Z0-9][A-Z0-9-]{0,20}", fullmatch=True)
keys = st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode())


def some(kind: object) -> st.SearchStrategy[list[str]]:
    """Return lists of words of a closed vocabulary."""
    return st.lists(st.sampled_from(get_args(kind)), max_size=4)


configurations = st.builds(
    Configuration,
    operator=texts,
    roles=some(OperatorRole),
    memberships=some(Association),
    territory=st.one_of(st.sampled_from(["CN", "NO", "DE"]), texts),
    adopts=st.lists(idents, max_size=3),
    officers=st.lists(
        st.builds(Officer, id=texts, key=st.none() | keys, may=st.none() | some(Signed)), max_size=3
    ),
    two_people=some(Signed),
    rulebooks=st.lists(texts, min_size=1, max_size=3),
    permits=st.builds(
        PermitTerms, minutes=st.integers(1, 43_200), required_of=st.lists(texts, max_size=3)
    ),
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations, st.sampled_from(get_args(Language)))
def test_any_configuration_is_read_back_equal(
    tmp_path: Path, configuration: Configuration, language: Language
) -> None:
    """Whatever a person typed, `book.yaml` says it and nothing else."""
    path = tmp_path / "book.yaml"
    path.write_text(configuration_text(configuration, language), encoding="utf-8")
    assert load_configuration(path) == configuration


@pytest.mark.parametrize("language", get_args(Language))
def test_every_key_has_its_comment(language: Language) -> None:
    """Above each key of the configuration stands what it means."""
    lines = configuration_text(Configuration(), language).splitlines()
    for key in Configuration.__struct_fields__:
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{key}:")]
        assert lines[at - 1].startswith("# ")


def test_every_word_of_a_vocabulary_is_named() -> None:
    """Whoever edits the file finds there what may stand in it."""
    for language in get_args(Language):
        text = configuration_text(Configuration(), language)
        words = [*get_args(OperatorRole), *get_args(Association), *get_args(Signed)]
        comments = "\n".join(line for line in text.splitlines() if line.startswith("#"))
        assert [word for word in words if word not in comments] == []


def test_half_a_character_is_refused() -> None:
    """What a terminal in another encoding gives is told, and never written."""
    with pytest.raises(UsageError) as caught:
        configuration_text(Configuration(operator="a\udce4"))
    assert caught.value.code == "text_not_utf8"


class TestMaking:
    """A book is made with its files, whole or not at all."""

    def test_a_book_has_its_files_and_opens(self, tmp_path: Path) -> None:
        """Configuration and house rules are there, also where nobody was asked."""
        configured = Configuration(operator="甲", roles=["bank"])
        make_book(tmp_path / "a", starting_files(configured) | {"mapping.yaml": "x: 1\n"})
        with Book.open(tmp_path / "a") as book:
            assert book.configuration == configured
        assert (tmp_path / "a" / "mapping.yaml").read_text() == "x: 1\n"
        Book.open(tmp_path / "b").close()
        for name in ("a", "b"):
            assert (tmp_path / name / "overlay" / "README.md").is_file()

    @pytest.mark.parametrize("kind", ["book", "file", "folder"])
    def test_what_is_there_is_left_alone(self, tmp_path: Path, kind: str) -> None:
        """A book, a file or a folder with something in it keeps every byte."""
        place = tmp_path / "b"
        if kind == "book":
            Book.open(place).close()
        elif kind == "file":
            place.write_text("mine")
        else:
            place.mkdir()
            (place / "mine").write_text("mine")
        before = contents(tmp_path), sorted(tmp_path.rglob("*"))
        with pytest.raises(UsageError) as caught:
            make_book(place, starting_files())
        assert caught.value.code == ("book_exists" if kind == "book" else "not_a_book")
        assert (contents(tmp_path), sorted(tmp_path.rglob("*"))) == before

    def test_of_two_that_make_it_at_once_one_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The book that came first stays, and the other leaves nothing behind."""
        create = Record.create

        def meanwhile(*arguments: object) -> Record:
            monkeypatch.setattr(Record, "create", create)
            make_book(tmp_path / "b", starting_files(Configuration(operator="first")))
            return create(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Record, "create", meanwhile)
        with pytest.raises(UsageError) as caught:
            make_book(tmp_path / "b", starting_files(Configuration(operator="second")))
        assert caught.value.code == "book_exists"
        assert load_configuration(tmp_path / "b" / "book.yaml").operator == "first"
        assert [path.name for path in tmp_path.iterdir()] == ["b"]
