"""`vermilion rules` for authors: lint and test of all, diff, timeline, verify, new, schema."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vermilion.rulebook import find_rulebook, load_rulebook, shipped_rulebooks

from .samples import complaint, printed, run

SMALL = find_rulebook("permits")
QUOTED = "PM-BYPASS-01"
WORDS = load_rulebook(SMALL).rules[0].rule.citations[0].quote or ""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book of two rulebooks that is made on the spot."""
    path = tmp_path / "book"
    assert run("init", path).exit_code == 0
    (path / "book.yaml").write_text("rulebooks: [permits, platform]\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a throw-away copy of a small shipped rulebook."""
    shutil.copytree(SMALL, tmp_path / "copy")
    return tmp_path / "copy"


class TestAll:
    """Every shipped rulebook in one run."""

    def test_all_cases_of_all_rulebooks(self) -> None:
        """As many as in each by itself, and none fails."""
        each = [
            printed(run("rules", "test", name, "--json"))["cases"] for name in shipped_rulebooks()
        ]
        assert printed(run("rules", "test", "--all", "--json"))["cases"] == sum(each)

    def test_all_notices_of_all_rulebooks(self) -> None:
        """Each says which rulebook it is of, and whether it is a gate."""
        found = printed(run("rules", "lint", "--all", "--json"))["notices"]
        assert {one["rulebook"] for one in found} <= set(shipped_rulebooks())
        gates = printed(run("rules", "lint", "--all", "--gates", "--json"))["notices"]
        assert gates == [one for one in found if one["gate"]]

    def test_gates_only(self, folder: Path) -> None:
        """Exit code 0 where no gate holds the rulebook back, 1 where one does."""
        assert run("rules", "lint", folder, "--gates").exit_code == 0
        path = folder / "rules" / f"{QUOTED}.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: text.index("cases:")] + "cases: []\n", encoding="utf-8")
        result = run("rules", "lint", folder, "--gates")
        assert result.exit_code == 1
        assert result.stdout.count("[case_lacking]") == 5


class TestDiff:
    """What differs between two rulebooks."""

    @pytest.mark.parametrize(("language", "none"), [("en", "nothing differs"), ("zh", "没有差异")])
    def test_nothing(self, language: str, none: str) -> None:
        """A rulebook and itself."""
        assert run("rules", "diff", SMALL, SMALL, "--lang", language).stdout == f"{none}\n"

    def test_sentences_table_and_json(self, folder: Path) -> None:
        """What of a rule changed, what of its citation, and an instrument's dates."""
        _replace(folder / "rules" / f"{QUOTED}.yaml", "on_missing: review", "on_missing: deny")
        _replace(folder / "rules" / f"{QUOTED}.yaml", "tier: A", "tier: B")
        _replace(folder / "instruments.yaml", "from: 20", "from: 19")
        lines = run("rules", "diff", SMALL, folder).stdout
        assert f"rule {QUOTED} changed\n  where a fact is missing: review → deny\n" in lines
        assert "· tier: A → B" in lines
        assert "  in force: 20" in lines
        table = run("rules", "diff", SMALL, folder, "--table", "--lang", "zh").stdout
        assert all(word in table for word in (QUOTED, "规则", "变更", "引用"))
        found = printed(run("rules", "diff", SMALL, folder, "--json"))
        assert found["changes"][0]["id"] == QUOTED

    def test_what_a_book_keeps_is_named_by_its_digest(self, book: Path) -> None:
        """By its first digits; another digest is refused."""
        assert run("rules", "activate", "--book", book, "--officer", "o-1").exit_code == 0
        kept = {path.stem for path in (book / "rulebooks").iterdir()}
        digests = sorted(kept)
        assert len(digests) == 2
        told = run("rules", "diff", digests[0][:12], digests[1][:12], "--book", book).stdout
        assert "rulebook " in told
        result = run("rules", "diff", "0" * 8, "cn", "--book", book)
        assert result.exit_code == 2
        assert "keeps no rulebook of digest" in complaint(result)[0]


class TestTimeline:
    """When each rule is in force."""

    def test_text_and_pictures(self, tmp_path: Path) -> None:
        """Text on stdout, or a page and a picture in files."""
        result = run("rules", "timeline", "permits", "--rule", QUOTED, "--from", "2024-01-01")
        assert QUOTED in result.stdout
        page, picture = tmp_path / "a.html", tmp_path / "a.svg"
        result = run("rules", "timeline", "permits", "--html", page, "--svg", picture)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.splitlines() == [f"wrote {page}", f"wrote {picture}"]
        assert QUOTED in page.read_text(encoding="utf-8")
        assert QUOTED in picture.read_text(encoding="utf-8")
        assert printed(run("rules", "timeline", "permits", "--json"))["rulebook"] == "permits"

    def test_an_unknown_rule(self) -> None:
        """Wrong use."""
        assert run("rules", "timeline", "permits", "--rule", "PM-NO-01").exit_code == 2


class TestVerify:
    """A person's word on a citation."""

    def test_it_is_recorded_shown_and_taken_back(self, book: Path, tmp_path: Path) -> None:
        """Sealed in the record, so that it is there again when the state is rebuilt from it."""
        text = tmp_path / "law.txt"
        text.write_text(f"一、{WORDS}。", encoding="utf-8")
        said = ("rules", "verify", QUOTED, "--citation", 1, "--by", "o-1", "--book", book)
        result = run(*said, "--text", text)
        assert result.exit_code == 0, result.stderr
        assert "verified by o-1" in run("rules", "show", QUOTED, "--book", book).stdout
        (book / "state.db").unlink()
        shown = printed(run("rules", "show", QUOTED, "--book", book, "--json"))["verified"]
        assert shown["1"]["by"] == "o-1"
        assert printed(run(*said, "--revoke", "--json"))["action"] == "revoke"
        assert "verified by" not in run("rules", "show", QUOTED, "--book", book).stdout
        assert run(*said, "--revoke").exit_code == 2
        assert run("record", "verify", "--book", book).exit_code == 0

    def test_decisions_do_not_change_by_it(self, book: Path, tmp_path: Path) -> None:
        """The rulebook that judges keeps its digest."""
        run("rules", "activate", "--book", book, "--officer", "o-1")
        before = sorted(path.name for path in (book / "rulebooks").iterdir())
        text = tmp_path / "law.txt"
        text.write_text(WORDS, encoding="utf-8")
        run("rules", "verify", QUOTED, "--by", "o-1", "--text", text, "--book", book)
        told = printed(run("rules", "upgrade", "--book", book, "--json"))["rulebooks"]
        assert all(one["active"] == one["new"] for one in told)
        assert sorted(path.name for path in (book / "rulebooks").iterdir()) == before

    def test_a_text_without_the_words_is_refused(self, book: Path, tmp_path: Path) -> None:
        """Nothing is recorded."""
        text = tmp_path / "law.txt"
        text.write_text("别的", encoding="utf-8")
        said = ("rules", "verify", QUOTED, "--by", "o-1", "--book", book)
        assert "does not have the quote" in complaint(run(*said, "--text", text))[0]
        assert "held against a text" in complaint(run(*said))[0]
        assert "verified by" not in run("rules", "show", QUOTED, "--book", book).stdout


class TestNew:
    """The skeleton of a rule."""

    def test_in_an_overlay(self, book: Path) -> None:
        """With a policy to cite where there is none yet; it loads, and its cases fail."""
        said = ("--title-zh", "自定", "--title-en", "own", "--book", book, "--rulebook", "permits")
        result = run("rules", "new", "PM-HOUSE-01", *said)
        assert result.exit_code == 0, result.stderr
        assert "3 of its 5 cases fail until then" in result.stdout
        kept = (book / "overlay" / "permits" / "rules" / "PM-HOUSE-01.yaml").read_bytes()
        result = run("rules", "new", "PM-HOUSE-01", *said)
        assert "there is a rule `PM-HOUSE-01` already" in complaint(result)[0]
        assert (book / "overlay" / "permits" / "rules" / "PM-HOUSE-01.yaml").read_bytes() == kept
        assert run("rules", "test", "permits", "--book", book).exit_code == 1

    def test_in_a_folder_of_ones_own(self, folder: Path) -> None:
        """A shipped rulebook is not added to."""
        said = ("--title-zh", "自定", "--title-en", "own")
        assert run("rules", "new", "PM-NEW-01", *said, "--rulebook", folder).exit_code == 0
        assert (folder / "rules" / "PM-NEW-01.yaml").exists()
        assert "is shipped" in complaint(run("rules", "new", "PM-NEW-01", *said))[0]

    def test_what_is_refused_leaves_nothing_behind(self, book: Path) -> None:
        """No policy without its rule."""
        said = ("--title-zh", "a", "--title-en", "a", "--event", "none", "--rulebook", "permits")
        assert run("rules", "new", "PM-HOUSE-01", *said, "--book", book).exit_code == 2
        assert list((book / "overlay").rglob("*.yaml")) == []


class TestSchema:
    """Schemas for editors."""

    def test_one_is_printed_and_all_are_written(self, tmp_path: Path) -> None:
        """As JSON, each in its file."""
        assert json.loads(run("rules", "schema").stdout)["$id"] == "rule.schema.json"
        assert run("rules", "schema", "--out", tmp_path / "s").exit_code == 0
        names = {path.name for path in (tmp_path / "s").iterdir()}
        assert {"rule.schema.json", "lists.schema.json", "overlay-lists.schema.json"} <= names


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
