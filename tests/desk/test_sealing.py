"""A judgement goes into the record and comes out again; what is personal lies under its person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.desk import Desk, Duplicate
from vermilion.desk.sealing import KIND, Judgement, opened, sealable
from vermilion.facts.events import EVENT_TYPES, event_type_of
from vermilion.record import Entry, Erased

from .samples import (
    CN,
    contents,
    desk_in,
    event,
    party,
    received,
    rule,
    rulebook,
    rulings,
    sale,
    simulated,
    submit,
    words,
)

NAME, BORN, LEVEL, TEXT = "李清照-4711", "1996-02-29", "level-9f3c", "卖出我的藏品 8x7c"
SECRETS = [NAME, BORN, LEVEL, TEXT]

PERSONAL = rulebook(
    rule(
        "XX-P",
        "sale party payment",
        'any(known(p.name) and known(p.birth_date) and p.kyc.level != "x" for p in parties)',
    ),
    rule("XX-T", "post", "known(text) and known(author.name)"),
)
"""Rules that show names, birth dates, levels and texts in their facts."""


def person(id: str) -> dict[str, Any]:
    """Return a party all of whose facts are secret."""
    return {"id": id, "name": NAME, "birth_date": BORN, "kyc": {"level": LEVEL}}


EVENTS = [
    party("standing", **{key: value for key, value in person("standing").items() if key != "id"}),
    sale("inline", buyer="guest", inline={"parties": [person("guest")]}),
    sale("joined", buyer="standing"),
    event("post", "post", parties={"author": "standing"}, text=TEXT),
    event(
        "sale",
        "two",
        parties={"seller": "standing", "buyer": "guest"},
        inline={"parties": [person("guest"), person("third")]},
    ),
]


def entries(desk: Desk) -> Iterator[Entry]:
    """Yield the judgements of a desk's record."""
    return (one for one in desk.book.record.entries() if one.envelope.kind == KIND)


def same(a: Judgement, b: Judgement) -> bool:
    """Tell whether two judgements agree byte for byte, and mean the same."""
    return (
        a.canonical == b.canonical
        and a.event == b.event
        and [one.written for one in a.ruled] == [one.written for one in b.ruled]
        and [one.ruling for one in a.ruled] == [one.ruling for one in b.ruled]
    )


class TestOpened:
    """What comes out of the record is what went in."""

    def test_every_simulated_event_comes_out_as_it_went_in(self, tmp_path: Path) -> None:
        """Event and rulings are the same bytes, whatever was cut out of them for a person.

        The market makes every type of event but those that people and the desk itself add.
        """
        with desk_in(tmp_path / "b", CN, PERSONAL) as desk:
            answers = desk.submit(simulated(2_000))
            kinds = {event_type_of(one.judged.event) for one in answers}  # type: ignore[union-attr]
            assert kinds == set(EVENT_TYPES) - {"list", "resolution", "case", "access", "erasure"}
            for answer, entry in zip(answers, entries(desk), strict=True):
                assert same(answer.judged, opened(entry))  # type: ignore[union-attr, arg-type]

    def test_personal_events_come_out_as_they_went_in(self, tmp_path: Path) -> None:
        """Party statements, inline parties, post texts and facts of people are put back in place."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            answers = submit(desk, *EVENTS)
            assert [len(one.judged.ruled[0].ruling.rules) for one in answers] == [1] * 5  # type: ignore[union-attr]
            for answer, entry in zip(answers, entries(desk), strict=True):
                assert same(answer.judged, opened(entry))  # type: ignore[union-attr, arg-type]

    def test_amounts_of_any_size_come_out_as_they_went_in(self, tmp_path: Path) -> None:
        """An amount of 38 digits keeps every digit, in the event and among the facts."""
        large = rulebook(rule("XX-A", "sale", 'amount(price, "ETH") > 5'))
        data = {"price": {"amount": "9" * 38, "currency": "ETH"}}
        inline = {"parties": [person("b")]}
        with desk_in(tmp_path / "b", large) as desk:
            (answer,) = submit(desk, sale("1", inline=inline, **data))
            (entry,) = entries(desk)
            assert answer.judged.ruled[0].ruling.verdict == "deny"  # type: ignore[union-attr]
            assert same(answer.judged, opened(entry))  # type: ignore[union-attr, arg-type]


class TestPersonal:
    """What says something about a person lies under that person's key and nowhere else."""

    @pytest.mark.parametrize("plain", EVENTS, ids=lambda one: one["id"])
    def test_the_class_section_holds_nothing_personal(
        self, tmp_path: Path, plain: dict[str, Any]
    ) -> None:
        """Only sections under a person's name hold names, birth dates, levels or texts."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, EVENTS[0])
            judged = desk.judge(received(plain))
        statement, (first, *others), _ = sealable(judged, "2026-03")
        assert first.key.startswith("class/")
        assert all(one.key.startswith("person/") for one in others)
        assert not [one for one in SECRETS if one.encode() in first.content + statement]
        assert [one for one in SECRETS if any(one.encode() in other.content for other in others)]

    def test_each_person_has_a_section_of_their_own(self, tmp_path: Path) -> None:
        """The facts of two people never lie under one key."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, EVENTS[0])
            judged = desk.judge(received(EVENTS[4]))
        keys = [section.key for section in sealable(judged, "2026-03").sections]
        assert keys == [
            "class/transaction/2026-03",
            "person/guest",
            "person/third",
            "person/standing",
        ]

    def test_no_file_of_the_book_holds_a_personal_value(self, tmp_path: Path) -> None:
        """Record, state, keys and rulebooks hold none in clear, in any encoding that JSON has."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, *EVENTS)
            open_files = contents(tmp_path / "b")
        spelt = [one.encode() for one in SECRETS] + [ascii(NAME)[1:-1].encode()]
        for files in (open_files, contents(tmp_path / "b")):
            found = [name for name, content in files.items() for s in spelt if s in content]
            assert found == []

    def test_no_file_of_a_market_holds_a_name_or_birth_date(self, tmp_path: Path) -> None:
        """No name, birth date or post of a simulated market is in any file of the book."""
        events = simulated(1_500)
        with desk_in(tmp_path / "b", CN) as desk:
            desk.submit(events)
        everything = b"".join(contents(tmp_path / "b").values())
        pattern = re.compile(rb'"(?:name|birth_date|text)":"([^"]+)"')
        said = {s for one in events if _personal(one) for s in pattern.findall(one.canonical)}
        assert len(said) > 100
        assert not [one for one in said if one in everything]


def _personal(one: Any) -> bool:
    return event_type_of(one.event) in {"party", "post"} or one.event.data.inline is not None


class TestErasure:
    """Destroying a person's key erases what was said of them, and nothing else."""

    def test_that_persons_entries_answer_erased_and_others_stay(self, tmp_path: Path) -> None:
        """Entries that hold a section of the person are gone, the rest opens as before."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, *EVENTS)
            desk.book.keys.destroy("person/guest")
            found = [opened(entry) is None for entry in entries(desk)]
            erased = [Erased() in entry.contents for entry in entries(desk)]
        assert found == erased == [False, True, False, False, True]

    def test_the_class_section_stays_readable(self, tmp_path: Path) -> None:
        """What concerns nobody in particular is still there for the auditor."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, EVENTS[1])
            desk.book.keys.destroy("person/guest")
            (entry,) = entries(desk)
            assert isinstance(entry.contents[0], bytes)
            assert b'"buyer":"guest"' in entry.contents[0]

    @pytest.mark.parametrize("reopened", [False, True])
    def test_erased_standing_facts_are_unknown_to_the_next_run(
        self, tmp_path: Path, reopened: bool
    ) -> None:
        """After erasure the person's facts are asked for again; they never pass for known."""
        listed = rulebook(rule("XX-L", "sale", "len(buyer.lists_hit) > 0"))
        with desk_in(tmp_path / "b", listed) as desk:
            submit(desk, party("b", lists_hit=[]), party("c", lists_hit=[]))
            desk.book.keys.destroy("person/b")
        if reopened:
            (tmp_path / "b" / "state.db").unlink()
        with desk_in(tmp_path / "b", listed) as desk:
            found = rulings(desk, sale("1", buyer="b"), sale("2", buyer="c"))
        assert [one.verdict for one in found] == ["review", "allow"]

    def test_the_same_event_again_is_refused_alone(self, tmp_path: Path) -> None:
        """An erased judgement cannot be answered again; the rest of the group is."""
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            submit(desk, *EVENTS)
            desk.book.keys.destroy("person/guest")
            answers = submit(desk, *EVENTS, sale("new"))
        names = [type(one).__name__ for one in answers]
        assert names == ["Duplicate", "Refused", "Duplicate", "Duplicate", "Refused", "Sealed"]
        assert answers[1].error.code == "erased"  # type: ignore[union-attr]


class TestLimits:
    """What the record cannot take is refused, and the rest goes on."""

    def test_an_event_about_too_many_people_is_refused_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One section a person has a limit in the envelope; the event is told of by a code."""
        monkeypatch.setattr("vermilion.record.envelope.MAX_ENVELOPE", 4_000)
        crowd = {"parties": [{"id": f"p{n}"} for n in range(40)]}
        with desk_in(tmp_path / "b", PERSONAL) as desk:
            answers = submit(desk, sale("1"), sale("2", inline=crowd), sale("3"))
            assert desk.standing.at("party", "p1", answers[0].judged.event.time) is None  # type: ignore[union-attr]
            assert desk.book.record.size == 3
        assert [type(one).__name__ for one in answers] == ["Sealed", "Refused", "Sealed"]
        assert answers[1].error.code == "envelope_too_long"  # type: ignore[union-attr]


class TestWrittenOut:
    """Decisions written out are the same bytes whenever and wherever they are written."""

    def test_twice_from_the_record_and_from_a_reopened_book(self, tmp_path: Path) -> None:
        """Live, live again, from the record, and from a book opened without any rulebook."""
        events = simulated(600)
        with desk_in(tmp_path / "b", CN, PERSONAL) as desk:
            answers = desk.submit(events)
            live = [desk.decisions(one.judged) for one in answers]  # type: ignore[union-attr]
            again = [desk.decisions(one.judged) for one in answers]  # type: ignore[union-attr]
            recorded = [desk.decisions(opened(entry)) for entry in entries(desk)]  # type: ignore[arg-type]
        with desk_in(tmp_path / "b") as desk:
            kept = [desk.decisions(opened(entry)) for entry in entries(desk)]  # type: ignore[arg-type]
        assert live == again == recorded == kept
        assert {len(one) for one in live} == {2}

    def test_duplicates_answer_under_the_rulebook_of_then(self, tmp_path: Path) -> None:
        """A rulebook that was changed since does not change what was decided."""
        old, new = (
            rulebook(rule("XX-A", "sale", "token.divisible", version=n, reason=words(f"v{n}")))
            for n in (1, 2)
        )
        one = sale(
            "1", token="v:token:1", inline={"tokens": [{"id": "v:token:1", "divisible": True}]}
        )
        with desk_in(tmp_path / "b", old) as desk:
            (first,) = submit(desk, one)
            before = desk.decisions(first.judged)  # type: ignore[union-attr]
        with desk_in(tmp_path / "b", new) as desk:
            (second,) = submit(desk, one)
            assert isinstance(second, Duplicate)
            assert desk.decisions(second.judged) == before
