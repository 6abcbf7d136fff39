"""Who puts a rulebook in force is said by the profile in force, signed for, and in the record."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.activation import (
    ACTIVATION,
    REQUEST,
    Activation,
    Approval,
    activate,
    active,
    approve,
    overlays_of,
    rulebooks_of,
    signed_text,
    waiting,
)
from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book
from vermilion.errors import RulebookError, StorageError, UsageError
from vermilion.rulebook import Engine, Officer, Profile, Rulebook
from vermilion.rulebook.overlay import parted

from .samples import rule, rulebook

FIRST = rulebook(rule("XX-A", "sale", "len(buyer.lists_hit) > 0"))
SECOND = rulebook(rule("XX-A", "sale", "len(buyer.lists_hit) > 1"))
THIRD = rulebook(rule("XX-A", "sale", "len(buyer.lists_hit) > 2"))
OTHER = rulebook(rule("XX-B", "sale", "len(buyer.lists_hit) > 0"), id="yy")
ANN, BOB = Ed25519PrivateKey.from_private_bytes(b"a" * 32), Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> str:
    """Return a public key as a profile lists it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


OFFICERS = [Officer(id="ann", key=public(ANN)), Officer(id="bob", key=public(BOB))]
TWO = Profile(officers=OFFICERS, two_people=["activation"])
KEYS = {"ann": ANN, "bob": BOB}


def approved(
    book: Book, one: Rulebook, by: str, profile: Profile = TWO, key: Any = "own"
) -> Activation | None:
    """Let an officer approve a rulebook with a key, by default the officer's own."""
    engine = Engine(one, profile)
    signing = KEYS.get(by) if key == "own" else key
    return activate(book, engine, approve(signed_text(book, engine), by, signing))


def by_two(book: Book, one: Rulebook, profile: Profile = TWO) -> None:
    """Put a rulebook in force by both officers."""
    approved(book, one, "ann", profile)
    approved(book, one, "bob", profile)
    assert in_force(book, one) == Engine(one, profile).digest


def in_force(book: Book, one: Rulebook) -> str | None:
    """Return the digest in force under a rulebook's id."""
    found = active(book.state.rows, one.id)
    return None if found is None else found.digest


def said(book: Book) -> list[tuple[str, Activation]]:
    """Return what the record says of activations."""
    return [
        (entry.envelope.kind, msgspec.json.decode(entry.envelope.statement, type=Activation))
        for entry in book.record.entries()
    ]


def refusal(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(UsageError) as caught:
        act()
    assert caught.value.help
    return caught.value.code


class TestByTheProcess:
    """Where nobody asks for two people, a changed rulebook is put in force and recorded."""

    def test_says_what_took_the_place_of_what(self, tmp_path: Path) -> None:
        """With the digest before, the entry that it follows, and no officer."""
        with Book.open(tmp_path / "b") as book:
            first, second = Engine(FIRST, book.profile), Engine(SECOND, book.profile)
            assert book.activate(first) == Activation("xx", first.digest)
            assert book.activate(second) == Activation("xx", second.digest, first.digest, 0)
            assert book.activate(second) is None
            assert [kind for kind, _ in said(book)] == [ACTIVATION] * 2

    def test_an_officer_may_do_it_alone_and_signs(self, tmp_path: Path) -> None:
        """The record names who, and holds the signature."""
        profile = Profile(officers=OFFICERS)
        with Book.open(tmp_path / "b") as book:
            found = approved(book, FIRST, "ann", profile)
            assert found is not None
            assert (found.by, [one.officer for one in found.signatures]) == ("ann", ["ann"])
            assert in_force(book, FIRST) == found.digest

    def test_others_are_refused_where_officers_are_named(self, tmp_path: Path) -> None:
        """Who is not listed cannot put a name to it."""
        profile = Profile(officers=OFFICERS)
        with Book.open(tmp_path / "b") as book:
            assert refusal(lambda: approved(book, FIRST, "eve", profile)) == "not_an_officer"
            assert book.record.size == 0


class TestByTwo:
    """Where the profile asks for two people, it takes two."""

    def test_the_process_alone_cannot(self, tmp_path: Path) -> None:
        """Nothing is recorded, and the help names the command."""
        with Book.open(tmp_path / "b") as book:
            with pytest.raises(UsageError) as caught:
                book.activate(Engine(FIRST, TWO))
            assert caught.value.code == "not_activated"
            assert "vermilion rules activate" in str(caught.value.help)
            assert (book.record.size, in_force(book, FIRST)) == (0, None)

    def test_the_first_is_recorded_and_the_second_puts_it_in_force(self, tmp_path: Path) -> None:
        """Both signatures stand in the record, and anybody can check them."""
        with Book.open(tmp_path / "b") as book:
            text = signed_text(book, Engine(FIRST, TWO))
            approved(book, FIRST, "ann")
            assert in_force(book, FIRST) is None
            approved(book, FIRST, "bob")
            (first, request), (second, activation) = said(book)
            assert (first, second) == (REQUEST, ACTIVATION)
            assert (request.by, activation.by) == ("ann", "bob")
            assert [one.officer for one in activation.signatures] == ["ann", "bob"]
            for one in activation.signatures:
                signature = base64.b64decode(one.signature or "")
                KEYS[one.officer].public_key().verify(signature, text)
            assert waiting(book.state.rows, "xx") is None

    def test_an_approval_is_for_one_digest(self, tmp_path: Path) -> None:
        """The second person's, for another rulebook, is a first one again."""
        with Book.open(tmp_path / "b") as book:
            approved(book, FIRST, "ann")
            approved(book, SECOND, "bob")
            assert in_force(book, FIRST) is None
            found = waiting(book.state.rows, "xx")
            assert found is not None
            assert (found.by, found.digest) == ("bob", Engine(SECOND, TWO).digest)

    def test_an_approval_lapses_with_the_next_activation(self, tmp_path: Path) -> None:
        """What was approved after one rulebook is not approved after another."""
        with Book.open(tmp_path / "b") as book:
            by_two(book, FIRST)
            approved(book, SECOND, "ann")
            text = waiting(book.state.rows, "xx")
            by_two(book, THIRD)
            assert text is not None
            assert waiting(book.state.rows, "xx") is None
            approved(book, SECOND, "bob")
            assert in_force(book, FIRST) == Engine(THIRD, TWO).digest

    def test_without_keys_two_ids_are_two_people(self, tmp_path: Path) -> None:
        """Who lists officers without keys trusts whoever types their ids."""
        keyless = Profile(
            officers=[Officer(id="ann"), Officer(id="bob")], two_people=["activation"]
        )
        with Book.open(tmp_path / "b") as book:
            approved(book, FIRST, "ann", keyless, None)
            approved(book, FIRST, "bob", keyless, None)
            assert in_force(book, FIRST) == Engine(FIRST, keyless).digest


class TestAttacks:
    """What must not put a rulebook in force."""

    @pytest.fixture
    def book(self, tmp_path: Path) -> Any:
        """Yield a book in which two people put the first rulebook in force."""
        with Book.open(tmp_path / "b") as book:
            by_two(book, FIRST)
            yield book

    def refuses(self, book: Book, act: Callable[[], object]) -> str:
        """Return the code of a refusal that leaves what is in force, and the record, alone."""
        before = book.record.size, in_force(book, FIRST)
        code = refusal(act)
        assert (book.record.size, in_force(book, FIRST)) == before
        return code

    def test_one_person_twice(self, book: Book) -> None:
        """The second approval is by another officer."""
        approved(book, SECOND, "ann")
        assert self.refuses(book, lambda: approved(book, SECOND, "ann")) == "same_person"

    @pytest.mark.parametrize("spelling", ["same", "other"])
    def test_one_key_under_two_ids(self, tmp_path: Path, spelling: str) -> None:
        """One key is one person, also where its base64 is spelt in another way."""
        key = public(ANN)
        twin = key if spelling == "same" else key[:-2] + chr(ord(key[-2]) + 1) + "="
        assert base64.b64decode(twin) == base64.b64decode(key)
        officers = [Officer(id="ann", key=key), Officer(id="alias", key=twin)]
        profile = Profile(officers=officers, two_people=["activation"])
        with Book.open(tmp_path / "c") as book:
            approved(book, FIRST, "ann", profile)
            again = lambda: approved(book, FIRST, "alias", profile, ANN)  # noqa: E731
            assert self.refuses(book, again) == "same_person"

    def test_a_claimed_key_is_not_believed(self, tmp_path: Path) -> None:
        """What counts and is recorded is the key that the profile lists."""
        officers = [Officer(id="ann", key=public(ANN)), Officer(id="alias", key=public(ANN))]
        profile = Profile(officers=officers, two_people=["activation"])
        with Book.open(tmp_path / "c") as book:
            approved(book, FIRST, "ann", profile)
            engine = Engine(FIRST, profile)
            signed = approve(signed_text(book, engine), "alias", ANN)
            forged = Approval("alias", public(BOB), signed.signature)
            assert self.refuses(book, lambda: activate(book, engine, forged)) == "same_person"

    def test_somebody_who_is_not_listed(self, book: Book) -> None:
        """Only officers of the profile in force count."""
        assert self.refuses(book, lambda: approved(book, SECOND, "eve")) == "not_an_officer"

    def test_an_officer_who_may_not(self, tmp_path: Path) -> None:
        """Who may only release does not activate."""
        officers = [*OFFICERS, Officer(id="carl", may=["release"])]
        profile = Profile(officers=officers, two_people=["activation"])
        with Book.open(tmp_path / "c") as book:
            act = lambda: approved(book, FIRST, "carl", profile)  # noqa: E731
            assert self.refuses(book, act) == "not_allowed"

    def test_unsigned_where_a_key_is_listed(self, book: Book) -> None:
        """An id alone is not enough."""
        act = lambda: approved(book, SECOND, "ann", key=None)  # noqa: E731
        assert self.refuses(book, act) == "unsigned"

    def test_signed_with_another_key(self, book: Book) -> None:
        """Nobody signs for somebody else."""
        act = lambda: approved(book, SECOND, "ann", key=BOB)  # noqa: E731
        assert self.refuses(book, act) == "bad_signature"

    def test_signed_where_no_key_is_listed(self, tmp_path: Path) -> None:
        """A signature that nobody could check is not recorded as one."""
        profile = Profile(officers=[Officer(id="ann")], two_people=["activation"])
        with Book.open(tmp_path / "c") as book:
            act = lambda: approved(book, FIRST, "ann", profile)  # noqa: E731
            assert self.refuses(book, act) == "key_unlisted"

    def test_a_signature_from_another_book(self, tmp_path: Path, book: Book) -> None:
        """The text names the record."""
        engine = Engine(SECOND, TWO)
        with Book.open(tmp_path / "other") as other:
            by_two(other, FIRST)
            replayed = approve(signed_text(other, engine), "ann", ANN)
        assert self.refuses(book, lambda: activate(book, engine, replayed)) == "bad_signature"

    def test_a_signature_for_another_digest(self, book: Book) -> None:
        """What was approved is this rulebook and no other."""
        replayed = approve(signed_text(book, Engine(SECOND, TWO)), "ann", ANN)
        act = lambda: activate(book, Engine(THIRD, TWO), replayed)  # noqa: E731
        assert self.refuses(book, act) == "bad_signature"

    def test_a_signature_from_an_earlier_time(self, book: Book) -> None:
        """From first to second, back, and once more: old signatures do not fit, same digests or not."""
        engine = Engine(SECOND, TWO)
        old = [approve(signed_text(book, engine), name, KEYS[name]) for name in KEYS]
        for one in old:
            activate(book, engine, one)
        by_two(book, FIRST)
        for one in old:
            act = lambda one=one: activate(book, engine, one)  # noqa: E731
            assert self.refuses(book, act) == "bad_signature"

    def test_a_profile_without_two_people(self, book: Book) -> None:
        """Who edits book.yaml does not lower the bar: that change takes two people itself."""
        lowered = Engine(SECOND, Profile(officers=OFFICERS, two_people=[]))
        assert self.refuses(book, lambda: book.activate(lowered)) == "not_activated"
        by_two(book, SECOND, lowered.profile)
        assert book.activate(Engine(THIRD, lowered.profile)) is not None

    def test_a_profile_with_officers_of_ones_own(self, book: Book) -> None:
        """Who is listed in the profile to come only does not count yet."""
        mallory = Ed25519PrivateKey.generate()
        named = [Officer(id="eve", key=public(mallory)), Officer(id="ann", key=public(mallory))]
        profile = Profile(officers=named, two_people=[])
        act = lambda: approved(book, FIRST, "eve", profile, mallory)  # noqa: E731
        assert self.refuses(book, act) == "not_an_officer"
        act = lambda: approved(book, FIRST, "ann", profile, mallory)  # noqa: E731
        assert self.refuses(book, act) == "bad_signature"

    def test_a_rulebook_under_another_id(self, book: Book) -> None:
        """A rulebook that is new to the book follows the profile that asks for two people."""
        lowered = Engine(OTHER, Profile())
        assert self.refuses(book, lambda: book.activate(lowered)) == "not_activated"
        by_two(book, OTHER)

    def test_the_rulebook_in_force_deleted_or_altered(self, book: Book) -> None:
        """Where the profile in force cannot be read, nothing takes its place."""
        kept = book.path / "rulebooks" / f"{in_force(book, FIRST)}.json"
        kept.write_bytes(kept.read_bytes().replace(b'"activation"', b'"override"  '))
        for _ in range(2):
            with pytest.raises(StorageError):
                book.activate(Engine(SECOND, Profile()))
            kept.unlink(missing_ok=True)

    def test_the_state_deleted(self, book: Book) -> None:
        """What is in force is known from the record."""
        path = book.path
        book.close()
        (path / "state.db").unlink()
        with Book.open(path) as again:
            code = refusal(lambda: again.activate(Engine(SECOND, Profile())))
        assert code == "not_activated"


class TestCrash:
    """What is in force, and what waits, is a fold over the record."""

    @pytest.mark.parametrize("state", ["kept", "deleted", "older"])
    @pytest.mark.parametrize("steps", [1, 2, 3])
    def test_is_rebuilt_between_any_two_entries(
        self, tmp_path: Path, steps: int, state: str
    ) -> None:
        """After the first approval, after the second, and after the next one's first."""
        path = tmp_path / "b"
        Book.open(path).close()
        older = (path / "state.db").read_bytes()
        plan = [(FIRST, "ann"), (FIRST, "bob"), (SECOND, "bob")]
        with Book.open(path) as book:
            for one, by in plan[:steps]:
                approved(book, one, by)
            before = active(book.state.rows, "xx"), waiting(book.state.rows, "xx")
        if state != "kept":
            (path / "state.db").unlink()
        if state == "older":
            (path / "state.db").write_bytes(older)
        with Book.open(path) as book:
            assert (active(book.state.rows, "xx"), waiting(book.state.rows, "xx")) == before
            for one, by in plan[steps:]:
                approved(book, one, by)
            approved(book, SECOND, "ann")
            assert in_force(book, SECOND) == Engine(SECOND, TWO).digest
        assert verify_book(path).ok

    @pytest.mark.parametrize("by", ["ann", "bob"])
    def test_a_crash_right_after_recording_does_not_record_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
    ) -> None:
        """The entry that the record took counts, though nothing else was written."""
        with monkeypatch.context() as patch, Book.open(tmp_path / "b") as book:
            if by == "bob":
                approved(book, FIRST, "ann")
            patch.setattr(Book, "note_activation", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                approved(book, FIRST, by)
        with Book.open(tmp_path / "b") as book:
            if by == "ann":
                assert refusal(lambda: approved(book, FIRST, "ann")) == "same_person"
                approved(book, FIRST, "bob")
            assert in_force(book, FIRST) == Engine(FIRST, TWO).digest
            assert book.record.size == 2


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


class TestOverlay:
    """A book's overlay is part of what is put in force."""

    @staticmethod
    def overlaid(book: Path, values: list[str]) -> None:
        """Add values to a list of the shipped rulebook."""
        folder = book / "overlay" / "cn"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"return_words": {"values": values}})
        (folder / "lists.yaml").write_text(text)

    def test_a_changed_overlay_needs_an_activation_of_its_own(self, tmp_path: Path) -> None:
        """Who alters its files after two people signed finds the book refusing."""
        path = tmp_path / "b"
        with Book.open(path) as book:
            self.overlaid(path, ["一夜暴富"])
            (signed,) = rulebooks_of(path, ["cn"])
            by_two(book, signed)
            self.overlaid(path, ["一夜暴富", "稳赢"])
            (altered,) = rulebooks_of(path, ["cn"])
            assert refusal(lambda: book.activate(Engine(altered, TWO))) == "not_activated"
            self.overlaid(path, ["一夜暴富"])
            (again,) = rulebooks_of(path, ["cn"])
            assert book.activate(Engine(again, TWO)) is None

    def test_what_is_kept_tells_both_parts(self, tmp_path: Path) -> None:
        """From the kept file alone, shipped rulebook and overlay are known, to the digest."""
        path = tmp_path / "b"
        with Book.open(path) as book:
            self.overlaid(path, ["一夜暴富"])
            (one,) = rulebooks_of(path, ["cn"])
            engine = Engine(one, book.profile)
            book.activate(engine)
            shipped, own = parted(book.kept(engine.digest).document)
            (plain,) = rulebooks_of(tmp_path / "none", ["cn"])
            assert shipped == plain.document
            assert own.lists["return_words"].values == ["一夜暴富"]
            assert book.kept_engine(engine.digest).digest == engine.digest
        assert verify_book(path).ok

    @pytest.mark.parametrize("name", ["cnn/lists.yaml", "lists.yaml", "rules.yml"])
    def test_what_is_for_no_rulebook_is_refused(self, tmp_path: Path, name: str) -> None:
        """A misspelt folder, or a file beside the folders, is not passed over in silence."""
        path = tmp_path / "overlay" / name
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        with pytest.raises(RulebookError) as caught:
            rulebooks_of(tmp_path, ["cn"])
        assert caught.value.code == "overlay_unclaimed"

    def test_folders_of_other_rulebooks_are_left_for_them(self, tmp_path: Path) -> None:
        """An overlay of a shipped rulebook that is not asked for now is no mistake."""
        (tmp_path / "overlay" / "platform").mkdir(parents=True)
        (tmp_path / "overlay" / "README.md").write_text("ours")
        assert list(overlays_of(tmp_path)) == ["platform"]
        assert [one.id for one in rulebooks_of(tmp_path, ["cn"])] == ["cn"]
