"""`vermilion rules`: list, show, test, lint and explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vermilion.rulebook import find_rulebook, load_rulebook

from .samples import complaint, market_file, printed, run

CN = load_rulebook(find_rulebook("cn"))
IDS = [one.rule.id for one in CN.rules]


class TestList:
    """All rules of a rulebook at a glance."""

    def test_names_every_rule(self) -> None:
        """With its verdict and titles in two languages."""
        found = run("rules", "list").stdout
        assert all(id in found for id in IDS)
        assert all(one.rule.title.zh in found and one.rule.title.en in found for one in CN.rules)

    def test_as_json(self) -> None:
        """Every rule whole, as its author wrote it."""
        found = printed(run("rules", "list", "--json"))
        assert (found["rulebook"], [one["id"] for one in found["rules"]]) == ("cn", IDS)

    def test_an_unknown_rulebook(self) -> None:
        """Wrong use."""
        result = run("rules", "list", "none")
        assert result.exit_code == 2
        assert "there is no rulebook `none`" in complaint(result)[0]


class TestShow:
    """One rule with everything that it rests on."""

    @pytest.mark.parametrize("id", IDS)
    def test_shows_condition_citations_and_words(self, id: str) -> None:
        """What is violated when, whose words say so, and what to do."""
        result = run("rules", "show", id)
        (rule,) = (one.rule for one in CN.rules if one.rule.id == id)
        assert result.exit_code == 0
        assert rule.violates_if in result.stdout
        assert all(one.pinpoint in result.stdout for one in rule.citations)
        assert rule.remedy.zh in result.stdout
        assert printed(run("rules", "show", id, "--json"))["id"] == id

    def test_a_misspelt_rule_gets_a_suggestion(self) -> None:
        """Wrong use, with the nearest id."""
        result = run("rules", "show", "CN-N4-1")
        assert result.exit_code == 2
        assert "did you mean `CN-N4-" in complaint(result)[1]


class TestTest:
    """The cases beside each rule."""

    def test_the_shipped_cases_pass(self) -> None:
        """Exit code 0, and how many there were."""
        result = run("rules", "test", "--json")
        found = printed(result)
        assert (result.exit_code, found["failed"], found["failures"]) == (0, 0, [])
        assert found["cases"] >= 5 * len(IDS)
        assert run("rules", "test").stdout == f"{found['cases']} cases, 0 failed\n"

    def test_a_failed_case_is_told(self, tmp_path: Path) -> None:
        """Exit code 1, the rule, the case's number and what came out."""
        folder = _changed(tmp_path, "CN-N1-02", "expect: pass", "expect: hit")
        result = run("rules", "test", folder)
        assert result.exit_code == 1
        assert "CN-N1-02 case 1 (comply): expected hit, came out as pass" in result.stdout
        failures = printed(run("rules", "test", folder, "--json"))["failures"]
        assert {one["rule"] for one in failures} == {"CN-N1-02"}

    def test_a_malformed_rule_names_file_line_and_column(self, tmp_path: Path) -> None:
        """The rule's author finds the place."""
        folder = _changed(tmp_path, "CN-N1-02", "verdict: deny", "verdict: forbid")
        result = run("rules", "test", folder)
        assert result.exit_code == 2
        assert "CN-N1-02.yaml:" in complaint(result)[0]


class TestLint:
    """What is allowed but poor."""

    def test_tells_notices_and_their_number(self) -> None:
        """Exit code 1 exactly where something was found."""
        result = run("rules", "lint", "--json")
        notices = printed(result)["notices"]
        assert result.exit_code == bool(notices)
        assert run("rules", "lint").stdout.endswith(f"{len(notices)} notices\n")


class TestExplain:
    """One event's decisions in words."""

    @pytest.fixture
    def decisions(self, tmp_path: Path) -> Path:
        """Return the decisions on a small market."""
        run("check", market_file(tmp_path / "f"), "--out", tmp_path / "out")
        return tmp_path / "out"

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_tells_rules_and_facts(self, decisions: Path, language: str) -> None:
        """A denied event's rules are named, in either language."""
        lines = [json.loads(line) for line in decisions.read_bytes().splitlines()]
        denied = next(one for one in lines if one["verdict"] == "deny")
        result = run("rules", "explain", decisions, denied["event"]["id"], "--lang", language)
        assert result.exit_code == 0
        assert all(rule["id"] in result.stdout for rule in denied["rules"])

    def test_windows_are_told_by_their_titles(self, decisions: Path) -> None:
        """A number over the past is named as the rulebook names it, with its path beside it."""
        found = None
        for line in decisions.read_bytes().splitlines():
            decision = json.loads(line)
            for path in (fact for rule in decision["rules"] for fact in rule["facts"]):
                if path.startswith("windows."):
                    found = decision["event"]["id"], path
        assert found is not None
        event, path = found
        title = CN.document.windows[path.removeprefix("windows.")].title.zh.removesuffix("（分）")
        lines = run("rules", "explain", decisions, event, "--lang", "zh").stdout.splitlines()
        assert any(title in line and line.endswith(f"[{path}]") for line in lines)

    def test_an_unknown_event(self, decisions: Path) -> None:
        """Wrong use, not silence."""
        result = run("rules", "explain", decisions, "none")
        assert result.exit_code == 2
        assert "there is no decision on `none`" in complaint(result)[0]

    @pytest.mark.parametrize("line", ['{"id":"e1"}', '"e1"', '{"event":{"id":"e1"}}', '"e1" {'])
    def test_a_file_of_something_else(self, tmp_path: Path, line: str) -> None:
        """A file of events is not one of decisions, and the line is named."""
        (tmp_path / "f").write_text(f"\n{line}\n")
        result = run("rules", "explain", tmp_path / "f", "e1")
        assert result.exit_code == 3
        assert f"{tmp_path / 'f'}:2: this is not a decision" in complaint(result)[0]


def _changed(folder: Path, rule: str, old: str, new: str) -> Path:
    """Copy the shipped rulebook with a word of one rule changed."""
    source = find_rulebook("cn")
    for path in source.rglob("*.yaml"):
        copy = folder / path.relative_to(source)
        copy.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8")
        copy.write_text(text.replace(old, new) if path.stem == rule else text, encoding="utf-8")
    return folder
