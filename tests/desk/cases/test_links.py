"""A link between cases, or to a thing, shows at both ends, is recorded, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from vermilion.desk.cases import Cases
from vermilion.desk.cases.links import MOST_LINKS
from vermilion.desk.desk import Desk
from vermilion.desk.sealing import remaining_event
from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import CaseEvent, CaseLink

from ..loop.samples import house
from .samples import DOLLARS, causes, held_by_carol, moment, rows, sale, say, work_of


def to_case(cause: str, relation: str = "follows_from") -> CaseLink:
    """Return a link to another case."""
    return CaseLink(**{relation: cause})


def about(kind: str, id: str) -> CaseLink:
    """Return a link to a thing."""
    return CaseLink(**{kind: id})


def two(desk: Desk) -> tuple[Cases, str, str]:
    """Return the cases of a book, and two causes."""
    carol = held_by_carol(desk, "p1")
    say(desk, sale("p2", subject="p2", price=DOLLARS))
    other = next(one for one in causes(desk).values() if one != carol)
    return Cases(desk), carol, other


def told(cases: Cases, kind: str, id: str) -> list[tuple[str, str, str]]:
    """Return what something is linked to."""
    return [(one.relation, one.kind, one.id) for one in cases.links(kind, id, moment(1))]


def test_a_direction_turns_at_the_other_end(tmp_path: Path) -> None:
    """What follows from a case is led to by it, and both journals have it, by whom."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        entry = cases.link(one, "olga", to_case(other))
        assert told(cases, "case", one) == [("follows_from", "case", other)]
        assert told(cases, "case", other) == [("leads_to", "case", one)]
        for cause in (one, other):
            detail = cases.case(cause, moment(1))
            assert detail is not None
            (item,) = detail.journal
            assert (item.kind, item.entry, item.by, item.cause) == ("link", entry, ["olga"], one)
            assert detail.links[0].case is not None


def test_what_has_no_direction_is_one_link(tmp_path: Path) -> None:
    """Said again from the other side it is the same link, and nothing more is recorded."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        entry = cases.link(one, "olga", to_case(other, "duplicate"))
        size = desk.book.record.size
        assert cases.link(other, "oskar", to_case(one, "duplicate")) == entry
        assert desk.book.record.size == size
        assert cases.link(other, "oskar", to_case(one, "same_scheme")) != entry


def test_a_link_is_taken_back_from_either_end(tmp_path: Path) -> None:
    """Both ends show it no longer, the journals say who took it back, and it can come again."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        entry = cases.link(one, "olga", to_case(other))
        cases.unlink(other, "oskar", entry)
        assert told(cases, "case", one) == told(cases, "case", other) == []
        detail = cases.case(one, moment(1))
        assert detail is not None
        assert [(item.kind, item.by) for item in detail.journal] == [
            ("link", ["olga"]),
            ("unlink", ["oskar"]),
        ]
        with pytest.raises(UsageError, match="no link"):
            cases.unlink(one, "olga", entry)
        assert cases.link(one, "olga", to_case(other)) > entry


@pytest.mark.parametrize("kind", ["party", "work", "token", "finding"])
def test_a_thing_shows_its_cases(tmp_path: Path, kind: str) -> None:
    """What a case is about leads back to the case, and to nothing of another kind."""
    with house(tmp_path / "b") as desk:
        cases, one, _ = two(desk)
        cases.link(one, "olga", about(kind, "it"))
        assert told(cases, "case", one) == [("about", kind, "it")]
        assert told(cases, kind, "it") == [("about", "case", one)]
        assert told(cases, "work" if kind != "work" else "token", "it") == []


def test_the_state_is_made_anew_with_links(tmp_path: Path) -> None:
    """Rows of links follow from the record alone."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        cases.link(one, "olga", to_case(other))
        gone = cases.link(one, "olga", about("work", "w1"))
        cases.unlink(one, "olga", gone)
        before = rows(desk)
    (tmp_path / "b" / "state.db").unlink()
    with house(tmp_path / "b") as desk:
        assert rows(desk) == before
        assert any(key.startswith(b"cl") for key in before)


def test_who_is_erased_is_linked_to_nothing(tmp_path: Path) -> None:
    """A link to a person is sealed under that person's key, and gone with it."""
    with house(tmp_path / "b") as desk:
        cases, one, _ = two(desk)
        cases.link(one, "olga", about("party", "carol"))
        desk.book.keys.destroy("person/carol")
        assert told(cases, "case", one) == told(cases, "party", "carol") == []
        detail = cases.case(one, moment(1))
        assert detail is not None
        assert (detail.journal[0].link, detail.journal[0].erased) == (None, True)


def test_a_link_to_somebody_erased_is_taken_back(tmp_path: Path) -> None:
    """By its entry and nothing else: no row is left at either end, and nothing recorded names them."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        cases.link(other, "olga", about("work", "w1"))
        kept = {key for key in rows(desk) if key.startswith(b"cl")}
        entry = cases.link(one, "olga", about("party", "carol"))
        desk.book.keys.destroy("person/carol")
        before = cases.case(one, moment(1))
        assert before is not None
        assert (before.links, before.erased_links) == ([], [entry])
        with pytest.raises(UsageError, match="no link"):
            cases.unlink(other, "oskar", entry)
        made = cases.unlink(one, "oskar", entry)
        after = cases.case(one, moment(1))
        assert after is not None
        assert (after.links, after.erased_links) == ([], [])
        last = after.journal[-1]
        assert (last.kind, last.by, last.entry, last.of) == ("unlink", ["oskar"], made, entry)
        assert (last.link, last.erased) == (None, False)
        assert {key for key in rows(desk) if key.startswith(b"cl")} == kept
        with pytest.raises(UsageError, match="no link"):
            cases.unlink(one, "oskar", entry)
        live = rows(desk)
        (said,) = [found for found in desk.book.record.entries(made) if found.index == made]
        event = remaining_event(said)
        assert isinstance(event, CaseEvent)
        assert (event.data.link, event.data.of) == (None, entry)
        assert b"carol" not in canonical_bytes(event) + bytes(said.envelope.statement)
    (tmp_path / "b" / "state.db").unlink()
    with house(tmp_path / "b") as desk:
        assert rows(desk) == live


def test_who_was_erased_and_came_again_is_linked_again(tmp_path: Path) -> None:
    """The link that was erased is not taken for the new one, nor does the new one tell whose it was."""
    with house(tmp_path / "b") as desk:
        cases, one, _ = two(desk)
        erased = cases.link(one, "olga", about("party", "carol"))
        desk.book.keys.destroy("person/carol")
        again = cases.link(one, "olga", about("party", "carol"))
        assert again > erased
        assert told(cases, "case", one) == [("about", "party", "carol")]
        detail = cases.case(one, moment(1))
        assert detail is not None
        assert detail.erased_links == [erased]
        cases.unlink(one, "olga", erased)
        assert told(cases, "case", one) == [("about", "party", "carol")]
        detail = cases.case(one, moment(1))
        assert detail is not None
        assert detail.erased_links == []
        assert told(cases, "party", "carol") == [("about", "case", one)]


def test_what_cannot_be_linked_is_refused(tmp_path: Path) -> None:
    """Neither a case to itself, nor to one that there is not, and no more than so many."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        for link in (to_case(one), to_case("0" * 32)):
            with pytest.raises(UsageError):
                cases.link(one, "olga", link)
        for n in range(MOST_LINKS):
            cases.link(one, "olga", about("work", f"w{n}"))
        for cause, link in ((one, about("work", "x")), (other, to_case(one))):
            with pytest.raises(UsageError, match="links already"):
                cases.link(cause, "olga", link)


@pytest.mark.parametrize("said", [{}, {"work": "w", "token": "t"}])
def test_a_link_leads_to_one_thing(said: dict[str, str]) -> None:
    """A link that names nothing, or two things, is none."""
    with pytest.raises(ValueError, match="one thing"):
        CaseLink(**said)


def test_nobody_links_from_outside(tmp_path: Path) -> None:
    """An event of another source, or about a case that there is not, links nothing."""
    with house(tmp_path / "b") as desk:
        cases, one, other = two(desk)
        outside = work_of("//test", "x", cause=one, action="link", link=to_case(other))
        nowhere = work_of("vermilion:desk", "y", cause=one, action="link", link=to_case("0" * 32))
        desk.submit([outside, nowhere])
        assert told(cases, "case", one) == told(cases, "case", "0" * 32) == []
