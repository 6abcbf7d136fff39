"""A run of `check`: counts that reconcile, answers that stay, and files that are not overwritten."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vermilion.cli import main
from vermilion.desk import check as checking
from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book
from vermilion.desk.check import check
from vermilion.desk.summary import Summary
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import Record

from .samples import (
    CN,
    contents,
    event,
    party,
    request,
    rule,
    rulebook,
    sale,
    simulated,
    write_lines,
)

BUYER = rulebook(rule("XX-B", "sale", "len(buyer.lists_hit) > 0"))
COIN = rulebook(rule("YY-C", "sale", 'price.currency != "CNY"'), id="yy")
MIXED = [
    sale("1"),
    sale("1"),  # a duplicate
    sale("1", price={"amount": 5, "currency": "CNY"}),  # a conflict
    "not json",
    "",
    sale("2") | {"colour": "red"},  # an unknown field
    sale("3"),
    sale("1", buyer="c") | {"source": "//other"},  # the same id of another source
]


def reconcile(summary: Summary) -> tuple[int, int, int, int]:
    """Return read, judged, duplicate and rejected, which must add up."""
    assert summary.read == summary.judged + summary.duplicate + summary.rejected
    return summary.read, summary.judged, summary.duplicate, summary.rejected


def counts(summary: Summary) -> list[dict[str, int]]:
    """Return the events by verdict, of each rulebook."""
    return [{v: n for v, n in line.verdicts.items() if n} for line in summary.rulebooks]


def lines(path: Path) -> list[Any]:
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


class TestCounts:
    """read = judged + duplicate + rejected, and each event counts once."""

    @pytest.mark.parametrize("group", [1, 2, 3, 1_024])
    def test_reconcile_over_everything_that_a_line_can_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int
    ) -> None:
        """Events, duplicates, conflicts and rejects add up, however events are grouped."""
        monkeypatch.setattr(checking, "GROUP", group)
        file = write_lines(tmp_path / "f", *MIXED)
        out, rejects = tmp_path / "out", tmp_path / "rejects"
        summary = check(request(file, rulebooks=(BUYER,), out=out, rejects=rejects))
        assert reconcile(summary) == (7, 3, 1, 3)
        assert counts(summary) == [{"review": 3}]
        assert len(lines(out)) == 4
        codes = {one["line"]: one["code"] for one in lines(rejects)}
        assert codes[3] == "id_conflict"
        assert set(codes) == {3, 4, 6}
        assert sum(summary.rejects_by_code.values()) == 3

    def test_gzip_counts_as_the_plain_file(self, tmp_path: Path) -> None:
        """A compressed copy gives the same counts and decisions."""
        plain = write_lines(tmp_path / "f", *MIXED)
        packed = tmp_path / "f.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        found = [check(request(one, out=tmp_path / f"{one.name}.out")) for one in (plain, packed)]
        assert reconcile(found[0]) == reconcile(found[1])
        assert (tmp_path / "f.out").read_bytes() == (tmp_path / "f.gz.out").read_bytes()

    def test_several_files_are_one_run(self, tmp_path: Path) -> None:
        """A duplicate in another file is one; standing facts carry over."""
        first = write_lines(tmp_path / "1", party("b", lists_hit=[]), sale("1"))
        second = write_lines(tmp_path / "2", sale("1"), sale("2"))
        summary = check(request(first, second, rulebooks=(BUYER,)))
        assert reconcile(summary) == (4, 3, 1, 0)
        assert counts(summary) == [{"allow": 2, "not_applicable": 1}]

    def test_each_event_counts_once_on_a_rerun(self, tmp_path: Path) -> None:
        """A rerun over a file tells the verdicts of its events, not of nothing and not twice."""
        file = write_lines(tmp_path / "f", *simulated(300))
        one = request(file, book=tmp_path / "b")
        first, second = check(one), check(one)
        both = check(request(file, file, book=tmp_path / "b"))
        assert counts(first) == counts(second) == counts(both)
        assert first.rules == second.rules == both.rules
        assert first.missing == second.missing == both.missing
        assert [reconcile(s)[1:] for s in (first, second, both)] == [
            (300, 0, 0),
            (0, 300, 0),
            (0, 600, 0),
        ]

    def test_a_run_over_part_of_a_book_tells_of_that_part(self, tmp_path: Path) -> None:
        """What else the book holds does not count."""
        events = simulated(300)
        whole, part = (
            write_lines(tmp_path / "w", *events),
            write_lines(tmp_path / "p", *events[:250]),
        )
        check(request(whole, book=tmp_path / "b"))
        again = check(request(part, book=tmp_path / "b"))
        alone = check(request(part))
        assert counts(again) == counts(alone)
        assert again.rules == alone.rules

    def test_nothing_readable_is_an_error_with_its_first_reason(self, tmp_path: Path) -> None:
        """Only rejects, or nothing at all, is not a clean run."""
        rejects = tmp_path / "rejects"
        with pytest.raises(DataError, match="no event could be read") as caught:
            check(request(write_lines(tmp_path / "f", "x", "y"), rejects=rejects))
        assert caught.value.where == f"{tmp_path / 'f'}:1"
        assert len(lines(rejects)) == 2
        with pytest.raises(DataError, match="the files hold no events"):
            check(request(write_lines(tmp_path / "empty")))

    def test_an_absent_file_stops_the_run_before_it_begins(self, tmp_path: Path) -> None:
        """A wrong name among the files seals nothing and overwrites nothing."""
        good = write_lines(tmp_path / "f", sale("1"))
        out = tmp_path / "out"
        out.write_text("of yesterday")
        with pytest.raises(DataError, match="no such file"):
            check(request(good, tmp_path / "g", book=tmp_path / "b", out=out))
        assert not (tmp_path / "b").exists()
        assert out.read_text() == "of yesterday"

    def test_one_event_that_cannot_be_recorded_is_one_reject(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Too large for the record is told of like any other reject, and the run goes on."""
        monkeypatch.setattr("vermilion.record.envelope.MAX_ENVELOPE", 4_000)
        crowd = sale("2", inline={"parties": [{"id": f"p{n}"} for n in range(40)]})
        file = write_lines(tmp_path / "f", sale("1"), crowd, sale("3"))
        summary = check(request(file))
        assert reconcile(summary) == (3, 2, 0, 1)
        assert summary.rejects_by_code == {"envelope_too_long": 1}
        assert summary.rejects[0].line == 2


class TestDuplicates:
    """The same event again gets the recorded decision."""

    def test_write_their_recorded_decision(self, tmp_path: Path) -> None:
        """What became known since does not change what was decided."""
        file = write_lines(tmp_path / "f", sale("1"))
        out, again = tmp_path / "1", tmp_path / "2"
        check(request(file, rulebooks=(BUYER,), book=tmp_path / "b", out=out))
        later = write_lines(tmp_path / "g", party("b", lists_hit=["x"]), sale("1"))
        check(request(later, rulebooks=(BUYER,), book=tmp_path / "b", out=again))
        first, second = out.read_bytes(), again.read_bytes().splitlines(keepends=True)[-1]
        assert first == second
        assert json.loads(first)["verdict"] == "review"

    def test_keep_to_their_own_rulebook(self, tmp_path: Path) -> None:
        """A recorded ruling is counted under the rulebook that gave it, whatever runs now."""
        one = sale(
            "1",
            price={"amount": 5, "currency": "ETH"},
            inline={"parties": [{"id": "b", "lists_hit": []}]},
        )
        file = write_lines(tmp_path / "f", one)
        check(request(file, rulebooks=(BUYER,), book=tmp_path / "b"))
        turned = check(request(file, rulebooks=(COIN, BUYER), book=tmp_path / "b"))
        assert counts(turned) == [{}, {"allow": 1}]
        other = check(request(file, rulebooks=(COIN,), book=tmp_path / "b"))
        assert counts(other) == [{}]

    def test_two_rulebooks_of_one_id_are_refused(self, tmp_path: Path) -> None:
        """Their rulings could not be told apart."""
        twin = rulebook(rule("XX-C", "sale", "token.divisible"))
        file = write_lines(tmp_path / "f", sale("1"))
        with pytest.raises(UsageError) as caught:
            check(request(file, rulebooks=(BUYER, twin), book=tmp_path / "b"))
        assert caught.value.code == "rulebook_twice"
        assert not (tmp_path / "b").exists()

    def test_an_erased_one_is_one_reject(self, tmp_path: Path) -> None:
        """After an erasure yesterday's file can be checked again, but for the erased events."""
        file = write_lines(tmp_path / "f", party("b", lists_hit=[]), sale("1", buyer="c"))
        check(request(file, rulebooks=(BUYER,), book=tmp_path / "b"))
        with Book.open(tmp_path / "b") as book:
            book.keys.destroy("person/b")
        summary = check(request(file, rulebooks=(BUYER,), book=tmp_path / "b"))
        assert reconcile(summary) == (2, 0, 1, 1)
        assert summary.rejects_by_code == {"erased": 1}

    def test_erased_as_the_page_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The operator's page erases a person, and what was stated of them is answered no more."""
        page = (Path(__file__).parents[2] / "docs" / "operation.md").read_text(encoding="utf-8")
        (command,) = re.findall(r"^\$ vermilion (erase .*)$", page, re.MULTILINE)
        monkeypatch.chdir(tmp_path)
        file = write_lines(
            tmp_path / "f", party("shop:customer:17", lists_hit=[]), sale("1", buyer="c")
        )
        check(request(file, rulebooks=(BUYER,), book=tmp_path / "book"))
        first, again = (CliRunner().invoke(main, [*shlex.split(command), "--yes"]) for _ in "12")
        assert first.exit_code == 0, first.output
        assert again.exit_code == 2
        assert "erased" in again.stderr
        for _ in ("live", "made anew"):
            summary = check(request(file, rulebooks=(BUYER,), book=tmp_path / "book"))
            assert summary.rejects_by_code == {"erased": 1}
            (tmp_path / "book" / "state.db").unlink()


class TestSeveralRulebooks:
    """Each rulebook is told for itself."""

    def test_counts_and_decisions_are_never_merged(self, tmp_path: Path) -> None:
        """Each event gets a line of each rulebook, and each rulebook its own counts."""
        file = write_lines(tmp_path / "f", sale("1", price={"amount": 5, "currency": "CNY"}))
        out = tmp_path / "out"
        summary = check(request(file, rulebooks=(BUYER, COIN), out=out))
        assert counts(summary) == [{"review": 1}, {"allow": 1}]
        assert [one["rulebook"]["id"] for one in lines(out)] == ["xx", "yy"]


class TestWhatIf:
    """`as_of` asks, and seals nothing."""

    DAY = dt.date(2026, 3, 10)

    def test_leaves_the_given_record_byte_for_byte(self, tmp_path: Path) -> None:
        """Record, keys' guard and configuration are as before."""
        file = write_lines(tmp_path / "f", *simulated(200))
        check(request(file, book=tmp_path / "b"))
        before = contents(tmp_path / "b")
        summary = check(request(file, book=tmp_path / "b", as_of=self.DAY))
        after = contents(tmp_path / "b")
        assert {
            n: c for n, c in after.items() if not n.startswith(("state.db", "keys/keys.db"))
        } == {n: c for n, c in before.items() if not n.startswith(("state.db", "keys/keys.db"))}
        assert (summary.sealed, summary.root, summary.judged) == (False, None, 200)

    def test_knows_the_standing_facts_of_the_book(self, tmp_path: Path) -> None:
        """What the book's parties were stated to be counts for the question."""
        facts = write_lines(tmp_path / "f", party("b", lists_hit=["x"]))
        asked = write_lines(tmp_path / "g", sale("1"))
        check(request(facts, rulebooks=(BUYER,), book=tmp_path / "b"))
        known = check(request(asked, rulebooks=(BUYER,), book=tmp_path / "b", as_of=self.DAY))
        alone = check(request(asked, rulebooks=(BUYER,), as_of=self.DAY))
        assert (counts(known), counts(alone)) == ([{"deny": 1}], [{"review": 1}])

    def test_judges_recorded_events_again(self, tmp_path: Path) -> None:
        """An event of the book is no duplicate to a question about another day."""
        later = rulebook(rule("XX-C", "sale", "token.divisible", in_force={"from": "2027-01-01"}))
        file = write_lines(tmp_path / "f", sale("1"))
        done = check(request(file, rulebooks=(later,), book=tmp_path / "b"))
        asked = check(
            request(file, rulebooks=(later,), book=tmp_path / "b", as_of=dt.date(2027, 1, 1))
        )
        assert (counts(done), counts(asked)) == ([{"not_applicable": 1}], [{"review": 1}])
        assert reconcile(asked) == (1, 1, 0, 0)

    def test_asks_as_the_books_operator(self, tmp_path: Path) -> None:
        """The profile is that of the given book."""
        file = write_lines(tmp_path / "f", sale("1"))
        check(request(file, book=tmp_path / "b"))
        (tmp_path / "b" / "book.yaml").write_text("operator: 甲\n")
        assert check(request(file, book=tmp_path / "b", as_of=self.DAY)).operator == "甲"

    def test_makes_no_book(self, tmp_path: Path) -> None:
        """An absent book stays absent."""
        check(request(write_lines(tmp_path / "f", sale("1")), book=tmp_path / "b", as_of=self.DAY))
        assert not (tmp_path / "b").exists()


class TestOutputs:
    """No output overwrites what the run reads or keeps."""

    @pytest.mark.parametrize(
        "outputs",
        [
            {"out": "f"},
            {"rejects": "f"},
            {"out": "link"},
            {"out": "hard"},
            {"out": "x/../f"},
            {"out": "o", "rejects": "o"},
            {"out": "b/book.yaml"},
            {"rejects": "b/record/000000000000.log"},
            {"out": "b"},
        ],
        ids=str,
    )
    def test_are_refused_where_they_would_overwrite(
        self, tmp_path: Path, outputs: dict[str, str]
    ) -> None:
        """An input under any name, the other output, and anything in the book."""
        file = write_lines(tmp_path / "f", sale("1"))
        (tmp_path / "x").mkdir()
        (tmp_path / "link").symlink_to(file)
        (tmp_path / "hard").hardlink_to(file)
        check(request(file, book=tmp_path / "b"))
        before = contents(tmp_path)
        paths = {name: tmp_path / path for name, path in outputs.items()}
        with pytest.raises(UsageError) as caught:
            check(request(file, book=tmp_path / "b", **paths))
        assert caught.value.code == "output_taken"
        assert contents(tmp_path) == before

    def test_an_output_that_cannot_be_opened_is_told(self, tmp_path: Path) -> None:
        """A folder that is not there is the caller's to make."""
        file = write_lines(tmp_path / "f", sale("1"))
        with pytest.raises(UsageError) as caught:
            check(request(file, out=tmp_path / "none" / "out"))
        assert caught.value.code == "output_unwritable"

    def test_answers_are_written_only_after_they_are_durable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the record fails, nothing of the group is in the file."""
        monkeypatch.setattr(checking, "GROUP", 2)
        file = write_lines(tmp_path / "f", *(sale(str(n)) for n in range(6)))
        commit, calls = Record.commit, []

        def failing(record: Record) -> Any:
            calls.append(record.pending)
            if len(calls) == 3:
                raise StorageError("record_failed", "the disk is full")
            return commit(record)

        monkeypatch.setattr(Record, "commit", failing)
        with pytest.raises(StorageError):
            check(request(file, rulebooks=(BUYER,), book=tmp_path / "b", out=tmp_path / "out"))
        assert len(lines(tmp_path / "out")) == 2
        monkeypatch.undo()
        check(request(file, rulebooks=(BUYER,), book=tmp_path / "b", out=tmp_path / "out"))
        assert len(lines(tmp_path / "out")) == 6
        assert verify_book(tmp_path / "b").entries == 7


class TestSameAnswers:
    """The same facts give the same bytes."""

    def test_grouping_book_and_repetition_change_no_byte(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In groups of any size, in a kept book or a temporary one, live or read back."""
        file = write_lines(tmp_path / "f", *simulated(700))
        written = []
        for group, book in ((1_024, None), (7, "a"), (1_024, "a"), (100, "b")):
            monkeypatch.setattr(checking, "GROUP", group)
            out = tmp_path / "out"
            check(request(file, book=book and tmp_path / book, out=out))
            written.append(out.read_bytes())
        assert len(set(written)) == 1

    def test_a_deleted_state_changes_no_byte(self, tmp_path: Path) -> None:
        """A run goes on after the state was deleted as if it had not been."""
        events = simulated(600)
        halves = [
            write_lines(tmp_path / "1", *events[:300]),
            write_lines(tmp_path / "2", *events[300:]),
        ]
        for name in ("kept", "deleted"):
            check(request(halves[0], book=tmp_path / name))
            if name == "deleted":
                (tmp_path / name / "state.db").unlink()
            check(request(halves[1], book=tmp_path / name, out=tmp_path / f"{name}.out"))
        assert (tmp_path / "kept.out").read_bytes() == (tmp_path / "deleted.out").read_bytes()

    def test_withdrawn_events_are_not_judged_by_rules_of_other_stages(self, tmp_path: Path) -> None:
        """A stage that no rule names is not applicable, and is recorded."""
        file = write_lines(tmp_path / "f", event("sale", "1", stage="withdrawn"))
        assert counts(check(request(file, rulebooks=(BUYER, CN)))) == [{"not_applicable": 1}] * 2


def test_several_files_are_one_history(tmp_path: Path) -> None:
    """Events of several files are judged in order of time, those of one file in its own order."""
    times = ["2026-03-10T12:00:03Z", "2026-03-10T12:00:05Z", "2026-03-10T12:00:01Z"]
    first = write_lines(tmp_path / "a", *(sale(f"a{n}", time) for n, time in enumerate(times)))
    other = ["2026-03-10T12:00:02Z", "2026-03-10T12:00:04Z", "2026-03-10T12:00:06Z"]
    lines = [sale(f"b{n}", time) for n, time in enumerate(other)]
    second = write_lines(tmp_path / "b", "not an event", *lines)
    out = tmp_path / "out"
    summary = check(request(first, second, out=out))
    assert (summary.judged, summary.rejected) == (6, 1)
    judged = [json.loads(line)["event"]["id"] for line in out.read_bytes().splitlines()]
    assert judged == ["b0", "a0", "b1", "a1", "a2", "b2"]
