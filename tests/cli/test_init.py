"""`vermilion init`: a book from flags or answers, and the mapping of an operator's own export."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from intake.exports import CHINESE, CODES, ENGLISH, WORDS, rows, translated, write
from vermilion.cli import asking, main
from vermilion.rulebook import Configuration, Officer, PermitTerms, load_configuration

from .samples import complaint, market_file, printed, run

FULL = [
    *("--operator", '墨: "甲" # 🎨', "--role", "platform", "--role", "issuer"),
    *("--territory", "HK", "--membership", "NIFA", "--rulebook", "cn", "--rulebook", "platform"),
    *("--permit-minutes", "60", "--officer", "li: 1", "--officer", "su"),
    *("--two-people", "release", "--two-people", "override"),
]


def configured(book: Path) -> Configuration:
    """Return a book's configuration."""
    return load_configuration(book / "book.yaml")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestFlags:
    """Where nobody can be asked, flags decide, and defaults are named."""

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_all_that_is_said_stands_in_the_book(self, tmp_path: Path, language: str) -> None:
        """Each flag has its place in the configuration, and nothing is taken by default."""
        result = run("init", tmp_path / "b", *FULL, "--lang", language)
        assert (result.exit_code, result.stderr) == (0, "")
        assert configured(tmp_path / "b") == Configuration(
            operator='墨: "甲" # 🎨',
            roles=["platform", "issuer"],
            territory="HK",
            memberships=["NIFA"],
            rulebooks=["cn", "platform"],
            permits=PermitTerms(minutes=60),
            officers=[Officer(id="li: 1"), Officer(id="su")],
            two_people=["release", "override"],
        )
        steps = [line for line in result.stdout.splitlines() if re.match(r"  \d  ", line)]
        assert len(steps) == 3
        assert run("record", "verify", "--book", tmp_path / "b").exit_code == 0

    def test_defaults_are_named(self, tmp_path: Path) -> None:
        """What nobody said is told on stderr, flag by flag."""
        result = run("init", tmp_path / "b", "--officer", "none")
        assert configured(tmp_path / "b") == Configuration()
        for words in ("--operator unnamed platform", "--role platform", "--permit-minutes 1440"):
            assert words in result.stderr
        assert "--officer" not in result.stderr

    def test_none_empties_a_list(self, tmp_path: Path) -> None:
        """A flag can say that there is nothing, and then it stands alone."""
        run("init", tmp_path / "b", "--two-people", "none")
        assert configured(tmp_path / "b").two_people == []
        result = run("init", tmp_path / "c", "--two-people", "none", "--two-people", "cause")
        assert complaint(result)[0].startswith("error: --two-people: ")

    def test_json(self, tmp_path: Path) -> None:
        """One object with what was made, what was taken by default and what comes next."""
        table = write(tmp_path / "export.csv", ENGLISH, rows())
        found = printed(run("init", tmp_path / "b", "--table", table, "--json"))
        assert list(found) == ["book", "configuration", "defaults", "mapping", "next"]
        assert found["defaults"]["--zone"] == "Asia/Shanghai"
        assert (found["mapping"]["events"], found["mapping"]["rejected"]) == (40, 10)
        assert found["mapping"]["columns"]["buyer"] == "buyer_id"

    def test_a_rulebook_folder_is_found_from_anywhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A relative path is kept as the place that it named."""
        from vermilion.rulebook.load import SHIPPED

        monkeypatch.chdir(SHIPPED)
        run("init", tmp_path / "b", "--rulebook", "./platform")
        assert configured(tmp_path / "b").rulebooks == [str(SHIPPED / "platform")]


class TestRefusals:
    """What cannot be is told with flag and remedy, and nothing is made."""

    @pytest.mark.parametrize(
        ("flag", "value", "words"),
        [
            ("--operator", " ", "1 to 4,000 characters"),
            ("--operator", "x" * 4_001, "1 to 4,000 characters"),
            ("--operator", "\udce4", "UTF-8"),
            ("--role", "king", "payment_institution"),
            ("--territory", "china", "two capital letters"),
            ("--membership", "XX", "CAICI"),
            ("--rulebook", "cnn", "did you mean `cn`?"),
            ("--permit-minutes", "0", "43200"),
            ("--officer", "li", "--two-people none"),
            ("--two-people", "all", "activation"),
            ("--zone", "Mars", "--table"),
            ("--lang", "fr", "'zh', 'en'"),
        ],
    )
    def test_flags(self, tmp_path: Path, flag: str, value: str, words: str) -> None:
        """Wrong use, with the flag and what may stand there."""
        result = run("init", tmp_path / "b", flag, value)
        assert result.exit_code == 2
        assert words in result.stderr
        assert flag in result.stderr or value == "\udce4"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("flag", "value", "words"),
        [
            ("--zone", "Mars/Base", "Asia/Shanghai"),
            ("--currency", "RMB", "ISO 4217"),
            ("--amounts", "both", "'minor'"),
            ("--status", "20", "20=settled"),
            ("--status", "20=gone", "refunded"),
            ("--verified-of", "me", "'seller'"),
        ],
    )
    def test_flags_about_a_table(self, tmp_path: Path, flag: str, value: str, words: str) -> None:
        """Likewise."""
        table = write(tmp_path / "export.csv", ENGLISH, rows())
        result = run("init", tmp_path / "b", "--table", table, flag, value)
        assert result.exit_code == 2
        assert flag in result.stderr
        assert words in result.stderr
        assert not (tmp_path / "b").exists()

    @pytest.mark.parametrize("content", [None, b"", b"order,price\n1,2.50\n"])
    def test_a_table_that_cannot_be_read(self, tmp_path: Path, content: bytes | None) -> None:
        """The data's fault; no book is left over."""
        table = tmp_path / "export.csv"
        if content is not None:
            table.write_bytes(content)
        result = run("init", tmp_path / "b", "--table", table)
        assert result.exit_code == 3
        assert "export.csv" in complaint(result)[0]
        assert not (tmp_path / "b").exists()

    @pytest.mark.parametrize("kind", ["book", "folder", "file"])
    def test_what_is_there_is_not_touched(self, tmp_path: Path, kind: str) -> None:
        """An existing book is refused before anybody is asked anything."""
        place = tmp_path / "b"
        if kind == "book":
            run("init", place, "--operator", "first")
        elif kind == "file":
            place.write_text("mine")
        else:
            place.mkdir()
            (place / "mine").write_text("mine")
        before = contents(tmp_path)
        result = run("init", place, "--operator", "second")
        assert result.exit_code == 2
        assert len(complaint(result)) == 2
        assert contents(tmp_path) == before


class TestAsking:
    """In a terminal what no flag says is asked for, until the answer can be."""

    def asked(self, monkeypatch: pytest.MonkeyPatch, answers: str, *arguments: object) -> Result:
        """Run with somebody at the terminal."""
        monkeypatch.setattr(asking, "in_a_terminal", lambda: True)
        return CliRunner().invoke(main, ["init", *map(str, arguments)], input=answers)

    def test_answers_stand_in_the_book(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A blank answer takes what is shown; a wrong one is asked again with what may stand."""
        answers = "月光\nking\nissuer， museum\n\nNIFA\n\n0\n30\nli,su\nnone\n"
        result = self.asked(monkeypatch, answers, tmp_path / "b", "--lang", "zh")
        assert result.exit_code == 0, result.stderr
        assert configured(tmp_path / "b") == Configuration(
            operator="月光",
            roles=["issuer", "museum"],
            memberships=["NIFA"],
            permits=PermitTerms(minutes=30),
            officers=[Officer(id="li"), Officer(id="su")],
            two_people=[],
        )
        assert "trading_venue" in result.stderr
        assert "1440" in result.stderr
        assert "月光" not in result.stdout

    def test_what_a_flag_says_is_not_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With every flag there is no question."""
        assert self.asked(monkeypatch, "", tmp_path / "b", *FULL).exit_code == 0

    def test_the_table_s_open_questions_are_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Zone, unit, currency, each status, whose identity check; `none` leaves one open."""
        heading = ["real_name_verified" if n == "buyer_verified" else n for n in ENGLISH]
        heading[heading.index("currency")] = "remark"
        table = [[*row[:7], "12", "x", *row[9:]] for row in translated(rows(), CODES)]
        path = write(tmp_path / "export.csv", heading, table)
        answers = "Asia/Tokyo\nmajor\nHKD\nsettled\nproposed\nnone\nbuyer\n"
        result = self.asked(monkeypatch, answers, tmp_path / "b", "--table", path, *FULL, "--json")
        found = printed(result)["mapping"]
        assert result.exit_code == 0, result.stderr
        assert (found["events"], found["rejected"]) == (30, 10)
        text = (tmp_path / "b" / "mapping.yaml").read_text(encoding="utf-8")
        for words in ('zone: "Asia/Tokyo"', "decimals_of: HKD", "kyc:", "you said so"):
            assert words in text

    @pytest.mark.parametrize("answers", ["", "name\nplatform\n"])
    def test_who_leaves_makes_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: str
    ) -> None:
        """The end of the answers is wrong use, and not something found."""
        result = self.asked(monkeypatch, answers, tmp_path / "b")
        assert result.exit_code == 2
        assert "nothing was made" in result.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_real_terminal_is_asked(self, tmp_path: Path) -> None:
        """In a process of its own with a terminal for its stdin, results stay on stdout."""
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "vermilion", "init", str(tmp_path / "b"), *FULL[2:]]
        with subprocess.Popen(
            command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            os.close(slave)
            os.write(master, "月光\n".encode())
            out, told = process.communicate(timeout=60)
        os.close(master)
        assert process.returncode == 0, told
        assert configured(tmp_path / "b").operator == "月光"
        assert "Your name" in told.decode()
        assert "Your name" not in out.decode()

    def test_nobody_is_waited_for(self, tmp_path: Path) -> None:
        """Without a terminal the command ends by itself, though its stdin stays open."""
        reader, writer = os.pipe()
        command = [sys.executable, "-m", "vermilion", "init", str(tmp_path / "b")]
        done = subprocess.run(command, stdin=reader, capture_output=True, timeout=60, check=False)
        os.close(reader)
        os.close(writer)
        assert done.returncode == 0


EXPORTS: dict[str, dict[str, Any]] = {
    "english": {"heading": ENGLISH, "words": {}},
    "chinese": {"heading": CHINESE, "words": WORDS},
    "codes": {"heading": ENGLISH, "words": CODES},
    "GBK": {"heading": CHINESE, "words": WORDS, "encoding": "gbk"},
    "semicolons": {"heading": ENGLISH, "words": {}, "delimiter": ";"},
    "tabs and GBK": {"heading": CHINESE, "words": WORDS, "encoding": "gbk", "delimiter": "\t"},
    "byte order mark": {"heading": CHINESE, "words": WORDS, "encoding": "utf-8-sig"},
}


class TestOwnExport:
    """From an operator's own export to verdicts in two commands."""

    @pytest.mark.parametrize("form", EXPORTS)
    def test_verdicts_and_questions(self, tmp_path: Path, form: str) -> None:
        """Each form of the export gives verdicts, few missing facts, and rejects by their line."""
        given = dict(EXPORTS[form])
        heading, words = given.pop("heading"), given.pop("words")
        table = translated(rows(200), words)
        table[12][7] = "12.5x"
        table[20][1] = table[20][2] = "yesterday"
        export = write(tmp_path / "export.csv", heading, table, **given)
        made = run("init", tmp_path / "shop", "--table", export, "--operator", "Shop")
        waiting = 0 if form == "codes" else 50
        assert made.exit_code == 0, made.stderr
        rejects = tmp_path / "rejects"
        checked = run("check", export, "--book", tmp_path / "shop", "--json", "--rejects", rejects)
        found = printed(checked)
        assert found["read"] == found["judged"] + found["rejected"]
        assert found["rejected"] == waiting + 2
        assert found["found"] == 0
        assert found["verdicts"]["cn"]["deny"] > 0
        assert found["verdicts"]["cn"]["review"] > 0
        assert 0 < len(found["plan"]) <= 5
        told = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
        assert sum(one["code"] == "unmapped" for one in told) == waiting
        named = {(one["line"], one["field"]) for one in told if one["code"] != "unmapped"}
        price, paid = heading[7], heading[2] if form != "codes" else heading[1]
        assert named == {(14, price), (22, paid)}


class TestDefaultsOfCheck:
    """`check` judges a book's files as the book says, unless options say otherwise."""

    def test_rulebooks_of_the_book(self, tmp_path: Path) -> None:
        """Those of its configuration; `cn` where there is none; an option wins."""
        events = market_file(tmp_path / "events.ndjson", events=30)
        both = ["--rulebook", "cn", "--rulebook", "platform"]
        run("init", tmp_path / "b", *both)
        found = printed(run("check", events, "--book", tmp_path / "b", "--json"))
        assert set(found["verdicts"]) == {"cn", "platform"}
        told = ["--rulebook", "platform", "--as-of", "2026-01-01", "--json"]
        found = printed(run("check", events, "--book", tmp_path / "b", *told))
        assert set(found["verdicts"]) == {"platform"}
        found = printed(run("check", events, "--book", tmp_path / "new", "--json"))
        assert set(found["verdicts"]) == {"cn"}

    def test_the_book_s_mapping_is_for_tables_only(self, tmp_path: Path) -> None:
        """Events are read as they are, and an option wins over the book's mapping."""
        table = write(tmp_path / "export.csv", ENGLISH, rows())
        run("init", tmp_path / "b", "--table", table)
        events = market_file(tmp_path / "events.ndjson", events=30)
        as_of = ["--book", tmp_path / "b", "--as-of", "2026-05-01", "--json"]
        assert printed(run("check", events, *as_of))["judged"] == 30
        assert printed(run("check", table, *as_of))["judged"] == 40
        own = (tmp_path / "b" / "mapping.yaml").read_text(encoding="utf-8")
        (tmp_path / "m.yaml").write_text(own.split("\n\n  - type")[0] + "\n")
        mapped = run("check", table, *as_of, "--mapping", tmp_path / "m.yaml")
        assert printed(mapped)["judged"] == 30

    def test_a_malformed_mapping_of_the_book_is_told(self, tmp_path: Path) -> None:
        """By its file and line, as one that an option names."""
        table = write(tmp_path / "export.csv", ENGLISH, rows())
        run("init", tmp_path / "b", "--table", table)
        (tmp_path / "b" / "mapping.yaml").write_text("source: //x\nformat: csv\nemit: []\n")
        result = run("check", table, "--book", tmp_path / "b")
        assert result.exit_code == 2
        assert "mapping.yaml:3" in complaint(result)[0]
