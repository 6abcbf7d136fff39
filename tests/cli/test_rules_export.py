"""`rules export`: what it writes where, of a rulebook, a book's record or a file of decisions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .samples import complaint, market_file, printed, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book in which a small market was judged, and its decisions."""
    made = tmp_path_factory.mktemp("export")
    events = market_file(made / "market.ndjson", 200)
    done = run("check", events, "--book", made / "book", "--out", made / "decisions.ndjson")
    assert done.exit_code == 0, done.stderr
    return made


def results(path: Path) -> Any:
    """Return the one result of an assessment."""
    (one,) = json.loads(path.read_text())["assessment-results"]["results"]
    return one


@pytest.mark.parametrize(
    ("form", "lang", "files"),
    [
        ("html", "both", ["hk.html", "sg.html"]),
        ("markdown", "both", ["hk.zh.md", "hk.en.md", "sg.zh.md", "sg.en.md"]),
        ("markdown", "zh", ["hk.zh.md", "sg.zh.md"]),
        ("cel", "both", ["hk.cel.json", "sg.cel.json"]),
        ("oscal", "both", ["hk.catalog.json", "sg.catalog.json"]),
    ],
)
def test_files_of_each_format(tmp_path: Path, form: str, lang: str, files: list[str]) -> None:
    """Each rulebook gets its files, which are named on stdout and are the only ones."""
    out = tmp_path / "new" / "folder"
    done = run(
        "rules", "export", "hk", "sg", "--format", form, "--out", out, "--lang", lang, "--json"
    )
    assert printed(done) == {"files": [str(out / name) for name in files]}
    assert sorted(path.name for path in out.iterdir()) == sorted(files)
    assert all(path.stat().st_size > 1_000 for path in out.iterdir())


def test_a_second_export_is_the_same(tmp_path: Path) -> None:
    """Equal rulebooks give equal bytes in every format."""
    for form in ("html", "markdown", "cel", "oscal"):
        for turn in ("a", "b"):
            assert (
                run("rules", "export", "hk", "--format", form, "--out", tmp_path / turn).exit_code
                == 0
            )
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_record_is_assessed(folder: Path, tmp_path: Path) -> None:
    """The counts are those of the decisions, the entries lie in the record, and no person is named."""
    done = run("rules", "export", "--format", "oscal", "--out", tmp_path, "--book", folder / "book")
    assert done.exit_code == 0, done.stderr
    lines = (folder / "decisions.ndjson").read_text().splitlines()
    hits: Counter[str] = Counter()
    for line in lines:
        hits.update(one["id"] for one in json.loads(line)["rules"] if one["outcome"] == "hit")
    assert hits
    text = (tmp_path / "cn.assessment-results.json").read_text()
    found = results(tmp_path / "cn.assessment-results.json")
    props = {
        one["title"]: {p["name"]: p["value"] for p in one["props"]} for one in found["observations"]
    }
    assert {id: int(one["hit"]) for id, one in props.items() if one["hit"] != "0"} == hits
    parties = {
        one["id"]
        for line in (folder / "market.ndjson").read_text().splitlines()
        for one in json.loads(line).get("parties", {}).values()
        if isinstance(one, dict) and "id" in one
    }
    assert [one for one in parties if one in text] == []


def test_decisions_are_assessed_as_the_record_is(folder: Path, tmp_path: Path) -> None:
    """A file of decisions comes to the same counts, with lines as evidence."""
    book, file = tmp_path / "book", tmp_path / "file"
    decisions = folder / "decisions.ndjson"
    assert (
        run(
            "rules", "export", "--format", "oscal", "--out", book, "--book", folder / "book"
        ).exit_code
        == 0
    )
    done = run(
        "rules", "export", "cn", "--format", "oscal", "--out", file, "--decisions", decisions
    )
    assert done.exit_code == 0, done.stderr
    sealed, told = (results(one / "cn.assessment-results.json") for one in (book, file))
    assert [one["target"] for one in sealed["findings"]] == [
        one["target"] for one in told["findings"]
    ]
    assert [one["props"] for one in sealed["observations"]] == [
        one["props"] for one in told["observations"]
    ]
    assert "line " in json.dumps(told["observations"])


def test_the_books_overlay_and_verifications_are_shown(folder: Path, tmp_path: Path) -> None:
    """With a book, who checked a clause stands beside it in every handbook."""
    text = tmp_path / "text.txt"
    shown = json.loads(run("rules", "show", "CN-N2-01", "--json").stdout)
    number, quote = next((n, c["quote"]) for n, c in enumerate(shown["citations"], 1) if c["quote"])
    text.write_text(quote, encoding="utf-8")
    done = run(
        "rules",
        "verify",
        "CN-N2-01",
        "--citation",
        number,
        "--by",
        "officer-7",
        "--text",
        text,
        "--book",
        folder / "book",
    )
    assert done.exit_code == 0, done.stderr
    for form in ("html", "markdown", "oscal"):
        done = run(
            "rules", "export", "--format", form, "--out", tmp_path / form, "--book", folder / "book"
        )
        assert done.exit_code == 0, done.stderr
        said = [
            path.name for path in (tmp_path / form).iterdir() if "officer-7" in path.read_text()
        ]
        assert said, form


def test_what_is_refused(folder: Path, tmp_path: Path) -> None:
    """A file that holds no decisions, decisions of others, and decisions for a handbook say so."""
    wrong = tmp_path / "wrong.ndjson"
    wrong.write_text('{"verdicts": {}}\n')
    out = ("--out", tmp_path / "out")
    bad = run("rules", "export", "cn", "--format", "oscal", *out, "--decisions", wrong)
    assert "wrong.ndjson:1" in complaint(bad)[0]
    others = run(
        "rules",
        "export",
        "hk",
        "--format",
        "oscal",
        *out,
        "--decisions",
        folder / "decisions.ndjson",
    )
    assert "no decision under hk" in complaint(others)[0]
    unused = run("rules", "export", "hk", "--format", "html", *out, "--decisions", wrong)
    assert unused.exit_code == 2
    (tmp_path / "taken").write_text("")
    assert (
        run("rules", "export", "hk", "--format", "html", "--out", tmp_path / "taken").exit_code == 2
    )
