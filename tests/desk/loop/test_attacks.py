"""Ways around the loop that were tried, each of which must stay closed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.desk import Desk
from vermilion.desk.loop.answer import answer
from vermilion.desk.loop.issue import Permits
from vermilion.errors import UsageError
from vermilion.facts.events import By, EventName, Resolution

from ..samples import desk_in, event, rule, rulebook, submit
from .samples import (
    HOUSE,
    POLICY,
    accused,
    at,
    causes,
    house,
    known,
    of,
    ordinary,
    permitted,
    price,
    resolution,
    sale,
    say,
    settle,
    void,
)
from .test_reconcile import reconciled

DOLLARS = price(100, "USD")
CONFIRMS = {"source": "//officers", "id": "r1"}


class TestRulebooksInForce:
    """What is in force in a book judges, whatever a run names."""

    def test_a_run_that_leaves_one_out_permits_nothing(self, tmp_path: Path) -> None:
        """With the strict rulebook unnamed, a proposal that it denies gets no permit."""
        lenient = rulebook(rule("YY-1", "sale", 'mode == "auction"', citations=[POLICY]), id="yy")
        with house(tmp_path / "b") as desk:
            ordinary(desk)
        with desk_in(tmp_path / "b", lenient) as desk:
            assert permitted(desk, sale("p1", price=price(1, "EUR"))) == []
            assert not desk.permits_all
        with desk_in(tmp_path / "b", lenient, HOUSE) as desk:
            assert permitted(desk, sale("p2", subject="d2")) == ["p2"]

    def test_what_one_of_them_never_judged_is_not_freed(self, tmp_path: Path) -> None:
        """A release frees nothing that a rulebook in force was not asked about."""
        strict = rulebook(
            rule("YY-1", "sale", 'price.currency == "USD"', citations=[POLICY]), id="yy"
        )
        with house(tmp_path / "b", HOUSE, strict) as desk:
            ordinary(desk)
        with house(tmp_path / "b", HOUSE) as desk:
            say(desk, sale("p1", price=DOLLARS))
        with house(tmp_path / "b", HOUSE, strict) as desk:
            assert permitted(desk, resolution("r1", at(1), "olga", event=of("p1"))) == []

    def test_no_rulebook_permits_nothing(self, tmp_path: Path) -> None:
        """Where nothing judges, nothing is permitted."""
        with desk_in(tmp_path / "b") as desk:
            assert permitted(desk, sale("p1")) == []

    def test_officers_are_those_in_force(self, tmp_path: Path) -> None:
        """An edited configuration that was not activated names no new officers."""
        officers = [{"id": "olga"}]
        with house(tmp_path / "b", officers=officers, two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS))
        (tmp_path / "b" / "book.yaml").write_text("{}")
        with desk_in(tmp_path / "b") as desk:
            assert void(desk, resolution("r1", at(1), "mallory", event=of("p1"))) == [
                "not_an_officer"
            ]


class TestCauses:
    """A cause is no wider than what was looked at."""

    def test_another_source_is_another_cause(self, tmp_path: Path) -> None:
        """Two sources that call a business alike do not share what holds it."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS))
            (cause,) = causes(desk).values()
            elsewhere = sale("q1", price=DOLLARS, envelope={"source": "//other"})
            answered = resolution("r1", at(1), "olga", cause=cause, until=at(days=9))
            assert permitted(desk, elsewhere, answered) == ["p1"]

    def test_other_terms_are_another_cause(self, tmp_path: Path) -> None:
        """What was answered for a dollar is not answered for a million."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS))
            (cause,) = causes(desk).values()
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
            assert permitted(desk, sale("p2", at(2), price=price(10**9, "USD"))) == []

    def test_what_was_guidance_is_not_overridden_as_law(self, tmp_path: Path) -> None:
        """An override given where a rule did not bind does not carry over to where it does."""
        pounds = price(100, "GBP")
        with house(tmp_path / "b", two_people=[], territory="US") as desk:
            ordinary(desk)
            say(desk, sale("p1", price=pounds, subject=None), sale("p2", subject="x", price=pounds))
            over = resolution("r1", at(1), "olga", event=of("p1"), action="override")
            assert permitted(desk, over) == ["p1"]
        (tmp_path / "b" / "book.yaml").write_text('{"two_people": [], "territory": "CN"}')
        with house(tmp_path / "b") as desk:
            say(desk, sale("p3", at(2), subject="y", price=pounds))
            over = resolution("r2", at(3), "olga", event=of("p3"), action="override")
            assert void(desk, over) == ["binds"]

    def test_a_standing_override_of_guidance_ends_where_law_begins(self, tmp_path: Path) -> None:
        """What was overridden for days while it did not bind holds events once it does."""
        unknown = rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"', verdict="review")
        book = rulebook(unknown)
        with house(tmp_path / "b", book, two_people=[], territory="US") as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="bob"))
            (cause,) = causes(desk).values()
            over = resolution("r1", at(1), "olga", cause=cause, until=at(days=9), action="override")
            assert permitted(desk, over) == ["p1"]
            assert permitted(desk, sale("p2", at(2), subject="x", buyer="bob")) == ["p2"]
        (tmp_path / "b" / "book.yaml").write_text('{"two_people": [], "territory": "CN"}')
        with house(tmp_path / "b", book) as desk:
            assert permitted(desk, sale("p3", at(3), subject="y", buyer="bob")) == []


class TestRights:
    """Nobody does by a second step what the first step may not do."""

    def officers(self, **of_otto: Any) -> dict[str, Any]:
        """Return a profile with two officers."""
        return {"officers": [{"id": "olga"}, {"id": "otto"} | of_otto], "two_people": ["cause"]}

    def test_confirming_needs_the_right_as_well(self, tmp_path: Path) -> None:
        """Who may not answer causes does not confirm such an answer."""
        with house(tmp_path / "b", **self.officers(may=["release"])) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="carol"))
            (cause,) = causes(desk).values()
            first = resolution("r1", at(1), "olga", cause=cause, until=at(days=9))
            assert void(desk, first, resolution("r2", at(2), "otto", confirms=CONFIRMS)) == [
                "not_allowed"
            ]

    def test_ending_needs_the_right_of_what_is_ended(self, tmp_path: Path) -> None:
        """A refusal of a cause is not ended by somebody who may only release events."""
        profile = self.officers(may=["release"]) | {"two_people": []}
        with house(tmp_path / "b", **profile) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="carol"))
            (cause,) = causes(desk).values()
            refused = resolution(
                "r1", at(1), "olga", cause=cause, until=at(days=9), action="refuse"
            )
            gone = resolution("r2", at(2), "otto", event=of("p1"), stage="withdrawn")
            assert void(desk, refused, gone | {"subject": "r1"}) == ["not_allowed"]

    def test_one_key_is_one_person(self, tmp_path: Path) -> None:
        """Two officers who share a key are not two people."""
        key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        text = base64.b64encode(key).decode()
        shared = [{"id": "olga", "key": text}, {"id": "otto", "key": text}]
        with house(tmp_path / "b", officers=shared, two_people=["release"]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS))
            rows = desk.book.loop.rows
            from vermilion.desk.loop.rows import Answer, Waiting

            waits = Answer("release", (9,), (("//officers", "r1"),), ("olga",), 1773115200, None)
            rows.put_waiting(("//officers", "r1"), Waiting(waits, ("//test", "p1"), None))
            rows.rows.keep()
            second = void(desk, resolution("r2", at(2), "otto", confirms=CONFIRMS))
            assert "same_person" in second

    def test_who_left_office_does_not_count(self, tmp_path: Path) -> None:
        """A first answer by somebody who is no officer any more is not confirmed."""
        with house(tmp_path / "b", **self.officers()) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="carol"))
            (cause,) = causes(desk).values()
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
        (tmp_path / "b" / "book.yaml").write_text(
            '{"officers": [{"id": "otto"}], "two_people": ["cause"]}'
        )
        with house(tmp_path / "b") as desk:
            assert void(desk, resolution("r2", at(2), "otto", confirms=CONFIRMS)) == [
                "not_an_officer"
            ]


class TestParties:
    """Who takes part is looked at with all that is known."""

    def test_what_became_known_since_counts(self, tmp_path: Path) -> None:
        """Who came to control the buyer after the proposal does not free it through a cause."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause_of = unknown_buyer(desk)
            say(
                desk,
                event("party", "late", at(0.5), party={"id": "carol", "controlled_by": ["olga"]}),
            )
            answered = resolution("r1", at(1), "olga", cause=cause_of, until=at(days=9))
            assert permitted(desk, answered) == []


def unknown_buyer(desk: Desk) -> str:
    """Propose a sale to Carol, of whom nothing is known, and return what holds it."""
    ordinary(desk)
    say(desk, sale("c0", subject="carol-0", buyer="carol"))
    return causes(desk)["party.kyc.status carol"]


class TestRecordable:
    """Nothing is recorded that could not be read back."""

    @pytest.mark.parametrize(
        "wrong", [{"reason": ""}, {"reason": "x" * 5_000}, {"by": ""}, {"cause": "abcd"}]
    )
    def test_misshapen_answers_are_refused(self, tmp_path: Path, wrong: dict[str, Any]) -> None:
        """An empty or too long text is an error, and nothing is recorded."""
        with house(tmp_path / "b") as desk:
            size = desk.book.record.size
            scope: dict[str, Any] = {"event": EventName(source="//test", id="p1")}
            if "cause" in wrong:
                scope = {"cause": wrong["cause"]}
            said = Resolution(
                action="release",
                parties=By(by=wrong.get("by", "olga")),
                reason=wrong.get("reason", "seen"),
                **scope,
            )
            with pytest.raises(UsageError):
                answer(desk, said)
            assert desk.book.record.size == size

    def test_an_officer_can_be_erased(self, tmp_path: Path) -> None:
        """With an officer's words erased the book opens and its state is made anew."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS), resolution("r1", at(1), "olga", event=of("p1")))
            desk.book.keys.destroy("person/olga")
        (tmp_path / "b" / "state.db").unlink()
        with house(tmp_path / "b") as desk:
            assert accused(desk, settle("s1", at(2), price=DOLLARS)) == []

    def test_a_permit_that_cannot_be_written_says_so(self, tmp_path: Path) -> None:
        """It stands in the file with its problem, and stops nothing."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS), resolution("r1", at(1), "olga", event=of("p1")))
            (permit,) = desk.permits
            desk.book.keys.destroy("person/olga")
            line = Permits(desk.book).line(*permit)
            assert (line.permit, "erased" in (line.problem or "")) == (None, True)


class TestBypass:
    """What is not what was permitted."""

    def test_a_held_business_is_not_imported_by_its_date(self, tmp_path: Path) -> None:
        """Dated before the source's first proposal, what was proposed still needs its permit."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            early = settle("s1", at(-1), price=DOLLARS)
            assert accused(desk, sale("p1", price=DOLLARS), early) == [["no_permit"]]
            assert reconciled(desk).total.unexplained == 1

    def test_a_proposal_erased_in_part_cannot_be_compared(self, tmp_path: Path) -> None:
        """Where its text is gone, another text is not taken for the same."""

        def post(id: str, time: str, stage: str, text: str) -> dict[str, Any]:
            made = event("post", id, time, parties={"author": "ann"}, text=text, stage=stage)
            return made | {"subject": "post"}

        with house(tmp_path / "b") as desk:
            ordinary(desk)
            assert permitted(desk, post("p1", at(), "proposed", "one")) == ["p1"]
            desk.book.keys.destroy("person/ann")
            assert accused(desk, post("s1", at(1), "settled", "two")) == [["other_terms"]]

    def test_open_facts_within_lists_may_be_told(self, tmp_path: Path) -> None:
        """How a leg was paid may be told when it is, and its amount may not change."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            legs = [{"amount": price()}]
            told = [{"amount": price(), "instrument": "e_cny"}]
            more = [{"amount": price(99), "instrument": "e_cny"}]
            honest = [sale("p1", settlement=legs), settle("s1", at(1), settlement=told)]
            other = [
                sale("p2", subject="d2", settlement=legs),
                settle("s2", at(1), subject="d2", settlement=more),
            ]
            assert accused(desk, *honest, *other) == [["other_terms"]]

    def test_desk_and_reconciliation_agree_to_the_second(self, tmp_path: Path) -> None:
        """Half a second before the first proposal is the same second for both."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            half = sale("p1", "2026-03-10T12:00:00.500+08:00")
            found = accused(desk, half, settle("s1", at(), subject="other"))
            assert found == [["no_permit"]]
            assert reconciled(desk).total.unexplained == 1

    def test_a_finding_counts_whatever_the_configuration_says_now(self, tmp_path: Path) -> None:
        """What was found stays unexplained when its source is no longer held to permits."""
        with house(tmp_path / "b", permits={"required_of": ["//test"]}) as desk:
            ordinary(desk)
            say(desk, settle("s1", at(1)))
        (tmp_path / "b" / "book.yaml").write_text("{}")
        with house(tmp_path / "b") as desk:
            total = reconciled(desk).total
            assert (total.unexplained, total.imported) == (1, 0)

    def test_a_withdrawn_proposal_has_no_permit_to_hand_out(self, tmp_path: Path) -> None:
        """Seen again after its withdrawal, a proposal is not given its permit again."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            (sealed, _) = say(desk, sale("p1"), sale("w1", at(1), stage="withdrawn"))
            assert Permits(desk.book).standing(sealed.judged.event, sealed.entry) is None

    def test_what_settled_though_denied_ends_like_what_was_held(self, tmp_path: Path) -> None:
        """After the settlement neither a held nor a denied proposal can be refused."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            for number, currency in enumerate(("USD", "EUR")):
                money, deal = price(100, currency), f"d{number}"
                proposal = sale(f"p{number}", subject=deal, price=money)
                done = settle(f"s{number}", at(1), subject=deal, price=money)
                name = {"event": of(f"p{number}"), "action": "refuse"}
                refused = resolution(f"r{number}", at(2), "olga", **name)
                assert void(desk, proposal, done, refused) == ["nothing_held"]


def test_an_older_answer_does_not_replace_a_newer(tmp_path: Path) -> None:
    """A release dated before a refusal of the cause leaves the refusal standing."""
    with house(tmp_path / "b", two_people=[]) as desk:
        cause = unknown_buyer(desk)
        refused = resolution("r1", at(2), "olga", cause=cause, until=at(days=9), action="refuse")
        older = resolution("r2", at(1), "otto", cause=cause, until=at(days=9))
        later = sale("n1", at(3), subject="n1", buyer="carol")
        assert permitted(desk, refused, older, later) == []


def test_proposals_come_first_of_what_is_simultaneous(tmp_path: Path) -> None:
    """Files given in either order come to the same where proposal and settlement share a moment."""
    from vermilion.desk.check import check

    from ..samples import request, write_lines

    proposals = write_lines(
        tmp_path / "p.ndjson", known("ann", kyc={"status": "verified"}), sale("p1")
    )
    settled = write_lines(tmp_path / "s.ndjson", settle("s1", at()))
    for number, files in enumerate([(proposals, settled), (settled, proposals)]):
        book = tmp_path / f"b{number}"
        assert check(request(*files, rulebooks=(HOUSE,), book=book)).found == 0


def test_the_duplicate_of_a_group_is_answered_alike(tmp_path: Path) -> None:
    """A proposal that comes twice in one group is permitted once."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        submit(desk, sale("p1"), sale("p1"))
        assert len(desk.permits) == 1
