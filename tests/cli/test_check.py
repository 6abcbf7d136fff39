"""`vermilion check`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.book import Book

from .samples import complaint, market_file, printed, run

SALE = {
    "specversion": "1.0",
    "type": "sale",
    "source": "//test",
    "id": "1",
    "time": "2026-03-10T12:00:00Z",
    "stage": "settled",
    "data": {},
}
DENIED = {"price": {"amount": 5, "currency": "ETH"}}


def one(path: Path, **data: Any) -> Path:
    """Write one sale to a file."""
    path.write_text(json.dumps(SALE | {"data": data}) + "\n")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of a small market."""
    return market_file(tmp_path / "events.ndjson")


class TestOutput:
    """Results on stdout, for people or programs."""

    def test_json_has_exactly_these_keys(self, file: Path) -> None:
        """One object with the counts; the form is what scripts rely on."""
        found = printed(run("check", file, "--json"))
        keys = [
            "read",
            "judged",
            "duplicate",
            "rejected",
            "permitted",
            "found",
            "verdicts",
            "rules",
            "missing",
            "waiting",
            "plan",
            "seconds",
        ]
        assert list(found) == keys
        assert set(found["verdicts"]) == {"cn"}
        assert sum(found["verdicts"]["cn"].values()) == found["read"] == 300
        assert {key for line in found["rules"].values() for key in line} == {"hit", "missing"}
        assert {key for line in found["missing"] for key in line} == {"fact", "entities", "events"}

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_summary_and_report_in_both_languages(
        self, tmp_path: Path, file: Path, language: str
    ) -> None:
        """People get a summary on the terminal and a page."""
        report = tmp_path / "report.html"
        result = run("check", file, "--lang", language, "--report", report)
        assert result.exit_code == 0
        assert ("events" in result.stdout.splitlines()[0]) == (language == "en")
        assert result.stdout.endswith(f"report: {report}\n")
        assert report.read_text(encoding="utf-8").startswith("<!doctype html>")

    def test_decisions_and_rejects_are_written(self, tmp_path: Path) -> None:
        """One a line, each in its file."""
        bad = one(tmp_path / "f")
        bad.write_text(bad.read_text() + "not json\n")
        out, rejects = tmp_path / "out", tmp_path / "rejects"
        run("check", bad, "--out", out, "--rejects", rejects)
        assert json.loads(out.read_text())["event"]["id"] == "1"
        assert json.loads(rejects.read_text())["line"] == 2

    def test_a_table_is_read_through_a_mapping(self, tmp_path: Path) -> None:
        """CSV and a mapping make events."""
        (tmp_path / "t.csv").write_text("order,cents\n1,500\n")
        (tmp_path / "m.yaml").write_text(
            "source: //t\nformat: csv\nemit:\n  - type: sale\n    stage: settled\n"
            "    id: {column: order}\n    time: {const: '2026-03-10T12:00:00Z'}\n"
            "    data: {price: {amount: {column: cents}, currency: {const: CNY}}}\n"
        )
        result = run("check", tmp_path / "t.csv", "--mapping", tmp_path / "m.yaml", "--json")
        assert result.exit_code == 0, result.stderr
        assert printed(result)["judged"] == 1

    def test_a_book_is_made_and_kept(self, tmp_path: Path, file: Path) -> None:
        """A second run over the file finds everything recorded, and the same verdicts."""
        first, second = (
            printed(run("check", file, "--book", tmp_path / "b", "--json")) for _ in "12"
        )
        assert (first["judged"], second["judged"], second["duplicate"]) == (300, 0, 300)
        assert first["verdicts"] == second["verdicts"]

    def test_a_what_if_seals_nothing(self, tmp_path: Path, file: Path) -> None:
        """The book is not even made."""
        result = run("check", file, "--book", tmp_path / "b", "--as-of", "2021-01-01", "--json")
        assert result.exit_code == 0
        assert not (tmp_path / "b").exists()


class TestExitCodes:
    """0 done, 1 found and asked, 2 wrong use, 3 nothing read, 4 storage."""

    @pytest.mark.parametrize(
        ("data", "fail_on", "code"),
        [
            (DENIED, None, 0),
            (DENIED, "deny", 1),
            (DENIED, "review", 1),
            ({}, "deny", 0),
            ({}, "review", 1),
        ],
    )
    def test_fail_on(
        self, tmp_path: Path, data: dict[str, Any], fail_on: str | None, code: int
    ) -> None:
        """1 only where it was asked for; `review` means deny too. The summary is printed all the same."""
        asked = ["--fail-on", fail_on] if fail_on else []
        result = run("check", one(tmp_path / "f", **data), "--json", *asked)
        assert result.exit_code == code
        assert printed(result)["judged"] == 1

    def test_an_unknown_rulebook(self, tmp_path: Path) -> None:
        """Wrong use, with the nearest name."""
        result = run("check", one(tmp_path / "f"), "--rulebook", "cnn")
        assert result.exit_code == 2
        assert complaint(result) == [
            "error: there is no rulebook `cnn`",
            "  help: did you mean `cn`?",
        ]

    @pytest.mark.parametrize(("content", "rejected"), [("", 0), ("x\n[\n", 2), ("\n\n", 0)])
    def test_nothing_readable(self, tmp_path: Path, content: str, rejected: int) -> None:
        """A file without events is not a clean bill; every reject is counted all the same."""
        (tmp_path / "f").write_text(content)
        result = run("check", tmp_path / "f", "--json")
        assert result.exit_code == 3
        found = json.loads(result.stdout)
        assert (found["read"], found["judged"], found["rejected"]) == (rejected, 0, rejected)
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.stderr

    def test_an_absent_file(self, tmp_path: Path) -> None:
        """Told with its name."""
        result = run("check", tmp_path / "none")
        assert result.exit_code == 3
        assert f"{tmp_path / 'none'}: there is no such file" in complaint(result)[0]

    def test_a_busy_book(self, tmp_path: Path) -> None:
        """Another owner is a failure of storage, not of use."""
        with Book.open(tmp_path / "b"):
            result = run("check", one(tmp_path / "f"), "--book", tmp_path / "b")
        assert result.exit_code == 4
        assert "another process has this book open" in complaint(result)[0]

    def test_a_book_that_cannot_be_made(self, tmp_path: Path) -> None:
        """What the system refuses is told in a line."""
        result = run("check", one(tmp_path / "f"), "--book", "/proc/none/book")
        assert result.exit_code == 4
        complaint(result)

    def test_a_damaged_state(self, tmp_path: Path) -> None:
        """The remedy is to delete it, and the remedy works."""
        file = one(tmp_path / "f")
        run("check", file, "--book", tmp_path / "b")
        (tmp_path / "b" / "state.db").write_bytes(b"x" * 9_000)
        result = run("check", file, "--book", tmp_path / "b")
        assert result.exit_code == 4
        assert "delete the file" in complaint(result)[1]
        (tmp_path / "b" / "state.db").unlink()
        assert printed(run("check", file, "--book", tmp_path / "b", "--json"))["duplicate"] == 1

    def test_a_malformed_configuration(self, tmp_path: Path) -> None:
        """The file to put right is named."""
        run("check", one(tmp_path / "f"), "--book", tmp_path / "b")
        (tmp_path / "b" / "book.yaml").write_text("roles: [king]\n")
        result = run("check", tmp_path / "f", "--book", tmp_path / "b")
        assert result.exit_code == 2
        assert complaint(result)[0].startswith("error: book.yaml:1:")

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("f", "--fail-on", "allow"),
            ("f", "--as-of", "soon"),
            ("f", "--lang", "fr"),
            ("f", "-x"),
        ],
    )
    def test_wrong_use(self, arguments: tuple[str, ...]) -> None:
        """Options are checked before anything is read."""
        result = run("check", *arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("Usage: ")


class TestOutputs:
    """No output takes the place of an input or of another output."""

    @pytest.mark.parametrize(
        "outputs",
        [
            ("--report", "f"),
            ("--out", "f"),
            ("--out", "m"),
            ("--report", "o", "--out", "o"),
            ("--report", "o", "--rejects", "o"),
            ("--report", "b/book.yaml"),
        ],
        ids=" ".join,
    )
    def test_are_refused(self, tmp_path: Path, outputs: tuple[str, ...]) -> None:
        """Events, mapping, book and outputs each keep their file."""
        one(tmp_path / "f")
        (tmp_path / "m").write_text(
            "source: //t\nformat: ndjson\nemit:\n  - type: sale\n    stage: settled\n"
            "    id: {column: id}\n    time: {column: time}\n    data: {}\n"
        )
        run("check", tmp_path / "f", "--book", tmp_path / "b")
        before = (tmp_path / "f").read_bytes(), (tmp_path / "b" / "book.yaml").read_bytes()
        named = [tmp_path / word if number % 2 else word for number, word in enumerate(outputs)]
        given = [tmp_path / "f", "--mapping", tmp_path / "m", "--book", tmp_path / "b"]
        result = run("check", *given, *named)
        assert result.exit_code == 2, result.stderr
        assert "would overwrite" in complaint(result)[0]
        assert (
            (tmp_path / "f").read_bytes(),
            (tmp_path / "b" / "book.yaml").read_bytes(),
        ) == before

    @pytest.mark.parametrize("option", ["--out", "--rejects", "--report"])
    def test_one_that_cannot_be_written_is_told(self, tmp_path: Path, option: str) -> None:
        """A folder that is not there is the caller's to make."""
        result = run("check", one(tmp_path / "f"), option, tmp_path / "none" / "x")
        assert result.exit_code == 2
        assert "cannot be written" in complaint(result)[0]
