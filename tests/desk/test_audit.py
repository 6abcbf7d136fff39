"""`record verify` finds rulebooks that were put in force, or judged, as they must not be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.desk.activation import (
    ACTIVATION,
    REQUEST,
    Activation,
    Approval,
    approve,
    signed_text,
)
from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book
from vermilion.rulebook import Engine, Officer, Profile, Rulebook

from .samples import desk_in, sale, submit
from .test_activation import (
    ANN,
    BOB,
    FIRST,
    KEYS,
    OFFICERS,
    OTHER,
    SECOND,
    THIRD,
    TWO,
    approved,
    by_two,
    public,
)


def told(path: Path) -> list[tuple[int | None, str]]:
    """Return what is told of a book: entry and words."""
    return [(one.index, one.what) for one in verify_book(path).problems]


def forge(book: Book, kind: str, said: Activation) -> None:
    """Record an activation that nobody checked, and let it take effect."""
    statement = msgspec.json.encode(said)
    index = book.record.append(kind, statement, (), {})
    book.record.commit()
    book.note_activation(kind, statement, index)
    book.state.apply({}, (), book.record.size)


def following(
    book: Book, one: Rulebook, people: Sequence[Approval], profile: Profile = TWO, **changes: Any
) -> Activation:
    """Return an activation after the one in force, as it must be but for its approvals."""
    engine = Engine(one, profile)
    book.keep(engine)
    text = signed_text(book, engine).decode().splitlines()
    previous, after = (None, None) if text[4] == "-" else (text[4], int(text[5]))
    by = people[-1].officer if people else None
    made = Activation(one.id, engine.digest, previous, after, by, list(people))
    return msgspec.structs.replace(made, **changes)


def signed(book: Book, one: Rulebook, *people: str, profile: Profile = TWO) -> list[Approval]:
    """Return the approvals of officers, each signed."""
    text = signed_text(book, Engine(one, profile))
    return [approve(text, name, KEYS.get(name)) for name in people]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a book in which two people put the first rulebook in force: entries 0 and 1."""
    with Book.open(tmp_path / "b") as book:
        by_two(book, FIRST)
    assert told(tmp_path / "b") == []
    return tmp_path / "b"


class TestActivations:
    """An activation that the profile in force does not bear out."""

    def test_one_that_two_people_approved_is_right(self, path: Path) -> None:
        """What is forged below is told of for what differs from this."""
        with Book.open(path) as book:
            people = signed(book, SECOND, "ann", "bob")
            forge(book, REQUEST, following(book, SECOND, people[:1]))
            forge(book, ACTIVATION, following(book, SECOND, people))
        assert told(path) == []

    @pytest.mark.parametrize(("people", "count"), [((), 0), (("ann",), 1)])
    def test_by_too_few(self, path: Path, people: tuple[str, ...], count: int) -> None:
        """Where the profile asks for two people, the process or one officer is not enough."""
        with Book.open(path) as book:
            forge(book, ACTIVATION, following(book, SECOND, signed(book, SECOND, *people)))
        assert told(path) == [(2, f"it takes two people to activate this, and {count} approved")]

    def test_a_profile_of_ones_own_lowers_nothing(self, path: Path) -> None:
        """The profile in force counts, not the one to come; also for a rulebook that is new."""
        with Book.open(path) as book:
            forge(book, ACTIVATION, following(book, OTHER, (), Profile()))
            forge(book, ACTIVATION, following(book, SECOND, (), Profile(two_people=[])))
        assert [index for index, what in told(path) if "takes two people" in what] == [2, 3]

    def test_by_one_person_twice(self, path: Path) -> None:
        """Two approvals of one officer are one."""
        with Book.open(path) as book:
            people = signed(book, SECOND, "ann", "ann")
            forge(book, REQUEST, following(book, SECOND, people[:1]))
            forge(book, ACTIVATION, following(book, SECOND, people))
        assert told(path) == [(3, "`ann` approved twice, under one id or one key")]

    def test_by_one_key_twice(self, tmp_path: Path) -> None:
        """One key under two ids is one person."""
        officers = [Officer(id="ann", key=public(ANN)), Officer(id="alias", key=public(ANN))]
        profile = Profile(officers=officers, two_people=["activation"])
        with Book.open(tmp_path / "b") as book:
            text = signed_text(book, Engine(FIRST, profile))
            people = [approve(text, name, ANN) for name in ("ann", "alias")]
            forge(book, REQUEST, following(book, FIRST, people[:1], profile))
            forge(book, ACTIVATION, following(book, FIRST, people, profile))
        assert told(tmp_path / "b") == [(1, "`alias` approved twice, under one id or one key")]

    def test_without_the_first_approval_before(self, path: Path) -> None:
        """The first of two is an entry of its own, with the same signature."""
        with Book.open(path) as book:
            approved(book, THIRD, "ann")
            people = signed(book, SECOND, "ann", "bob")
            forge(book, ACTIVATION, following(book, SECOND, people))
        assert told(path) == [(3, "the first approval is not the one that waited for a second")]

    @pytest.mark.parametrize(
        "forged",
        [
            lambda book, good: approve(signed_text(book, Engine(THIRD, TWO)), "bob", BOB),
            lambda book, good: approve(b"something else", "bob", BOB),
            lambda book, good: approve(signed_text(book, Engine(SECOND, TWO)), "bob", ANN),
            lambda book, good: msgspec.structs.replace(good, signature=None),
            lambda book, good: msgspec.structs.replace(good, signature="*"),
            lambda book, good: msgspec.structs.replace(good, key=public(ANN)),
            lambda book, good: Approval("bob"),
        ],
    )
    def test_a_signature_that_is_not_the_officers(self, path: Path, forged: Any) -> None:
        """For another digest, by another key, of another key, lacking or no signature at all."""
        with Book.open(path) as book:
            ann, bob = signed(book, SECOND, "ann", "bob")
            forge(book, REQUEST, following(book, SECOND, [ann]))
            forge(book, ACTIVATION, following(book, SECOND, [ann, forged(book, bob)]))
        (found,) = [what for index, what in told(path) if "not signed" in what]
        assert found.endswith("the key that the profile in force lists of `bob`")

    def test_a_signature_of_another_book(self, tmp_path: Path, path: Path) -> None:
        """Signatures are bound to the record's name."""
        with Book.open(tmp_path / "other") as other:
            by_two(other, FIRST)
            elsewhere = signed(other, SECOND, "ann")
        with Book.open(path) as book:
            forge(book, REQUEST, following(book, SECOND, elsewhere))
        assert [index for index, _ in told(path)] == [2]

    @pytest.mark.parametrize(
        ("officer", "what"),
        [
            (None, "`carl` is no officer of the profile in force"),
            (Officer(id="carl", may=["release"]), "`carl` may not activate"),
            (Officer(id="carl"), "the profile in force lists no key of `carl`"),
        ],
    )
    def test_somebody_who_must_not(self, tmp_path: Path, officer: Any, what: str) -> None:
        """Who is not listed, may not, or signs with a key that nobody listed."""
        officers = [*OFFICERS, *([officer] if officer else [])]
        profile = Profile(officers=officers, two_people=["activation"])
        with Book.open(tmp_path / "b") as book:
            by_two(book, FIRST, profile)
            text = signed_text(book, Engine(SECOND, profile))
            carl = approve(text, "carl", BOB if what.endswith("key of `carl`") else None)
            forge(book, REQUEST, following(book, SECOND, [carl], profile))
        ((index, found),) = told(tmp_path / "b")
        assert (index, found.startswith(what)) == (2, True)

    @pytest.mark.parametrize(
        "changes", [{"previous": None, "after": None}, {"after": 0}, {"previous": "0" * 64}]
    )
    def test_one_that_does_not_follow(self, tmp_path: Path, changes: dict[str, Any]) -> None:
        """Each names the digest in force before, and the entry that put it there."""
        with Book.open(tmp_path / "b") as book:
            book.activate(Engine(OTHER, book.profile))
            book.activate(Engine(FIRST, book.profile))
            forge(book, ACTIVATION, following(book, SECOND, (), book.profile, **changes))
            book.activate(Engine(THIRD, book.profile))
        assert told(tmp_path / "b") == [
            (2, "it does not follow what was in force of rulebook `xx`")
        ]

    def test_another_name_than_who_approved_last(self, path: Path) -> None:
        """Who completed it is who signed last."""
        with Book.open(path) as book:
            forge(book, REQUEST, following(book, SECOND, signed(book, SECOND, "ann"), by="bob"))
        assert told(path) == [(2, "who completed it is not who approved last")]


class TestRulebooks:
    """What judges is in force, and kept."""

    def test_a_rulebook_that_is_not_in_force_any_more(self, tmp_path: Path) -> None:
        """What another rulebook replaced judges nothing from there on."""
        with desk_in(tmp_path / "b", FIRST) as desk:
            submit(desk, sale("1"))
            desk.book.activate(Engine(SECOND, desk.book.profile))
            submit(desk, sale("2"))
        ((index, what),) = told(tmp_path / "b")
        assert (index, "which is not in force" in what) == (3, True)
        assert desk.engines[0].digest in what

    def test_a_rulebook_that_never_was(self, tmp_path: Path) -> None:
        """Kept is not in force."""
        with desk_in(tmp_path / "b", FIRST) as desk:
            submit(desk, sale("1"))
            (_, _, statement) = list(desk.book.record.statements())[1]
            never = Engine(SECOND, desk.book.profile)
            desk.book.keep(never)
            forged = statement.replace(desk.engines[0].digest.encode(), never.digest.encode())
            desk.book.record.append("judgement", forged, (), {})
            desk.book.record.commit()
        ((index, what),) = told(tmp_path / "b")
        assert (index, never.digest in what) == (2, True)

    def test_a_lost_one(self, path: Path) -> None:
        """What was put in force is kept."""
        (kept,) = (path / "rulebooks").iterdir()
        kept.unlink()
        (problem,) = verify_book(path).problems
        assert problem.file == f"rulebooks/{kept.name}"
        assert problem.what == "a rulebook that was put in force or approved is not kept"

    @pytest.mark.parametrize("digest", ["../" * 40, "a" * 5_000, "\0", "\N{SNOWMAN}"])
    def test_a_digest_that_is_none(self, tmp_path: Path, digest: str) -> None:
        """Whatever a forged entry calls a digest is told of and no failure."""
        with Book.open(tmp_path / "b") as book:
            forge(book, ACTIVATION, Activation("xx", digest))
        assert told(tmp_path / "b") == [
            (None, "a rulebook that was put in force or approved is not kept")
        ]


class TestPlaces:
    """Where a problem lies."""

    def test_it_names_file_and_bytes_of_the_entry(self, path: Path) -> None:
        """The range holds the entry and nothing else, in whichever segment it is."""
        with Book.open(path) as book:
            forged = following(book, SECOND, ())
            book.record._segment_bytes = 1
            forge(book, ACTIVATION, forged)
        (problem,) = verify_book(path).problems
        assert (problem.file, problem.index) == ("000000000002.log", 2)
        data = (path / "record" / problem.file).read_bytes()
        entry = data[problem.offset : problem.offset + problem.length]
        assert entry.startswith(b"E")
        assert msgspec.json.encode(forged) in entry
        assert data[problem.offset + problem.length :].startswith(b"C")

    def test_damage_hides_nothing_before_it(self, path: Path) -> None:
        """Statements before the damage are held against each other, and what follows is damage."""
        with Book.open(path) as book:
            forge(book, ACTIVATION, following(book, SECOND, ()))
            forge(book, ACTIVATION, following(book, THIRD, (), Profile()))
        (log,) = (path / "record").iterdir()
        whole = log.read_bytes()
        log.write_bytes(whole.replace(b'"index":3', b'"index":4'))
        found = verify_book(path)
        assert any("takes two people" in one.what and one.index == 2 for one in found.problems)
        assert not any("takes two people" in one.what and one.index == 3 for one in found.problems)
        assert any("CRC-32" in one.what for one in found.problems)

    def test_verifying_changes_nothing(self, path: Path) -> None:
        """No byte of the book, and the state is not looked at."""
        (path / "state.db").write_bytes(b"no state at all")
        before = {one: one.read_bytes() for one in path.rglob("*") if one.is_file()}
        assert told(path) == []
        assert {one: one.read_bytes() for one in path.rglob("*") if one.is_file()} == before
