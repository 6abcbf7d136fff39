"""Findings of runs become events of a book, and stay what people made of them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.desk import Desk
from vermilion.desk.sealing import remaining_event
from vermilion.desk.watch.publish import Published, Run, dispose, publish
from vermilion.desk.watch.publish_events import SOURCE
from vermilion.desk.watch.publish_index import Index, Line
from vermilion.errors import UsageError
from vermilion.facts.events import FindingEvent
from vermilion.market.findings import Finding, FindingRow, Subject, Text, finding_id
from vermilion.rulebook import Rulebook
from vermilion.store import identity_of

from ..samples import CN, desk_in

NOW = dt.datetime(2026, 3, 10, 4, tzinfo=dt.UTC)
BEGIN = int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()) * 1000
DETECTORS = {"round_trip": {"max_age_days": 400}, "ring": {}}
RUN = Run(DETECTORS, frozenset({"//market"}), BEGIN, BEGIN + 10**10)


def seen(
    *rows: int, detector: str = "round_trip", token: str | None = "c/1", **more: Any
) -> Finding:
    """Return a finding of a detector with rows of those numbers, a minute apart."""
    subject = Subject(collection="c", token=token, party=more.pop("party", "p:1"))
    level = more.get("level", "party")
    keys = b"".join(b"\n//market\0m%d" % row for row in rows)
    id = finding_id([detector, level, [subject.token, subject.party]], keys)
    told = [
        FindingRow(
            "//market", f"m{row}", "buy", BEGIN + row * 60_000, "sale", "c/1", "a", "b", 5, "CNY"
        )
        for row in rows
    ]
    fields: dict[str, Any] = {
        "id": id,
        "detector": detector,
        "version": 1,
        "level": level,
        "pattern": "wash_trade",
        "indirect": False,
        "subject": subject,
        "episode_ms": told[0].ms,
        "first_ms": told[0].ms,
        "last_ms": told[-1].ms,
        "moves": len(rows),
        "sales": len(rows),
        "parties": ["p:1"],
        "party_count": 1,
        "volume": {"CNY": 5 * len(rows)},
        "figures": {"loops": 1},
        "score": 70,
        "parts": {"age": 70},
        "sentence": Text("买回", "bought back"),
        "rows": told[:100],
    }
    return Finding(**(fields | more))


def done(desk: Desk, *findings: Finding, run: Run = RUN, now: dt.datetime = NOW) -> dict[str, int]:
    """Publish findings and return what is not zero of what it came to."""
    came = publish(desk, lambda: iter(findings), run, now)
    return {name: count for name in Published.__struct_fields__ if (count := getattr(came, name))}


@contextmanager
def opened(folder: Path, *rulebooks: Rulebook) -> Iterator[Desk]:
    """Open a book under China's rulebook."""
    with desk_in(folder / "book", *(rulebooks or (CN,))) as desk:
        yield desk


def told(desk: Desk, id: str) -> FindingEvent:
    """Return a published event."""
    identity = identity_of(SOURCE, id)
    event = remaining_event(desk.book.read(desk.book.state.find([identity])[identity]))
    assert isinstance(event, FindingEvent)
    return event


def lines(desk: Desk) -> list[Line]:
    """Return the lines of a book."""
    return sorted(Index(desk.book).lines(), key=lambda one: one.subject)


def verdict_of(desk: Desk, id: str) -> str:
    """Return what the rulebook said to a published event."""
    identity = identity_of(SOURCE, id)
    statement = desk.book.read(desk.book.state.find([identity])[identity]).envelope.statement
    return bytes(statement).decode().partition('"verdict":"')[2].partition('"')[0]


def test_findings_are_judged_events(tmp_path: Path) -> None:
    """A finding is a settled event with its own id, the time of its last row, and a verdict."""
    one = seen(1, 2)
    with opened(tmp_path) as desk:
        assert done(desk, one) == {"new": 1}
        event = told(desk, one.id)
        assert verdict_of(desk, one.id) == "review"
    assert (event.source, event.subject, event.stage) == (SOURCE, one.id, "settled")
    assert event.time == dt.datetime(2026, 1, 1, 0, 2, tzinfo=dt.UTC)
    said = event.data
    assert (said.disposition, said.pattern, said.score) == ("open", "wash_trade", 70)
    assert (said.token, said.collection, said.account) == ("c/1", "c", "p:1")
    assert [row.id for row in said.rows or []] == ["m1", "m2"]
    assert said.parameters_sha256
    assert said.sentence
    assert said.sentence.zh == "买回"


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    """A second run over the same adds no entry."""
    findings = [seen(1, 2), seen(3, 4, token="c/2"), seen(1, 2, detector="ring")]
    with opened(tmp_path) as desk:
        assert done(desk, *findings) == {"new": 3}
        size = desk.book.record.size
        assert done(desk, *reversed(findings)) == {"same": 3}
        assert desk.book.record.size == size


def test_what_grew_names_what_it_grew_from(tmp_path: Path) -> None:
    """A grown finding goes on with the business of the old one, and supersedes it."""
    old, new = seen(1, 2), seen(1, 2, 3)
    with opened(tmp_path) as desk:
        done(desk, old)
        assert done(desk, new) == {"grown": 1}
        event = told(desk, new.id)
        assert event.subject == old.id
        assert [one.id for one in event.data.supersedes or []] == [old.id]
        assert event.data.dismissed is None
        assert done(desk, new) == {"same": 1}
        assert [one.finding for one in lines(desk)] == [new.id]


def test_other_findings_about_the_same_are_their_own(tmp_path: Path) -> None:
    """Without a common row a later finding about the same is new, and the old one stands."""
    first, second = seen(1, 2), seen(8, 9)
    with opened(tmp_path) as desk:
        done(desk, first)
        assert done(desk, first, second) == {"new": 1, "same": 1}


def test_what_is_about_another_is_found_by_its_rows(tmp_path: Path) -> None:
    """Where the subject is called otherwise, the finding with most of the rows goes on."""
    old, other = seen(1, 2, level="entity"), seen(1, 2, token="c/1")
    new = seen(1, 2, 3, level="entity", party="p:0")
    with opened(tmp_path) as desk:
        done(desk, old, other)
        assert done(desk, new, other) == {"grown": 1, "same": 1}
        assert told(desk, new.id).subject == old.id


def test_what_joins_closes_the_others(tmp_path: Path) -> None:
    """One that two grew into goes on with the first; the second is closed and says where it went."""
    one, two, both = seen(1, 2), seen(3), seen(1, 2, 3, 4)
    with opened(tmp_path) as desk:
        done(desk, one, two)
        assert done(desk, both) == {"grown": 1, "joined": 1}
        assert [name.id for name in told(desk, both.id).data.supersedes or []] == [one.id, two.id]
        end = told(desk, f"{two.id}/2").data
        assert (end.disposition, end.closure) == ("closed", "joined")
        assert both.id in (end.disposition_reason or "")
        assert done(desk, both) == {"same": 1}


def test_what_lost_its_rows_is_closed_and_may_come_back(tmp_path: Path) -> None:
    """A finding that a run should show and does not is closed; shown again, it is open again."""
    one, two = seen(1, 2), seen(3, 4, token="c/2")
    with opened(tmp_path) as desk:
        done(desk, one, two)
        assert done(desk, two) == {"gone": 1, "same": 1}
        end = told(desk, f"{one.id}/2")
        assert (end.data.disposition, end.data.closure, end.time) == ("closed", "rows_gone", NOW)
        assert verdict_of(desk, end.id) == "allow"
        assert done(desk, two) == {"same": 1}
        assert done(desk, one, two) == {"again": 1, "same": 1}
        again = told(desk, f"{one.id}/3")
        assert (again.subject, again.data.disposition) == (one.id, "open")
        assert done(desk, one, two) == {"same": 2}
        assert done(desk, two) == {"gone": 1, "same": 1}


@pytest.mark.parametrize(
    "run",
    [
        RUN._replace(parameters={"ring": {}}),
        RUN._replace(sources=frozenset({"//other"})),
        RUN._replace(first_ms=BEGIN + 90_000),
        RUN._replace(last_ms=BEGIN + 90_000),
    ],
)
def test_runs_close_only_what_they_looked_at(tmp_path: Path, run: Run) -> None:
    """Another detector, source or time says nothing of a finding."""
    one = seen(1, 2)
    with opened(tmp_path) as desk:
        done(desk, one)
        assert done(desk, run=run) == {}
        assert done(desk, one) == {"same": 1}


def test_dismissed_stays_dismissed_until_it_grows(tmp_path: Path) -> None:
    """What a person closed with a reason is no question again, until there is a new row."""
    old, new = seen(1, 2), seen(1, 2, 3)
    with opened(tmp_path) as desk:
        done(desk, old)
        dispose(desk, old.id, "closed", "一家人 / family", NOW)
        assert done(desk, old) == {"dismissed": 1}
        assert done(desk) == {}
        assert done(desk, seen(1, 2, version=2, id="f" * 64)) == {"dismissed": 1}
        assert done(desk, new) == {"grown": 1}
        data = told(desk, new.id).data
        assert [one.id for one in data.dismissed or []] == [old.id]
        assert (data.disposition, verdict_of(desk, new.id)) == ("open", "review")


def test_reported_stays_as_it_is(tmp_path: Path) -> None:
    """What was reported is not asked again while it is the same."""
    one = seen(1, 2)
    with opened(tmp_path) as desk:
        done(desk, one)
        id = dispose(desk, one.id, "reported", "已报告 / reported", NOW)
        assert told(desk, id).data.closure is None
        assert done(desk, one) == {"same": 1}


def test_nothing_is_decided_of_what_does_not_stand(tmp_path: Path) -> None:
    """A finding that is not there, or was superseded, cannot be closed."""
    with opened(tmp_path) as desk:
        done(desk, seen(1, 2))
        done(desk, seen(1, 2, 3))
        for id in (seen(1, 2).id, "0" * 64):
            with pytest.raises(UsageError, match="no finding"):
                dispose(desk, id, "closed", "why", NOW)


def test_dismissals_survive_a_rebuilt_state(tmp_path: Path) -> None:
    """With the state deleted, everything stands as before, to the line."""
    one, two, three = seen(1, 2), seen(3, 4, token="c/2"), seen(5, 6, token="c/3")
    with opened(tmp_path) as desk:
        done(desk, one, two, three)
        dispose(desk, one.id, "closed", "family", NOW)
        done(desk, one, two)
        before = lines(desk)
    (tmp_path / "book" / "state.db").unlink()
    with opened(tmp_path) as desk:
        assert lines(desk) == before
        assert done(desk, one, two) == {"dismissed": 1, "same": 1}


def test_what_a_crash_cut_off_is_published_next_time(tmp_path: Path) -> None:
    """A run that ended after some groups is completed by the next, each finding once."""
    findings = [seen(n, token=f"c/{n}") for n in range(5)]
    with opened(tmp_path) as desk:
        done(desk, *findings[:3], run=RUN._replace(sources=frozenset()))
        shutil.copytree(tmp_path / "book", tmp_path / "cut" / "book")
    (tmp_path / "cut" / "book" / "state.db").unlink()
    with opened(tmp_path / "cut") as desk:
        assert done(desk, *findings) == {"new": 2, "same": 3}


def test_what_cannot_be_recorded_is_counted(tmp_path: Path) -> None:
    """A finding with an id beyond what events hold, or of the future, stops no other."""
    ahead = int(dt.datetime(2999, 1, 1, tzinfo=dt.UTC).timestamp() * 1000)
    wrong = [seen(1, token="c/" + "9" * 600), seen(2, last_ms=ahead)]
    with opened(tmp_path) as desk:
        assert done(desk, *wrong, seen(3, 4)) == {"new": 1, "refused": 2}


def test_large_findings_grow_too(tmp_path: Path) -> None:
    """Of more than a hundred rows the first hundred find it again."""
    rows: Sequence[int] = range(300)
    with opened(tmp_path) as desk:
        done(desk, seen(*rows))
        assert done(desk, seen(*rows)) == {"same": 1}
        assert done(desk, seen(*rows, 300)) == {"grown": 1}
