"""Findings at review are questions to people: gathered into cases, answered, and asked again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from vermilion.desk.audit import verify_book
from vermilion.desk.cases import CaseQuery, Cases
from vermilion.desk.cases.model import Case
from vermilion.desk.desk import Desk
from vermilion.desk.loop.answer import SOURCE as ANSWERS
from vermilion.desk.loop.answer import Answered, answer
from vermilion.desk.watch.publish import dispose
from vermilion.desk.watch.publish_events import SOURCE
from vermilion.facts.events import By, EventName, Resolution, ResolutionAction

from .test_publish import NOW, done, opened, seen, told


def open_cases(desk: Desk) -> list[Case]:
    """Return the cases under which something waits."""
    return Cases(desk, now=dt.datetime.now(dt.UTC)).page(CaseQuery()).items


def resolve(
    desk: Desk,
    action: ResolutionAction,
    *,
    finding: str | None = None,
    cause: str | None = None,
    by: str = "olga",
) -> Answered:
    """Answer a finding, or a whole cause for thirty days."""
    until = None if cause is None else dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    named = None if finding is None else EventName(source=SOURCE, id=finding)
    said = Resolution(
        action=action, parties=By(by=by), reason="looked at", event=named, cause=cause, until=until
    )
    return answer(desk, said)


def test_a_case_is_about_who_did_what_where(tmp_path: Path) -> None:
    """Findings of one pattern on one account in a collection are one case, whatever the token."""
    findings = [seen(n, token=f"c/{n}") for n in range(7)]
    with opened(tmp_path) as desk:
        done(desk, *findings, seen(20, party="p:2"), seen(21, pattern="price_surge"))
        found = {(one.rule, one.entity): one.events for one in open_cases(desk)}
    assert found == {("CN-PR-03@1", "p:1"): 7, ("CN-PR-03@1", "p:2"): 1, ("CN-P2-04@1", "p:1"): 1}


def test_where_nobody_is_named_the_token_is_the_case(tmp_path: Path) -> None:
    """Findings without an account are gathered by token, and by collection where it is about that."""
    with opened(tmp_path) as desk:
        done(
            desk,
            seen(1, party=None),
            seen(2, party=None),
            seen(3, party=None, token="c/2"),
            seen(4, party=None, token=None),
        )
        found = {one.entity: one.events for one in open_cases(desk)}
    assert found == {"c/1": 2, "c/2": 1, "c": 1}


def test_a_release_dismisses_until_it_grows(tmp_path: Path) -> None:
    """A released finding waits no more and stays so; grown, it is a new question in the same case."""
    old, new = seen(1, 2), seen(1, 2, 3)
    with opened(tmp_path) as desk:
        done(desk, old)
        [case] = open_cases(desk)
        assert resolve(desk, "release", finding=old.id).effect.effect == "frees"
        assert open_cases(desk) == []
        assert desk.permits == []
        assert done(desk, old) == {"dismissed": 1}
        assert done(desk, new) == {"grown": 1}
        assert [one.id for one in told(desk, new.id).data.dismissed or []] == [old.id]
        [again] = open_cases(desk)
    assert (again.cause, again.events, again.reopened) == (case.cause, 1, 1)


def test_a_release_of_the_cause_answers_what_comes(tmp_path: Path) -> None:
    """While two people's release of a cause stands, a further finding under it does not wait."""
    with opened(tmp_path) as desk:
        done(desk, seen(1), seen(2))
        [case] = open_cases(desk)
        first = resolve(desk, "release", cause=case.cause)
        assert first.effect.effect == "waits"
        second = EventName(source=ANSWERS, id=first.id)
        said = Resolution(action="release", parties=By(by="oskar"), reason="too", confirms=second)
        assert answer(desk, said).effect.effect == "frees"
        assert open_cases(desk) == []
        assert done(desk, seen(1), seen(2), seen(3)) == {"dismissed": 2, "new": 1}
        assert open_cases(desk) == []
        assert done(desk, seen(1), seen(2), seen(3)) == {"dismissed": 3}


def test_a_refusal_is_no_dismissal(tmp_path: Path) -> None:
    """What people confirmed waits no more, and is not called dismissed when it grows."""
    old, new = seen(1, 2), seen(1, 2, 3)
    with opened(tmp_path) as desk:
        done(desk, old)
        assert resolve(desk, "refuse", finding=old.id).effect.effect == "stops"
        assert desk.book.loop.cases.take_refused() == []
        assert open_cases(desk) == []
        assert done(desk, old) == {"same": 1}
        done(desk, new)
        assert told(desk, new.id).data.dismissed is None
        assert [one.events for one in open_cases(desk)] == [1]


def test_what_grew_or_ended_takes_its_place(tmp_path: Path) -> None:
    """A grown finding waits in place of the old one; closed, or without its rows, none does."""
    with opened(tmp_path) as desk:
        done(desk, seen(1, 2), seen(8))
        done(desk, seen(1, 2, 3), seen(8))
        [case] = open_cases(desk)
        assert case.events == 2
        done(desk, seen(1, 2, 3))
        assert [one.events for one in open_cases(desk)] == [1]
        dispose(desk, seen(1, 2, 3).id, "closed", "family", NOW)
        assert open_cases(desk) == []


def test_nobody_releases_what_is_about_themselves(tmp_path: Path) -> None:
    """Who is named in a finding cannot release it."""
    one = seen(1, 2, parties=["p:1", "otto"])
    with opened(tmp_path) as desk:
        done(desk, one)
        for by in ("p:1", "otto"):
            effect = resolve(desk, "release", finding=one.id, by=by).effect
            assert (effect.effect, effect.void) == ("void", ["party_to_event"])


def test_questions_survive_a_rebuilt_state(tmp_path: Path) -> None:
    """Made anew from the record, cases and dismissals are the same, and the record verifies."""
    one, two, three = seen(1, 2), seen(3, 4, token="c/2"), seen(5, party="p:2")
    with opened(tmp_path) as desk:
        done(desk, one, two, three)
        resolve(desk, "release", finding=one.id)
        resolve(desk, "refuse", finding=three.id)
        done(desk, one, seen(3, 4, 6, token="c/2"), three)
        before = dict(desk.book.state.rows.scan(b"c")), dict(desk.book.state.rows.scan(b"P"))
    (tmp_path / "book" / "state.db").unlink()
    with opened(tmp_path) as desk:
        after = dict(desk.book.state.rows.scan(b"c")), dict(desk.book.state.rows.scan(b"P"))
        assert after == before
        assert done(desk, one, three) == {"dismissed": 1, "same": 1, "gone": 1}
    assert verify_book(tmp_path / "book").ok
