"""A person is erased as the record says: recorded first, ended at the next start, once."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from vermilion.desk import erase as erasing
from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book
from vermilion.desk.desk import Refused
from vermilion.desk.erase import Erased, ErasureAsked, erasures
from vermilion.desk.erasures import Erasures
from vermilion.desk.history import History
from vermilion.desk.keeping import terms
from vermilion.desk.replay import replay
from vermilion.desk.things import thing
from vermilion.errors import StorageError, UsageError
from vermilion.facts.events import ErasureEvent
from vermilion.record import KeyStore
from vermilion.rulebook import Rulebook

from .samples import CN, Desk, desk_in, event, party, received, rule, rulebook, sale, submit

NOW = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
PLAIN = rulebook(rule("XX-NAME", "sale", 'buyer.name == "Xaver"'))
"""Says nothing of how long records are kept."""


@contextmanager
def opened(folder: Path, *rulebooks: Rulebook) -> Iterator[tuple[Desk, History]]:
    """Open a book with its index, under rulebooks."""
    with desk_in(folder, *(rulebooks or (PLAIN,))) as desk, closing(History(desk.book)) as history:
        yield desk, history


def asked(person: str = "ann", **changes: Any) -> ErasureAsked:
    """Return what is asked for where nothing else matters."""
    return ErasureAsked(**{"person": person, "by": "ada", "ground": "requested"} | changes)


def known(desk: Desk, history: History) -> None:
    """Let something be known of ann, and let her buy."""
    submit(desk, party("ann", name="Ann"), sale("s1", buyer="ann"))
    history.follow()


def erase(desk: Desk, history: History, what: ErasureAsked, now: dt.datetime) -> Erased:
    """Erase somebody, and let the index follow."""
    done = erasing.erase(desk, history, what, now)
    history.follow()
    return done


def code_of(act: Callable[[], object]) -> str:
    """Return the code of the error that something ends with."""
    with pytest.raises((UsageError, StorageError)) as refused:
        act()
    return refused.value.code


class TestWhatIsRecorded:
    """The record says who erased whom, when and why, and names the person to no one without keys."""

    def test_who_when_and_why(self, tmp_path: Path) -> None:
        """The erasure comes out as it was asked for, and the person's page tells it."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            done = erase(desk, history, asked(asked_by="ann", reference="2026-17"), NOW)
            assert done == Erased(
                person="ann",
                entry=done.entry,
                at=NOW,
                by="ada",
                asked_by="ann",
                ground="requested",
                reference="2026-17",
                relationship_ended=None,
                retention=[],
                despite_retention=False,
                keys=1,
            )
            told = thing(desk.book, history, "party", "ann", NOW)
            assert told is not None
            assert told.erasures == [done]
            assert told.holds == {}
            assert desk.book.keys.ids(f"class/erasure/{dt.datetime.now(dt.UTC):%Y-%m}")
            assert [one.erased for one in told.statements] == [True]

    def test_the_id_stands_nowhere_in_clear(self, tmp_path: Path) -> None:
        """What can be read without keys does not name who was erased, but the keys."""
        with opened(tmp_path / "b") as (desk, history):
            submit(desk, event("party", "p1", party={"id": "shop:customer:17", "name": "Ann"}))
            (key,) = desk.book.keys.ids("person/shop:customer:17")
            erase(desk, history, asked("shop:customer:17"), NOW)
            *_, (_, kind, statement) = desk.book.record.statements()
            assert kind == "judgement"
            assert key.encode() in statement
        files = [one for one in (tmp_path / "b" / "record").rglob("*") if one.is_file()]
        assert not any(b"customer:17" in one.read_bytes() for one in files)

    def test_record_and_replay_are_whole(self, tmp_path: Path) -> None:
        """The book verifies, and the erasure is judged again alike."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            erase(desk, history, asked(), NOW)
            found = replay(desk.book)
        assert (found.events, found.equal, found.different) == (2, 1, 0)
        assert (found.unclear, found.erased) == (1, 1)  # her name was read when she bought
        assert verify_book(tmp_path / "b").problems == ()


class TestOnce:
    """An erasure is done once, of somebody who is known."""

    def test_nobody_of_that_id(self, tmp_path: Path) -> None:
        """Who is unknown, or only named, is refused; nothing is recorded."""
        with opened(tmp_path / "b") as (desk, history):
            submit(desk, sale("s1", buyer="ann"))
            size = desk.book.record.size
            assert code_of(lambda: erase(desk, history, asked(), NOW)) == "unknown_person"
            assert desk.book.record.size == size

    def test_erased_already(self, tmp_path: Path) -> None:
        """The second time it is refused, also of a book made anew; nothing is recorded."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            erase(desk, history, asked(), NOW)
            size = desk.book.record.size
            assert code_of(lambda: erase(desk, history, asked(), NOW)) == "erased_already"
            assert desk.book.record.size == size
        (tmp_path / "b" / "state.db").unlink()
        with opened(tmp_path / "b") as (desk, history):
            assert code_of(lambda: erase(desk, history, asked(), NOW)) == "erased_already"

    def test_who_is_known_again(self, tmp_path: Path) -> None:
        """What is stated later stays, whatever is made anew, until it is erased too."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            first = erase(desk, history, asked(), NOW)
            submit(desk, party("ann", number=1, name="Anna"))
        (tmp_path / "b" / "state.db").unlink()
        with opened(tmp_path / "b") as (desk, history):
            told = thing(desk.book, history, "party", "ann", NOW)
            assert told is not None
            assert told.holds == {"name": "Anna"}
            second = erase(desk, history, asked(ground="unlawful"), NOW)
            assert erasures(desk.book, history, "ann") == [second, first]
            assert not desk.book.keys.ids("person/ann")

    def test_from_outside(self, tmp_path: Path) -> None:
        """No event from outside says that somebody was erased."""
        data: dict[str, Any] = {
            "erased": "ann",
            "parties": {"by": "ada"},
            "ground": "requested",
            "keys": ["0" * 32],
        }
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            (answer,) = submit(desk, event("erasure", "e1", **data))
            assert isinstance(answer, Refused)
            assert answer.error.code == "erasure_from_outside"
            assert desk.book.keys.ids("person/ann")


DIES = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from desk.test_erase import NOW, asked, erase, known, opened
from vermilion.record import KeyStore

KeyStore.destroy_keys = lambda *_: os._exit(9)
with opened(Path(sys.argv[1])) as (desk, history):
    known(desk, history)
    erase(desk, history, asked(), NOW)
"""


class TestTheTwoSteps:
    """Recorded first, and ended whatever comes between."""

    def test_it_dies_between(self, tmp_path: Path) -> None:
        """A process that ends after the one and before the other leaves it to the next start."""
        book, tests = tmp_path / "b", Path(__file__).parents[1]
        died = subprocess.run([sys.executable, "-c", DIES, book, tests], check=False)
        assert died.returncode == 9
        with closing(KeyStore.open(book / "keys")) as keys:
            assert keys.ids("person/ann")
        (problem,) = verify_book(book).problems
        assert "not erased" in problem.what
        with opened(book) as (desk, history):
            assert not desk.book.keys.ids("person/ann")
            (done,) = erasures(desk.book, history, "ann")
            assert code_of(lambda: erase(desk, history, asked(), NOW)) == "erased_already"
            told = thing(desk.book, history, "party", "ann", NOW)
            assert told is not None
            assert (told.holds, told.erasures) == ({}, [done])
        assert verify_book(book).problems == ()

    def test_nothing_is_destroyed_that_is_not_recorded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the record cannot be written the keys are there."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)

            def fails() -> None:
                raise StorageError("record_failed", "the disk is full")

            monkeypatch.setattr(desk.book.record, "commit", fails)
            assert code_of(lambda: erase(desk, history, asked(), NOW)) == "record_failed"
            assert desk.book.keys.ids("person/ann")
            assert desk.book.loop.erasures.of("ann") == []

    def test_what_could_not_be_destroyed_is_ended_when_asked_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is recorded once, and the second time done."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)

            def fails(*_: object) -> int:
                raise StorageError("keys_damaged", "the disk is full")

            with monkeypatch.context() as patched:
                patched.setattr(desk.book.keys, "destroy_keys", fails)
                assert code_of(lambda: erase(desk, history, asked(), NOW)) == "keys_damaged"
            history.follow()
            size = desk.book.record.size
            done = erase(desk, history, asked(), NOW)
            assert desk.book.record.size == size
            assert erasures(desk.book, history, "ann") == [done]
            assert not desk.book.keys.ids("person/ann")

    def test_keys_put_back_are_destroyed_again(self, tmp_path: Path) -> None:
        """An older copy of the keys brings nobody back."""
        book = tmp_path / "b"
        with opened(book) as (desk, history):
            known(desk, history)
        shutil.copy(book / "keys" / "keys.db", tmp_path / "keys.db")
        with opened(book) as (desk, history):
            erase(desk, history, asked(), NOW)
        shutil.copy(tmp_path / "keys.db", book / "keys" / "keys.db")
        with closing(KeyStore.open(book / "keys")) as keys:
            assert keys.ids("person/ann")
        with Book.open(book) as opened_again:
            assert not opened_again.keys.ids("person/ann")


class TestKeeping:
    """Records that may have to be kept are not erased by accident."""

    def test_the_clause_is_named(self, tmp_path: Path) -> None:
        """Under the shipped rulebook of China it is refused by clause, months and day."""
        with opened(tmp_path / "b", CN) as (desk, history):
            known(desk, history)
            size = desk.book.record.size
            with pytest.raises(UsageError) as refused:
                erase(desk, history, asked(relationship_ended=dt.date(2026, 3, 20)), NOW)
            assert refused.value.code == "must_be_kept"
            for words in (
                "CN-AML-2024-OBLIGED 第三十四条第三款",
                "keep_identity_months: 120 months, over on 2036-03-21",
                "keep_transaction_months: 120 months, over on 2036-03-11",
                "CN-ECOM-2018 第三十一条",
                "36 months, over on 2029-03-11",
            ):
                assert words in refused.value.message
            assert desk.book.record.size == size
            assert desk.book.keys.ids("person/ann")

    def test_who_answers_for_it(self, tmp_path: Path) -> None:
        """Despite that it is done with a reference, and the record says despite what."""
        with opened(tmp_path / "b", CN) as (desk, history):
            known(desk, history)
            bare = asked(despite_retention=True)
            assert code_of(lambda: erase(desk, history, bare, NOW)) == "reference_lacking"
            done = erase(desk, history, asked(despite_retention=True, reference="dpo-4"), NOW)
            assert done.despite_retention
            assert [(one.parameter, one.until) for one in done.retention] == [
                ("keep_identity_months", None),
                ("keep_transaction_months", dt.date(2036, 3, 11)),
                ("keep_trade_information_months", dt.date(2029, 3, 11)),
            ]

    def test_when_all_is_over(self, tmp_path: Path) -> None:
        """After the last term it needs nobody to answer for it, and the terms are recorded."""
        with opened(tmp_path / "b", CN) as (desk, history):
            known(desk, history)
            then = dt.datetime(2036, 3, 21, tzinfo=dt.UTC)
            ended = asked(relationship_ended=dt.date(2026, 3, 20), ground="period_over")
            the_day_before = then - dt.timedelta(days=1)
            assert code_of(lambda: erase(desk, history, ended, the_day_before)) == "must_be_kept"
            assert code_of(lambda: erase(desk, history, asked(), then)) == "must_be_kept"
            done = erase(desk, history, ended, then)
            assert done.retention[0].until == dt.date(2036, 3, 21)
            assert not done.despite_retention

    def test_a_term_counts_from_the_last_event(self, tmp_path: Path) -> None:
        """Who was seen after the relationship is said to have ended was seen."""
        with opened(tmp_path / "b", CN) as (desk, history):
            known(desk, history)
            found = terms(desk.engines, history, "ann", dt.date(2020, 1, 1), NOW)
            assert found[0].until == dt.date(2036, 3, 11)

    @pytest.mark.parametrize(
        ("sold", "months", "until"),
        [
            ("2019-12-31", 60, "2025-01-01"),
            ("2020-01-01", 120, "2030-01-02"),
            ("2024-02-29", 120, "2034-03-01"),
        ],
    )
    def test_a_longer_term_that_comes_later(
        self, tmp_path: Path, sold: str, months: int, until: str
    ) -> None:
        """It lengthens what still has to be kept when it comes into force, and nothing else."""
        with opened(tmp_path / "b", CN) as (desk, history):
            submit(desk, sale("s1", f"{sold}T12:00:00+08:00", buyer="ann"))
            history.follow()
            first = terms(desk.engines, history, "ann", None, NOW)[0]
            assert (first.parameter, first.months) == ("keep_transaction_months", months)
            assert first.until == dt.date.fromisoformat(until)

    def test_who_only_wrote_has_no_such_term(self, tmp_path: Path) -> None:
        """Of an officer, whose words alone are held, no term of a customer's records runs."""
        with opened(tmp_path / "b", CN) as (desk, history):
            reason = {"action": "release", "parties": {"by": "olga"}, "reason": "known customer"}
            submit(desk, event("resolution", "r1", **reason, cause="0" * 32))
            history.follow()
            assert terms(desk.engines, history, "olga", None, NOW) == []
            assert erase(desk, history, asked("olga"), NOW).retention == []

    def test_an_end_to_come(self, tmp_path: Path) -> None:
        """A relationship has not ended in the future."""
        with opened(tmp_path / "b") as (desk, history):
            known(desk, history)
            ended = asked(relationship_ended=dt.date(2026, 4, 3))
            assert code_of(lambda: erase(desk, history, ended, NOW)) == "bad_date"


def test_who_forges_is_found(tmp_path: Path) -> None:
    """An erasure in the record whose keys are there is no erasure, until the book is opened."""
    with opened(tmp_path / "b") as (desk, history):
        known(desk, history)
        keys = desk.book.keys.ids("person/ann")
        said = event(
            "erasure",
            f"erasure/{keys[0]}",
            erased="ann",
            parties={"by": "ada"},
            ground="requested",
            keys=keys,
            source=desk.book.keys.origin,
        )
        made = received(said).event
        assert isinstance(made, ErasureEvent)
        desk.say([made])
        assert Erasures(desk.book.state.rows, desk.book.keys.digest_key).of("ann") != []
    (problem,) = verify_book(tmp_path / "b").problems
    assert "not erased" in problem.what
