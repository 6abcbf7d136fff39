"""`vermilion backtest`, and what `vermilion rules` has beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from vermilion.pages import shadow
from vermilion.pages.backtest_words import TEXTS
from vermilion.rulebook.load import SHIPPED

from .samples import complaint, market_file, printed, run


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Return a copy of the shipped rules on gifts in which one of them is off."""
    folder = tmp_path / "draft"
    shutil.copytree(SHIPPED / "platform", folder)
    path = folder / "rules" / "PF-RESALE-01.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("mode: live", 'mode: "off"'), encoding="utf-8")
    return folder


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Return a file with a small market."""
    return market_file(tmp_path / "events.ndjson", 200)


def test_a_draft_folder(draft: Path, events: Path, tmp_path: Path) -> None:
    """What one rule did no more, as text in both languages, as JSON, and as a page that is whole."""
    report = tmp_path / "report.html"
    asked = ("backtest", events, "--against", draft)
    found = printed(run(*asked, "--json", "--rules", "PF-RESALE-01"))
    assert found["comparison"]["events"] == found["read"] == 200
    assert {one["rule"] for one in found["comparison"]["changes"]} == {"PF-RESALE-01"}
    assert {one["after"] for one in found["comparison"]["changes"]} == {None}
    shown = run(*asked, "--report", report, "--fail-on", "change")
    assert shown.exit_code == (1 if found["changed"] else 0)
    assert "200 events" in shown.stdout
    assert "200 项" in run(*asked, "--lang", "zh").stdout
    page = report.read_text(encoding="utf-8")
    assert page.count("<h1>") == 2
    assert "规则草案回测" in page
    assert "Backtest of a draft" in page


def test_an_overlay_folder(tmp_path: Path) -> None:
    """A folder named after a shipped rulebook, with a policy number in it, is laid over it."""
    events = market_file(tmp_path / "events.ndjson", 30)
    overlay = tmp_path / "overlay" / "cn"
    overlay.mkdir(parents=True)
    (overlay / "parameters.yaml").write_text(
        "price_multiple:\n  values:\n    - {from: 2020-01-01, value: 1, source: policy}\n"
    )
    found = printed(run("backtest", events, "--against", overlay, "--json"))
    assert found["rulebook"] == "cn"
    assert found["comparison"]["base"] != found["comparison"]["draft"]
    strange = tmp_path / "strange"
    overlay.rename(strange)
    assert (
        "is for no shipped rulebook" in complaint(run("backtest", events, "--against", strange))[0]
    )


def test_a_book(tmp_path: Path, draft: Path, events: Path) -> None:
    """A book's record is judged again under what it has in force, and under the draft."""
    book = tmp_path / "book"
    run("check", events, "--book", book, "--rulebook", "platform")
    found = printed(run("backtest", book, "--against", draft, "--json"))
    of_files = printed(run("backtest", events, "--against", draft, "--json"))
    assert found["of"] == "book"
    assert found["comparison"] == of_files["comparison"]
    shadow = printed(run("backtest", book, "--shadow", "--json"))
    assert (shadow["shadow"], shadow["changed"]) == (True, 0)


def test_fact_tables(tmp_path: Path, draft: Path) -> None:
    """Over the facts of a file in bulk the comparison is that over the file itself."""
    events = market_file(tmp_path / "events.ndjson", 120)
    with events.open("a") as file:
        file.write("{}\n")
    facts = tmp_path / "facts"
    run("facts", events, "--out", facts, "--rulebook", "platform")
    in_bulk = printed(run("backtest", facts, "--against", draft, "--json"))
    one_by_one = printed(run("backtest", events, "--against", draft, "--json"))
    assert in_bulk["comparison"] == one_by_one["comparison"]
    assert (in_bulk["of"], in_bulk["load"], in_bulk["scores"]) == ("facts", None, [])
    for counted in ("read", "duplicate", "rejected"):
        assert in_bulk[counted] == one_by_one[counted]
    assert in_bulk["rejected"] == 1


def test_scores_that_tell(tmp_path: Path) -> None:
    """What changes against the truth is listed; rules that agree wholly are one line."""
    run("simulate", "--out", tmp_path, "--events", 400, "--violations", 200)
    draft = tmp_path / "draft"
    shutil.copytree(SHIPPED / "cn", draft)
    rule = draft / "rules" / "CN-N1-01.yaml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace("mode: live", 'mode: "off"'), encoding="utf-8")
    asked = ("backtest", tmp_path / "events.ndjson", "--truth", tmp_path / "truth.ndjson")
    result = run(*asked, "--against", draft, "--report", tmp_path / "page.html")
    told = result.stdout.partition("Agreement with labels")[2]
    assert re.search("CN-N1-01 +precision 100.0% recall 100.0% → precision – recall 0.0%", told)
    (agreeing,) = re.findall(r"before and after: (\d+)\.", told)
    assert int(agreeing) > 10
    assert len(re.findall("CN-", told)) == 1
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"前后都与标签全部吻合的规则：{agreeing} 条。" in page


def test_words_fit() -> None:
    """Every text is there in both languages, with the same blanks."""
    for key, text in (TEXTS | shadow.TEXTS).items():
        assert text.zh, key
        assert text.en, key
        assert set(re.findall(r"{\w+}", text.zh)) == set(re.findall(r"{\w+}", text.en)), key


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no draft"),
        (("--shadow",), "whose rules in shadow"),
        (("--against", "platfrom"), "there is no rulebook"),
        (("--against", "platform", "--rules", "XX-1"), "neither rulebook has"),
        (("--against", "platform", "--truth", "absent"), "cannot be read"),
    ],
)
def test_wrong_use(events: Path, arguments: tuple[str, ...], message: str) -> None:
    """What cannot be is refused with exit code 2, on one line."""
    result = run("backtest", events, *arguments)
    assert result.exit_code == 2
    assert message in complaint(result)[0]


class TestCoverage:
    """`vermilion rules coverage`."""

    def test_of_cases_files_and_books(self, tmp_path: Path, events: Path) -> None:
        """Without a history, over files, and over a book's record, which say the same."""
        alone = printed(run("rules", "coverage", "platform", "--json"))
        assert alone["events"] is None
        of_files = printed(run("rules", "coverage", "platform", events, "--json"))
        run("check", events, "--book", tmp_path / "b", "--rulebook", "platform")
        of_book = printed(run("rules", "coverage", "platform", "--book", tmp_path / "b", "--json"))
        assert of_files["rules"] == of_book["rules"]
        assert of_files["events"] == 200

    @pytest.mark.parametrize(("lang", "word"), [("en", "never hit"), ("zh", "从未触犯")])
    def test_in_words(self, lang: str, word: str, events: Path) -> None:
        """Both languages tell what never happened."""
        assert word in run("rules", "coverage", "platform", events, "--lang", lang).stdout


def test_rules_shadow(tmp_path: Path, events: Path) -> None:
    """A whole draft beside the live rulebook: recorded, without effect, and told by a backtest."""
    made: dict[str, Any] = printed(
        run("rules", "shadow", "platform", "--out", tmp_path / "copy", "--json")
    )
    assert made["rulebook"] == "platform_draft"
    assert "rules in shadow" in run("rules", "shadow", "permits", "-o", tmp_path / "p").stdout
    book = tmp_path / "book"
    checked = printed(
        run(
            *("check", events, "--book", book, "--json"),
            *("--rulebook", "platform", "--rulebook", tmp_path / "copy"),
        )
    )
    assert set(checked["verdicts"]["platform_draft"]) == {"not_applicable"}
    found = printed(
        run(
            *("backtest", book, "--against", tmp_path / "copy"),
            *("--rulebook", "platform", "--shadow", "--json"),
        )
    )
    assert all(one["before"] == one["after"] for one in found["comparison"]["changes"])
    assert found["changed"] == 0
