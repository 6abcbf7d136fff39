"""What must not be believed, lost or let out: contradictions, withdrawals, erasures, altered files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from vermilion.desk.audit import verify_book
from vermilion.desk.check import check
from vermilion.errors import StorageError
from vermilion.record import Erased
from vermilion.rulebook import Profile

from .samples import (
    desk_in,
    event,
    party,
    request,
    rule,
    rulebook,
    rulings,
    sale,
    submit,
    verdicts,
    write_lines,
)

LISTED = rulebook(
    rule(
        "XX-LISTS",
        "sale",
        "len(buyer.lists_hit) > 0 or len(buyer.control.lists_hit) > 0"
        " or len(buyer.control.known_lists_hit) > 0",
    )
)
VERIFIED = rulebook(rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"'))
LICENSED = rulebook(rule("XX-IP", "sale", "not work.licence.unbroken"))
WHOLE = rulebook(rule("XX-WHOLE", "sale", "token.divisible"))
LATER, BEFORE = "2026-03-11T12:00:00+08:00", "2026-03-09T12:00:00+08:00"


class TestControl:
    """Who stands behind a party is told by its chain, whatever was attested of it."""

    def test_an_attested_clean_chain_does_not_hide_a_listed_controller(
        self, tmp_path: Path
    ) -> None:
        """A listed controller counts beside an attestation that there is none."""
        clean = {"lists_hit": [], "memberships": []}
        facts = party("b", lists_hit=[], controlled_by=["x"], control=clean)
        listed = party("x", lists_hit=["UN"], controlled_by=[])
        with desk_in(tmp_path / "b", LISTED) as desk:
            assert verdicts(desk, facts, listed, sale("1"))[-1] == "deny"

    def test_an_attested_hit_is_not_lost_where_nobody_controls(self, tmp_path: Path) -> None:
        """What screening found of an agent stays, though the chain itself is empty."""
        facts = party("b", lists_hit=[], controlled_by=[], control={"lists_hit": ["UN"]})
        with desk_in(tmp_path / "b", LISTED) as desk:
            assert verdicts(desk, facts, sale("1"))[-1] == "deny"

    def test_a_listed_controller_counts_though_another_is_unknown(self, tmp_path: Path) -> None:
        """An unknown link never turns a known hit into a question."""
        facts = party("b", lists_hit=[], controlled_by=["x", "nobody-knows"])
        listed = party("x", lists_hit=["UN"], controlled_by=[])
        with desk_in(tmp_path / "b", LISTED) as desk:
            assert verdicts(desk, facts, listed, sale("1"))[-1] == "deny"


class TestContradiction:
    """An event cannot choose whose licence is looked at."""

    WORK = event("work", "w", work={"id": "w", "author": "a", "licence_chain": []})
    TOKEN = event("issue", "t", token={"id": "t", "work": "w", "issuer": "i"})

    @pytest.mark.parametrize(
        ("named", "verdict"),
        [({}, "deny"), ({"issuer": "i"}, "deny"), ({"issuer": "a"}, "review")],
    )
    def test_another_issuer_than_the_tokens_is_unknown(
        self, tmp_path: Path, named: dict[str, str], verdict: str
    ) -> None:
        """Naming the author as issuer does not make a licence; it makes a question."""
        one = event("sale", "1", token="t", parties={"buyer": "b", **named})
        with desk_in(tmp_path / "b", LICENSED) as desk:
            assert verdicts(desk, self.WORK, self.TOKEN, one)[-1] == verdict

    def test_another_work_than_the_tokens_is_unknown(self, tmp_path: Path) -> None:
        """A work of one's own beside the sale does not stand in for the token's."""
        own = {"works": [{"id": "own", "author": "i", "licence_chain": []}]}
        one = event("sale", "1", token="t", work="own", inline=own)
        with desk_in(tmp_path / "b", LICENSED) as desk:
            assert verdicts(desk, self.WORK, self.TOKEN, one)[-1] == "review"


class TestStanding:
    """What stands, and from when."""

    @pytest.mark.parametrize(
        ("stage", "verdict"), [("settled", "allow"), ("proposed", "allow"), ("withdrawn", "review")]
    )
    def test_a_withdrawn_statement_does_not_stand(
        self, tmp_path: Path, stage: str, verdict: str
    ) -> None:
        """What will not happen states nothing, also after the state was rebuilt."""
        stated = party("b", kyc={"status": "verified"}) | {"stage": stage}
        with desk_in(tmp_path / "b", VERIFIED) as desk:
            assert verdicts(desk, stated, sale("1"))[-1] == verdict
        (tmp_path / "b" / "state.db").unlink()
        with desk_in(tmp_path / "b", VERIFIED) as desk:
            assert verdicts(desk, sale("2")) == [verdict]

    def test_validity_is_the_subjects_and_not_of_what_travels_inline(self, tmp_path: Path) -> None:
        """A statement valid from long ago does not date back another party beside it."""
        beside = {"parties": [{"id": "b", "kyc": {"status": "verified"}}]}
        stated = party("a", valid_from="2020-01-01T00:00:00Z") | {}
        stated["data"]["inline"] = beside
        with desk_in(tmp_path / "b", VERIFIED) as desk:
            found = verdicts(desk, stated, sale("1", BEFORE), sale("2", LATER))
        assert found[1:] == ["review", "allow"]


class TestWhatIf:
    """Another day's rules, the same event."""

    def test_nobody_grows_older_by_a_what_if(self, tmp_path: Path) -> None:
        """Ages count on the event's own day."""
        minors = rulebook(rule("XX-AGE", "sale", "age(buyer.birth_date) < 18"))
        facts = party("b", birth_date="2015-01-01")
        with desk_in(tmp_path / "b", minors, as_of=dt.date(2040, 1, 1)) as desk:
            (_, found) = rulings(desk, facts, sale("1"))
        assert (found.verdict, found.as_of) == ("deny", "2040-01-01")


class TestRerun:
    """Recorded answers stand, and a run under other rules says so."""

    def test_answers_of_another_rulebook_are_not_shown_as_this_ones(self, tmp_path: Path) -> None:
        """They are counted apart, and no verdict is told of them."""
        file = write_lines(tmp_path / "f", sale("1"), sale("2"))
        check(request(file, rulebooks=(VERIFIED,), book=tmp_path / "b"))
        again = check(request(file, rulebooks=(LISTED,), book=tmp_path / "b"))
        assert (again.duplicate, again.elsewhere) == (2, 2)
        assert sum(again.rulebooks[0].verdicts.values()) == 0


class TestErasedInPart:
    """Erasing one person takes nothing of the others or of things."""

    @pytest.mark.parametrize("rebuilt", [False, True])
    def test_the_tokens_facts_outlive_an_inline_partys_key(
        self, tmp_path: Path, rebuilt: bool
    ) -> None:
        """An issue still states its token after the artist beside it was erased."""
        artist = {"parties": [{"id": "artist", "name": "A"}]}
        token = event("issue", "t", token={"id": "t", "divisible": False}, inline=artist)
        with desk_in(tmp_path / "b", WHOLE) as desk:
            submit(desk, token)
            desk.book.keys.destroy("person/artist")
        if rebuilt:
            (tmp_path / "b" / "state.db").unlink()
        with desk_in(tmp_path / "b", WHOLE) as desk:
            assert verdicts(desk, event("sale", "1", token="t")) == ["allow"]

    @pytest.mark.parametrize(
        ("plain", "key"),
        [
            (event("offer", "o", ad_texts=["call Ann"], parties={"seller": "s"}), "person/s"),
            (event("offer", "o", ad_texts=["call Ann"]), "event///test/o"),
            (event("post", "p", text="call Ann"), "event///test/p"),
            (party("a") | {}, "person/a"),
        ],
    )
    def test_free_text_and_provenance_have_keys_of_their_own(
        self, tmp_path: Path, plain: dict[str, object], key: str
    ) -> None:
        """They are not under the class key, and can be erased by themselves."""
        if plain["type"] == "party":
            plain["data"]["provenance"] = {"kyc.status": {"source": "call Ann"}}  # type: ignore[index]
        with desk_in(tmp_path / "b", WHOLE) as desk:
            submit(desk, plain)
            (entry,) = [e for e in desk.book.record.entries() if e.envelope.kind == "judgement"]
            assert b"call Ann" not in entry.contents[0]  # type: ignore[operator]
            assert any(b"call Ann" in part for part in entry.contents[1:])  # type: ignore[operator]
            assert desk.book.keys.destroy(key) == 1
            (entry,) = [e for e in desk.book.record.entries() if e.envelope.kind == "judgement"]
        assert Erased() in entry.contents

    def test_parties_never_lie_in_a_ruling_as_a_whole(self, tmp_path: Path) -> None:
        """A rule that counts or quantifies parties shows their ids, nothing of them."""
        crowd = rulebook(
            rule("XX-CROWD", "sale", "len(parties) > 0"),
            rule("XX-ALL", "sale", 'not all(p.kyc.status == "verified" for p in parties)'),
        )
        facts = party("b", name="Ann Example", birth_date="1990-01-01")
        with desk_in(tmp_path / "b", crowd) as desk:
            (_, found) = rulings(desk, facts, sale("1"))
        assert found.verdict == "deny"
        assert "Ann Example" not in str(found)
        assert "1990" not in str([one.facts for one in found.rules])


class TestKeptRulebook:
    """Decisions are written from the rulebook of their digest or not at all."""

    def test_an_altered_one_is_refused_and_told_of(self, tmp_path: Path) -> None:
        """A changed word in a kept rulebook is a problem, and no decision comes from it."""
        with desk_in(tmp_path / "b", VERIFIED) as desk:
            submit(desk, sale("1"))
        digest = desk.engines[0].digest
        file = tmp_path / "b" / "rulebooks" / f"{digest}.json"
        file.write_bytes(file.read_bytes().replace(b'"deny"', b'"condition"'))
        (problem,) = verify_book(tmp_path / "b").problems
        assert problem.file == f"rulebooks/{digest}.json"
        with pytest.raises(StorageError) as caught, desk_in(tmp_path / "b") as desk:
            desk.book.kept_engine(digest)
        assert caught.value.code == "rulebook_altered"

    def test_the_digest_covers_the_profile(self) -> None:
        """Another operator has another digest under the same rules."""
        assert VERIFIED.digest(Profile()) != VERIFIED.digest(Profile(memberships=["NIFA"]))
