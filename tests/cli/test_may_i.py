"""`vermilion may-i`: a plan, questions in a terminal or answers from a file, and a memo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vermilion.cli.may_i import command
from vermilion.errors import DataError, Error, UsageError

AT = "2026-06-01T12:00:00+08:00"


def run(*arguments: str, typed: str = "") -> Result:
    """Run the command with what a person types.

    Click keeps a command's help option from its first call, so that it is called as by the group.
    """
    names = ["-h", "--help"]
    return CliRunner().invoke(command, list(arguments), input=typed, help_option_names=names)


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vermilion.cli.may_i.in_a_terminal", lambda: True)


def answers(folder: Path, plan: str, given: dict[str, Any]) -> str:
    """Write a file of answers and return its path."""
    path = folder / "answers.json"
    path.write_text(json.dumps({"plan": plan, "at": AT, "answers": given}), encoding="utf-8")
    return str(path)


def test_without_a_plan_the_plans_are_listed() -> None:
    """Each starting point stands with its id and title, in the language asked for."""
    assert "museum_relic" in run().stdout
    assert "博物馆发布文物影像" in run("--lang", "zh").stdout


def test_answers_from_a_file_give_one_json_object_and_exit_code_1_for_a_denial(
    tmp_path: Path,
) -> None:
    """What is printed is the outcome; a plan that must not go ahead is told by the exit code."""
    file = answers(tmp_path, "secured_loan", {"loan.purpose": "buy_collectibles"})
    result = run("--answers", file, "--json")
    (found,) = json.loads(result.stdout)["rulebooks"]
    assert (found["verdict"], found["as_of"]) == ("deny", "2026-06-01")
    assert result.exit_code == 1
    other = answers(tmp_path, "secured_loan", {"loan.purpose": "other"})
    assert run("--answers", other, "--json").exit_code == 0


@pytest.mark.usefixtures("_terminal")
def test_questions_are_asked_until_they_can_be_read(tmp_path: Path) -> None:
    """A wrong answer is asked again, `?` is not known, numbers choose; the end is the memo."""
    kept, page = tmp_path / "kept.json", tmp_path / "memo.html"
    result = run(
        *("secured_loan", "--at", AT, "--save", str(kept), "--memo", str(page)), typed="9\n3\n2\n"
    )
    assert "none of the choices" in result.stderr
    assert "CN-N6-04" in result.stdout
    assert "binds as a duty of membership" in result.stdout
    assert json.loads(kept.read_text(encoding="utf-8"))["answers"] == {
        "loan.purpose": "other",
        "operator.memberships": ["CBA"],
    }
    assert "CN-N6-04" in page.read_text(encoding="utf-8")
    again = run("--answers", str(kept), typed="")
    assert again.stdout == result.stdout


@pytest.mark.usefixtures("_terminal")
def test_a_list_of_things_is_asked_item_by_item(tmp_path: Path) -> None:
    """Parts of an item are asked in turn; an empty first part ends the list."""
    known = {
        "platform.features": ["gift"],
        "platform.filing_number_shown": True,
        "operator.memberships": [],
    }
    file = answers(tmp_path, "resale_market", known)
    kept = tmp_path / "kept.json"
    typed = "blockchain_filing\n7\n2020-01-01\n\n\n"
    result = run("--answers", file, "--save", str(kept), typed=typed)
    assert result.exit_code == 0, result.output
    saved = json.loads(kept.read_text(encoding="utf-8"))["answers"]["platform.licences"]
    assert saved == [{"type": "blockchain_filing", "number": "7", "valid_from": "2020-01-01"}]


def test_a_book_lends_its_operator(tmp_path: Path) -> None:
    """Asked at a bank's book, the bank's memberships are known from its configuration."""
    (tmp_path / "book.yaml").write_text("roles: [bank]\nmemberships: [CBA]\n", encoding="utf-8")
    file = answers(tmp_path, "secured_loan", {"loan.purpose": "other"})
    found = json.loads(run("--answers", file, "--json", "--book", str(tmp_path)).stdout)
    assert found["operator"]["memberships"] == ["CBA"]
    assert found["rulebooks"][0]["rules"][0]["binds"] == "membership"
    assert found["next"] is None


@pytest.mark.parametrize(
    ("arguments", "content", "error", "code"),
    [
        (["lemonade"], "{}", UsageError, "plan_unknown"),
        ([], "[", DataError, "bad_answers"),
        ([], '{"answer": {}}', DataError, "bad_answers"),
        (["secured_loan"], '{"answers": {"loan.x": 1}}', UsageError, "fact_unknown"),
        (["secured_loan"], '{"answers": {"loan.purpose": 1}}', DataError, "bad_answer"),
        (["secured_loan", "--at", "2026-06-01"], "{}", UsageError, "bad_time"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, arguments: list[str], content: str, error: type[Error], code: str
) -> None:
    """Wrong plans, files, facts and times raise the error that the command line tells."""
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    result = run(*arguments, "--answers", str(path))
    assert isinstance(result.exception, error)
    assert result.exception.code == code
