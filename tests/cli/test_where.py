"""`vermilion where`: events or a plan in, a table, one JSON object or a printable memo out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vermilion.cli import COMMANDS
from vermilion.cli.where import command
from vermilion.desk.matrix import JURISDICTIONS
from vermilion.errors import DataError, Error, UsageError
from vermilion.facts.entities import Character, Scheme
from vermilion.pages.matrix_words import ANSWERS, WHERE
from vermilion.rulebook import shipped_rulebooks

TOKEN = "eipc:1/x"
MARKUP = "<img src=x onerror=alert(1)>"
REVERSED = "\u202egnp.exe"
CJK = re.compile(r"[\u4e00-\u9fff]")


def run(*arguments: str | Path) -> Result:
    """Run the command; an error that it raises is the result's exception."""
    names = ["-h", "--help"]
    return CliRunner().invoke(
        command, [str(one) for one in arguments], help_option_names=names, env={"COLUMNS": "80"}
    )


def event(kind: str, id: str, **data: Any) -> dict[str, Any]:
    """Return an event as a file has it."""
    plain = {"specversion": "1.0", "type": kind, "source": "museum", "id": id, "stage": "proposed"}
    return {**plain, "time": "2026-06-01T04:00:00Z", "data": data}


def lines(folder: Path, *events: dict[str, Any]) -> Path:
    """Write events, one a line."""
    path = folder / "events.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    return path


def fraction(folder: Path, token: str = TOKEN) -> Path:
    """Write the issue of a fraction, about which little else is known."""
    facts = {"id": token, "fraction_of": ["m:token:9"], "rights": ["display"]}
    return lines(folder, event("issue", "i", token=facts))


def plan(folder: Path, **answers: Any) -> Path:
    """Write a plan with its answers."""
    path = folder / "plan.json"
    given = {"plan": "brand_cards", "at": "2026-06-01T12:00:00+08:00", "answers": answers}
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def failed(result: Result) -> Error:
    """Return the error that a run ended with."""
    assert isinstance(result.exception, Error)
    return result.exception


def test_every_jurisdiction_answers_for_itself(tmp_path: Path) -> None:
    """One JSON object has a place for each shipped rulebook of a jurisdiction, in its order."""
    found = json.loads(run(fraction(tmp_path), "--json").stdout)
    assert [one["id"] for one in found["places"]] == list(JURISDICTIONS)
    assert {*JURISDICTIONS, "permits", "platform"} <= set(shipped_rulebooks())
    union = next(one for one in found["places"] if one["id"] == "eu")
    assert union["verdict"] == "review"
    assert union["rules"][0]["id"] == "EU-MICA-01"
    assert union["rules"][0]["citations"][0]["pinpoint"] == "Art. 2(3)"
    assert union["not_covered"]


def test_a_plan_is_asked_about_like_events(tmp_path: Path) -> None:
    """Answers as `may-i` saves them are taken; the plan's own name stands in the title."""
    result = run(plan(tmp_path, **{"token.divisible": True}), "--rulebook", "eu")
    assert result.exit_code == 0
    assert "A brand sells a limited set of cards" in result.stdout
    assert "EU-MICA-01" in result.stdout


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_tells_answer_rule_clause_question_reading_and_limits(
    tmp_path: Path, language: str
) -> None:
    """All of it stands on screen in the language asked for, no line wider than the terminal."""
    like = {"unique": False, "fungible_in_practice": False, "fractional": False}
    file = lines(tmp_path, event("issue", "i", token={"id": TOKEN, "character": like}))
    result = run(file, "--rulebook", "eu", "--rulebook", "us", "--lang", language)
    said = {
        "zh": [
            "欧盟",
            "须由人判断",
            "EU-MICA-01",
            "唯一标识",
            "只问一次",
            "用途说",
            "不涵盖",
            "不是法律意见",
        ],
        "en": [
            "European Union",
            "a person decides",
            "EU-MICA-01",
            "Art. 2(3)",
            "asked once",
            "by use",
            "Not covered",
            "no legal advice",
        ],
    }[language]
    flat = re.sub(r"\s+", " ", result.stdout)
    assert [one for one in said if one not in flat] == []
    from rich.cells import cell_len

    assert max(map(cell_len, result.stdout.splitlines())) <= 80


def test_what_was_stated_otherwise_is_asked_in_the_rule_s_words(tmp_path: Path) -> None:
    """A price in yuan is known, and the Union asks for it in euro; only that is told beside it."""
    offer = event("offer", "o", token=TOKEN, price={"amount": 2_000, "currency": "CNY"})
    shown = run(lines(tmp_path, offer), "--rulebook", "eu").stdout
    flat = re.sub(r"\s+", " ", shown)
    assert "[offer.price] What is the price in euro" in flat
    assert "Is each unit unique" not in flat


def test_another_day_is_another_answer(tmp_path: Path) -> None:
    """The day on which MiCA begins to apply makes the worst of it worse."""
    file = fraction(tmp_path)

    def verdict(day: str) -> str:
        found = json.loads(run(file, "--rulebook", "eu", "--as-of", day, "--json").stdout)
        assert found["as_of"] == day
        return str(found["places"][0]["most"])

    assert [verdict("2024-12-29"), verdict("2024-12-30")] == ["condition", "review"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_memo_is_whole_and_safe(tmp_path: Path, language: str) -> None:
    """Both languages, no foreign markup, nothing fetched, every place with what it leaves out."""
    out = tmp_path / "memo.html"
    run(fraction(tmp_path, MARKUP + REVERSED), "--memo", out, "--lang", language)
    page = out.read_text(encoding="utf-8")
    assert MARKUP not in page
    assert "\u202e" not in page
    assert "&lt;img" in page
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", page)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text is not None
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"sha256-{digest}" in policy[1]
    for name in JURISDICTIONS:
        assert page.count(f'id="{name}-') == 2
    assert page.count(WHERE["not_covered"].en) >= len(JURISDICTIONS) - 1
    assert page.startswith(
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">'
    )


def test_the_memo_never_promises(tmp_path: Path) -> None:
    """Where nothing is found against it, nothing is called lawful or compliant."""
    out = tmp_path / "memo.html"
    run(fraction(tmp_path), "--memo", out)
    text = re.sub(r"<[^>]+>", " ", out.read_text(encoding="utf-8"))
    assert not re.search(r"\blawful\b|\bis legal\b|\bcompliant\b|合规的", text)
    assert WHERE["advice"].zh in text
    assert WHERE["advice"].en in text


def test_a_hit_of_screening_makes_the_memo_internal(tmp_path: Path) -> None:
    """Screen and memo say so where a rule was hit of which those concerned must learn nothing."""
    said = "must not be told to those concerned"
    out = tmp_path / "memo.html"
    clean = run(fraction(tmp_path), "--rulebook", "cn", "--memo", out)
    assert said not in re.sub(r"\s+", " ", clean.stdout) + out.read_text(encoding="utf-8")
    listed = {"id": "m:party:1", "lists_hit": ["UN"]}
    data = {"token": {"id": TOKEN}, "parties": {"issuer": "m:party:1"}}
    file = lines(tmp_path, event("issue", "i", **data, inline={"parties": [listed]}))
    hit = run(file, "--rulebook", "cn", "--memo", out)
    assert said in re.sub(r"\s+", " ", hit.stdout)
    assert said in out.read_text(encoding="utf-8")


def test_every_word_is_in_both_languages() -> None:
    """No text lacks one of its languages, and both have the same blanks."""
    for words in (*WHERE.values(), *ANSWERS.values()):
        assert CJK.search(words.zh) or not re.sub(r"{\w+}|[:：]", "", words.zh).strip()
        assert not CJK.search(words.en)
        assert set(re.findall(r"{\w+}", words.zh)) == set(re.findall(r"{\w+}", words.en))


def test_what_cannot_be_read_is_said_and_left_out(tmp_path: Path) -> None:
    """A broken line is told on stderr with its place; a file without any event is an error."""
    path = fraction(tmp_path)
    path.write_text("{nonsense\n" + path.read_text(), encoding="utf-8")
    result = run(path, "--rulebook", "jp")
    assert result.exit_code == 0
    assert "events.ndjson:1" in result.stderr
    path.write_text("{nonsense\n", encoding="utf-8")
    assert isinstance(failed(run(path)), DataError)
    assert failed(run(path)).code == "nothing_read"


def test_too_many_events_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole market is not one collection."""
    monkeypatch.setattr("vermilion.cli.where.MOST_EVENTS", 1)
    path = lines(tmp_path, *(event("issue", f"i{n}", token={"id": f"t{n}"}) for n in range(2)))
    assert failed(run(path)).code == "too_many_events"


def test_of_several_collections_one_must_be_named(tmp_path: Path) -> None:
    """The error lists them, and --token takes one."""
    path = lines(tmp_path, *(event("issue", f"i{n}", token={"id": f"m:t:{n}"}) for n in range(2)))
    error = failed(run(path))
    assert isinstance(error, UsageError)
    assert "m:t:0, m:t:1" in (error.help or "")
    found = json.loads(run(path, "--token", "m:t:1", "--rulebook", "kr", "--json").stdout)
    assert found["collection"] == "m:t:1"


def test_the_page_s_example_is_judged_and_its_tables_name_what_there_is(tmp_path: Path) -> None:
    """The guide's event is one, its rulebooks are those asked, its facts and answers are all there."""
    page = (Path(__file__).parents[2] / "docs" / "where.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    found = json.loads(run(lines(tmp_path, json.loads(example)), "--json").stdout)
    japan = next(one for one in found["places"] if one["id"] == "jp")
    assert japan["verdict"] == "allow"
    assert {"jp", "uk"} == {one["id"] for one in found["places"] if not one["rules"]}
    for name in JURISDICTIONS:
        assert f"\n| `{name}` |" in page
    for field in Character.__struct_fields__:
        assert f"`{field}`" in page
    for field in Scheme.__struct_fields__:
        assert f"`scheme.{field}`" in page
    for words in ANSWERS.values():
        assert f"\n| {words.en} |" in page


def test_it_is_a_command() -> None:
    """The group knows it."""
    assert "where" in COMMANDS
