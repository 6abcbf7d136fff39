"""Resolutions: what they free and stop, and every way in which one must not work."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.desk import Desk, Duplicate
from vermilion.desk.loop.resolve import signed_text
from vermilion.facts.events import Event, ResolutionEvent

from ..samples import submit
from .samples import (
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

DOLLARS = price(100, "USD")
POUNDS = price(100, "GBP")
CONFIRMS = {"source": "//officers", "id": "r1"}
BOB = "party.kyc.status bob"
CAROL = "party.kyc.status carol"


def held(desk: Desk) -> None:
    """Propose a sale in dollars, which is held as policy."""
    ordinary(desk)
    say(desk, sale("p1", price=DOLLARS))


def unknown_buyers(desk: Desk, count: int = 3) -> str:
    """Propose sales to Carol, of whom nothing is known, and return the cause that holds them."""
    ordinary(desk)
    say(desk, *(sale(f"c{n}", subject=f"carol-{n}", buyer="carol") for n in range(count)))
    return causes(desk)[CAROL]


class TestOneEvent:
    """A resolution for one event."""

    def test_a_release_leads_to_a_permit(self, tmp_path: Path) -> None:
        """What an officer releases is permitted from then on, and the permit names the release."""
        with house(tmp_path / "b") as desk:
            held(desk)
            assert permitted(desk, resolution("r1", at(1), "olga", event=of("p1"))) == ["p1"]
            said = desk.permits[0].said
            assert [one.id for one in said.resolutions] == ["r1"]
            assert said.nbf == 1773115200 + 3600

    def test_a_refusal_stops_it_for_good(self, tmp_path: Path) -> None:
        """What is refused cannot be released afterwards."""
        with house(tmp_path / "b") as desk:
            held(desk)
            refused = resolution("r1", at(1), "olga", event=of("p1"), action="refuse")
            released = resolution("r2", at(2), "olga", event=of("p1"))
            assert void(desk, refused, released) == ["nothing_held"]
            assert desk.permits == []

    def test_the_decision_stays_as_it_was(self, tmp_path: Path) -> None:
        """A release does not touch what was decided."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            (before,) = say(desk, sale("p1", price=DOLLARS))
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
            (again,) = submit(desk, sale("p1", price=DOLLARS))
            assert isinstance(again, Duplicate)
            assert desk.decisions(again.judged) == desk.decisions(before.judged)

    def test_an_end_limits_the_permit(self, tmp_path: Path) -> None:
        """A permit ends with the resolution that led to it."""
        with house(tmp_path / "b") as desk:
            held(desk)
            permitted(desk, resolution("r1", at(1), "olga", event=of("p1"), until=at(2)))
            said = desk.permits[0].said
            assert said.exp - said.nbf == 3_600

    def test_two_people_where_the_profile_asks(self, tmp_path: Path) -> None:
        """The first release waits, and the second person's leads to the permit, which names both."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            held(desk)
            assert permitted(desk, resolution("r1", at(1), "olga", event=of("p1"))) == []
            assert permitted(desk, resolution("r2", at(2), "petr", confirms=CONFIRMS)) == ["p1"]
            assert [one.id for one in desk.permits[0].said.resolutions] == ["r1", "r2"]

    def test_what_is_denied_cannot_be_released(self, tmp_path: Path) -> None:
        """A denial is final; only other facts change it."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            denied = sale("p1", price=price(100, "EUR"))
            for action in ("release", "override"):
                released = resolution(f"r-{action}", at(1), "olga", event=of("p1"), action=action)
                assert "nothing_held" in void(desk, denied, released)
                denied = sale("p9", subject="d9")

    def test_what_is_denied_can_be_refused(self, tmp_path: Path) -> None:
        """A refusal ends a denied event as it ends a held one, and frees nothing."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            refused = resolution("r1", at(1), "olga", event=of("p1"), action="refuse")
            assert permitted(desk, sale("p1", price=price(100, "EUR")), refused) == []
            again = resolution("r2", at(2), "olga", event=of("p1"), action="refuse")
            assert void(desk, again) == ["nothing_held"]


class TestACause:
    """A resolution for everything that one cause holds."""

    def test_it_frees_all_that_it_holds(self, tmp_path: Path) -> None:
        """One resolution of two people frees every event that waits for that alone."""
        with house(tmp_path / "b") as desk:
            cause = unknown_buyers(desk, 5)
            first = resolution("r1", at(1), "olga", cause=cause, until=at(days=30))
            assert permitted(desk, first) == []
            confirmed = permitted(desk, resolution("r2", at(2), "petr", confirms=CONFIRMS))
            assert sorted(confirmed) == [f"c{n}" for n in range(5)]
            assert causes(desk) == {}

    def test_it_frees_what_comes_later_until_its_end(self, tmp_path: Path) -> None:
        """A snooze holds for new proposals up to, and not including, its end."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk)
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=2)))
            within = sale("n1", at(days=1), subject="n1", buyer="carol")
            after = sale("n2", at(days=2), subject="n2", buyer="carol")
            assert permitted(desk, within, after) == ["n1"]
            assert causes(desk)[CAROL] == cause

    def test_it_ends_when_it_is_withdrawn(self, tmp_path: Path) -> None:
        """A withdrawn snooze frees nothing more."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk)
            first = resolution("r1", at(1), "olga", cause=cause, until=at(days=9))
            gone = resolution("r3", at(2), "petr", cause=cause, stage="withdrawn")
            say(desk, first, gone | {"subject": "r1"})
            assert permitted(desk, sale("n1", at(3), subject="n1", buyer="carol")) == []

    def test_a_refused_cause_refuses_what_comes(self, tmp_path: Path) -> None:
        """A refusal for a cause stops what waits and what comes until its end."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk)
            refused = resolution(
                "r1", at(1), "olga", cause=cause, until=at(days=9), action="refuse"
            )
            say(desk, refused, sale("n1", at(3), subject="n1", buyer="carol"))
            assert causes(desk) == {}
            assert void(desk, resolution("r2", at(4), "olga", event=of("n1"))) == ["nothing_held"]

    def test_thousands_are_freed_in_groups(self, tmp_path: Path, monkeypatch: Any) -> None:
        """What one resolution frees is made durable group by group, and none is left out."""
        monkeypatch.setattr("vermilion.desk.desk.FREED_TOGETHER", 2)
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 7)
            freed = permitted(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
            assert len(set(freed)) == 7

    def test_a_crash_between_groups_loses_none(self, tmp_path: Path, monkeypatch: Any) -> None:
        """What was not permitted yet when the process died is permitted at the next start."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 3)
            monkeypatch.setattr(desk, "_free", lambda: None)
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
        with house(tmp_path / "b") as desk:
            desk.submit([])
            assert len(desk.permits) == 3


class TestTwoPeople:
    """The first of two people has resolved; the second one must be another person."""

    @pytest.mark.parametrize(
        "facts",
        [
            {},
            {"identity": "id-7"},
            {"person": "id-7"},
            {"controlled_by": ["boss"]},
            {"holds_for": ["boss"]},
        ],
    )
    def test_the_same_person_twice(self, tmp_path: Path, facts: dict[str, Any]) -> None:
        """One person behind two accounts, or one who controls both, is one person."""
        second = "petr" if facts else "olga"
        with house(tmp_path / "b", two_people=["release"]) as desk:
            held(desk)
            say(desk, known("olga", **facts), known("petr", **facts))
            first = resolution("r1", at(1), "olga", event=of("p1"))
            assert void(desk, first, resolution("r2", at(2), second, confirms=CONFIRMS)) == [
                "same_person"
            ]
            assert desk.permits == []

    def test_the_second_widens_nothing(self, tmp_path: Path) -> None:
        """A confirmation with another action does nothing; scope and end are the first one's."""
        with house(tmp_path / "b", two_people=["release", "override", "cause"]) as desk:
            cause = unknown_buyers(desk, 1)
            first = resolution("r1", at(1), "olga", cause=cause, until=at(days=1))
            wider = resolution("r2", at(2), "petr", confirms=CONFIRMS, until=at(days=80))
            other = resolution("r3", at(2), "petr", confirms=CONFIRMS, action="override")
            assert void(desk, first, other) == ["other_action"]
            assert permitted(desk, wider) == ["c0"]
            assert desk.permits[0].said.exp == 1773115200 + 86_400

    def test_confirming_takes_place_within_a_week(self, tmp_path: Path) -> None:
        """What waited for a week is confirmed no more, nor is anything before it was said."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            held(desk)
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
            early = resolution("r2", at(0.5), "petr", confirms=CONFIRMS)
            late = resolution("r3", at(1, days=7), "petr", confirms=CONFIRMS)
            assert void(desk, early) == ["before_what_it_answers"]
            assert void(desk, late) == ["too_late_to_confirm"]

    def test_nothing_is_confirmed_twice(self, tmp_path: Path) -> None:
        """A resolution that took effect waits no longer."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            held(desk)
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
            say(desk, resolution("r2", at(2), "petr", confirms=CONFIRMS))
            again = resolution("r3", at(3), "rosa", confirms=CONFIRMS)
            assert void(desk, again) == ["nothing_to_confirm"]


class TestScope:
    """A resolution does what it was granted for, and no more."""

    def test_a_cause_frees_nothing_that_another_holds(self, tmp_path: Path) -> None:
        """An event with two causes waits until both are answered."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 1)
            both = sale("b1", subject="b1", buyer="carol", price=DOLLARS)
            answer = resolution("r1", at(1), "olga", cause=cause, until=at(days=9))
            assert permitted(desk, both, answer) == ["c0"]
            other = resolution("r2", at(2), "olga", event=of("b1"))
            assert permitted(desk, other) == ["b1"]

    def test_another_buyer_is_another_cause(self, tmp_path: Path) -> None:
        """What is answered for Carol is not answered for Dora."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 1)
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
            assert permitted(desk, sale("n1", at(2), subject="n1", buyer="dora")) == []

    def test_no_end_or_a_far_one(self, tmp_path: Path) -> None:
        """What is for a whole cause ends, and within ninety days."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 1)
            endless = resolution("r1", at(1), "olga", cause=cause)
            far = resolution("r2", at(1), "olga", cause=cause, until=at(1, days=91))
            assert void(desk, endless) == ["no_end"]
            assert void(desk, far) == ["too_long"]

    def test_one_that_has_ended_already(self, tmp_path: Path) -> None:
        """A resolution whose end lies before it does nothing."""
        with house(tmp_path / "b", two_people=[]) as desk:
            held(desk)
            assert void(desk, resolution("r1", at(1), "olga", event=of("p1"), until=at(1))) == [
                "ended"
            ]

    def test_a_cause_that_was_never_seen(self, tmp_path: Path) -> None:
        """A made-up cause is for nothing."""
        with house(tmp_path / "b", two_people=[]) as desk:
            unknown_buyers(desk, 1)
            made_up = resolution("r1", at(1), "olga", cause="0" * 32, until=at(days=1))
            assert void(desk, made_up) == ["unknown_cause"]

    def test_before_the_proposal(self, tmp_path: Path) -> None:
        """Nothing is released in advance."""
        with house(tmp_path / "b") as desk:
            held(desk)
            early = resolution("r1", at(-1), "olga", event=of("p1"))
            assert void(desk, early) == ["before_what_it_answers"]

    def test_a_proposed_resolution_is_none(self, tmp_path: Path) -> None:
        """A resolution takes effect by being settled."""
        with house(tmp_path / "b") as desk:
            held(desk)
            planned = resolution("r1", at(1), "olga", event=of("p1"), stage="proposed")
            assert void(desk, planned) == ["not_settled"]

    def test_law_is_not_overridden(self, tmp_path: Path) -> None:
        """What a rule of law holds can be released, and never overridden."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", price=POUNDS), sale("p2", subject="d2", price=DOLLARS))
            over = resolution("r1", at(1), "olga", event=of("p1"), action="override")
            policy = resolution("r2", at(1), "olga", event=of("p2"), action="override")
            assert void(desk, over) == ["binds"]
            assert permitted(desk, policy) == ["p2"]


class TestParties:
    """Nobody decides in an own matter."""

    @pytest.mark.parametrize("facts", [None, {"identity": "ann"}, {"controlled_by": ["ann"]}])
    def test_nobody_resolves_an_own_event(
        self, tmp_path: Path, facts: dict[str, Any] | None
    ) -> None:
        """Neither the buyer, nor an account of the buyer's, nor what the buyer controls."""
        with house(tmp_path / "b") as desk:
            held(desk)
            by = "ann" if facts is None else "olga"
            if facts:
                say(desk, known("olga", **facts))
            assert void(desk, resolution("r1", at(1), by, event=of("p1"))) == ["party_to_event"]

    def test_the_first_of_two_counts_as_well(self, tmp_path: Path) -> None:
        """It is void too where the first person was a party and the second is not."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            held(desk)
            first = resolution("r1", at(1), "ann", event=of("p1"))
            assert void(desk, first) == ["party_to_event"]
            second = resolution("r2", at(2), "petr", confirms=CONFIRMS)
            assert void(desk, second) == ["nothing_to_confirm"]

    def test_a_cause_frees_all_but_the_own(self, tmp_path: Path) -> None:
        """What an officer answers for a cause does not free the officer's own purchases."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = unknown_buyers(desk, 2)
            own = resolution("r1", at(1), "carol", cause=cause, until=at(days=9))
            assert permitted(desk, own) == []
            later = sale("n1", at(3), subject="n1", buyer="carol")
            assert permitted(desk, later) == []


class TestAChangedCause:
    """What was answered is not what holds now."""

    def test_other_facts_are_another_cause(self, tmp_path: Path) -> None:
        """A snooze of what was seen does not hold for what was not."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="bob"))
            cause = causes(desk)["buyer.kyc.status bob"]
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
            assert permitted(desk, sale("n1", at(2), subject="n1", buyer="bob")) == ["n1"]
            worse = known("bob", kyc={"status": "failed"}) | {"id": "b2", "time": at(3)}
            say(desk, worse)
            assert permitted(desk, sale("n2", at(4), subject="n2", buyer="bob")) == []

    def test_another_rule_is_another_cause(self, tmp_path: Path) -> None:
        """When a rule changes in substance, what was answered under the old one is not carried."""
        from ..samples import rule, rulebook
        from .samples import POLICY

        def book(text: str) -> Any:
            return rulebook(rule("XX-KYC", "sale", text, verdict="review", citations=[POLICY]))

        old = book('buyer.kyc.status != "verified"')
        new = book('buyer.kyc.status not in ["verified"] or price.currency == "EUR"')
        with house(tmp_path / "b", old, two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="bob"))
            (cause,) = causes(desk).values()
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=at(days=9)))
        with house(tmp_path / "b", new) as desk:
            assert permitted(desk, sale("n1", at(2), subject="n1", buyer="bob")) == []


class TestOfficers:
    """Who resolves, and proves to be it."""

    KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)

    def profile(self, **changes: Any) -> dict[str, Any]:
        """Return a profile with one officer who signs."""
        key = base64.b64encode(self.KEY.public_key().public_bytes_raw()).decode()
        return {"two_people": [], "officers": [{"id": "olga", "key": key} | changes]}

    def signed(
        self, desk: Desk, plain: dict[str, Any], origin: str | None = None
    ) -> dict[str, Any]:
        """Return a resolution with Olga's signature."""
        event: Any = msgspec.convert(plain, Event)
        assert isinstance(event, ResolutionEvent)
        signature = self.KEY.sign(signed_text(event, origin or desk.book.keys.origin))
        text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
        return plain | {"data": plain["data"] | {"signature": text}}

    def test_only_officers_resolve(self, tmp_path: Path) -> None:
        """Where officers are named, nobody else resolves."""
        with house(tmp_path / "b", **self.profile()) as desk:
            held(desk)
            assert void(desk, resolution("r1", at(1), "mallory", event=of("p1"))) == [
                "not_an_officer"
            ]

    def test_who_has_a_key_signs(self, tmp_path: Path) -> None:
        """Without a signature nothing happens, with the right one the event is freed."""
        with house(tmp_path / "b", **self.profile()) as desk:
            held(desk)
            bare = resolution("r1", at(1), "olga", event=of("p1"))
            assert void(desk, bare) == ["unsigned"]
            again = resolution("r2", at(1), "olga", event=of("p1"))
            assert permitted(desk, self.signed(desk, again)) == ["p1"]

    def test_a_signature_is_for_one_resolution_in_one_book(self, tmp_path: Path) -> None:
        """Changed in any way, or made for another book, a signature is bad."""
        with house(tmp_path / "b", **self.profile()) as desk:
            held(desk)
            say(desk, sale("p2", subject="d2", price=DOLLARS))
            good = self.signed(desk, resolution("r1", at(1), "olga", event=of("p1")))
            other = good | {"id": "r2", "data": good["data"] | {"event": of("p2")}}
            elsewhere = self.signed(desk, resolution("r3", at(1), "olga", event=of("p1")), "x/y")
            assert void(desk, other) == ["bad_signature"]
            assert void(desk, elsewhere) == ["bad_signature"]

    def test_officers_may_be_limited(self, tmp_path: Path) -> None:
        """An officer who may only refuse releases nothing."""
        limited = {"two_people": [], "officers": [{"id": "olga", "may": ["refuse", "cause"]}]}
        with house(tmp_path / "b", **limited) as desk:
            held(desk)
            released = resolution("r1", at(1), "olga", event=of("p1"))
            assert void(desk, released) == ["not_allowed"]


class TestGroups:
    """What is submitted together comes to the same as one by one."""

    def test_what_settles_in_the_group_of_its_release_is_covered(self, tmp_path: Path) -> None:
        """The permit that a release leads to is there for what follows in the same group."""
        with house(tmp_path / "b", two_people=[]) as desk:
            held(desk)
            released = resolution("r1", at(1), "olga", event=of("p1"))
            submit(desk, released, settle("s1", at(2), price=DOLLARS))
            assert ([one.said.event.id for one in desk.permits], desk.findings) == (["p1"], [])

    def test_what_a_crash_left_is_done_first(self, tmp_path: Path, monkeypatch: Any) -> None:
        """A permit that was due when the process died covers what settles at the next start."""
        with house(tmp_path / "b", two_people=[]) as desk:
            held(desk)
            monkeypatch.setattr(desk, "_free", lambda: None)
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
        with house(tmp_path / "b") as desk:
            submit(desk, settle("s1", at(2), price=DOLLARS))
            assert (len(desk.permits), desk.findings) == (1, [])
