"""`vermilion rules upgrade`, `activate` and `officer-key`, and rulebooks under an overlay."""

from __future__ import annotations

import json
import shutil
from functools import reduce
from pathlib import Path

import pytest

from vermilion.desk.activation import active
from vermilion.desk.book import Book
from vermilion.rulebook import find_rulebook

from .samples import complaint, market_file, printed, run

HOUSE = """\
id: CN-HOUSE-01
version: 1
title: {zh: 自定价格上限, en: our own cap}
applies_to: [sale]
violates_if: amount(price, "CNY") > params.house_price
verdict: review
citations:
  - instrument: CN-HOUSE
    pinpoint: "1"
    essence: {zh: 不超过上限, en: not above the cap}
    binding: O
    tier: B
    status: draft
reason: {zh: 超过上限, en: above the cap}
remedy: {zh: 降价, en: lower it}
question: {zh: 价格是多少, en: what is the price}
parameters: [house_price]
cases:
  - {kind: violate, event: sale, at: 2022-07-05, facts: {price: {amount: 3, currency: CNY}}, expect: hit}
"""
FILES = {
    "parameters.yaml": """\
trade_strikes_limit:
  values: [{from: 2024-01-01, value: 2, source: policy}]
house_price:
  title: {zh: 自定上限, en: our cap}
  values: [{from: 2022-01-01, value: 2, source: policy}]
""",
    "lists.yaml": "return_words: {values: [一夜暴富]}\n",
    "instruments.yaml": """\
- id: CN-HOUSE
  title: {zh: 办法, en: policy}
  issuer: {zh: 本平台, en: us}
  in_force: {from: 2022-01-01}
  addressees: {text: {zh: 本平台, en: us}}
""",
    "rules/CN-HOUSE-01.yaml": HOUSE,
}
ITEMS = 5


def overlaid(book: Path, **changes: str) -> Path:
    """Write an overlay of China's rulebook into a book, some texts replaced."""
    for name, text in FILES.items():
        path = book / "overlay" / "cn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        changed = reduce(lambda done, one: done.replace(*one), changes.items(), text)
        path.write_text(changed, encoding="utf-8")
    return book


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book with an overlay, which one person activates."""
    Book.open(tmp_path / "b").close()
    return overlaid(tmp_path / "b")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Return a book in which it takes two officers with keys to activate."""
    path = tmp_path / "b"
    Book.open(path).close()
    officers = [
        {"id": id, "key": run("rules", "officer-key", tmp_path / id).stdout.strip()}
        for id in ("ann", "bob")
    ]
    text = json.dumps({"officers": officers, "two_people": ["activation"]})
    (path / "book.yaml").write_text(text)
    return overlaid(path)


def activated(book: Path, by: str, *more: object) -> str:
    """Run an activation and return what came out of it."""
    key = book.parent / by
    signing = ("--key", key) if key.exists() else ()
    command = ("rules", "activate", "--book", book, "--officer", by, "--json")
    result = run(*command, *signing, *more)
    assert result.exit_code == 0, result.stderr
    (one,) = printed(result)["rulebooks"]
    return str(one["outcome"])


def in_force(path: Path) -> str | None:
    """Return the digest of China's rulebook that is in force in a book."""
    with Book.open(path) as book:
        found = active(book.state.rows, "cn")
        return None if found is None else found.digest


def released(folder: Path) -> Path:
    """Copy the shipped rulebook as of a next release: a rule, a list and a parameter move."""
    shutil.copytree(find_rulebook("cn"), folder)
    for name, old, new in (
        ("rules/CN-N4-01.yaml", "verdict: deny", "verdict: review"),
        ("lists.yaml", "    - 高收益\n", "    - 高收益\n    - 稳赢暴利\n"),
        (
            "parameters.yaml",
            "{from: 2022-06-20, value: 3, source: policy}",
            "{from: 2022-06-20, value: 4, source: policy}",
        ),
    ):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


class TestMergedRulebook:
    """What lies in a book's overlay is listed, shown, tested and looked over like the rest."""

    def test_list_and_show(self, book: Path) -> None:
        """The house rule stands among the others."""
        assert "CN-HOUSE-01" in run("rules", "list", "--book", book).stdout
        assert "params.house_price" in run("rules", "show", "CN-HOUSE-01", "--book", book).stdout

    def test_test_and_lint(self, book: Path) -> None:
        """Its cases are run, and what it lacks is told."""
        shipped = printed(run("rules", "test", "--json"))["cases"]
        assert printed(run("rules", "test", "--book", book, "--json"))["cases"] == shipped + 1
        assert (
            "CN-HOUSE-01: gate: no case of kind `comply`"
            in run("rules", "lint", "--book", book).stdout
        )

    def test_a_fault_in_it_names_the_file(self, book: Path) -> None:
        """Wrong use, with the place in the overlay."""
        overlaid(book, **{"params.house_price": "params.gone"})
        first, _ = complaint(run("rules", "test", "--book", book))
        assert "overlay/cn/rules/CN-HOUSE-01.yaml:5:" in first


class TestUpgrade:
    """What would change is told before it does."""

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_release_under_an_overlay(self, tmp_path: Path, book: Path, language: str) -> None:
        """What moved in the shipped book is told, every item is carried, and the digest moves."""
        activated(book, "ann")
        before = in_force(book)
        release = released(tmp_path / "release" / "cn")
        command = ("rules", "upgrade", "--book", book, "--rulebook", release)
        told = run(*command, "--lang", language)
        assert told.exit_code == 0
        assert all(id in told.stdout for id in ("CN-N4-01", "return_words", "trade_strikes_limit"))
        (found,) = printed(run(*command, "--json"))["rulebooks"]
        report = found["report"]
        assert [(one["of"], one["id"]) for one in report["shipped"]["changes"]] == [
            ("rule", "CN-N4-01"),
            ("parameter", "trade_strikes_limit"),
            ("list", "return_words"),
        ]
        assert len(report["carried"]) == ITEMS
        assert (report["overlay"]["changes"], found["active"]) == ([], before)
        assert in_force(book) == before
        assert activated(book, "ann", "--rulebook", release) == "activated"
        assert in_force(book) == found["new"] != before

    def test_a_conflict_refuses_and_loses_nothing(self, book: Path) -> None:
        """Exit code 1 and the place; the activation refuses, and the old one stays in force."""
        activated(book, "ann")
        before = in_force(book)
        overlaid(book, trade_strikes_limit="max_prize_fen")
        result = run("rules", "upgrade", "--book", book)
        assert result.exit_code == 1
        assert "overlay/cn/parameters.yaml:2:3: " in result.stdout
        assert "[clause_number]" in result.stdout
        first, _ = complaint(run("rules", "activate", "--book", book, "--officer", "ann"))
        assert "comes from a clause" in first
        assert in_force(book) == before

    def test_where_there_is_no_book(self, tmp_path: Path) -> None:
        """None is made on the way."""
        first, _ = complaint(run("rules", "upgrade", "--book", tmp_path / "b"))
        assert "there is no book here" in first
        assert not (tmp_path / "b").exists()


class TestActivate:
    """One officer, or two."""

    def test_one_officer_is_enough_by_default(self, book: Path) -> None:
        """And a second time there is nothing to do."""
        assert [activated(book, "ann"), activated(book, "ann")] == ["activated", "unchanged"]
        assert (
            "in force already"
            in run("rules", "activate", "--book", book, "--officer", "ann").stdout
        )

    def test_two_officers_sign(self, two: Path) -> None:
        """The first waits, and the report says who approved; the second puts it in force."""
        assert activated(two, "ann") == "waiting"
        (found,) = printed(run("rules", "upgrade", "--book", two, "--json"))["rulebooks"]
        assert (found["needs_two"], found["approved_by"], found["active"]) == (True, ["ann"], None)
        assert activated(two, "bob") == "activated"
        assert in_force(two) == found["new"]

    def test_an_altered_overlay_is_told_apart(self, two: Path) -> None:
        """After both signed, a changed file is another digest, which nobody approved."""
        activated(two, "ann")
        activated(two, "bob")
        before = in_force(two)
        overlaid(two, 一夜暴富="稳赢暴利")
        (found,) = printed(run("rules", "upgrade", "--book", two, "--json"))["rulebooks"]
        assert (found["active"], found["approved_by"]) == (before, [])
        assert found["new"] != before
        assert [one["id"] for one in found["report"]["overlay"]["changes"]] == ["return_words"]

    def test_an_edited_book_yaml_does_not_lower_the_bar(self, two: Path) -> None:
        """The profile in force still asks for two, and for their keys."""
        activated(two, "ann")
        activated(two, "bob")
        (two / "book.yaml").write_text("operator: mallory\n")
        result = run("rules", "activate", "--book", two, "--officer", "mallory")
        assert (result.exit_code, "no officer" in complaint(result)[0]) == (2, True)
        result = run("rules", "activate", "--book", two, "--officer", "ann")
        assert (result.exit_code, "has a key" in complaint(result)[0]) == (2, True)
        (found,) = printed(run("rules", "upgrade", "--book", two, "--json"))["rulebooks"]
        assert (found["profile_changed"], found["needs_two"]) == (True, True)


class TestCheck:
    """Events are judged by the rulebook with the book's overlay, once it is in force."""

    def test_a_house_rule_judges(self, tmp_path: Path, book: Path) -> None:
        """Its policy decides beside the shipped rules."""
        out = tmp_path / "out"
        result = run("check", market_file(tmp_path / "f"), "--book", book, "--out", out)
        assert result.exit_code == 0, result.stderr
        assert "CN-HOUSE-01" in out.read_text()

    def test_refuses_what_two_officers_have_not_activated(self, tmp_path: Path, two: Path) -> None:
        """Exit code 2 with the command, until both have signed."""
        file = market_file(tmp_path / "f")
        first, help = complaint(run("check", file, "--book", two))
        assert "takes two people" in first
        assert "vermilion rules activate" in help
        activated(two, "ann")
        activated(two, "bob")
        assert run("check", file, "--book", two).exit_code == 0


class TestOfficerKey:
    """A key pair in a file of its own."""

    def test_makes_one_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        """The public part is printed, now and whenever it is asked for again."""
        first = run("rules", "officer-key", tmp_path / "k").stdout
        before = (tmp_path / "k").read_bytes()
        assert run("rules", "officer-key", tmp_path / "k").stdout == first
        told = printed(run("rules", "officer-key", tmp_path / "k", "--json"))
        assert told == {"file": str(tmp_path / "k"), "key": first.strip()}
        assert (tmp_path / "k").read_bytes() == before
        assert (tmp_path / "k").stat().st_mode & 0o077 == 0
        assert len(first.strip()) == 44

    def test_something_else_is_not_overwritten(self, tmp_path: Path) -> None:
        """A file that holds no key is refused and stays."""
        (tmp_path / "k").write_text("mine")
        assert run("rules", "officer-key", tmp_path / "k").exit_code == 2
        assert (tmp_path / "k").read_text() == "mine"
